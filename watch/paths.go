package watch

import "hash/maphash"

// findLists returns the lists of a path, one place per kind, 0 where there is none.
func (t *Table) findLists(path string) [kindCount]uint32 { return t.findByHash(path, t.hash(path)) }

func (t *Table) findByHash(path string, hash uint32) (found [kindCount]uint32) {
	for i := *t.byPath.head(hash); i != 0; {
		l := t.lists.at(i)
		if l.hash == hash && t.isPath(l, path) {
			found[l.kind().index()] = i
		}
		i = l.chain
	}
	return found
}

func (t *Table) hash(path string) uint32 { return uint32(maphash.String(t.seed, path)) }

func (t *Table) isPath(l *list, path string) bool {
	return l.size() == len(path) && string(t.paths.bytes(l.ref, l.size())) == path
}

func (t *Table) path(l *list) string { return string(t.paths.bytes(l.ref, l.size())) }

// findOrAddList returns the list for a kind. A new list shares the bytes of another list of the same path.
func (t *Table) findOrAddList(path string, kind Kind) uint32 {
	hash := t.hash(path)
	found := t.findByHash(path, hash)
	if i := found[kind.index()]; i != 0 {
		return i
	}
	i := t.lists.take()
	l := t.lists.at(i)
	l.hash, l.sizeKind = hash, makeSizeKind(len(path), kind)
	for _, other := range found {
		if other != 0 {
			l.ref = t.lists.at(other).ref
		}
	}
	if l.ref == 0 {
		l.ref = t.paths.put(path)
	}
	t.byPath.add(i)
	t.perKind[kind.index()].lists++
	return i
}

// dropList forgets an empty list, and the bytes of its path if no other list shares them.
func (t *Table) dropList(i uint32) {
	l := t.lists.at(i)
	t.byPath.remove(i)
	t.perKind[l.kind().index()].lists--
	if !t.shared(l) {
		t.paths.drop(l.ref, l.size())
	}
	t.lists.give(i)
}

// shared tells whether another list, in the same bucket by its hash, has the same bytes.
func (t *Table) shared(l *list) bool {
	for i := *t.byPath.head(l.hash); i != 0; i = t.lists.at(i).chain {
		if t.lists.at(i).ref == l.ref {
			return true
		}
	}
	return false
}

// findOrAddConn returns the record of a connection and notes whether it has set a data watch.
func (t *Table) findOrAddConn(id uint64, kind Kind) uint32 {
	i := t.connByID[id]
	if i == 0 {
		i = t.conns.take()
		c := t.conns.at(i)
		c.id, c.state = id, connLive
		t.connByID[id] = i
	}
	if c := t.conns.at(i); kind == Data && !c.data {
		c.data = true
		t.dataConns++
	}
	return i
}
