package watch

import "iter"

// Count returns the number of watches: zk_watch_count (DataTree.getWatchCount).
func (t *Table) Count() int {
	n := 0
	for _, k := range t.perKind {
		n += k.watches
	}
	return n
}

// DataCount returns the number of data watches. The word wchs, like wchc and wchp, sees these only.
func (t *Table) DataCount() int { return t.perKind[Data.index()].watches }

// Paths returns the number of paths with a data watch, as wchs counts them; those of a connection that has just gone may
// still be among them until Sweep has freed its watches.
func (t *Table) Paths() int { return t.perKind[Data.index()].lists }

// Conns returns the number of connections that have set a data watch, as wchs counts them: Apache goes on counting a
// connection whose watches have all fired, until it closes, but not one that has removed its last one itself.
func (t *Table) Conns() int { return t.dataConns }

// ByConn walks the connections that Conns counts, each with the paths of its data watches. The table must not change
// meanwhile.
func (t *Table) ByConn() iter.Seq2[uint64, iter.Seq[string]] {
	return func(yield func(uint64, iter.Seq[string]) bool) {
		for i := uint32(1); i < t.conns.used; i++ {
			c := t.conns.at(i)
			if c.state == connLive && c.data && !yield(c.id, t.pathsOf(c)) {
				return
			}
		}
	}
}

func (t *Table) pathsOf(c *conn) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := c.head; i != 0; i = t.watches.after(inConn, c.head, i) {
			l := t.lists.at(t.watches.at(i).list)
			if l.kind() == Data && !yield(t.path(l)) {
				return
			}
		}
	}
}

// ByPath walks the paths with a data watch, each with the connections that hold one there. The table must not change
// meanwhile.
func (t *Table) ByPath() iter.Seq2[string, iter.Seq[uint64]] {
	return func(yield func(string, iter.Seq[uint64]) bool) {
		for i := uint32(1); i < t.lists.used; i++ {
			l := t.lists.at(i)
			if l.head != 0 && l.kind() == Data && t.watched(l) && !yield(t.path(l), t.connsOf(l)) {
				return
			}
		}
	}
}

func (t *Table) connsOf(l *list) iter.Seq[uint64] {
	return func(yield func(uint64) bool) {
		for i := l.head; i != 0; i = t.watches.after(inList, l.head, i) {
			if c := t.conns.at(t.watches.at(i).conn()); c.state == connLive && !yield(c.id) {
				return
			}
		}
	}
}

// watched tells whether a list has a watch that is not dead.
func (t *Table) watched(l *list) bool {
	for range t.connsOf(l) {
		return true
	}
	return false
}
