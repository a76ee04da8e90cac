package watch

import (
	"iter"
	"unsafe"
)

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

// AllData walks the data watches: the connection that waits, and the path. The table may change between two steps: a watch that
// is there all the time is given once. A step that finds none gives connection 0, so that no step is long.
func (t *Table) AllData() iter.Seq2[uint64, string] {
	return func(yield func(uint64, string) bool) {
		for i := uint32(1); i < t.watches.used; i++ {
			var id uint64
			var path string
			if w := t.watches.at(i); w.list != 0 {
				l, c := t.lists.at(w.list), t.conns.at(w.conn())
				if l.kind() == Data && c.state == connLive {
					id, path = c.id, t.path(l)
				}
			}
			if !yield(id, path) {
				return
			}
		}
	}
}

// MemoryBytes is about how much memory the table holds, spare room included.
func (t *Table) MemoryBytes() int64 {
	const connMapBytes = 24 // of one entry of a Go map from number to place, roughly
	sum := int64(len(t.lists.chunks))*chunkItems*int64(unsafe.Sizeof(list{})) +
		int64(len(t.watches.chunks))*chunkItems*int64(unsafe.Sizeof(watch{})) +
		int64(len(t.conns.chunks))*chunkItems*int64(unsafe.Sizeof(conn{})) +
		int64(len(t.byPath.buckets)+len(t.byPair.buckets))*chunkItems*4 + int64(len(t.connByID))*connMapBytes
	for _, chunk := range t.paths.chunks {
		sum += int64(len(chunk))
	}
	return sum
}

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
