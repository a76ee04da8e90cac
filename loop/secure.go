package loop

import (
	"crypto/tls"
	"fmt"
	"net/netip"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Defaults of TLSConfig.
const (
	handshakeTimeoutDefault = 10 * time.Second // that of Netty's SslHandler
	detectTimeoutDefault    = 5 * time.Second  // Apache's ssl.handshakeDetectionTimeoutMillis
)

// firstByteOfTLS begins every ClientHello: the type of a handshake record (RFC 8446, 5.1). Read as the first byte of a frame's
// length it is far above any jute.maxbuffer, so no client in the clear begins so.
const firstByteOfTLS = 0x16

// TLSConfig is what clients that speak TLS are served with.
type TLSConfig struct {
	// Source gives the configuration for the next connection.
	Source func() *tls.Config
	// Unified lets clients of Config.Addrs speak either: the first byte tells. Who sends none within DetectTimeout speaks in
	// the clear.
	Unified       bool
	DetectTimeout time.Duration
	// HandshakeTimeout ends a handshake that takes longer.
	HandshakeTimeout time.Duration
	// HandshakesMax refuses connections while so many handshakes are under way; 0 or less means no limit.
	HandshakesMax int
}

func (c TLSConfig) withDefaults() TLSConfig {
	if c.HandshakeTimeout <= 0 {
		c.HandshakeTimeout = handshakeTimeoutDefault
	}
	if c.DetectTimeout <= 0 {
		c.DetectTimeout = detectTimeoutDefault
	}
	return c
}

// admitSecure begins a handshake on a goroutine of its own. The slot in the gate is taken before: nobody gets more than his
// share of connections by never finishing.
func (s *Server) admitSecure(fd int, remote netip.AddrPort) {
	if !s.enter(fd, remote) {
		return
	}
	s.accepting.Add(1)
	s.tunnels.running.Go(func() { s.serveSecure(fd, remote) })
}

// admitEither waits for the first byte on a goroutine of its own.
func (s *Server) admitEither(fd int, remote netip.AddrPort) {
	if !s.enter(fd, remote) {
		return
	}
	s.accepting.Add(1)
	s.tunnels.running.Go(func() {
		if s.beginsLikeTLS(fd) {
			s.serveSecure(fd, remote)
			return
		}
		s.mail(fd, remote, nil)
		s.accepting.Done()
	})
}

// serveSecure is the life of a client that speaks TLS: handshake, admission, tunnel. It is accepted, as far as StopAccepting
// is concerned, when its connection has been mailed.
func (s *Server) serveSecure(fd int, remote netip.AddrPort) {
	defer s.gate.leave(remote.Addr())
	t := &tunnel{server: s, remote: remote, client: newSocket(fd, remote)}
	err := s.shakeHands(t)
	if err == nil {
		err = s.openTunnel(t)
	}
	s.accepting.Done()
	if err != nil {
		s.logLimited(&s.tlsLog, "Unsuccessful handshake", "remote", remote.String(), "err", err)
		_ = t.client.Close() // there is nothing in it that could be lost
		return
	}
	defer s.tunnels.remove(t.client)
	t.carry()
}

// shakeHands proves both sides to each other, in time.
func (s *Server) shakeHands(t *tunnel) error {
	n := s.stats.handshakes.Add(1)
	defer s.stats.handshakes.Add(-1)
	if most := s.cfg.TLS.HandshakesMax; most > 0 && n > int64(most) {
		s.stats.handshakesOverrun.Add(1)
		return fmt.Errorf("too many handshakes under way, the limit is %d", most)
	}
	if err := t.client.SetDeadline(time.Now().Add(s.cfg.TLS.HandshakeTimeout)); err != nil {
		return err
	}
	if !s.tunnels.add(t.client, true) {
		return errStopping
	}
	t.conn = tls.Server(t.client, s.cfg.TLS.Source())
	if err := t.conn.Handshake(); err != nil {
		s.tunnels.remove(t.client)
		s.stats.handshakesFailed.Add(1)
		return err
	}
	s.tunnels.add(t.client, false)
	return t.client.SetDeadline(time.Time{})
}

// openTunnel makes the pair of sockets, and mails the end that will be a connection. Its descriptor and ours count like
// those of clients.
func (s *Server) openTunnel(t *tunnel) error {
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		s.tunnels.remove(t.client)
		return os.NewSyscallError("socketpair", err)
	}
	if m := s.cfg.DescriptorMax; m > 0 && max(ends[0], ends[1]) >= m {
		s.tunnels.remove(t.client)
		s.stats.rejected.Add(1)
		closeFD(ends[0])
		closeFD(ends[1])
		return fmt.Errorf("too many descriptors, the limit is %d", m)
	}
	t.plain = newSocket(ends[0], t.remote)
	proved := t.conn.ConnectionState()
	t.proved = &proved
	s.mail(ends[1], t.remote, t)
	return nil
}

// beginsLikeTLS waits for the first byte of a client and leaves it where it is. A duplicate of the descriptor is waited on:
// the original must not be known to Go's poller, because it may go to a loop.
func (s *Server) beginsLikeTLS(fd int) bool {
	twin, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return false // no descriptors left; in the clear it needs none
	}
	wait := newSocket(twin, netip.AddrPort{})
	defer func() { _ = wait.Close() }() // nothing was written
	if wait.SetReadDeadline(time.Now().Add(s.cfg.TLS.DetectTimeout)) != nil || !s.tunnels.add(wait, true) {
		return false
	}
	defer s.tunnels.remove(wait)
	raw, err := wait.SyscallConn()
	if err != nil {
		return false
	}
	first := [1]byte{}
	err = raw.Read(func(fd uintptr) bool {
		_, _, peekErr := unix.Recvfrom(int(fd), first[:], unix.MSG_PEEK)
		return peekErr != unix.EAGAIN && peekErr != unix.EINTR
	})
	return err == nil && first[0] == firstByteOfTLS
}
