package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"paddock/interop"
	"paddock/zk"
)

// shownBytesMax is the longest data that is printed as it is.
const shownBytesMax = 2000

// answer is one frame in comparable text, with what the plan may learn from it.
type answer struct {
	text  string
	raw   []byte
	xid   int32
	zxid  int64
	err   zk.Err
	event bool

	path     string   // of a created znode
	results  []zk.Err // of a multi's parts
	children []string
	stat     *interop.Stat
}

// reader is interop's Reader with the side's eyes.
type reader struct {
	*interop.Reader
	side   *side
	out    strings.Builder
	answer *answer
}

// render makes comparable text of a frame that answers op; events are known by their xid.
func (s *side) render(op zk.Op, frame []byte) answer {
	a := answer{raw: frame}
	r := &reader{Reader: interop.Read(frame), side: s, answer: &a}
	a.xid, a.zxid, a.err = r.Int(), r.Long(), zk.Err(r.Int())
	a.event = a.xid == zk.XidNotification
	zxid := a.zxid
	if a.event || numbered(op, a.err) {
		zxid = s.zxid(zxid)
	}
	switch {
	case a.event:
		fmt.Fprintf(&r.out, "event zxid=0x%x err=%d type=%d state=%d path=%+q", zxid, a.err, r.Int(), r.Int(), r.String())
	case a.err != zk.ErrOK:
		fmt.Fprintf(&r.out, "xid=%d zxid=0x%x err=%v", a.xid, zxid, a.err)
		if op == zk.OpMultiRead && r.Len() > 0 {
			r.multi()
		}
	default:
		fmt.Fprintf(&r.out, "xid=%d zxid=0x%x ok", a.xid, zxid)
		r.body(op)
	}
	r.finish()
	a.text = r.out.String()
	return a
}

// header reads no more than a reply's header.
func header(frame []byte) (a answer) {
	r := interop.Read(frame)
	a.xid, a.zxid, a.err = r.Int(), r.Long(), zk.Err(r.Int())
	return a
}

// finish tells what does not belong to the record.
func (r *reader) finish() {
	if r.Err != nil {
		fmt.Fprintf(&r.out, " TOO SHORT: %s", hex.EncodeToString(r.answer.raw))
		return
	}
	if n := r.Len(); n > 0 {
		fmt.Fprintf(&r.out, " AND THEN %s", hex.EncodeToString(r.answer.raw[len(r.answer.raw)-n:]))
	}
}

func (r *reader) body(op zk.Op) {
	switch op {
	case zk.OpCreate:
		r.created()
	case zk.OpCreate2, zk.OpCreateContainer, zk.OpCreateTTL:
		r.created()
		r.status()
	case zk.OpExists, zk.OpSetData, zk.OpSetACL:
		r.status()
	case zk.OpGetData:
		r.data()
		r.status()
	case zk.OpGetACL:
		fmt.Fprintf(&r.out, " acl=%+q", r.ACLs())
		r.status()
	case zk.OpGetChildren:
		r.names()
	case zk.OpGetChildren2:
		r.names()
		r.status()
	case zk.OpSync:
		r.data()
	case zk.OpMulti, zk.OpMultiRead:
		r.multi()
	case zk.OpSASL:
		r.data()
	case zk.OpGetEphemerals:
		r.names()
		r.answer.children = nil
	case zk.OpGetAllChildrenNumber, zk.OpAddWatch:
		fmt.Fprintf(&r.out, " number=%d", r.Int())
	case zk.OpWhoAmI:
		var ids []string
		for n := r.Int(); n > 0 && r.Err == nil; n-- {
			ids = append(ids, fmt.Sprintf("%+q:%+q", r.String(), r.String()))
		}
		fmt.Fprintf(&r.out, " %v", ids)
	}
}

func (r *reader) created() {
	r.answer.path = r.String()
	fmt.Fprintf(&r.out, " path=%+q", r.answer.path)
}

