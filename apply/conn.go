package apply

import (
	"net/netip"

	"paddock/metric"
	"paddock/sasl"
	"paddock/session"
	"paddock/zk"
)

// connState is how far a connection has come.
type connState uint8

const (
	awaitingConnect connState = iota // no frame yet
	opening                          // its createSession is on the way to the disk
	established
	closing // nothing that it sends counts any more
)

// conn is what the processor knows of a connection.
type conn struct {
	id       uint64
	loop     int
	remote   netip.AddrPort
	openedMs int64 // wall clock
	state    connState
	session  *session.Session
	ids      []zk.ID        // replaced, never changed: waiting requests share it
	sasl     *sasl.Exchange // nil before its first token

	hasReadOnly bool // its connect request carried the readOnly byte

	// queue holds the session's order, what was admitted and not answered: writes on their way, and nil for the next of behind,
	// which are answered when everything before them is. Their replies will take about queuedBytes.
	queue       fifo[*proposal]
	behind      fifo[waiter]
	queuedBytes int
	// backlog holds what was received and not admitted, in order. Invariant: empty unless the session is
	// opening, the log's queue is full, the client does not read, replies that wait for a write are large, or too many
	// requests are in work.
	backlog   fifo[request]
	isWaiting bool // in Processor.waiting

	tickets       int   // for the backlog, in Processor.held
	heldTimeoutMs int32 // of the session, while a ticket to open it waits
	largeBytes    int   // its part of Processor.largeBytes

	long *longRead // what the connection's later requests wait for

	next  Out // for the next Flush
	dirty bool

	// unsentBytes and eventBytes count what was handed out since the loop last said that all is sent.
	unsentBytes int
	isBlocked   bool // by them, since the last Flush
	eventBytes  int
	ackAsked    bool
	ackAskedMs  int64 // or when the client was last seen to read since

	received, sent int64
	last           lastOp
	latency        metric.Summary
}

// lastOp is what cons and stat tell of a connection's last request.
type lastOp struct {
	op        zk.Op
	xid       int32
	zxid      int64
	latencyMs int64
	repliedMs int64 // monotonic
}

// request is one decoded header and its undecoded body.
type request struct {
	xid       int32
	op        zk.Op
	body      []byte
	ids       []zk.ID
	arrivedMs int64
	heldMs    int64 // when it began to wait for room among the requests in work; 0 if it did not
	bytes     int32 // of the frame, its length included
}

// waiter is a request that waits for the writes before it.
type waiter struct {
	req        request
	err        zk.Err // a fixed answer, unless ErrOK
	replyBytes int    // about, of a read
}

// busy tells whether requests of the connection wait for the server.
func (c *conn) busy() bool { return c.queue.len() > 0 || c.backlog.len() > 0 || c.long != nil }

// receive takes a request whose header is read.
func (p *Processor) receive(c *conn, r request) {
	switch {
	case c.state == opening:
		c.backlog.push(r)
	case c.backlog.len() > 0:
		c.backlog.push(r)
		p.hold(c)
	case p.aside(c, &r):
	case p.mustWait(c, r.op):
		c.backlog.push(r)
		p.hold(c)
	default:
		p.admit(c, &r)
	}
}

// mustWait tells whether a request may not be admitted now. Who makes it wait must hold it.
func (p *Processor) mustWait(c *conn, op zk.Op) bool { return p.isBlocked(c, op) || p.isFull() }

// isBlocked tells whether the connection's own state, or that of the log, keeps a request from being admitted now, and
// sees to it that it will be later.
func (p *Processor) isBlocked(c *conn, op zk.Op) bool {
	if c.unsentBytes+c.bufferedBytes() > p.outMax() {
		c.isBlocked = true // so that Flush asks for the acknowledgement that ends the wait
		p.touch(c)
		return true
	}
	if c.queuedBytes > p.cfg.OutBytesMax || c.long != nil {
		return true // answerBehind goes on
	}
	if most := p.cfg.Requests.OutstandingMax; most > 0 && c.queue.len() > 0 && p.stats.Outstanding > most {
		return true // and here
	}
	if isWrite(op) && p.log.QueuedBytes() > p.cfg.LogBytesMax {
		if !c.isWaiting {
			c.isWaiting = true
			p.waiting = append(p.waiting, c)
		}
		return true
	}
	return false
}

// admitBacklog goes on with requests that had to wait.
func (p *Processor) admitBacklog(c *conn) {
	for c.backlog.len() > 0 && c.state == established {
		if p.mustWait(c, c.backlog.front().op) {
			p.hold(c)
			return
		}
		p.admitNext(c)
	}
}

// admitNext admits the first request of the backlog.
func (p *Processor) admitNext(c *conn) {
	r := c.backlog.pop()
	if r.heldMs > 0 {
		p.series.Held.Add(p.monoMs - r.heldMs)
	}
	r.ids = c.ids // an auth in front of it may have added some
	if !p.aside(c, &r) && !p.tooLate(c, &r) {
		p.admit(c, &r)
	}
}

// aside serves the requests that are not in line: auth, sasl, what comes without an enforced identity, and what the
// server does not know.
func (p *Processor) aside(c *conn, r *request) bool {
	switch {
	case r.op == zk.OpAuth:
		p.addAuth(c, r)
	case r.op == zk.OpSASL:
		p.sasl(c, r)
	case !p.authenticated(c):
		p.refuseUnauthenticated(c, r)
	case !served(r.op):
		p.refuseUnknown(c, r)
	default:
		return false
	}
	return true
}

// admitWaiting goes on with the connections whose writes found the log's queue full.
func (p *Processor) admitWaiting() {
	if len(p.waiting) == 0 || p.log.QueuedBytes() > p.cfg.LogBytesMax {
		return
	}
	held := p.waiting
	p.waiting = nil
	for _, c := range held {
		c.isWaiting = false
		p.admitBacklog(c)
	}
}

// admit puts a request into its session's order, or answers it if nothing is in front of it.
func (p *Processor) admit(c *conn, r *request) {
	p.stats.Outstanding++
	p.stats.Requests++
	if p.monoMs-r.arrivedMs > int64(c.session.TimeoutMs) {
		p.stats.Stale++
	}
	if isWrite(r.op) {
		p.propose(c, r)
		return
	}
	if c.session.Closing { // told now, and not when its turn comes: what came before closeSession is answered
		p.answerInTurn(c, r, zk.ErrSessionExpired)
		return
	}
	if c.queue.len() > 0 {
		n := p.replyBytes(r, c.session.ID)
		c.queuedBytes += n
		c.wait(waiter{req: *r, replyBytes: n})
		return
	}
	p.serve(c, r)
}

// wait puts a request into the order behind the writes.
func (c *conn) wait(w waiter) {
	c.queue.push(nil)
	c.behind.push(w)
}

// answerBehind answers what stands at the head of the queue and is no write: a write there has just been
// answered.
func (p *Processor) answerBehind(c *conn) {
	for c.behind.len() > 0 && *c.queue.front() == nil && c.long == nil && c.state != closing {
		c.queue.pop()
		w := c.behind.pop()
		c.queuedBytes -= w.replyBytes
		if w.err != zk.ErrOK {
			p.reply(c, &w.req, w.err)
			continue
		}
		p.serve(c, &w.req)
	}
	p.admitBacklog(c)
}
