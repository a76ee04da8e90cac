package loop

import (
	"math"
	"time"

	"golang.org/x/sys/unix"
)

// drain does everything that is in the mail, and reports whether something is left: outs that wait for their turn, or, while the
// processor is carried, events for it, such as the end of a connection that it has just closed.
func (l *loop) drain() (more bool) {
	m := l.mailbox.take()
	for _, c := range m.conns {
		l.open(c)
	}
	clear(m.conns)
	more = l.takeTurns(m.outs, m.stop || m.kill || l.stopping)
	clear(m.outs)
	if cap(m.outs) > spareEventsMax {
		m.outs = nil
	}
	if m.tick {
		l.closeOverdue(l.server.cfg.Clock())
		l.tellProgress()
	}
	if m.stop {
		l.stop()
	}
	if m.kill {
		for _, c := range l.byFD {
			l.drop(c, ReasonStop)
		}
	}
	for _, f := range m.tasks {
		f()
	}
	return more || l.round != nil && (len(m.tasks) > 0 || l.inbox.waiting())
}

// open takes a new connection over from the accepting goroutine.
func (l *loop) open(c *conn) {
	l.byFD[c.fd] = c
	l.byID[c.id] = c
	if d := l.server.cfg.SessionlessTimeout; d > 0 {
		c.overdue = l.server.cfg.Clock().Add(d)
		l.young = append(l.young, c)
		l.setTimed(c, true)
	}
	l.inbox.put(Event{Kind: Opened, Conn: c.id, Loop: l.id, Remote: c.remote, TLS: c.tunnel.state()})
	l.rewatch(c)
}

// obey does what one Out says.
func (l *loop) obey(c *conn, o *Out) {
	if c == nil { // closed between Post and here
		releaseOuts([]Out{*o})
		return
	}
	l.done(c, o.DoneBytes)
	if o.Established && !c.established {
		c.established = true
		l.setTimed(c, c.closing || c.ack)
	}
	if o.Buf != nil && !l.reply(c, o) {
		return
	}
	if o.Ack && !c.ack {
		c.ack, c.owedBytes = true, math.MaxInt
		l.owing[c.id] = c
		l.setTimed(c, true)
	}
	switch {
	case o.Kill:
		l.drop(c, reasonOr(o.Reason))
	case o.Close && !c.closing:
		l.startClosing(c, reasonOr(o.Reason))
	default:
		l.afterSending(c)
	}
}

// reply sends the bytes of an Out; it reports whether the connection still lives.
func (l *loop) reply(c *conn, o *Out) bool {
	if c.closing { // the processor has said its last word to this client before
		releaseOuts([]Out{*o})
		return true
	}
	if err := c.send(o.Buf); err != nil {
		l.drop(c, ReasonReset)
		return false
	}
	if c.unsentBytes <= l.server.cfg.OutBytesHard {
		return true
	}
	l.server.stats.notReading.Add(1)
	l.server.logLimited(&l.server.notReadingLog, "client does not read, closing",
		"remote", c.remote.String(), "unsentBytes", c.unsentBytes, "max", l.server.cfg.OutBytesHard)
	l.drop(c, ReasonNotReading)
	return false
}

// afterSending is due whenever the unsent bytes may have become fewer or more.
func (l *loop) afterSending(c *conn) {
	if c.closing && len(c.unsent) == 0 {
		l.drainInput(c)
		l.drop(c, c.reason)
		return
	}
	if c.ack && c.unsentBytes <= l.server.cfg.OutBytesLow {
		c.ack = false
		delete(l.owing, c.id)
		l.setTimed(c, c.closing || c.timed && !c.established)
		l.inbox.put(Event{Kind: Drained, Conn: c.id, Loop: l.id})
	}
	l.rewatch(c)
}

// startClosing stops reading and closes when everything is sent, or when the tick finds it overdue.
func (l *loop) startClosing(c *conn, reason string) {
	c.closing = true
	c.reason = reason
	c.overdue = l.server.cfg.Clock().Add(l.server.cfg.CloseTimeout)
	l.flushing[c.id] = c
	l.setTimed(c, true)
	l.afterSending(c)
}

// closeOverdue closes connections without a session and those whose last bytes do not go out.
func (l *loop) closeOverdue(now time.Time) {
	for len(l.young) > 0 {
		c := l.young[0]
		waiting := !c.closed && !c.established && !c.closing
		if waiting && now.Before(c.overdue) {
			break
		}
		l.young[0] = nil
		l.young = l.young[1:]
		if waiting {
			l.server.stats.sessionless.Add(1)
			l.drop(c, ReasonSessionless)
		}
	}
	for _, c := range l.flushing {
		if !now.Before(c.overdue) {
			l.drop(c, c.reason)
		}
	}
}

// tellProgress tells the processor which of the clients that owe it a Drained event do read, if slowly.
func (l *loop) tellProgress() {
	for _, c := range l.owing {
		left := c.unsentBytes
		if n, err := unix.IoctlGetInt(c.fd, unix.SIOCOUTQ); err == nil {
			left += n // with the kernel, but not acknowledged by the peer
		}
		if left < c.owedBytes {
			l.inbox.put(Event{Kind: Progress, Conn: c.id, Loop: l.id})
		}
		c.owedBytes = left
	}
}

// setTimed notes whether c has a deadline that the tick must look at.
func (l *loop) setTimed(c *conn, timed bool) {
	if c.timed == timed {
		return
	}
	c.timed = timed
	if timed {
		l.timed.Add(1)
	} else if l.timed.Add(-1) == 0 {
		l.young = nil // nobody in it has a deadline, and no tick would come to clean it up
	}
}

// stop begins the end: no more reading, close each connection when its replies are out.
func (l *loop) stop() {
	l.stopping = true
	for _, c := range l.byFD {
		if !c.closing {
			l.startClosing(c, ReasonStop)
		}
	}
}

// drainInput reads what the client has sent and nobody wants, because closing a socket with unread input resets the
// connection, and a reset can overtake the last reply.
func (l *loop) drainInput(c *conn) {
	_ = unix.Shutdown(c.fd, unix.SHUT_WR) // best effort: the peer may be gone
	for range 16 {
		if n, again, err := readFD(c.fd, l.arena.room()); again || err != nil || n == 0 {
			return
		}
	}
}

func reasonOr(reason string) string {
	if reason == "" {
		return ReasonServer
	}
	return reason
}
