package link

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"time"

	"paddock/client"
	"paddock/sasl"
	"paddock/zk"
)

// Options of Open.
type Options struct {
	Servers        string        // host:port[,host:port...][/chroot]
	SessionTimeout time.Duration // to ask for
	ReadOnly       bool          // a read-only server will do

	// OnEvent gets every watch event and change of state, one after the other. It must not wait for the Link.
	OnEvent func(Event)
	// Dial opens the transport; TCP if nil.
	Dial func(ctx context.Context, addr string) (net.Conn, error)
	// SASL is who to prove to be on every connection; nobody if nil. A refusal makes the Link AuthFailed.
	SASL *sasl.Client
	// RetryMax bounds the random pause before another attempt; one second if 0, as in Java.
	RetryMax time.Duration
}

type identity struct {
	scheme string
	auth   []byte
}

// Link is one session over any number of connections. All methods may be called from any goroutine.
type Link struct {
	opts   Options
	addrs  []string // shuffled
	chroot string   // "" for none
	stop   context.CancelFunc
	ended  chan struct{} // closed when run has ended

	mu         sync.Mutex // guards everything below
	state      State
	closing    bool
	conn       *client.Client // nil unless connected
	attempts   int            // that failed
	changed    chan struct{}  // closed and renewed with every change of state or attempts
	identities []identity
	watches    registry
	session    client.Session // of the last connection
	lastZxid   int64
	addr       string // of the connection, or of the last one
	lastErr    error  // of the last attempt
	told       string // the last state that an event told of
}

// Open starts to connect and returns at once; an error means that the connect string is bad.
func Open(opts Options) (*Link, error) {
	addrs, chroot, err := parseServers(opts.Servers)
	if err != nil {
		return nil, err
	}
	rand.Shuffle(len(addrs), func(i, k int) { addrs[i], addrs[k] = addrs[k], addrs[i] })
	if opts.RetryMax == 0 {
		opts.RetryMax = time.Second
	}
	ctx, stop := context.WithCancel(context.Background())
	l := &Link{
		opts: opts, addrs: addrs, chroot: chroot, stop: stop,
		ended: make(chan struct{}), changed: make(chan struct{}), watches: newRegistry(), told: disconnected,
	}
	go l.run(ctx)
	return l, nil
}

// State tells where the Link stands.
func (l *Link) State() State {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.state
}

// Addr is the server that is connected, or was last.
func (l *Link) Addr() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.addr == "" {
		return l.addrs[0]
	}
	return l.addr
}

// Session is the id of the session, 0 before there is one.
func (l *Link) Session() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.session.ID
}

// LastError is why the last attempt to connect failed, nil if it did not.
func (l *Link) LastError() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lastErr
}

// Wait returns when a server is connected, with an error when that will not come to be any more.
func (l *Link) Wait(ctx context.Context) error {
	for {
		l.mu.Lock()
		state, changed := l.state, l.changed
		l.mu.Unlock()
		switch {
		case state == Connected, state == ConnectedReadOnly:
			return nil
		case !state.Alive():
			return &Error{Code: deadCode(state)}
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return &Error{Code: ErrConnectionLoss}
		}
	}
}

// Settle waits until the attempt under way has come to an end, good or bad, and no longer than patience.
func (l *Link) Settle(ctx context.Context, patience time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	_, _ = l.current(ctx, "") // whatever came of it, the state tells
}

// Close ends the session at the server if one is connected, and all requests under way. A second Close does nothing.
func (l *Link) Close() {
	l.mu.Lock()
	alive := l.state.Alive() && !l.closing
	l.closing = true
	conn := l.conn
	l.mu.Unlock()
	if conn != nil && alive {
		_ = conn.Close() // a session that cannot be ended expires
	}
	l.stop()
	<-l.ended
	if alive && l.State().Alive() {
		l.become(Closed)
		l.emit(stateEvent("Closed"))
	}
}

// run connects, again and again, until the Link is not alive any more.
func (l *Link) run(ctx context.Context) {
	defer close(l.ended)
	for i := 0; ; i++ {
		if i > 0 && !pause(ctx, rand.N(l.opts.RetryMax)) {
			return
		}
		addr := l.addrs[i%len(l.addrs)]
		conn, err := l.dial(ctx, addr)
		if ctx.Err() != nil {
			if conn != nil {
				_ = conn.Close() // nobody wants it any more
			}
			return
		}
		if expired(err) {
			l.become(Closed)
			l.emit(stateEvent("Expired"))
			return
		}
		switch {
		case err == nil:
			l.serve(ctx, conn, addr)
		case unproved(err):
			l.failed(err)
			l.become(AuthFailed)
			l.emit(stateEvent("AuthFailed"))
		default:
			l.failed(err)
		}
		if !l.goesOn() {
			return
		}
		l.emit(stateEvent(disconnected))
	}
}

