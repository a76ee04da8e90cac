package bench

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"net"
	"sync"
	"syscall"
	"time"

	"paddock/codec"
	"paddock/zk"
)

// conn is a connection of the generator's own lean client: what the package client can do besides costs time here.
//
//	closed loop:  read(2) ─▶ check every answer in it, append as many new requests ─▶ one write(2)
//	open loop:    the pacer appends what has fallen due ─▶ one write(2);  read(2) ─▶ check
//
// Nothing is allocated per request. One goroutine reads. The lock guards what the pacer, the pinger and the reader share,
// and is taken once per batch. Nobody waits for the socket while holding it: what the kernel does not take at once goes
// to a goroutine that lives until the buffer is empty.
type conn struct {
	id      int
	traffic *traffic
	nc      net.Conn
	raw     syscall.RawConn
	done    chan struct{} // closed when the reader has ended

	mu       sync.Mutex
	source   *source // nil: no requests of its own
	out      []byte  // frames not yet written
	spare    []byte  // the other buffer, while draining
	draining bool
	open     ring  // requests under way, in the order of their answers
	sent     int32 // xid of the newest request
	answered int32 // xid of the newest answer
	answers  int64
	pinged   bool // nothing was sent since the last look of the pinger
	dry      bool // the source has ended
	closing  bool // closeSession is under way
	err      error

	samples   []sample // the reader's: of one batch
	writeOnce func(fd uintptr) bool
	wrote     int
	wroteErr  error
}

// readBufferBytes holds the answers to a usual burst; longer ones grow it.
const readBufferBytes = 16 << 10

// dial opens a connection with a session. Its reader does not run yet.
func dial(ctx context.Context, t *traffic, id int) (*conn, error) {
	nc, err := (&net.Dialer{}).DialContext(ctx, "tcp", t.o.Addr)
	if err != nil {
		return nil, err
	}
	c := &conn{id: id, traffic: t, nc: nc, done: make(chan struct{})}
	c.writeOnce = c.attempt
	if err = c.greet(ctx); err == nil {
		c.raw, err = nc.(*net.TCPConn).SyscallConn()
	}
	if err != nil {
		return nil, errors.Join(err, nc.Close())
	}
	return c, nil
}

// greet opens the session. It reads no byte beyond the answer.
func (c *conn) greet(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { _ = c.nc.SetDeadline(time.Unix(1, 0)) }) // a dead socket fails the read as well
	defer stop()
	timeoutMs := time.Duration(c.traffic.o.SessionTimeout).Milliseconds()
	b, at := codec.BeginFrame(nil)
	b = codec.AppendConnectRequest(b, &codec.ConnectRequest{
		TimeoutMs: int32(min(timeoutMs, math.MaxInt32)), Password: make([]byte, 16), HasReadOnly: true,
	})
	codec.EndFrame(b, at)
	if _, err := c.nc.Write(b); err != nil {
		return fmt.Errorf("handshake: %w", err)
	}
	frame, err := readFrame(c.nc)
	if err != nil {
		return fmt.Errorf("handshake: %w", err)
	}
	r, err := codec.DecodeConnectResponse(frame)
	switch {
	case err != nil:
		return fmt.Errorf("handshake: %w", err)
	case r.TimeoutMs <= 0 || r.SessionID == 0:
		return errors.New("handshake: the server refused a session")
	}
	c.traffic.granted(time.Duration(r.TimeoutMs) * time.Millisecond)
	return nil
}

// append puts the next request into the buffer. The caller holds mu. dueNs is what its latency counts from.
func (c *conn) append(dueNs int64) bool {
	if c.dry || c.err != nil || c.closing {
		return false
	}
	xid := nextXid(c.sent)
	out, k, more := c.source.append(c.out, xid)
	c.out = out
	if !more {
		c.dry = true
		return false
	}
	c.sent = xid
	c.open.push(pending{dueNs: dueNs, kind: k})
	return true
}

// fill keeps the closed loop's number of requests under way. The caller holds mu.
func (c *conn) fill(nowNs int64) {
	if c.traffic.stopped.Load() || c.source == nil || c.traffic.o.Rate > 0 {
		return
	}
	for c.open.count < c.source.inFlight && c.append(nowNs) {
		if len(c.out) >= writeBytes {
			c.flush()
		}
	}
	c.flush()
}

// start runs the reader and sends the first requests.
func (c *conn) start() {
	go c.read()
	c.mu.Lock()
	c.fill(c.traffic.nowNs())
	c.mu.Unlock()
}

