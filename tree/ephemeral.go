package tree

import (
	"iter"
	"maps"
	"slices"

	"paddock/zk"
)

// ephemerals is the list of one session's ephemeral znodes, linked through ephNext and ephPrev.
type ephemerals struct {
	head  Node
	count int
}

func isEphemeral(nd *node) bool { return zk.OwnerKind(nd.owner) == zk.KindEphemeral }

func (t *Tree) linkEphemeral(n Node, nd *node) {
	if !isEphemeral(nd) {
		return
	}
	list := t.sessions[nd.owner]
	nd.ephNext, nd.ephPrev = list.head, 0
	if list.head != 0 {
		t.slab.at(list.head).ephPrev = n
	}
	list.head = n
	list.count++
	t.sessions[nd.owner] = list
	t.ephemeralCount++
}

func (t *Tree) unlinkEphemeral(nd *node) {
	if !isEphemeral(nd) {
		return
	}
	list := t.sessions[nd.owner]
	if nd.ephPrev != 0 {
		t.slab.at(nd.ephPrev).ephNext = nd.ephNext
	} else {
		list.head = nd.ephNext
	}
	if nd.ephNext != 0 {
		t.slab.at(nd.ephNext).ephPrev = nd.ephPrev
	}
	t.ephemeralCount--
	list.count--
	if list.count == 0 {
		delete(t.sessions, nd.owner)
		return
	}
	t.sessions[nd.owner] = list
}

// EphemeralCount is the number of ephemeral znodes.
func (t *Tree) EphemeralCount() int { return t.ephemeralCount }

// Ephemerals gives the session's ephemeral znodes, youngest first. The znode at hand may be deleted on the way.
func (t *Tree) Ephemerals(session int64) iter.Seq[Node] {
	return func(yield func(Node) bool) {
		for n := t.sessions[session].head; n != 0; {
			next := t.slab.at(n).ephNext
			if !yield(n) {
				return
			}
			n = next
		}
	}
}

// EphemeralSessions gives the sessions that own ephemeral znodes, in ascending order as of the call.
func (t *Tree) EphemeralSessions() iter.Seq[int64] {
	return slices.Values(slices.Sorted(maps.Keys(t.sessions)))
}
