package watch

import "fmt"

// Check walks everything and returns an error for the first broken invariant. For tests.
func (t *Table) Check() error {
	linked, err := t.checkLists()
	if err != nil {
		return err
	}
	held, err := t.checkConns()
	if err != nil {
		return err
	}
	if n := int(t.byPair.count); linked != n || held != n {
		return fmt.Errorf("watch: %d watches in lists, %d at connections, %d in the index", linked, held, n)
	}
	return t.checkMemory()
}

// checkLists returns the number of watches in all lists.
func (t *Table) checkLists() (int, error) {
	var lists [kindCount]int
	linked, recursive, users := 0, 0, make(map[string]uint32)
	for i := uint32(1); i < t.lists.used; i++ {
		l := t.lists.at(i)
		if l.head == 0 {
			continue // free
		}
		path := t.path(l)
		if l.hash != t.hash(path) || t.findLists(path)[l.kind().index()] != i {
			return 0, fmt.Errorf("watch: list %d of %q is not found by its path", i, path)
		}
		if ref, ok := users[path]; ok && ref != l.ref {
			return 0, fmt.Errorf("watch: path %q is stored twice", path)
		}
		users[path] = l.ref
		n, err := t.checkRing(inList, l.head, func(w *watch) bool { return w.list == i })
		if err != nil {
			return 0, fmt.Errorf("watch: list of %q: %w", path, err)
		}
		far, err := t.checkModes(l)
		if err != nil {
			return 0, fmt.Errorf("watch: list of %q: %w", path, err)
		}
		lists[l.kind().index()]++
		linked += n
		recursive += far
	}
	for k, n := range lists {
		if t.perKind[k].lists != n {
			return 0, fmt.Errorf("watch: %d lists of kind %d, counted %d", n, k, t.perKind[k].lists)
		}
	}
	if recursive != t.recursive {
		return 0, fmt.Errorf("watch: %d recursive watches, counted %d", recursive, t.recursive)
	}
	return linked, nil
}

// checkModes returns the number of recursive watches in a list.
func (t *Table) checkModes(l *list) (int, error) {
	n, others := 0, 0
	for i := l.head; i != 0; i = t.watches.after(inList, l.head, i) {
		modes := t.watches.at(i).modes()
		if modes&Recursive == 0 {
			others++
		} else {
			n++
		}
		if modes == 0 || modes&Recursive != 0 && (others > 0 || l.kind() != Data) {
			return 0, fmt.Errorf("watch %d of kind %b and modes %03b behind %d that are not recursive", i, l.kind(), modes, others)
		}
	}
	return n, nil
}

// checkConns returns the number of watches of all connections.
func (t *Table) checkConns() (int, error) {
	var perKind [kindCount]int
	live, data, linked := 0, 0, 0
	for i := uint32(1); i < t.conns.used; i++ {
		c := t.conns.at(i)
		if c.state == connFree {
			continue
		}
		n, err := t.checkConn(i, c)
		if err != nil {
			return 0, fmt.Errorf("watch: connection %d: %w", c.id, err)
		}
		linked += n
		if c.state == connDead {
			continue
		}
		live++
		if c.data {
			data++
		}
		for k := range perKind {
			perKind[k] += int(c.watches[k])
		}
	}
	if live != len(t.connByID) || data != t.dataConns {
		return 0, fmt.Errorf("watch: %d connections, %d in the map; %d with data watches, counted %d",
			live, len(t.connByID), data, t.dataConns)
	}
	for k, n := range perKind {
		if t.perKind[k].watches != n {
			return 0, fmt.Errorf("watch: %d watches of kind %d, counted %d", n, k, t.perKind[k].watches)
		}
	}
	return linked, nil
}

// checkConn returns the number of watches of a connection.
func (t *Table) checkConn(i uint32, c *conn) (int, error) {
	if c.state == connLive && t.connByID[c.id] != i {
		return 0, fmt.Errorf("is record %d, the map says %d", i, t.connByID[c.id])
	}
	var held [kindCount]uint32
	n, err := t.checkRing(inConn, c.head, func(w *watch) bool {
		held[t.lists.at(w.list).kind().index()]++
		return w.conn() == i
	})
	if err == nil && (held != c.watches || held[dataIndex] > 0 && !c.data) {
		err = fmt.Errorf("holds %v watches, counted %v (data: %v)", held, c.watches, c.data)
	}
	return n, err
}

// checkRing returns the number of watches in a ring.
func (t *Table) checkRing(ring int, head uint32, belongs func(*watch) bool) (int, error) {
	n := 0
	for i := head; i != 0; i = t.watches.after(ring, head, i) {
		w := t.watches.at(i)
		if !belongs(w) || t.watches.at(w.rings[ring].next).rings[ring].prev != i || t.find(w.list, w.conn()) != i {
			return 0, fmt.Errorf("watch %d is badly linked: %+v", i, *w)
		}
		if n++; n > int(t.watches.used) {
			return 0, fmt.Errorf("ring of watch %d has no end", head)
		}
	}
	return n, nil
}

// checkMemory looks for records and bytes that are neither used nor free.
func (t *Table) checkMemory() error {
	if err := checkSlab(&t.watches.slab, int(t.byPair.count)); err != nil {
		return fmt.Errorf("watch: watches: %w", err)
	}
	if err := checkSlab(&t.lists.slab, int(t.byPath.count)); err != nil {
		return fmt.Errorf("watch: lists: %w", err)
	}
	if err := checkSlab(&t.conns, len(t.connByID)+len(t.dead)); err != nil {
		return fmt.Errorf("watch: connections: %w", err)
	}
	used, refs := 0, make(map[uint32]bool)
	for i := uint32(1); i < t.lists.used; i++ {
		if l := t.lists.at(i); l.head != 0 && !refs[l.ref] {
			refs[l.ref] = true
			used += int(unitsOf(l.size()))
		}
	}
	if free, all := t.paths.countUnits(); used+free != all {
		return fmt.Errorf("watch: %d units of path bytes are used, %d free, of %d", used, free, all)
	}
	return nil
}

func checkSlab[T any, P slot[T]](s *slab[T, P], used int) error {
	free := 0
	for i := s.free; i != 0; i = *s.at(i).freeLink() {
		free++
	}
	if all := max(int(s.used), 1) - 1; used+free != all {
		return fmt.Errorf("%d records are used, %d free, of %d", used, free, all)
	}
	return nil
}