func (c *conn) read() {
	defer close(c.done)
	buf := make([]byte, readBufferBytes)
	have := 0
	for {
		n, err := c.nc.Read(buf[have:])
		have += n
		nowNs := c.traffic.nowNs()
		c.mu.Lock()
		used, ferr := c.frames(buf[:have], nowNs)
		if err == nil {
			err = ferr
		}
		if err == nil {
			c.fill(nowNs)
		}
		ended := c.closing && c.open.count == 0
		c.pinged = false
		c.mu.Unlock()
		c.traffic.tally.add(c.id, c.samples)
		c.samples = c.samples[:0]
		if err != nil {
			if !ended {
				c.fail(err)
			}
			return
		}
		if ended {
			return
		}
		have = copy(buf, buf[used:have])
		if have == len(buf) { // one frame is longer than the buffer
			bigger := make([]byte, 2*len(buf))
			copy(bigger, buf)
			buf = bigger
		}
	}
}

// frameBytesMax is far above any answer to what the generator asks, but for the children of a very wide znode.
const frameBytesMax = 1 << 30

// frames handles every whole frame in b and returns how many bytes they took. The caller holds mu.
func (c *conn) frames(b []byte, nowNs int64) (used int, err error) {
	for len(b)-used >= codec.FrameLengthBytes {
		n := int(binary.BigEndian.Uint32(b[used:]))
		if n < codec.ReplyHeaderBytes || n > frameBytesMax {
			return used, fmt.Errorf("an answer of %d bytes, expected %d to %d", n, codec.ReplyHeaderBytes, frameBytesMax)
		}
		if len(b)-used < codec.FrameLengthBytes+n {
			break
		}
		used += codec.FrameLengthBytes
		if err := c.frame(b[used:used+n], nowNs); err != nil {
			return used, err
		}
		used += n
	}
	return used, nil
}

// frame checks one answer: its place in the order and its error code.
func (c *conn) frame(b []byte, nowNs int64) error {
	xid, code := int32(binary.BigEndian.Uint32(b)), zk.Err(binary.BigEndian.Uint32(b[12:]))
	switch xid {
	case zk.XidPing:
		return nil
	case zk.XidNotification:
		c.samples = append(c.samples, sample{kind: kindEvent, dueNs: c.traffic.changeNs.Load(), nowNs: nowNs})
		c.traffic.event(nowNs)
		return nil
	}
	p, ok := c.open.pop()
	want := nextXid(c.answered)
	switch {
	case !ok:
		return fmt.Errorf("an answer with xid %d, but nothing was asked", xid)
	case xid != want:
		return fmt.Errorf("an answer with xid %d where %d (%s) was due", xid, want, p.kind)
	}
	c.answered = xid
	c.answers++
	if code != zk.ErrOK && (p.kind != kindIdle || code != zk.ErrNoNode) {
		return c.traffic.refused(p.kind, code)
	}
	if p.kind == kindGet && len(b) < codec.ReplyHeaderBytes+4+codec.StatBytes {
		return fmt.Errorf("an answer to getData of %d bytes, too short for data and a Stat", len(b))
	}
	if p.kind != kindIdle {
		c.samples = append(c.samples, sample{kind: p.kind, dueNs: p.dueNs, nowNs: nowNs})
	}
	return nil
}

// ping keeps the session alive if nothing was sent or received since the last look.
func (c *conn) ping() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pinged && !c.closing && c.open.count == 0 {
		c.control(zk.XidPing, zk.OpPing)
	}
	c.pinged = true
}

// watch appends getData or exists with a watch. The answer is not recorded, and NoNode is as good as any.
func (c *conn) watch(op zk.Op, path string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sent = nextXid(c.sent)
	c.open.push(pending{kind: kindIdle})
	out, at := codec.BeginFrame(c.out)
	out = codec.AppendRequestHeader(out, codec.RequestHeader{Xid: c.sent, Op: op})
	c.out = codec.AppendPathWatch(out, path, true)
	codec.EndFrame(c.out, at)
}

// nextXid counts from 1 to the largest and begins again: what is negative has a meaning of its own.
func nextXid(xid int32) int32 {
	if xid == math.MaxInt32 {
		return 1
	}
	return xid + 1
}

// control appends and sends a request without a record. The caller holds mu.
func (c *conn) control(xid int32, op zk.Op) {
	out, at := codec.BeginFrame(c.out)
	c.out = codec.AppendRequestHeader(out, codec.RequestHeader{Xid: xid, Op: op})
	codec.EndFrame(c.out, at)
	c.flush()
}

// hangUp asks for the end of the session. The reader ends when the server has answered and closed.
func (c *conn) hangUp() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil && !c.closing {
		c.closing = true
		c.sent = nextXid(c.sent)
		c.open.push(pending{kind: kindIdle})
		c.control(c.sent, zk.OpCloseSession)
	}
}

func (c *conn) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failLocked(err)
}

func (c *conn) failLocked(err error) {
	if c.err == nil {
		c.err = err
		c.traffic.fail(fmt.Errorf("connection %d to %s, after %d answers and with %d requests under way: %w",
			c.id, c.traffic.o.Addr, c.answers, c.open.count, err))
	}
}