func (r *reader) data() {
	data := r.Buffer()
	if data == nil {
		r.out.WriteString(" data=null")
		return
	}
	if len(data) > shownBytesMax {
		fmt.Fprintf(&r.out, " data=%d bytes, sha256 %x", len(data), sha256.Sum256(data))
		return
	}
	fmt.Fprintf(&r.out, " data=%+q", data)
}

func (r *reader) names() {
	names := r.Strings()
	slices.Sort(names)
	r.answer.children = names
	fmt.Fprintf(&r.out, " children=%+q", names)
}

func (r *reader) status() {
	s := r.Stat()
	if r.Err != nil {
		return
	}
	r.answer.stat = &s
	fmt.Fprintf(&r.out, " czxid=0x%x mzxid=0x%x pzxid=0x%x version=%d cversion=%d aversion=%d owner=%s length=%d children=%d",
		r.side.zxid(s.Czxid), r.side.zxid(s.Mzxid), r.side.zxid(s.Pzxid), s.Version, s.Cversion, s.Aversion, r.side.session(s.EphemeralOwner), s.DataLength, s.NumChildren)
	for zxid, ms := range map[int64]int64{s.Czxid: s.Ctime, s.Mzxid: s.Mtime} {
		if fault := r.side.clock.fault(zxid, ms); fault != "" {
			fmt.Fprintf(&r.out, " BAD TIME: %s", fault)
		}
	}
	if s.Mtime < s.Ctime || s.Czxid == s.Mzxid && s.Ctime != s.Mtime {
		fmt.Fprintf(&r.out, " BAD TIMES: ctime %d mtime %d", s.Ctime, s.Mtime)
	}
	if s.Czxid == 0 && s.Ctime != 0 {
		fmt.Fprintf(&r.out, " ctime=%d", s.Ctime)
	}
}

func (r *reader) multi() {
	for r.Err == nil {
		op, done, err := zk.Op(r.Int()), r.Bool(), r.Int()
		fmt.Fprintf(&r.out, "\n    part op=%d done=%v err=%d", op, done, err)
		if done {
			return
		}
		if op == zk.OpError {
			result := zk.Err(r.Int())
			r.answer.results = append(r.answer.results, result)
			fmt.Fprintf(&r.out, " result=%v", result)
			continue
		}
		r.answer.results = append(r.answer.results, zk.ErrOK)
		r.body(op)
	}
}

// session names an owner by the order of its birth.
func (s *side) session(id int64) string {
	if id == 0 {
		return "-"
	}
	if n, ok := s.sessions[id]; ok {
		return fmt.Sprintf("s%d", n)
	}
	return fmt.Sprintf("unknown(%x)", uint64(id))
}

// welcome is a connect response.
type welcome struct {
	text     string
	kind     string // for the summary
	raw      []byte
	id       int64
	password []byte
}

// renderWelcome makes comparable text of a connect response, and numbers the session if it is new.
func (s *side) renderWelcome(frame []byte) welcome {
	r := interop.Read(frame)
	version, timeout, id, password := r.Int(), r.Int(), r.Long(), r.Buffer()
	w := welcome{raw: frame, kind: "session", id: id, password: password}
	if id == 0 {
		w.kind = "refused"
	}
	if _, known := s.sessions[id]; !known && id != 0 && r.Err == nil {
		s.sessions[id] = len(s.sessions) + 1
	}
	empty := !slices.ContainsFunc(password, func(b byte) bool { return b != 0 })
	w.text = fmt.Sprintf("version=%d timeout=%d session=%s password=%d bytes, zero %v", version, timeout, s.session(id),
		len(password), empty)
	if r.Len() > 0 {
		w.text += fmt.Sprintf(" readOnly=%v", r.Bool())
	}
	w.text += fmt.Sprintf(" rest=%d err=%v", r.Len(), r.Err)
	return w
}
