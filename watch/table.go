package watch

import "hash/maphash"

// Table is all the watches of a server.
type Table struct {
	seed      maphash.Seed // clients choose the paths: a fixed hash could be attacked
	lists     lists
	watches   watches
	byPath    index // of lists, by path
	byPair    index // of watches, by list and connection
	paths     arena
	conns     slab[conn, *conn]
	connByID  map[uint64]uint32
	perKind   [kindCount]struct{ watches, lists int }
	dataConns int
}

// New returns an empty table.
func New() *Table {
	t := &Table{seed: maphash.MakeSeed(), connByID: make(map[uint64]uint32)}
	t.reset()
	return t
}

// reset gives the memory of all watches back. There are none.
func (t *Table) reset() {
	t.lists, t.watches, t.paths = lists{}, watches{}, arena{}
	t.byPath, t.byPair = newIndex(&t.lists, 1), newIndex(&t.watches, 2) // every write searches a list
}

// Add makes conn wait for path. A watch that is there already stays as it is. kind is one kind; the path is copied.
func (t *Table) Add(path string, kind Kind, conn uint64) {
	l := t.findOrAddList(path, kind)
	c := t.findOrAddConn(conn, kind)
	if t.lists.at(l).head != 0 && t.find(l, c) != 0 {
		return
	}
	i := t.watches.take()
	w := t.watches.at(i)
	w.list, w.conn = l, c
	t.watches.push(inList, &t.lists.at(l).head, i)
	t.watches.push(inConn, &t.conns.at(c).head, i)
	t.byPair.add(i)
	t.perKind[kind.index()].watches++
}

// Has tells whether conn waits for path. kind is one kind.
func (t *Table) Has(path string, kind Kind, conn uint64) bool {
	c := t.connByID[conn]
	if c == 0 {
		return false
	}
	l := t.findLists(path)[kind.index()]
	return l != 0 && t.find(l, c) != 0
}

// Take ends all watches of the given kinds on path, and appends the connections that held them to dst, each once:
// first those of data watches, then the others, each in the order of registration.
func (t *Table) Take(path string, kinds Kind, dst []uint64) []uint64 {
	if t.byPath.count == 0 {
		return dst
	}
	found := t.findLists(path)
	for k := range found {
		if kinds&(1<<k) == 0 {
			found[k] = 0
			continue
		}
		dst = t.appendConns(dst, found[k], found[:k])
	}
	for _, l := range found {
		if l == 0 {
			continue
		}
		for head := t.lists.at(l).head; head != 0; head = t.lists.at(l).head {
			t.drop(head)
		}
		t.dropList(l)
	}
	t.shrink()
	return dst
}

// RemoveConn ends all watches of a connection. It must be called for every connection that has set one.
func (t *Table) RemoveConn(conn uint64) {
	c := t.connByID[conn]
	if c == 0 {
		return
	}
	record := t.conns.at(c)
	for record.head != 0 {
		l := t.watches.at(record.head).list
		t.drop(record.head)
		if t.lists.at(l).head == 0 {
			t.dropList(l)
		}
	}
	if record.data {
		t.dataConns--
	}
	t.conns.give(c)
	delete(t.connByID, conn)
	t.shrink()
}

// appendConns appends the connections of a list, without those that hold a watch in one of the lists before.
func (t *Table) appendConns(dst []uint64, l uint32, before []uint32) []uint64 {
	if l == 0 {
		return dst
	}
	head := t.lists.at(l).head
next:
	for i := head; i != 0; i = t.watches.after(inList, head, i) {
		c := t.watches.at(i).conn
		for _, other := range before {
			if other != 0 && t.find(other, c) != 0 {
				continue next
			}
		}
		dst = append(dst, t.conns.at(c).id)
	}
	return dst
}

// find returns the watch that a connection holds in a list, or 0.
func (t *Table) find(l, c uint32) uint32 {
	for i := *t.byPair.head(pairHash(l, c)); i != 0; {
		w := t.watches.at(i)
		if w.list == l && w.conn == c {
			return i
		}
		i = w.chain
	}
	return 0
}

// drop ends one watch. Its list may be empty then: the caller drops that.
func (t *Table) drop(i uint32) {
	w := t.watches.at(i)
	l := t.lists.at(w.list)
	t.watches.cut(inList, &l.head, i)
	t.watches.cut(inConn, &t.conns.at(w.conn).head, i)
	t.byPair.remove(i)
	t.perKind[l.kind().index()].watches--
	t.watches.give(i)
}

// shrink starts over with little memory once a large table is empty.
func (t *Table) shrink() {
	if t.byPath.count == 0 && t.watches.used > chunkItems {
		t.reset()
	}
	if len(t.connByID) == 0 && t.conns.used > chunkItems {
		t.conns = slab[conn, *conn]{}
		t.connByID = make(map[uint64]uint32)
	}
}
