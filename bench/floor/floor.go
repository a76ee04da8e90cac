package floor

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"slices"

	"paddock/codec"
	"paddock/zk"
)

// frameBytesMax is jute.maxbuffer's default.
const frameBytesMax = 0xfffff

// Serve accepts connections until the listener is closed. Each getData is answered with value.
func Serve(l net.Listener, value []byte) error {
	for id := int64(1); ; id++ {
		nc, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("floor: accept: %w", err)
		}
		c := &conn{nc: nc, session: id, value: value}
		go c.serve()
	}
}

// conn is one connection. It belongs to the goroutine that serves it.
type conn struct {
	nc      net.Conn
	session int64
	value   []byte
	greeted bool
	out     []byte
	stat    zk.Stat
}

func (c *conn) serve() {
	defer func() { _ = c.nc.Close() }() // there is nobody to tell
	buf := make([]byte, 64<<10)
	have := 0
	for {
		n, err := c.nc.Read(buf[have:])
		if err != nil {
			return
		}
		have += n
		used, ok := c.frames(buf[:have])
		if len(c.out) > 0 {
			if _, err := c.nc.Write(c.out); err != nil {
				return
			}
			c.out = c.out[:0]
		}
		if !ok {
			return
		}
		if have = copy(buf, buf[used:have]); have == len(buf) {
			buf = slices.Concat(buf, make([]byte, len(buf)))
		}
	}
}

// frames answers every whole frame in b. False ends the connection.
func (c *conn) frames(b []byte) (used int, ok bool) {
	for len(b)-used >= codec.FrameLengthBytes {
		n := int(binary.BigEndian.Uint32(b[used:]))
		if n > frameBytesMax {
			return used, false
		}
		whole := codec.FrameLengthBytes + n
		if len(b)-used < whole {
			return used, true
		}
		if !c.frame(b[used+codec.FrameLengthBytes : used+whole]) {
			return used + whole, false
		}
		used += whole
	}
	return used, true
}

// frame answers one frame. False ends the connection, without an answer to a frame that makes no sense.
func (c *conn) frame(b []byte) bool {
	out, at := codec.BeginFrame(c.out)
	c.out = out
	if !c.greeted {
		ok := c.greet(b)
		codec.EndFrame(c.out, at)
		return ok
	}
	d := codec.NewDecoder(b)
	h := d.RequestHeader()
	c.out = codec.AppendReplyHeader(c.out, codec.ReplyHeader{Xid: h.Xid, Zxid: 1})
	c.body(h.Op, &d)
	if d.Err() != nil {
		c.out = c.out[:at]
		return false
	}
	codec.EndFrame(c.out, at)
	return h.Op != zk.OpCloseSession
}

func (c *conn) greet(b []byte) bool {
	r, err := codec.DecodeConnectRequest(b)
	c.greeted = true
	c.out = codec.AppendConnectResponse(c.out, &codec.ConnectResponse{
		TimeoutMs: r.TimeoutMs, SessionID: c.session, Password: make([]byte, 16), HasReadOnly: r.HasReadOnly,
	})
	return err == nil
}

func (c *conn) body(op zk.Op, d *codec.Decoder) {
	switch op {
	case zk.OpGetData:
		d.PathWatch()
		c.out = codec.AppendBuffer(c.out, c.value)
		c.out = codec.AppendStat(c.out, &c.stat)
	case zk.OpSetData:
		d.SetDataRequest()
		c.out = codec.AppendStat(c.out, &c.stat)
	case zk.OpExists:
		c.out = codec.AppendStat(c.out, &c.stat)
	case zk.OpCreate, zk.OpSync:
		c.out = codec.AppendString(c.out, d.Path())
	case zk.OpGetChildren2: // nobody has children here
		c.out = codec.AppendStrings(c.out, nil)
		c.out = codec.AppendStat(c.out, &c.stat)
	case zk.OpMulti:
		c.multi(d)
	default: // the others' answers have no body, or nobody asks here
	}
}

// multi answers parts of setData, the only ones that the generator sends.
func (c *conn) multi(d *codec.Decoder) {
	for h := d.MultiHeader(); !h.Done && d.Err() == nil; h = d.MultiHeader() {
		d.SetDataRequest()
		c.out = codec.AppendMultiHeader(c.out, codec.MultiHeader{Op: zk.OpSetData})
		c.out = codec.AppendStat(c.out, &c.stat)
	}
	c.out = codec.AppendMultiHeader(c.out, codec.MultiEnd())
}
