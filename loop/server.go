package loop

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// tickInterval is the one coarse timer: how late a timeout can be noticed.
const tickInterval = 500 * time.Millisecond

// Server is listeners, loops and the two doors.
type Server struct {
	cfg       Config
	listeners []listener
	loops     []*loop
	ready     chan struct{}
	gate      gate
	lastID    atomic.Uint64

	// bytesInFlight is the sum over all connections.
	bytesInFlight atomic.Int64
	stats         counters

	acceptLog, refuseLog, lengthLog, notReadingLog, epollLog, tlsLog rateLimit

	tunnels tunnels

	mu         sync.Mutex // guards started and the closing of the channels
	started    bool
	acceptStop chan struct{} // closed by StopAccepting
	tickStop   chan struct{} // closed by Stop
	accepting  sync.WaitGroup
	ticking    sync.WaitGroup
}

// Listen binds every address and opens the pollers. Nothing is accepted before Start.
func Listen(cfg Config) (*Server, error) {
	s := &Server{
		cfg:        cfg.withDefaults(),
		ready:      make(chan struct{}, 1),
		acceptStop: make(chan struct{}),
		tickStop:   make(chan struct{}),
	}
	s.gate = gate{cnxnsMax: cfg.CnxnsMax, cnxnsPerIPMax: cfg.CnxnsPerIPMax, perIP: make(map[netip.Addr]int)}
	for _, a := range slices.Concat(s.cfg.Addrs, s.cfg.SecureAddrs) {
		ln, err := listenTCP(a, s.cfg.Backlog)
		if err != nil {
			return nil, errors.Join(err, s.release())
		}
		s.listeners = append(s.listeners, ln)
	}
	for i := range s.cfg.Loops {
		l, err := newLoop(s, i)
		if err != nil {
			return nil, errors.Join(err, s.release())
		}
		s.loops = append(s.loops, l)
	}
	return s, nil
}

// Start begins to accept and to serve.
func (s *Server) Start() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.started || isClosed(s.acceptStop) {
		return errors.New("loop: started twice, or after a stop")
	}
	s.started = true
	for _, l := range s.loops {
		go l.run()
	}
	for i, ln := range s.listeners {
		s.accepting.Add(1)
		go s.acceptLoop(ln, s.entrance(i))
	}
	s.ticking.Add(1)
	go s.tick()
	return nil
}

// entrance is what becomes of the connections of a listener.
func (s *Server) entrance(listener int) func(fd int, remote netip.AddrPort) {
	switch {
	case listener >= len(s.cfg.Addrs):
		return s.admitSecure
	case s.cfg.TLS.Unified:
		return s.admitEither
	}
	return s.admit
}

// Addrs returns the bound addresses, in the order of Config.Addrs, then those of Config.SecureAddrs.
func (s *Server) Addrs() []net.Addr {
	addrs := make([]net.Addr, len(s.listeners))
	for i, ln := range s.listeners {
		addrs[i] = ln.addr()
	}
	return addrs
}

// Loops returns the number of loops; Post takes 0 to Loops()-1.
func (s *Server) Loops() int { return len(s.loops) }

// Ready gets a signal when an inbox has something; its capacity is 1. After the signal, Take.
func (s *Server) Ready() <-chan struct{} { return s.ready }

// Take appends everything that the loops have for the processor to into. Only one goroutine may take.
func (s *Server) Take(into []Event) []Event {
	for _, l := range s.loops {
		into = l.inbox.take(into)
	}
	return into
}

// Post gives a loop its orders, in order. It never blocks. outs may be reused afterwards, their buffers may not. After
// Stop the buffers go back to the pool and nothing else happens.
func (s *Server) Post(loop int, outs []Out) {
	if len(outs) > 0 {
		s.loops[loop].mailbox.postOuts(outs)
	}
}

// Carry makes the only loop carry the processor: it calls round on its goroutine whenever it has looked at its sockets, instead of
// signals on Ready, and again as long as there are events or round says that there is more. A round may Take and Post, and nobody
// else Takes. There is one as well when something is added to the eventfd signal (-1 is none). Carry reports false, and has done
// nothing, where there are several loops. It is for the time between Start and Stop.
func (s *Server) Carry(round func() (more bool), signal int) (bool, error) {
	if len(s.loops) != 1 {
		return false, nil
	}
	l := s.loops[0]
	if signal >= 0 {
		if err := l.poll.watchEdges(signal); err != nil {
			return false, fmt.Errorf("loop: watch for signals: %w", err)
		}
	}
	l.inbox.carry() // first: the loop may be waiting for room, and take no mail
	if !s.Do(func() { l.round = round }) {
		l.inbox.putDown()
		return false, errors.New("loop: nothing to be carried by a loop that has ended")
	}
	return true, nil
}

