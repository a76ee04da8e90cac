package loop

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// listener is the one thing the accepting goroutine needs. Tests put errors between.
type listener interface {
	// accept waits for a connection. It returns some error after close.
	accept() (fd int, remote netip.AddrPort, err error)
	close() error
	addr() net.Addr
}

// tcpListener accepts bare descriptors. Go's net package makes and binds the socket (it knows about SO_REUSEADDR and
// about hosts without IPv6) and Go's poller waits on it, but an accepted net.Conn would be registered with Go's poller
// only to be taken out again.
type tcpListener struct {
	file  *os.File
	raw   syscall.RawConn
	local net.Addr
}

// listenTCP binds. An empty host or an unspecified one means both families on one socket.
func listenTCP(address string, backlog int) (*tcpListener, error) {
	var lc net.ListenConfig
	lc.SetMultipathTCP(false) // as Apache; MPTCP sockets know fewer options
	ln, err := lc.Listen(context.Background(), "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("loop: %w", err)
	}
	file, err := ln.(*net.TCPListener).File()
	if err = errors.Join(err, ln.Close()); err != nil {
		return nil, fmt.Errorf("loop: listen on %s: %w", address, err)
	}
	raw, err := file.SyscallConn()
	if err != nil {
		return nil, fmt.Errorf("loop: listen on %s: %w", address, errors.Join(err, file.Close()))
	}
	l := &tcpListener{file: file, raw: raw, local: ln.Addr()}
	if err := l.setBacklog(backlog); err != nil {
		return nil, fmt.Errorf("loop: backlog of %s: %w", address, errors.Join(err, file.Close()))
	}
	return l, nil
}

// setBacklog calls listen(2) once more; Linux takes the new backlog then.
func (l *tcpListener) setBacklog(n int) error {
	if n <= 0 {
		return nil
	}
	var inner error
	err := l.raw.Control(func(fd uintptr) { inner = os.NewSyscallError("listen", unix.Listen(int(fd), n)) })
	return errors.Join(err, inner)
}

func (l *tcpListener) addr() net.Addr { return l.local }

func (l *tcpListener) close() error { return l.file.Close() }

func (l *tcpListener) accept() (fd int, remote netip.AddrPort, err error) {
	var sa unix.Sockaddr
	var inner error
	err = l.raw.Read(func(lfd uintptr) bool {
		fd, sa, inner = unix.Accept4(int(lfd), unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
		return !errors.Is(inner, unix.EAGAIN)
	})
	if err != nil {
		return -1, remote, err
	}
	if inner != nil {
		return -1, remote, os.NewSyscallError("accept4", inner)
	}
	return fd, addrPort(sa), nil
}

// addrPort converts a socket address; IPv4 addresses that came through an IPv6 socket become plain ones.
func addrPort(sa unix.Sockaddr) netip.AddrPort {
	switch sa := sa.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), uint16(sa.Port))
	case *unix.SockaddrInet6:
		ip := netip.AddrFrom16(sa.Addr).Unmap()
		if sa.ZoneId != 0 && ip.Is6() {
			ip = ip.WithZone(strconv.FormatUint(uint64(sa.ZoneId), 10))
		}
		return netip.AddrPortFrom(ip, uint16(sa.Port))
	}
	return netip.AddrPort{}
}
