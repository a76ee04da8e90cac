package loop

const (
	// outsPerTurn is how many replies are sent before the loop looks at its sockets again.
	outsPerTurn = 256
	// newsPerTurn is the same for news: one change can have ten thousand watchers, and at about 7 µs for each write the
	// clients that only read would feel it.
	newsPerTurn = 64
)

// turn says for what a connection's unsent bytes wait.
type turn uint8

const (
	noTurn turn = iota // for nothing, or for the kernel
	newsTurn
	replyTurn // news may stand in front of the reply
	turnCount
)

// turnQueue holds connections that wait for a turn, the oldest at next. One that does not wait for it any more, because
// other bytes took its own along, still stands in it.
type turnQueue struct {
	conns []*conn
	next  int
}

// takeTurns obeys new Outs. What answers no request is news, and waits behind a connection's unsent bytes for a turn; so
// do the replies beyond the first ones. Whatever else a connection is sent takes along what waits there: nothing
// overtakes another Out of the same connection, and a reply does not wait behind ten thousand events.
func (l *loop) takeTurns(outs []Out, all bool) (more bool) {
	replies := 0
	for i := range outs {
		o := &outs[i]
		c := l.byID[o.Conn]
		switch {
		case all || c == nil || !c.canPutOff(o):
			l.obey(c, o)
		case o.DoneBytes == 0:
			l.putOff(c, o, newsTurn)
		case replies < outsPerTurn:
			replies++
			l.obey(c, o)
		default:
			l.done(c, o.DoneBytes)
			l.putOff(c, o, replyTurn)
		}
	}
	more = l.sendPutOff(replyTurn, outsPerTurn, all)
	return l.sendPutOff(newsTurn, newsPerTurn, all) || more
}

// canPutOff tells whether an Out is bytes to send and nothing more, and whether its connection is not being flushed or
// closed already.
func (c *conn) canPutOff(o *Out) bool {
	return o.Buf != nil && !o.Established && !o.Ack && !o.Close && !o.Kill && !c.writing && !c.closing
}

// putOff lets an Out's bytes wait for a turn.
func (l *loop) putOff(c *conn, o *Out, t turn) {
	c.enqueue(o.Buf, 0)
	if c.turn < t {
		c.turn = t
		l.turns[t].conns = append(l.turns[t].conns, c)
	}
}

// sendPutOff gives so many connections their turn, and tells whether there are more.
func (l *loop) sendPutOff(t turn, most int, all bool) bool {
	q := &l.turns[t]
	for (most > 0 || all) && q.next < len(q.conns) {
		c := q.conns[q.next]
		q.conns[q.next] = nil
		q.next++
		if c.turn != t || c.closed {
			continue
		}
		most--
		if err := c.flush(); err != nil {
			l.drop(c, ReasonReset)
			continue
		}
		l.afterSending(c)
	}
	q.tidy()
	return len(q.conns) > 0
}

// tidy gives the places of those back that had their turn.
func (q *turnQueue) tidy() {
	switch {
	case q.next == len(q.conns) && cap(q.conns) > spareEventsMax:
		*q = turnQueue{}
	case q.next >= len(q.conns)/2:
		left := copy(q.conns, q.conns[q.next:])
		clear(q.conns[left:])
		q.conns, q.next = q.conns[:left], 0
	}
}
