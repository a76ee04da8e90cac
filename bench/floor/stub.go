package floor

import (
	"encoding/binary"

	"paddock/codec"
	"paddock/zk"
)

// frameBytesMax is jute.maxbuffer's default.
const frameBytesMax = 0xfffff

// peerState is one connection, as the stub sees it.
type peerState struct {
	peer    *peer
	session int64
	greeted bool
	ended   bool   // by closeSession or garbage: close after the last answer
	ready   []byte // answers that may leave
	held    []byte // answers that wait for the next sync: of writes, and whatever follows one
	flying  []byte // answers that wait for the sync under way
	dirty   bool   // stands in stub.dirty
	touched bool   // stands in stub.touched
}

// stub answers requests. It belongs to one goroutine.
type stub struct {
	value    []byte
	submit   func(records []byte, done func()) // to the log; done is called on another goroutine, after the sync
	landed   func()
	sessions int64
	records  []byte       // of the writes that are held
	dirty    []*peerState // with answers in held
	flying   []*peerState // with answers in flying
	busy     bool         // a sync is under way
	touched  []*peerState // with answers in ready
	stat     zk.Stat
	watched  map[string]*watchers // by path; nil: watches are not kept
	changed  string               // path of the setData that is being answered, borrowed
	event    []byte
}

// frames answers every whole frame in b and returns how many bytes they took.
func (s *stub) frames(c *peerState, b []byte) (used int) {
	for !c.ended && len(b)-used >= codec.FrameLengthBytes {
		n := int(binary.BigEndian.Uint32(b[used:]))
		if n > frameBytesMax {
			s.end(c)
			return len(b)
		}
		whole := codec.FrameLengthBytes + n
		if len(b)-used < whole {
			break
		}
		s.frame(c, b[used+codec.FrameLengthBytes:used+whole])
		used += whole
	}
	if c.ended {
		return len(b)
	}
	return used
}

// frame answers one request. Garbage ends the connection without an answer.
func (s *stub) frame(c *peerState, b []byte) {
	d := codec.NewDecoder(b)
	h := codec.RequestHeader{Op: zk.OpCreateSession}
	if c.greeted {
		h = d.RequestHeader()
	}
	out := &c.ready
	write := isWrite(h.Op)
	if write || len(c.held) > 0 || len(c.flying) > 0 {
		out = &c.held
		s.mark(c)
	}
	before := len(*out)
	var err error
	grown, at := codec.BeginFrame(*out)
	if c.greeted {
		grown = codec.AppendReplyHeader(grown, codec.ReplyHeader{Xid: h.Xid, Zxid: 1})
		grown = s.body(c, grown, h.Op, &d)
	} else {
		grown, err = s.greet(grown, c, b)
	}
	if err != nil || d.Err() != nil {
		*out = grown[:before]
		s.end(c)
		return
	}
	codec.EndFrame(grown, at)
	*out = grown
	s.touch(c)
	if write {
		s.records = append(s.records, b...)
	}
	if h.Op == zk.OpSetData {
		s.fire(s.changed)
	}
	c.ended = h.Op == zk.OpCloseSession
}

func isWrite(op zk.Op) bool {
	switch op {
	case zk.OpCreateSession, zk.OpCloseSession, zk.OpCreate, zk.OpDelete, zk.OpSetData, zk.OpMulti:
		return true
	}
	return false
}

func (s *stub) greet(out []byte, c *peerState, b []byte) ([]byte, error) {
	r, err := codec.DecodeConnectRequest(b)
	if err != nil {
		return out, err
	}
	s.sessions++
	c.session, c.greeted = s.sessions, true
	return codec.AppendConnectResponse(out, &codec.ConnectResponse{
		TimeoutMs: r.TimeoutMs, SessionID: c.session, Password: make([]byte, 16), HasReadOnly: r.HasReadOnly,
	}), nil
}

func (s *stub) mark(c *peerState) {
	if !c.dirty {
		c.dirty = true
		s.dirty = append(s.dirty, c)
	}
}

func (s *stub) touch(c *peerState) {
	if !c.touched {
		c.touched = true
		s.touched = append(s.touched, c)
	}
}

func (s *stub) end(c *peerState) {
	c.ended = true
	s.touch(c)
}

// kick hands over what is held, unless a sync is under way: then more of it becomes one group.
func (s *stub) kick() {
	if s.busy || len(s.dirty) == 0 {
		return
	}
	s.flying, s.dirty = s.dirty, s.flying[:0]
	for _, c := range s.flying {
		c.dirty = false
		c.flying, c.held = c.held, c.flying[:0]
	}
	if len(s.records) == 0 { // only reads that had to wait
		s.release()
		return
	}
	s.busy = true
	s.submit(s.records, s.landed)
	s.records = nil
}

// synced takes the news that the group is on the disk, and sends the next one.
func (s *stub) synced() {
	s.busy = false
	s.release()
	s.kick()
}

func (s *stub) release() {
	for _, c := range s.flying {
		c.ready = append(c.ready, c.flying...)
		c.flying = c.flying[:0]
		s.touch(c)
	}
	s.flying = s.flying[:0]
}

func (s *stub) body(c *peerState, out []byte, op zk.Op, d *codec.Decoder) []byte {
	switch op {
	case zk.OpGetData:
		s.watch(c, d.PathWatch())
		out = codec.AppendBuffer(out, s.value)
		return codec.AppendStat(out, &s.stat)
	case zk.OpSetData:
		s.changed = d.SetDataRequest().Path
		return codec.AppendStat(out, &s.stat)
	case zk.OpExists:
		d.PathWatch()
		return codec.AppendStat(out, &s.stat)
	case zk.OpCreate, zk.OpSync:
		return codec.AppendString(out, d.Path())
	case zk.OpGetChildren2: // nobody has children here
		d.PathWatch()
		out = codec.AppendStrings(out, nil)
		return codec.AppendStat(out, &s.stat)
	case zk.OpMulti:
		return s.multi(out, d)
	default: // the others' answers have no body, or nobody asks here
		return out
	}
}

// multi answers parts of setData, the only ones that the generator sends.
func (s *stub) multi(out []byte, d *codec.Decoder) []byte {
	for h := d.MultiHeader(); !h.Done && d.Err() == nil; h = d.MultiHeader() {
		d.SetDataRequest()
		out = codec.AppendMultiHeader(out, codec.MultiHeader{Op: zk.OpSetData})
		out = codec.AppendStat(out, &s.stat)
	}
	return codec.AppendMultiHeader(out, codec.MultiEnd())
}
