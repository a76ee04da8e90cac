package watch

import "math"

// Take appends the connections that an event on path reaches to dst, each once, and ends their one-shot watches. kinds says
// which watches see the event: Child for NodeChildrenChanged, both for NodeDeleted, otherwise Data.
//
// First come those with a data watch on the path, then, if Data is asked for, those with a recursive one above it, from the
// root down, then those with a child watch. In a list the recursive watches come first, the newest ahead; the others
// follow in the order of registration (WatchManager.triggerWatch, 3.9.5, where the order is that of a hash).
//
// While dst grows from Take to Take, LastPlace knows where in it a connection stands.
func (t *Table) Take(path string, kinds Kind, dst []uint64) []uint64 {
	if len(dst) == 0 {
		t.told.reset(t.takes)
	}
	if t.byPath.count == 0 {
		return dst
	}
	t.takes++
	found := t.findLists(path)
	if kinds&Data != 0 {
		dst = t.fire(found[dataIndex], dst)
		if t.recursive > 0 {
			dst = t.tellAbove(path, dst)
		}
	}
	if kinds&Child != 0 {
		dst = t.fire(found[childIndex], dst)
	}
	t.shrink()
	return dst
}

// fire tells the connections of a list, and ends its one-shot watches and those of dead connections.
func (t *Table) fire(l uint32, dst []uint64) []uint64 {
	if l == 0 {
		return dst
	}
	list := t.lists.at(l)
	i := list.head
	last := t.watches.at(i).rings[inList].prev
	for {
		w := t.watches.at(i)
		next, rest := w.rings[inList].next, w.modes()&^OneShot
		c := t.conns.at(w.conn())
		dst = t.tell(c, dst)
		if rest == 0 || c.state == connDead {
			t.drop(i)
		} else {
			w.setModes(rest)
		}
		if i == last {
			break
		}
		i = next
	}
	if list.head == 0 {
		t.dropList(l)
	}
	return dst
}

// tellAbove tells the recursive watches on every path above. Each path's hash goes on from that of the one before it: a
// znode may lie ten thousand levels deep.
func (t *Table) tellAbove(path string, dst []uint64) []uint64 {
	if path == "/" || path == "" {
		return dst
	}
	dst = t.tellRecursive("/", t.hash("/"), dst)
	t.above.Reset()
	hashed := 0
	for i := 1; i < len(path); i++ {
		if path[i] != '/' {
			continue
		}
		_, _ = t.above.WriteString(path[hashed:i]) // never fails
		hashed = i
		dst = t.tellRecursive(path[:i], uint32(t.above.Sum64()), dst)
	}
	return dst
}

func (t *Table) tellRecursive(path string, hash uint32, dst []uint64) []uint64 {
	l := t.findByHash(path, hash)[dataIndex]
	if l == 0 {
		return dst
	}
	head := t.lists.at(l).head
	for i := head; i != 0 && t.watches.at(i).modes()&Recursive != 0; i = t.watches.after(inList, head, i) {
		dst = t.tell(t.conns.at(t.watches.at(i).conn()), dst)
	}
	return dst
}

// tell appends a connection, unless it is dead or this Take has appended it already.
func (t *Table) tell(c *conn, dst []uint64) []uint64 {
	if c.told == t.takes || c.state == connDead {
		return dst
	}
	before := uint32(noPlace)
	if c.told > t.told.since {
		before = c.place
	}
	t.told.before = append(t.told.before, before)
	c.told, c.place = t.takes, uint32(len(dst))
	return append(dst, c.id)
}

const (
	noPlace       = math.MaxUint32
	sparePlaceMax = 1 << 16 // places that an emptied list keeps room for: 256 KiB
)

// toldList knows for each place in the list that Takes fill where the same connection stands before that.
type toldList struct {
	before []uint32
	since  uint64 // Table.takes when the list was empty
}

func (l *toldList) reset(takes uint64) {
	l.since, l.before = takes, l.before[:0]
	if cap(l.before) > sparePlaceMax {
		l.before = nil
	}
}

// LastPlace tells where a connection stands last in the list that Take has filled since it was last given an empty one, or
// -1. PlaceBefore goes on from there.
func (t *Table) LastPlace(conn uint64) int {
	i := t.connByID[conn]
	if i == 0 {
		return -1
	}
	if c := t.conns.at(i); c.told > t.told.since {
		return int(c.place)
	}
	return -1
}

// PlaceBefore tells where in that list the connection at a place stands before that, or -1.
func (t *Table) PlaceBefore(place int) int {
	if before := t.told.before[place]; before != noPlace {
		return int(before)
	}
	return -1
}