// PutDown ends what Carry has begun: there is no round any more, and what is left is signalled on Ready. It may come after
// the end of the loop, which has no rounds either.
func (s *Server) PutDown() {
	l := s.loops[0]
	s.Do(func() { l.round = nil })
	l.inbox.putDown()
}

// Do calls f on the goroutine of the only loop, between two rounds, and waits for it. It reports false if that loop has
// ended, or ends, without calling f. Not to be called in a round, which would wait for itself, and only while the processor is
// carried: another loop may be waiting for whoever calls this to Take.
func (s *Server) Do(f func()) bool {
	l, done := s.loops[0], make(chan struct{})
	posted := l.mailbox.post(func(m *mail) {
		m.tasks = append(m.tasks, func() { f(); close(done) })
	})
	if !posted {
		return false
	}
	select {
	case <-done:
		return true
	case <-l.ended:
		return isClosed(done) // its last mail may have held f
	}
}

// StopAccepting closes the listening sockets and breaks handshakes off. Connections go on.
func (s *Server) StopAccepting() {
	s.mu.Lock()
	if !isClosed(s.acceptStop) {
		close(s.acceptStop)
		s.tunnels.breakOff()
		for _, ln := range s.listeners {
			if err := ln.close(); err != nil {
				s.cfg.Log.Warn("closing a listener failed", "address", ln.addr().String(), "err", err)
			}
		}
	}
	s.mu.Unlock()
	s.accepting.Wait()
}

// Stop stops accepting and reading, sends what was posted before, closes every connection and ends the loops. What is
// not sent within Config.CloseTimeout, or when ctx ends, is dropped. The last events can be taken afterwards.
func (s *Server) Stop(ctx context.Context) error {
	s.StopAccepting()
	s.mu.Lock()
	defer s.mu.Unlock()
	if isClosed(s.tickStop) {
		return nil
	}
	if s.started {
		s.stopLoops(ctx)
		s.tunnels.wait(ctx)
	}
	close(s.tickStop)
	s.ticking.Wait()
	return s.release()
}

// stopLoops returns when every loop has ended. The ticker still runs: it bounds each flush by Config.CloseTimeout.
func (s *Server) stopLoops(ctx context.Context) {
	for _, l := range s.loops {
		l.inbox.openGates()
		l.mailbox.post(func(m *mail) { m.stop = true })
	}
	for _, l := range s.loops {
		select {
		case <-l.ended:
		case <-ctx.Done():
			l.mailbox.post(func(m *mail) { m.kill = true })
			<-l.ended
		}
	}
}

// release closes pollers, what is left in the mail, and listeners that StopAccepting has not closed.
func (s *Server) release() error {
	var errs []error
	for _, l := range s.loops {
		left := l.mailbox.close()
		releaseOuts(left.outs)
		for _, c := range left.conns {
			l.forget(c)
		}
		errs = append(errs, l.poll.close())
	}
	if !isClosed(s.acceptStop) {
		for _, ln := range s.listeners {
			errs = append(errs, ln.close())
		}
	}
	return errors.Join(errs...)
}

// tick wakes the loops that have something with a deadline. A server without such connections sleeps on, but for this
// goroutine.
func (s *Server) tick() {
	defer s.ticking.Done()
	t := time.NewTicker(tickInterval)
	defer t.Stop()
	for {
		select {
		case <-s.tickStop:
			return
		case <-t.C:
		}
		for _, l := range s.loops {
			if l.timed.Load() > 0 {
				l.mailbox.post(func(m *mail) { m.tick = true })
			}
		}
	}
}

// logLimited logs a warning, at most one per interval and kind.
func (s *Server) logLimited(r *rateLimit, msg string, args ...any) {
	if missed, ok := r.allow(s.cfg.Clock()); ok {
		s.cfg.Log.Warn(msg, append(args, "leftOut", missed)...)
	}
}

func isClosed(ch chan struct{}) bool {
	select {
	case <-ch:
		return true
	default:
		return false
	}
}
