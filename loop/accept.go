package loop

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// How long the accepting goroutine rests after an error: the first value after the first one, doubled up to the second.
// A full descriptor table does not get emptier by asking.
const (
	acceptPauseMin = 5 * time.Millisecond
	acceptPauseMax = time.Second
)

// acceptLoop accepts until the listener is closed, and hands each socket to admit. No error ends it.
func (s *Server) acceptLoop(ln listener, admit func(fd int, remote netip.AddrPort)) {
	defer s.accepting.Done()
	pause := time.Duration(0)
	for {
		fd, remote, err := ln.accept()
		switch {
		case err == nil:
			pause = 0
			admit(fd, remote)
		case isClosed(s.acceptStop):
			return
		default:
			s.stats.acceptErrors.Add(1)
			s.logLimited(&s.acceptLog, "accept failed, trying again", "address", ln.addr().String(), "err", err)
			pause = min(max(2*pause, acceptPauseMin), acceptPauseMax)
			if !s.restAfterAcceptError(pause) {
				return
			}
		}
	}
}

// restAfterAcceptError waits; it reports false when accepting is over.
func (s *Server) restAfterAcceptError(pause time.Duration) bool {
	t := time.NewTimer(pause)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-s.acceptStop:
		return false
	}
}

// admit hands a socket to a loop, or closes it without a byte.
func (s *Server) admit(fd int, remote netip.AddrPort) {
	if s.enter(fd, remote) {
		s.mail(fd, remote, nil)
	}
}

// enter takes a slot in the gate for a new socket, or closes it without a byte.
func (s *Server) enter(fd int, remote netip.AddrPort) bool {
	if m := s.cfg.DescriptorMax; m > 0 && fd >= m {
		s.refuse(fd, remote, m)
		return false
	}
	if limit, ok := s.gate.enter(remote.Addr()); !ok {
		s.refuse(fd, remote, limit)
		return false
	}
	s.stats.accepted.Add(1)
	if err := s.setSocketOptions(fd); err != nil {
		s.logLimited(&s.acceptLog, "cannot set socket options", "remote", remote.String(), "err", err)
	}
	return true
}

// mail hands a descriptor to a loop: a client's socket, or the end of its tunnel.
func (s *Server) mail(fd int, remote netip.AddrPort, t *tunnel) {
	l := s.leastLoaded()
	c := newConn(l, ConnID(s.lastID.Add(1)), fd, remote)
	c.tunnel = t
	l.conns.Add(1)
	if !l.mailbox.post(func(m *mail) { m.conns = append(m.conns, c) }) {
		l.forget(c)
	}
}

// setSocketOptions: an error is no reason to turn the client away (the peer may be gone already).
func (s *Server) setSocketOptions(fd int) error {
	err := os.NewSyscallError("setsockopt", unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1))
	if s.cfg.TCPKeepAlive {
		err = errors.Join(err,
			os.NewSyscallError("setsockopt", unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1)))
	}
	return err
}

// refuse closes a socket that is one too many.
func (s *Server) refuse(fd int, remote netip.AddrPort, limit int) {
	s.stats.rejected.Add(1)
	if missed, ok := s.refuseLog.allow(s.cfg.Clock()); ok {
		s.cfg.Log.Warn(fmt.Sprintf("Too many connections from %s - max is %d", remote.Addr(), limit), "leftOut", missed)
	}
	closeFD(fd)
}

// leastLoaded picks the loop with the fewest connections.
func (s *Server) leastLoaded() *loop {
	best := s.loops[0]
	for _, l := range s.loops[1:] {
		if l.conns.Load() < best.conns.Load() {
			best = l
		}
	}
	return best
}

// closeFD closes a descriptor that we own. EIO or EINTR of a socket's close are of no use to anybody (Linux has freed the
// descriptor); EBADF means that somebody else's descriptor is at risk.
func closeFD(fd int) {
	if err := unix.Close(fd); errors.Is(err, unix.EBADF) {
		panic("loop: closed a descriptor that was not open")
	}
}
