package snap

import (
	"slices"

	"paddock/codec"
	"paddock/tree"
	"paddock/zk"
)

// Session is a session as a snapshot lists it.
type Session struct {
	ID        int64
	TimeoutMs int32
}

// encoder makes the bytes of a snapshot up to the end of its znodes, a slice at a time. The tree's walk must run.
type encoder struct {
	t        *tree.Tree
	sessions []Session // not written yet
	buf      []byte    // being filled
	part     func()    // makes the next piece of a slice; nil at the end
	acl      tree.ACLRef
	nodes    int // znodes to look at per slice
	bytes    int // size of a slice; only a single record may exceed it
	visit    tree.Visit
}

func newEncoder(t *tree.Tree, sessions []Session, nodes, bytes int) *encoder {
	e := &encoder{t: t, sessions: sessions, nodes: nodes, bytes: bytes}
	e.visit = e.node
	e.part = e.header
	return e
}

// slice fills buf with the next slice and tells whether there is more.
func (e *encoder) slice(buf []byte) ([]byte, bool) {
	e.buf = buf
	e.part()
	buf, e.buf = e.buf, nil
	return buf, e.part != nil
}

func (e *encoder) full() bool { return len(e.buf) >= e.bytes }

func (e *encoder) header() {
	e.buf = codec.AppendInt32(e.buf, magic)
	e.buf = codec.AppendInt32(e.buf, formatVersion)
	e.buf = codec.AppendInt64(e.buf, databaseID)
	e.buf = codec.AppendInt32(e.buf, int32(len(e.sessions)))
	e.part = e.someSessions
}

func (e *encoder) someSessions() {
	for ; len(e.sessions) > 0; e.sessions = e.sessions[1:] {
		if e.full() {
			return
		}
		e.buf = codec.AppendInt64(e.buf, e.sessions[0].ID)
		e.buf = codec.AppendInt32(e.buf, e.sessions[0].TimeoutMs)
	}
	e.buf = codec.AppendInt32(e.buf, int32(e.t.WalkACLs()))
	e.acl = e.t.NextWalkACL(tree.OpenACL)
	e.part = e.someACLs
}

func (e *encoder) someACLs() {
	for ; e.acl != tree.OpenACL; e.acl = e.t.NextWalkACL(e.acl) {
		if e.full() {
			return
		}
		e.buf = codec.AppendInt64(e.buf, int64(e.acl))
		e.buf = codec.AppendACL(e.buf, e.t.ACLList(e.acl))
	}
	e.part = e.someNodes
}

func (e *encoder) someNodes() {
	if e.t.WalkStep(e.nodes, e.bytes, e.visit) {
		return
	}
	e.buf = codec.AppendString(e.buf, endOfNodes)
	e.part = nil
}

func (e *encoder) node(path, data []byte, acl tree.ACLRef, st *zk.StatPersisted) {
	// At once: append would copy the slice several times.
	e.buf = slices.Grow(e.buf, len(path)+len(data)+nodeBytesMore)
	e.buf = append(codec.AppendInt32(e.buf, int32(len(path))), path...) // "", not null, for the root
	e.buf = codec.AppendBuffer(e.buf, data)
	e.buf = codec.AppendInt64(e.buf, diskACLID(acl))
	e.buf = codec.AppendStatPersisted(e.buf, st)
}

// diskACLID is the id of a list in the file's own table.
func diskACLID(r tree.ACLRef) int64 {
	if r == tree.OpenACL {
		return openACLID
	}
	return int64(r)
}
