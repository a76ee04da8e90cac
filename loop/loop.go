package loop

import (
	"fmt"
	"runtime"
	"sync/atomic"

	"github.com/panjf2000/gnet/v2/pkg/netpoll"
	"golang.org/x/sys/unix"
)

// loop is one goroutine with an epoll descriptor and its connections.
type loop struct {
	server  *Server
	id      int
	poll    *poll
	inbox   *inbox
	mailbox mailbox

	// conns counts for the accepting goroutines; it includes connections that are still in the mail.
	conns atomic.Int64
	// timed counts the connections with a deadline, so that the ticker need not wake a loop without any.
	timed atomic.Int64
	ended chan struct{} // closed when run has returned
	alone bool          // Go has one processor: all other goroutines get it between two busy rounds, or not for 10 ms

	// From here on only the loop's goroutine.
	arena    arena
	byFD     map[int]*conn
	byID     map[ConnID]*conn
	young    []*conn // without a session, in the order of their deadlines; those that got one are still in it
	flushing map[ConnID]*conn
	owing    map[ConnID]*conn // those with ack
	turns    [turnCount]turnQueue
	stopping bool
	more     bool // there is something to do even if nothing happens
	round    func() (more bool)
	frames   [][]byte // scratch of read
	iov      [][]byte // scratch of flush
}

func newLoop(s *Server, id int) (*loop, error) {
	p, err := openPoll()
	if err != nil {
		return nil, fmt.Errorf("loop: open poller %d: %w", id, err)
	}
	l := &loop{
		server: s, id: id, poll: p,
		ended:    make(chan struct{}),
		alone:    runtime.GOMAXPROCS(0) == 1,
		inbox:    newInbox(s.ready, s.cfg.InboxBytesMax),
		byFD:     make(map[int]*conn),
		byID:     make(map[ConnID]*conn),
		flushing: make(map[ConnID]*conn),
		owing:    make(map[ConnID]*conn),
		iov:      make([][]byte, 0, writevBuffersMax),
	}
	l.mailbox.wake = p.wake
	return l, nil
}

// run goes round until the loop is stopped and its last connection is closed: what the sockets have, the processor's turn while that is
// carried, and what the mail says, with what has come of that turn.
func (l *loop) run() {
	defer close(l.ended)
	for !l.stopping || len(l.byFD) > 0 {
		for _, ev := range l.events() {
			// nil: closed earlier in this round, or an eventfd. A new connection with a number from the list comes by mail, after it.
			if c := l.byFD[int(ev.Fd)]; c != nil {
				l.serve(c, ev.Events)
			}
		}
		l.more = l.round != nil && l.round()
		l.more = l.drain() || l.more
	}
}

// events waits for sockets, unless there is something else to do.
func (l *loop) events() []unix.EpollEvent {
	if found := l.poll.look(); len(found) > 0 || l.more {
		if l.alone {
			runtime.Gosched()
		}
		return found
	}
	if l.round == nil {
		runtime.Gosched() // the processor can go on with this thread, which would only sleep
	}
	if !l.mailbox.sleep() {
		return nil
	}
	defer l.mailbox.awake()
	return l.poll.wait()
}

// serve sends what can be sent, then reads.
func (l *loop) serve(c *conn, ev netpoll.IOEvent) {
	broken := ev&netpoll.ErrEvents != 0
	if c.writing && (broken || ev&netpoll.WriteEvents != 0) {
		if err := c.flush(); err != nil {
			l.drop(c, ReasonReset)
			return
		}
		l.afterSending(c)
	}
	switch {
	case c.closed:
	case c.reading:
		if broken || ev&netpoll.ReadEvents != 0 {
			l.read(c, broken)
		}
	case broken:
		l.drop(c, ReasonReset)
	}
}

// rewatch is watch with its error dealt with: a connection that epoll does not want cannot be served.
func (l *loop) rewatch(c *conn) {
	if c.closed {
		return
	}
	if err := c.watch(); err != nil {
		l.server.logLimited(&l.server.epollLog, "epoll refuses a connection", "remote", c.remote.String(), "err", err)
		l.drop(c, ReasonReset)
	}
}

// setInterest tells gnet's poller what to watch fd for. The poller has no "modify to write only", so that is a removal
// and an addition.
func (l *loop) setInterest(fd int, known, wasReading, read, write bool) error {
	pa := netpoll.PollAttachment{FD: fd}
	switch {
	case !read && known:
		if err := l.poll.Delete(fd); err != nil || !write {
			return err
		}
		return l.poll.AddWrite(&pa, false)
	case !read && write:
		return l.poll.AddWrite(&pa, false)
	case !read:
		return nil
	case known && write:
		return l.poll.ModReadWrite(&pa, false)
	case known:
		return l.poll.ModRead(&pa, false)
	case write:
		return l.poll.AddReadWrite(&pa, false)
	}
	return l.poll.AddRead(&pa, false)
}

// drop closes a connection now. Unsent replies are lost.
func (l *loop) drop(c *conn, reason string) {
	if c.closed {
		return
	}
	c.closed = true
	l.setTimed(c, false)
	c.dropUnsent()
	l.server.bytesInFlight.Add(int64(-c.bytesInFlight))
	if c.parked {
		l.server.stats.parked.Add(-1)
	}
	delete(l.byFD, c.fd)
	delete(l.byID, c.id)
	delete(l.flushing, c.id)
	delete(l.owing, c.id)
	l.forget(c)
	l.inbox.put(Event{Kind: Closed, Conn: c.id, Loop: l.id, Remote: c.remote, Reason: reason})
}

// forget closes the descriptor (which takes it out of epoll) and gives the slot back. That of a client that speaks TLS is
// given back by its tunnel, which still has to say good-bye.
func (l *loop) forget(c *conn) {
	closeFD(c.fd)
	l.conns.Add(-1)
	if c.tunnel != nil {
		c.tunnel.loopEnded()
		return
	}
	l.server.gate.leave(c.remote.Addr())
}