func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

func expired(err error) bool {
	refused, ok := errors.AsType[*client.Error](err)
	return ok && refused.Code == zk.ErrSessionExpired
}

// unproved tells of a connection that failed over SASL.
func unproved(err error) bool {
	refused, ok := errors.AsType[*client.Error](err)
	return ok && refused.Op == zk.OpSASL
}

func (l *Link) goesOn() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.closing && l.state.Alive()
}

func (l *Link) dial(ctx context.Context, addr string) (*client.Client, error) {
	l.mu.Lock()
	opts := client.Options{
		SessionTimeout: l.opts.SessionTimeout, ReadOnly: l.opts.ReadOnly, LastZxidSeen: l.lastZxid,
		Timeout: l.opts.SessionTimeout / time.Duration(len(l.addrs)), OnEvent: l.event, Dial: l.opts.Dial,
		SASL: l.opts.SASL,
	}
	if l.session.ID != 0 && !l.session.ReadOnly { // a read-only server's session is known nowhere else
		resume := l.session
		opts.Resume = &resume
	}
	l.mu.Unlock()
	conn, err := client.Dial(ctx, addr, opts)
	if err != nil {
		return nil, fmt.Errorf("link: %w", err)
	}
	return conn, nil
}

func (l *Link) failed(err error) {
	l.mu.Lock()
	l.lastErr = err
	l.attempts++
	l.tellLocked()
	l.mu.Unlock()
}

// serve makes a connection the current one and waits for its end.
func (l *Link) serve(ctx context.Context, conn *client.Client, addr string) {
	session, state, name := conn.Session(), Connected, "SyncConnected"
	if session.ReadOnly {
		state, name = ConnectedReadOnly, "ConnectedReadOnly"
	}
	l.emit(stateEvent(name))
	if l.opts.SASL != nil {
		l.emit(stateEvent("SaslAuthenticated"))
	}
	l.mu.Lock()
	l.session, l.addr, l.lastErr = session, addr, nil
	err := l.greetLocked(conn)
	if err == nil && l.state.Alive() {
		l.state, l.conn = state, conn
		l.tellLocked()
	}
	l.mu.Unlock()
	select {
	case <-conn.Done():
	case <-ctx.Done():
		conn.Disconnect() // Close has tried to end the session
	}
	l.mu.Lock()
	l.conn, l.lastZxid = nil, max(l.lastZxid, conn.LastZxid())
	l.lastErr = conn.Err()
	if l.state.Alive() {
		l.state = Connecting
	}
	l.tellLocked()
	l.mu.Unlock()
}

// greetLocked presents the identities and arms the watches, before anything else is sent.
func (l *Link) greetLocked(conn *client.Client) error {
	for _, id := range l.identities {
		if err := conn.SendAuth(id.scheme, id.auth, 0, l.onAuth); err != nil {
			return err
		}
	}
	ops, bodies := l.watches.rearm(l.lastZxid)
	for i, op := range ops {
		if err := conn.SendRequest(op, bodies[i], 0, func(*client.Reply) {}); err != nil {
			return err
		}
	}
	conn.Flush()
	return nil
}

// onAuth gets the answer to an identity. A refusal is final, and the server closes the connection.
func (l *Link) onAuth(r *client.Reply) {
	if r.Lost == nil && r.Code != zk.ErrOK {
		l.become(AuthFailed)
		l.emit(stateEvent("AuthFailed"))
	}
}

func (l *Link) become(s State) {
	l.mu.Lock()
	l.state = s
	l.tellLocked()
	l.mu.Unlock()
}

// tellLocked wakes everybody who waits for a change.
func (l *Link) tellLocked() {
	close(l.changed)
	l.changed = make(chan struct{})
}

// event takes a watch event from the server.
func (l *Link) event(e client.Event) {
	l.mu.Lock()
	wanted := l.watches.fire(e.Type, e.Path)
	l.mu.Unlock()
	if wanted {
		l.emit(Event{Type: e.Type, State: "SyncConnected", Path: l.clientPath(e.Path), Zxid: e.Zxid})
	}
}

// emit tells of an event. A state is told once: attempts that fail again are no news (EventThread.queueEvent).
func (l *Link) emit(e Event) {
	if e.Type == EventNone {
		l.mu.Lock()
		news := l.told != e.State
		l.told = e.State
		l.mu.Unlock()
		if !news {
			return
		}
	}
	if l.opts.OnEvent != nil {
		l.opts.OnEvent(e)
	}
}
