package loop

import (
	"errors"
	"fmt"
	"sync/atomic"

	errorx "github.com/panjf2000/gnet/v2/pkg/errors"
	"github.com/panjf2000/gnet/v2/pkg/netpoll"
)

// loop is one goroutine with an epoll descriptor and its connections.
type loop struct {
	server  *Server
	id      int
	poller  *netpoll.Poller
	inbox   *inbox
	mailbox mailbox

	// conns counts for the accepting goroutines; it includes connections that are still in the mail.
	conns atomic.Int64
	// timed counts the connections with a deadline, so that the ticker need not wake a loop without any.
	timed atomic.Int64
	ended chan struct{} // closed when run has returned

	// From here on only the loop's goroutine.
	arena    arena
	byFD     map[int]*conn
	byID     map[ConnID]*conn
	young    []*conn // without a session, in the order of their deadlines; those that got one are still in it
	flushing map[ConnID]*conn
	owing    map[ConnID]*conn // those with ack
	turns    [turnCount]turnQueue
	stopping bool
	frames   [][]byte // scratch of read
	iov      [][]byte // scratch of flush
}

func newLoop(s *Server, id int) (*loop, error) {
	p, err := netpoll.OpenPoller()
	if err != nil {
		return nil, fmt.Errorf("loop: open poller %d: %w", id, err)
	}
	l := &loop{
		server: s, id: id, poller: p,
		ended:    make(chan struct{}),
		inbox:    newInbox(s.ready, s.cfg.InboxBytesMax),
		byFD:     make(map[int]*conn),
		byID:     make(map[ConnID]*conn),
		flushing: make(map[ConnID]*conn),
		owing:    make(map[ConnID]*conn),
		iov:      make([][]byte, 0, writevBuffersMax),
	}
	l.mailbox.poller = p
	l.mailbox.drain = l.drain
	return l, nil
}

// run polls until the loop is stopped and its last connection is closed.
func (l *loop) run() {
	defer close(l.ended)
	if err := l.poller.Polling(l.onEvent); !errors.Is(err, errorx.ErrEngineShutdown) {
		panic(fmt.Sprintf("loop: epoll_wait of loop %d failed: %v", l.id, err))
	}
}

// finished returns what makes gnet's Polling return, when there is nothing left to do for ever.
func (l *loop) finished() error {
	if l.stopping && len(l.byFD) == 0 {
		return errorx.ErrEngineShutdown
	}
	return nil
}

// onEvent is gnet's callback: something happened on a socket.
func (l *loop) onEvent(fd int, ev netpoll.IOEvent, _ netpoll.IOFlags) error {
	if c := l.byFD[fd]; c != nil { // nil: closed earlier in this round of epoll_wait
		l.serve(c, ev)
	}
	return l.finished()
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
		if err := l.poller.Delete(fd); err != nil || !write {
			return err
		}
		return l.poller.AddWrite(&pa, false)
	case !read && write:
		return l.poller.AddWrite(&pa, false)
	case !read:
		return nil
	case known && write:
		return l.poller.ModReadWrite(&pa, false)
	case known:
		return l.poller.ModRead(&pa, false)
	case write:
		return l.poller.AddReadWrite(&pa, false)
	}
	return l.poller.AddRead(&pa, false)
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
