package apply

import "paddock/zk"

// RequestThrottleConfig bounds the requests of all connections together. In work is what is admitted and not answered:
// writes on their way to the disk, the reads behind them, and sessions being opened. Everything else is answered at once
// and never waits.
type RequestThrottleConfig struct {
	// OutstandingMax: while more requests than this are in work, a connection that has some in work waits for one of its
	// own to be answered; 0 means no bound (globalOutstandingLimit).
	OutstandingMax int
	// InWorkMax: while so many requests are in work, all others wait, in the order of their arrival; 0 or less means no
	// bound (request_throttle_max_requests).
	InWorkMax int
	// RefuseAfterMs: who has waited longer than this for InWorkMax is answered with ThrottledOp instead, except pings and
	// closeSession; 0 or less means never (throttled_op_wait_time).
	RefuseAfterMs int
	// DropStale closes a connection whose request has waited for longer than its session timeout.
	DropStale bool
	// LargeBytes: frames longer than this are large; 0 or less means that none is. LargeBytesMax bounds the sum of those
	// that are received and not answered: who sends more is closed (largeRequestThreshold, largeRequestMaxBytes).
	LargeBytes, LargeBytesMax int
}

// holder keeps the places of those who wait for InWorkMax. A ticket is the right of a connection to have the first of its
// backlog admitted.
//
// A ticket that comes up while its connection is blocked (it does not read, or the log is full) is lost, and the
// connection takes new ones, at the end, when it goes on. A connection that has gone leaves its tickets behind.
//
// Nobody waits for ever: a ticket is taken only while requests are in work, each of those has a write in front of it,
// and every commit of one hands out what has become free.
type holder struct {
	tickets fifo[*conn]
}

// isFull tells whether a new request has to wait.
func (p *Processor) isFull() bool {
	most := p.cfg.Requests.InWorkMax
	return most > 0 && (p.stats.Outstanding >= most || p.held.tickets.len() > 0)
}

// hold takes a ticket for each request of the backlog that has none, if that is what it waits for.
func (p *Processor) hold(c *conn) {
	if !p.isFull() {
		return // its connection is blocked, and goes on by itself
	}
	for c.tickets < c.backlog.len() {
		r := c.backlog.at(c.tickets)
		if r.heldMs == 0 {
			r.heldMs = p.monoMs
			p.stats.ThrottleWaits++
		}
		c.tickets++
		p.held.tickets.push(c)
	}
}

// holdOpening makes a connection wait to open its session.
func (p *Processor) holdOpening(c *conn, timeoutMs int32) {
	c.state, c.heldTimeoutMs = opening, timeoutMs
	p.held.tickets.push(c)
}

// admitHeld lets as many go on as there is room for.
func (p *Processor) admitHeld() {
	for p.held.tickets.len() > 0 && p.stats.Outstanding < p.cfg.Requests.InWorkMax {
		c := p.held.tickets.pop()
		if c.state == opening {
			p.openSession(c, c.heldTimeoutMs)
			continue
		}
		c.tickets--
		if c.state == established && c.backlog.len() > 0 && !p.isBlocked(c, c.backlog.front().op) {
			p.admitNext(c)
		}
	}
}

// tooLate ends requests that have waited too long: stale ones with their connection, others with a refusal.
func (p *Processor) tooLate(c *conn, r *request) bool {
	if r.heldMs == 0 || r.op == zk.OpCloseSession {
		return false
	}
	cfg := &p.cfg.Requests
	if cfg.DropStale && p.monoMs-r.arrivedMs > int64(c.session.TimeoutMs) {
		p.logger.Warn("closing connection: its request has waited for longer than its session timeout", "remote", c.remote)
		p.stats.StaleDropped++
		p.kill(c, "stale request")
		return true
	}
	if r.op == zk.OpPing || cfg.RefuseAfterMs <= 0 || p.monoMs-r.heldMs <= int64(cfg.RefuseAfterMs) {
		return false
	}
	p.stats.Throttled++
	p.stats.Outstanding++
	p.answerInTurn(c, r, zk.ErrThrottledOp)
	return true
}

// isLarge tells whether a frame of so many bytes, without its length, counts as large.
func (p *Processor) isLarge(bytes int) bool {
	return p.cfg.Requests.LargeBytes > 0 && bytes > p.cfg.Requests.LargeBytes
}

// largeArrived counts a large frame, or ends the connection if that makes too many bytes.
func (p *Processor) largeArrived(c *conn, bytes int) bool {
	if p.largeBytes+bytes > p.cfg.Requests.LargeBytesMax {
		p.logger.Warn("closing connection: too many bytes of large requests are in work", "remote", c.remote,
			"bytes", bytes, "inWork", p.largeBytes)
		p.stats.LargeRejected++
		p.kill(c, "large request")
		return false
	}
	p.largeBytes += bytes
	c.largeBytes += bytes
	return true
}
