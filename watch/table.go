package watch

import (
	"fmt"
	"hash/maphash"
)

// Table is all the watches of a server.
type Table struct {
	seed      maphash.Seed // clients choose the paths: a fixed hash could be attacked
	above     maphash.Hash // by the same seed, for the paths above one
	lists     lists
	watches   watches
	byPath    index // of lists, by path
	byPair    index // of watches, by list and connection
	paths     arena
	conns     slab[conn, *conn]
	connByID  map[uint64]uint32
	dead      []uint32 // connections to sweep, the last one first
	takes     uint64   // calls of Take so far
	told      toldList
	recursive int // watches with that mode, dead ones included: without any, Take looks at no path above
	perKind   [kindCount]struct{ watches, lists int }
	dataConns int
}

// New returns an empty table.
func New() *Table {
	t := &Table{seed: maphash.MakeSeed(), connByID: make(map[uint64]uint32)}
	t.above.SetSeed(t.seed)
	t.reset()
	return t
}

// reset gives the memory of all watches back. There are none.
func (t *Table) reset() {
	t.lists, t.watches, t.paths = lists{}, watches{}, arena{}
	t.byPath, t.byPair = newIndex(&t.lists, 1), newIndex(&t.watches, 2) // every write searches a list
}

// Add makes conn wait for one event. A watch that is there already stays as it is. kind is one kind; the path is copied.
func (t *Table) Add(path string, kind Kind, conn uint64) { t.add(path, kind, OneShot, conn) }

// AddPersistent makes conn wait for every event of the path's znode.
func (t *Table) AddPersistent(path string, conn uint64) {
	t.add(path, Data, Persistent, conn)
	t.add(path, Child, Persistent, conn)
}

// AddRecursive makes conn wait for every data event of the path's znode and of all below it.
func (t *Table) AddRecursive(path string, conn uint64) { t.add(path, Data, Recursive, conn) }

func (t *Table) add(path string, kind Kind, mode Mode, conn uint64) {
	l := t.findOrAddList(path, kind)
	c := t.findOrAddConn(conn, kind)
	head := &t.lists.at(l).head
	if *head != 0 {
		if i := t.find(l, c); i != 0 {
			if had := t.watches.at(i).modes(); had&mode == 0 {
				t.setModes(i, had|mode)
			}
			return
		}
	}
	i := t.watches.take()
	t.watches.at(i).set(l, c, mode)
	t.watches.push(inList, head, i)
	t.watches.push(inConn, &t.conns.at(c).head, i)
	if mode == Recursive {
		*head = i
		t.recursive++
	}
	t.byPair.add(i)
	t.perKind[kind.index()].watches++
	t.conns.at(c).watches[kind.index()]++
}

// Modes tells how conn waits for path with any of kinds: 0 if it does not.
func (t *Table) Modes(path string, kinds Kind, conn uint64) (modes Mode) {
	for _, i := range t.lookup(path, kinds, conn) {
		if i != 0 {
			modes |= t.watches.at(i).modes()
		}
	}
	return modes
}

// lookup returns the watches of a connection on a path, one place per kind, 0 where there is none.
func (t *Table) lookup(path string, kinds Kind, conn uint64) (found [kindCount]uint32) {
	c := t.connByID[conn]
	if c == 0 {
		return found
	}
	for k, l := range t.findLists(path) {
		if l != 0 && kinds&(1<<k) != 0 {
			found[k] = t.find(l, c)
		}
	}
	return found
}

// find returns the watch that a connection holds in a list, or 0.
func (t *Table) find(l, c uint32) uint32 {
	for i := *t.byPair.head(pairHash(l, c)); i != 0; {
		w := t.watches.at(i)
		if w.list == l && w.conn() == c {
			return i
		}
		i = w.chain
	}
	return 0
}

// drop ends one watch. Its list may be empty then: the caller drops that.
func (t *Table) drop(i uint32) {
	w := t.watches.at(i)
	l, c := t.lists.at(w.list), t.conns.at(w.conn())
	t.watches.cut(inList, &l.head, i)
	t.watches.cut(inConn, &c.head, i)
	t.byPair.remove(i)
	if w.modes()&Recursive != 0 {
		t.recursive--
	}
	k := l.kind().index()
	c.watches[k]--
	if c.state == connLive {
		t.perKind[k].watches--
	}
	t.watches.give(i)
}

// dropWithList ends one watch, and its list if that was the last one there.
func (t *Table) dropWithList(i uint32) {
	l := t.watches.at(i).list
	t.drop(i)
	if t.lists.at(l).head == 0 {
		t.dropList(l)
	}
}

// shrink starts over with little memory once a large table is empty.
func (t *Table) shrink() {
	if t.byPath.count == 0 && t.watches.used > chunkItems {
		if t.recursive != 0 {
			panic(fmt.Sprintf("watch: %d recursive watches in an empty table", t.recursive))
		}
		t.reset()
	}
	if len(t.connByID) == 0 && len(t.dead) == 0 && t.conns.used > chunkItems {
		t.conns, t.dead = slab[conn, *conn]{}, nil
		t.connByID = make(map[uint64]uint32)
	}
}
