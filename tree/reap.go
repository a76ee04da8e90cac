package tree

import "paddock/zk"

// Containers and znodes with a time to live hang in lists of their own, which use the links of the ephemerals: no
// znode is both. Their keys are no session ids.
const (
	containerKey = zk.OwnerContainer
	ttlKey       = int64(-1) << 56
)

// listKey is the list that a znode belongs to: its session's, that of the containers, that of the TTL znodes, or
// 0 for none.
func listKey(nd *node) int64 {
	switch zk.OwnerKind(nd.owner) {
	case zk.KindEphemeral:
		return nd.owner
	case zk.KindContainer:
		return containerKey
	case zk.KindTTL:
		return ttlKey
	default:
		return 0
	}
}

// ReapBegin starts a search through the containers and TTL znodes; ReapStep goes on with it.
func (t *Tree) ReapBegin() {
	t.reaping = [2]Node{t.sessions[containerKey].head, t.sessions[ttlKey].head}
}

// ReapStep visits at most n of the znodes that were there when the search began, and tells whether there are more.
// The tree may change between two steps, not during a visit.
func (t *Tree) ReapStep(n int, visit func(Node)) (more bool) {
	for i := range t.reaping {
		for ; n > 0 && t.reaping[i] != 0; n-- {
			at := t.reaping[i]
			t.reaping[i] = t.slab.at(at).ephNext
			visit(at)
		}
	}
	return t.reaping != [2]Node{}
}
