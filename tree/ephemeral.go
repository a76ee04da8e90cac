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

// linkOwned puts a znode into the list that it belongs to, if any.
func (t *Tree) linkOwned(n Node, nd *node) {
	key := listKey(nd)
	if key == 0 {
		return
	}
	list := t.sessions[key]
	nd.ephNext, nd.ephPrev = list.head, 0
	if list.head != 0 {
		t.slab.at(list.head).ephPrev = n
	}
	list.head = n
	list.count++
	t.sessions[key] = list
	if isEphemeral(nd) {
		t.ephemeralCount++
	}
}

func (t *Tree) unlinkOwned(n Node, nd *node) {
	key := listKey(nd)
	if key == 0 {
		return
	}
	for i := range t.reaping {
		if t.reaping[i] == n {
			t.reaping[i] = nd.ephNext
		}
	}
	if t.visitNext == n {
		t.visitNext = nd.ephNext
	}
	list := t.sessions[key]
	if nd.ephPrev != 0 {
		t.slab.at(nd.ephPrev).ephNext = nd.ephNext
	} else {
		list.head = nd.ephNext
	}
	if nd.ephNext != 0 {
		t.slab.at(nd.ephNext).ephPrev = nd.ephPrev
	}
	if isEphemeral(nd) {
		t.ephemeralCount--
	}
	list.count--
	if list.count == 0 {
		delete(t.sessions, key)
		return
	}
	t.sessions[key] = list
}

// EphemeralCount is the number of ephemeral znodes.
func (t *Tree) EphemeralCount() int { return t.ephemeralCount }

// EphemeralsOf is the number of the session's ephemeral znodes.
func (t *Tree) EphemeralsOf(session int64) int { return t.sessions[session].count }

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
	return slices.Values(slices.DeleteFunc(slices.Sorted(maps.Keys(t.sessions)), func(key int64) bool {
		return key == containerKey || key == ttlKey
	}))
}
