package loop

// outsPerTurn is how many connections are served before the loop looks at its sockets again: one change can have ten
// thousand watchers, and with some microseconds for each the clients that only read would feel it.
const outsPerTurn = 256

// takeTurns obeys new Outs, or puts them off, and then some of those that were put off before. What is new goes first,
// so that a reader's reply does not wait behind ten thousand events; but an Out never overtakes another of the same
// connection.
func (l *loop) takeTurns(outs []Out, all bool) {
	if all {
		l.obeyPutOff(len(l.todo))
	}
	for i := range outs {
		o := &outs[i]
		c := l.byID[o.Conn]
		if all || i < outsPerTurn && (c == nil || c.putOff == 0) {
			l.obey(c, o)
			continue
		}
		if c != nil {
			c.putOff++
		}
		l.todo = append(l.todo, *o)
	}
	if !all {
		l.obeyPutOff(min(len(l.todo), l.obeyed+outsPerTurn))
	}
}

// obeyPutOff goes on with the Outs that were put off, up to the place end.
func (l *loop) obeyPutOff(end int) {
	for ; l.obeyed < end; l.obeyed++ {
		o := &l.todo[l.obeyed]
		c := l.byID[o.Conn]
		if c != nil {
			c.putOff--
		}
		l.obey(c, o)
		*o = Out{}
	}
	if end < len(l.todo) {
		// From another goroutine: gnet runs what a task adds to its queue before it looks at the sockets again.
		go l.mailbox.post(func(*mail) {})
		return
	}
	l.todo, l.obeyed = l.todo[:0], 0
	if cap(l.todo) > spareEventsMax {
		l.todo = nil
	}
}
