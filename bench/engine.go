package bench

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// engine is one goroutine with one epoll that owns a part of the connections:
//
//	ready sockets ─▶ of each: one read(2), check every answer in it
//	              ─▶ for each: append what its answers call for, one write(2)
//	alarm         ─▶ open loop: append what has fallen due, one write(2) per connection (pace.go)
//	bell          ─▶ tasks from other goroutines: begin, ping, count, hang up
//
// All its connections share one buffer to read into and one to write from, so that a connection that waits has none.
type engine struct {
	traffic *traffic
	index   int
	poll    *poller
	mail    mailbox
	done    chan struct{} // closed when run has ended

	conns   []*conn // by slot; nil until it is there
	living  int     // connections that are open
	open    int     // requests under way
	dry     int     // connections whose source has ended
	leaving bool    // end when no connection is left

	pace     pace
	in       []byte
	spare    []byte  // what the connection that is being served appends to
	answered []*conn // of this round: those that may send again
	events   int64   // notifications of this round
	eventNs  int64   // when the newest of them was there
	samples  []sample
}

// readBufferBytes holds what a socket's buffer usually holds; longer frames grow it.
const readBufferBytes = 256 << 10

func newEngine(t *traffic, index, slots int) (*engine, error) {
	poll, err := newPoller()
	if err != nil {
		return nil, err
	}
	return &engine{
		traffic: t, index: index, poll: poll, done: make(chan struct{}), conns: make([]*conn, slots), in: make([]byte, readBufferBytes),
	}, nil
}

// post hands a task to the engine. False means that it has ended and will not run it.
func (e *engine) post(task func()) bool {
	return e.mail.put(task, func() {
		if err := e.poll.ring(); err != nil {
			e.traffic.fail(err)
		}
	})
}

// run serves until it was asked to leave and no connection is left.
func (e *engine) run() {
	defer close(e.done)
	for !e.leaving || e.living > 0 {
		if err := e.round(); err != nil {
			e.traffic.fail(err)
			break
		}
	}
	for _, c := range e.conns {
		if c != nil && !c.gone {
			e.lose(c)
		}
	}
	for _, task := range e.mail.end() {
		task()
	}
	if err := e.poll.close(); err != nil {
		e.traffic.fail(err)
	}
}

// round serves what is ready. All reads come before all writes: a write takes some microseconds, which would be in the latency
// of every answer that is read after it. Answers are recorded before any task looks at the counts.
func (e *engine) round() error {
	ready, err := e.poll.wait()
	if err != nil {
		return err
	}
	bell, alarm := false, false
	for i := range ready {
		switch slot := ready[i].Fd; slot {
		case slotBell:
			bell = true
		case slotTimer:
			alarm = true
		default:
			e.serve(e.conns[slot], ready[i].Events)
		}
	}
	for _, c := range e.answered {
		c.fill(e.traffic.nowNs())
	}
	e.answered = e.answered[:0]
	e.record()
	if alarm {
		e.sendDue()
	}
	if bell {
		for _, task := range e.mail.take() {
			task()
		}
	}
	return nil
}

// record hands over what this round has counted: one lock per round.
func (e *engine) record() {
	e.traffic.tally.add(e.index, e.samples)
	e.samples = e.samples[:0]
	if e.events > 0 {
		e.traffic.arrived(e.events, e.eventNs)
		e.events = 0
	}
}

// adopt takes over a connection.
func (e *engine) adopt(c *conn) {
	e.conns[c.slot] = c
	e.living++
	if err := e.poll.add(c.fd, c.slot); err != nil {
		c.fail(fmt.Errorf("epoll: %w", err))
	}
}

// lose closes a connection's socket, which also takes it out of the epoll.
func (e *engine) lose(c *conn) {
	c.gone = true
	e.living--
	if err := unix.Close(c.fd); err != nil {
		e.traffic.fail(fmt.Errorf("close: %w", err))
	}
}

// serve handles a ready connection. An error or a hang-up of the socket shows in the read.
func (e *engine) serve(c *conn, events uint32) {
	if c.gone { // with an event that was on its way
		return
	}
	if events&unix.EPOLLOUT != 0 {
		c.write()
		c.fill(e.traffic.nowNs())
	}
	if events&^unix.EPOLLOUT != 0 && !c.gone {
		e.read(c)
	}
}

// read takes what has arrived, as far as there is room: the epoll tells again of what is left.
func (e *engine) read(c *conn) {
	for len(c.rest) > len(e.in)/2 { // the frame that it begins may be as long as that
		e.in = make([]byte, 2*len(e.in))
	}
	have := copy(e.in, c.rest)
	n, err := unix.Read(c.fd, e.in[have:])
	switch {
	case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.EINTR):
		return
	case (err != nil || n == 0) && c.closing && c.open.count == 0: // what closeSession has asked for
		e.lose(c)
		return
	case err != nil:
		c.fail(fmt.Errorf("read: %w", err))
		return
	case n == 0:
		c.fail(errors.New("the server has closed the connection"))
		return
	}
	have += n
	used, err := c.frames(e.in[:have], e.traffic.nowNs())
	if err != nil {
		c.fail(err)
		return
	}
	c.rest = append(c.rest[:0], e.in[used:have]...)
	c.silent = false
	e.answered = append(e.answered, c)
}

// begin lets the connections of a closed loop send.
func (e *engine) begin() {
	for _, c := range e.conns {
		if c != nil {
			c.fill(e.traffic.nowNs())
		}
	}
}

// hangUp asks for the end of all sessions, and then of the engine.
func (e *engine) hangUp() {
	e.leaving = true
	for _, c := range e.conns {
		if c != nil {
			c.hangUp()
		}
	}
}

// abandon closes every connection that the server has not closed.
func (e *engine) abandon() {
	for _, c := range e.conns {
		if c != nil && !c.gone {
			e.lose(c)
		}
	}
}
