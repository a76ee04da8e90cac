package bench

import (
	"encoding/binary"
	"fmt"
	"math"

	"paddock/codec"
	"paddock/zk"
)

// conn is a connection of the generator's own lean client: what the package client can do besides costs time here. It
// belongs to its engine, whole. Nothing is allocated per request.
type conn struct {
	id     int
	slot   int32 // within the engine
	fd     int
	engine *engine
	source *source // nil: no requests of its own

	// out holds frames not yet written. It is the engine's spare buffer while requests are being appended, nil when
	// everything is written, and the connection's own while the socket has no room (blocked).
	out  []byte
	own  []byte
	rest []byte // the beginning of an answer whose end has not come
	open ring   // requests under way, in the order of their answers

	sent     int32 // xid of the newest request
	answered int32 // xid of the newest answer
	answers  int64

	silent  bool // nothing was sent or received since the last look of the pinger
	dry     bool // the source has ended
	blocked bool // the socket takes no more for now
	closing bool // closeSession is under way
	gone    bool // closed
}

// append puts the next request into the buffer. dueNs is what its latency counts from.
func (c *conn) append(dueNs int64) bool {
	if c.dry || c.closing || c.gone {
		return false
	}
	c.borrow()
	xid := nextXid(c.sent)
	out, k, more := c.source.append(c.out, xid)
	c.out = out
	if !more {
		c.dry = true
		c.engine.dry++
		return false
	}
	c.expect(xid, pending{dueNs: dueNs, kind: k})
	return true
}

// expect notes a request that was appended.
func (c *conn) expect(xid int32, p pending) {
	c.sent = xid
	c.open.push(p)
	c.engine.open++
}

// fill keeps the closed loop's number of requests under way. A socket without room is given no more until it has taken
// what it was given.
func (c *conn) fill(nowNs int64) {
	t := c.engine.traffic
	if c.source == nil || t.o.Rate > 0 || t.stopped.Load() {
		return
	}
	for c.open.count < c.source.inFlight && !c.blocked && c.append(nowNs) {
		if len(c.out) >= writeBytes {
			c.flush()
		}
	}
	c.flush()
}

// give replaces the source: the next part of the work.
func (c *conn) give(s *source) {
	c.source = s
	if c.dry {
		c.dry = false
		c.engine.dry--
	}
}

// frameBytesMax is far above any answer to what the generator asks, but for the children of a very wide znode.
const frameBytesMax = 1 << 30

// frames handles every whole frame in b and returns how many bytes they took.
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
		c.engine.event(nowNs)
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
	c.engine.open--
	c.answered = xid
	c.answers++
	if code != zk.ErrOK && (p.kind != kindIdle || code != zk.ErrNoNode) {
		return c.engine.traffic.refused(p.kind, code)
	}
	if p.kind == kindGet && len(b) < codec.ReplyHeaderBytes+4+codec.StatBytes {
		return fmt.Errorf("an answer to getData of %d bytes, too short for data and a Stat", len(b))
	}
	if p.kind != kindIdle {
		c.engine.samples = append(c.engine.samples, sample{kind: p.kind, dueNs: p.dueNs, nowNs: nowNs})
	}
	return nil
}

// event counts a notification. Its latency runs from the change, where there is one change at a time.
func (e *engine) event(nowNs int64) {
	e.events++
	e.eventNs = nowNs
	if changeNs := e.traffic.changeNs.Load(); changeNs > 0 {
		e.samples = append(e.samples, sample{kind: kindEvent, dueNs: changeNs, nowNs: nowNs})
	}
}

// ping keeps the session alive if nothing was sent or received since the last look.
func (c *conn) ping() {
	if c.silent && !c.closing && c.open.count == 0 {
		c.control(zk.XidPing, zk.OpPing)
	}
	c.silent = true
}

// watch sends a getData with a watch. The answer is not recorded.
func (c *conn) watch(path string) {
	if c.gone || c.closing {
		return
	}
	xid := nextXid(c.sent)
	c.expect(xid, pending{kind: kindIdle})
	c.borrow()
	out, at := codec.BeginFrame(c.out)
	out = codec.AppendRequestHeader(out, codec.RequestHeader{Xid: xid, Op: zk.OpGetData})
	c.out = codec.AppendPathWatch(out, path, true)
	codec.EndFrame(c.out, at)
	c.flush()
}

// nextXid counts from 1 to the largest and begins again: what is negative has a meaning of its own.
func nextXid(xid int32) int32 {
	if xid == math.MaxInt32 {
		return 1
	}
	return xid + 1
}

// control sends a request without a record.
func (c *conn) control(xid int32, op zk.Op) {
	if c.gone {
		return
	}
	c.borrow()
	out, at := codec.BeginFrame(c.out)
	c.out = codec.AppendRequestHeader(out, codec.RequestHeader{Xid: xid, Op: op})
	codec.EndFrame(c.out, at)
	c.flush()
}

// hangUp asks for the end of the session. The server answers and then closes the connection.
func (c *conn) hangUp() {
	if c.gone || c.closing {
		return
	}
	c.closing = true
	xid := nextXid(c.sent)
	c.expect(xid, pending{kind: kindIdle})
	c.control(xid, zk.OpCloseSession)
}

// fail is the end of the connection, and of the run.
func (c *conn) fail(err error) {
	t := c.engine.traffic
	t.fail(fmt.Errorf("connection %d to %s, after %d answers and with %d requests under way: %w", c.id, t.o.Addr, c.answers, c.open.count, err))
	c.engine.lose(c)
}
