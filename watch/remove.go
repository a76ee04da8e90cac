package watch

// Remove takes modes away from the watches of the given kinds that conn has on path, and tells whether there were any.
//
// A connection that loses its last data watch here is not counted by Conns any more, unlike one whose watches fire
// (WatchManager.removeWatcher, 3.9.5).
func (t *Table) Remove(path string, kinds Kind, modes Mode, conn uint64) bool {
	removed := false
	for _, i := range t.lookup(path, kinds, conn) {
		if i != 0 && t.watches.at(i).modes()&modes != 0 {
			t.reduce(i, modes)
			removed = true
		}
	}
	t.shrink()
	return removed
}

// reduce takes modes away from a watch.
func (t *Table) reduce(i uint32, modes Mode) {
	w := t.watches.at(i)
	if rest := w.modes() &^ modes; rest != 0 {
		t.setModes(i, rest)
		return
	}
	c, kind := t.conns.at(w.conn()), t.lists.at(w.list).kind()
	t.dropWithList(i)
	if kind == Data && c.watches[dataIndex] == 0 {
		c.data = false
		t.dataConns--
	}
}

// sweptAtOnce is how many watches RemoveConn frees itself, the few that most connections have: about 3 µs.
const sweptAtOnce = 8

// RemoveConn ends all watches of a connection. It must be called for every connection that has set one. The time that it
// takes does not depend on their number: what it leaves is for Sweep.
func (t *Table) RemoveConn(conn uint64) {
	i := t.connByID[conn]
	if i == 0 {
		return
	}
	delete(t.connByID, conn)
	c := t.conns.at(i)
	c.state = connDead
	for k := range c.watches {
		t.perKind[k].watches -= int(c.watches[k])
	}
	if c.data {
		t.dataConns--
	}
	t.dead = append(t.dead, i)
	t.Sweep(sweptAtOnce)
}

// Sweep frees at most stepsMax watches and records of dead connections, and tells whether there are more. A step takes
// about 0.4 µs in a large table (BenchmarkSweep).
func (t *Table) Sweep(stepsMax int) bool {
	if len(t.dead) == 0 {
		return false
	}
	for ; stepsMax > 0 && len(t.dead) > 0; stepsMax-- {
		last := len(t.dead) - 1
		if c := t.conns.at(t.dead[last]); c.head != 0 {
			t.dropWithList(c.head)
			continue
		}
		t.conns.give(t.dead[last])
		t.dead = t.dead[:last]
	}
	t.shrink()
	return len(t.dead) > 0
}
