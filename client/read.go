package client

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"paddock/codec"
	"paddock/zk"
)

// readBufferBytes holds the answers to a usual burst; longer answers grow it.
const readBufferBytes = 16 << 10

// readLoop is the reading goroutine: it owns the input buffer and runs every handler.
func (c *Client) readLoop() {
	defer close(c.done)
	buf := make([]byte, readBufferBytes)
	have := 0
	for {
		n, err := c.conn.Read(buf[have:])
		have += n
		used, ferr := c.frames(buf[:have])
		c.Flush() // what the handlers sent
		if err == nil {
			err = ferr
		}
		if err != nil {
			c.fail(fmt.Errorf("client: read: %w", err))
			c.loseAll()
			return
		}
		have = copy(buf, buf[used:have])
		if have == len(buf) { // one frame is longer than the buffer; it grows as the bytes come, not as lengths claim
			buf = slices.Concat(buf, make([]byte, len(buf)))
		}
	}
}

// frames handles every whole frame in b and returns how many bytes they took.
func (c *Client) frames(b []byte) (used int, err error) {
	for len(b)-used >= codec.FrameLengthBytes {
		n := int64(binary.BigEndian.Uint32(b[used:]))
		if n > int64(c.opts.FrameBytesMax) {
			return used, fmt.Errorf("frame of %d bytes, at most %d expected", n, c.opts.FrameBytesMax)
		}
		whole := codec.FrameLengthBytes + int(n)
		if len(b)-used < whole {
			break
		}
		if err := c.frame(b[used+codec.FrameLengthBytes : used+whole]); err != nil {
			return used, err
		}
		used += whole
	}
	return used, nil
}

func (c *Client) frame(b []byte) error {
	d := codec.NewDecoder(b)
	h := d.ReplyHeader()
	if err := d.Err(); err != nil {
		return fmt.Errorf("reply header: %w", err)
	}
	if h.Xid == zk.XidNotification {
		return c.event(h.Zxid, &d)
	}
	called, err := c.take(&h)
	if err != nil || called.done == nil {
		return err
	}
	c.reply = Reply{Op: called.op, Tag: called.tag, Zxid: h.Zxid, Code: h.Err, Body: b[codec.ReplyHeaderBytes:]}
	called.done(&c.reply)
	return nil
}

// take finds the call that an answer belongs to; a ping has none.
func (c *Client) take(h *codec.ReplyHeader) (call, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.received = true
	c.lastZxid = max(c.lastZxid, h.Zxid)
	if h.Xid == zk.XidPing {
		return call{}, nil
	}
	from := &c.calls
	if h.Xid == zk.XidAuth {
		from = &c.auths
	}
	called, ok := from.pop()
	switch {
	case !ok:
		return call{}, fmt.Errorf("answer with xid %d, but nothing was asked", h.Xid)
	case called.xid != h.Xid:
		from.push(called) // any place will do: its Reply.Lost comes in a moment
		return call{}, fmt.Errorf("answer with xid %d where %d (%s) was due", h.Xid, called.xid, called.op)
	}
	return called, nil
}

func (c *Client) event(zxid int64, d *codec.Decoder) error {
	e := d.WatcherEvent()
	if err := d.Err(); err != nil {
		return fmt.Errorf("watch event: %w", err)
	}
	c.mu.Lock()
	c.received = true
	c.mu.Unlock()
	if c.opts.OnEvent != nil {
		c.opts.OnEvent(Event{Type: e.Type, State: e.State, Path: strings.Clone(e.Path), Zxid: zxid})
	}
	return nil
}

// loseAll answers every open call with the reason of the end. No call comes after: begin refuses.
func (c *Client) loseAll() {
	c.mu.Lock()
	calls, auths, err := c.calls, c.auths, c.err
	c.calls, c.auths = queue{}, queue{}
	c.mu.Unlock()
	for _, q := range []*queue{&calls, &auths} {
		for called, ok := q.pop(); ok; called, ok = q.pop() {
			called.done(&Reply{Op: called.op, Tag: called.tag, Lost: err})
		}
	}
}
