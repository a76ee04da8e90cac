package client

import (
	"context"
	"errors"
	"net"
	"sync"
	"syscall"
	"time"

	"paddock/sasl"
	"paddock/zk"
)

// Session is what it takes to come back to a session on another connection.
type Session struct {
	ID       int64
	Password []byte
	Timeout  time.Duration // as the server granted it
	ReadOnly bool          // the server refuses writes: it has lost its ensemble
}

// Event is a watch that fired.
type Event struct {
	Type  zk.EventType
	State int32
	Path  string
	Zxid  int64 // of the change, or -1 where the server does not say
}

// Options of Dial. The zero value is good.
type Options struct {
	SessionTimeout time.Duration // to ask for; 30 s if 0
	Timeout        time.Duration // of Dial and of each synchronous call; 30 s if 0
	Resume         *Session      // the session to come back to; nil opens a new one
	ReadOnly       bool          // a server that has lost its ensemble will do
	LastZxidSeen   int64         // a server that is behind it refuses
	FrameBytesMax  int           // longest answer; 64 MiB if 0

	// OnEvent gets every watch event, on the reading goroutine, in its place between the answers.
	OnEvent func(Event)
	// Dial opens the transport; TCP if nil.
	Dial func(ctx context.Context, addr string) (net.Conn, error)
	// SASL is who to prove to be before anything else; nobody if nil.
	SASL *sasl.Client
}

const (
	defaultTimeout       = 30 * time.Second
	defaultFrameBytesMax = 64 << 20 // servers bound requests (jute.maxbuffer), not answers
)

// Client is one connection with its session. All methods may be called from any goroutine; see the package comment
// for what handlers must not call.
type Client struct {
	conn    net.Conn
	raw     syscall.RawConn // nil: no non-blocking write, as with TLS
	opts    Options
	session Session
	done    chan struct{} // closed when the reader has ended and every call has its Reply
	reply   Reply         // the reader's: handed to one handler after the other

	mu       sync.Mutex // guards everything below
	err      error      // why the connection ended; nil while it lives
	out      []byte     // requests not yet written
	spare    []byte     // the other buffer, while draining
	draining bool       // a goroutine is writing; it takes along whatever else comes
	calls    queue      // in the order of their answers
	auths    queue      // answers to auth overtake all others
	xid      int32
	lastZxid int64
	sent     bool // since the last tick
	received bool // since the last tick
	quiet    int  // ticks without anything received
	ticker   *time.Timer

	writeOnce func(fd uintptr) bool // bound once: a closure per write would be an allocation
	wrote     int
	wroteErr  error
}

// Dial connects to addr (host:port) and opens or resumes a session.
func Dial(ctx context.Context, addr string, opts Options) (*Client, error) {
	opts = opts.withDefaults()
	ctx, cancel := context.WithTimeout(ctx, opts.Timeout)
	defer cancel()
	conn, err := opts.Dial(ctx, addr)
	if err != nil {
		return nil, wrapDial(addr, err)
	}
	session, err := handshake(ctx, conn, &opts)
	if err != nil {
		return nil, errors.Join(wrapDial(addr, err), conn.Close())
	}
	return start(conn, opts, session), nil
}

func (o Options) withDefaults() Options {
	if o.SessionTimeout == 0 {
		o.SessionTimeout = defaultTimeout
	}
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	if o.FrameBytesMax == 0 {
		o.FrameBytesMax = defaultFrameBytesMax
	}
	if o.Dial == nil {
		o.Dial = func(ctx context.Context, addr string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "tcp", addr)
		}
	}
	return o
}

func start(conn net.Conn, opts Options, session Session) *Client {
	c := &Client{conn: conn, opts: opts, session: session, done: make(chan struct{}), lastZxid: opts.LastZxidSeen}
	c.writeOnce = c.attempt
	if sc, ok := conn.(syscall.Conn); ok {
		if raw, err := sc.SyscallConn(); err == nil { // without it, every write goes through drain
			c.raw = raw
		}
	}
	c.mu.Lock()
	c.ticker = time.AfterFunc(c.tickInterval(), c.tick)
	c.mu.Unlock()
	go c.readLoop()
	return c
}

// Session gives what Options.Resume needs.
func (c *Client) Session() Session { return c.session }

// LastZxid is the newest zxid that the server has shown in an answer.
func (c *Client) LastZxid() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lastZxid
}

// Done is closed when the connection has ended and every call has its Reply; Err tells why.
func (c *Client) Done() <-chan struct{} { return c.done }

// Err tells why the connection ended, nil while it lives.
func (c *Client) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Close ends the session at the server, then the connection. It returns nil if the server confirmed, and whatever the
// state, the connection is gone afterwards.
func (c *Client) Close() error {
	_, err := c.wait(func(done Handler) error {
		return c.SendRequest(zk.OpCloseSession, nil, 0, func(r *Reply) {
			c.fail(ErrClosed) // here, before the server's own end of the connection can become the reason
			done(r)
		})
	}, "")
	c.fail(ErrClosed)
	<-c.done
	if errors.Is(err, ErrClosed) {
		return nil // a second Close
	}
	return err
}

// Disconnect ends the connection and leaves the session alive at the server until it expires or is resumed.
func (c *Client) Disconnect() {
	c.fail(ErrClosed)
	<-c.done
}

// fail records why the connection ends and closes the socket, which wakes the reader: it alone tells the open calls.
func (c *Client) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failLocked(err)
}

func (c *Client) failLocked(err error) {
	if c.err != nil {
		return
	}
	c.err = err
	c.ticker.Stop()
	c.out = nil
	if cerr := c.conn.Close(); cerr != nil {
		c.err = errors.Join(err, cerr)
	}
}
