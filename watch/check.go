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
	if n := t.Count(); linked != n || held != n || int(t.byPair.count) != n {
		return fmt.Errorf("watch: %d watches, %d in lists, %d at connections, %d in the index", n, linked, held, t.byPair.count)
	}
	return t.checkMemory()
}

// checkLists returns the number of watches in all lists.
func (t *Table) checkLists() (int, error) {
	var seen [kindCount]struct{ watches, lists int }
	linked, users := 0, make(map[string]uint32)
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
		seen[l.kind().index()].watches += n
		seen[l.kind().index()].lists++
		linked += n
	}
	if seen != t.perKind {
		return 0, fmt.Errorf("watch: counted %v, found %v", t.perKind, seen)
	}
	return linked, nil
}

// checkConns returns the number of watches of all connections.
func (t *Table) checkConns() (int, error) {
	live, data, linked := 0, 0, 0
	for i := uint32(1); i < t.conns.used; i++ {
		c := t.conns.at(i)
		if !c.live {
			continue
		}
		live++
		if c.data {
			data++
		}
		if t.connByID[c.id] != i {
			return 0, fmt.Errorf("watch: connection %d is record %d, the map says %d", c.id, i, t.connByID[c.id])
		}
		n, err := t.checkRing(inConn, c.head, func(w *watch) bool { return w.conn == i && (c.data || !t.isData(w)) })
		if err != nil {
			return 0, fmt.Errorf("watch: connection %d: %w", c.id, err)
		}
		linked += n
	}
	if live != len(t.connByID) || data != t.dataConns {
		return 0, fmt.Errorf("watch: %d connections, %d in the map; %d with data watches, counted %d",
			live, len(t.connByID), data, t.dataConns)
	}
	return linked, nil
}

func (t *Table) isData(w *watch) bool { return t.lists.at(w.list).kind() == Data }

// checkRing returns the number of watches in a ring.
func (t *Table) checkRing(ring int, head uint32, belongs func(*watch) bool) (int, error) {
	n := 0
	for i := head; i != 0; i = t.watches.after(ring, head, i) {
		w := t.watches.at(i)
		if !belongs(w) || t.watches.at(w.rings[ring].next).rings[ring].prev != i || t.find(w.list, w.conn) != i {
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
	if err := checkSlab(&t.watches.slab, t.Count()); err != nil {
		return fmt.Errorf("watch: watches: %w", err)
	}
	if err := checkSlab(&t.lists.slab, int(t.byPath.count)); err != nil {
		return fmt.Errorf("watch: lists: %w", err)
	}
	if err := checkSlab(&t.conns, len(t.connByID)); err != nil {
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
