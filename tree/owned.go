package tree

import "iter"

// AllEphemerals gives every ephemeral znode with its session, in no order. The tree may change between two of them, and
// what is there all the time is given once. Only one such visit at a time.
func (t *Tree) AllEphemerals() iter.Seq2[int64, Node] {
	return func(yield func(int64, Node) bool) {
		if t.visiting {
			panic("tree: a visit of the ephemerals is running already")
		}
		t.visiting = true
		defer func() { t.visiting, t.visitNext = false, 0 }()
		for key := range t.sessions {
			if key == containerKey || key == ttlKey {
				continue
			}
			t.visitNext = t.sessions[key].head
			for t.visitNext != 0 {
				n := t.visitNext
				t.visitNext = t.slab.at(n).ephNext // unlinkOwned moves it on when that znode goes
				if !yield(key, n) {
					return
				}
			}
		}
	}
}
