package bench

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"paddock/codec"
)

// dial opens a connection with a session and tells the granted timeout. It reads no byte beyond the handshake.
//
// This is the only place that knows how a server is reached. What comes back must be a socket, because engines poll its
// descriptor; a transport that is none (TLS) would be pumped into one end of a socketpair here, and hand out the other.
func dial(ctx context.Context, o *Options) (nc *net.TCPConn, timeout time.Duration, err error) {
	c, err := (&net.Dialer{}).DialContext(ctx, "tcp", o.Addr)
	if err != nil {
		return nil, 0, err
	}
	if timeout, err = greet(ctx, c, o); err != nil {
		return nil, 0, errors.Join(fmt.Errorf("handshake: %w", err), c.Close())
	}
	return c.(*net.TCPConn), timeout, nil
}

// greet opens the session.
func greet(ctx context.Context, nc net.Conn, o *Options) (timeout time.Duration, err error) {
	stop := context.AfterFunc(ctx, func() { _ = nc.SetDeadline(time.Unix(1, 0)) }) // a dead socket fails the read as well
	defer stop()
	timeoutMs := time.Duration(o.SessionTimeout).Milliseconds()
	b, at := codec.BeginFrame(nil)
	b = codec.AppendConnectRequest(b, &codec.ConnectRequest{
		TimeoutMs: int32(min(timeoutMs, math.MaxInt32)), Password: make([]byte, 16), HasReadOnly: true,
	})
	codec.EndFrame(b, at)
	if _, err := nc.Write(b); err != nil {
		return 0, err
	}
	frame, err := readFrame(nc)
	if err != nil {
		return 0, err
	}
	r, err := codec.DecodeConnectResponse(frame)
	switch {
	case err != nil:
		return 0, err
	case r.TimeoutMs <= 0 || r.SessionID == 0:
		return 0, errors.New("the server refused a session")
	}
	return time.Duration(r.TimeoutMs) * time.Millisecond, nil
}

// detach gives the socket's descriptor, in non-blocking mode as Go had it, and ends Go's own interest in it.
func detach(nc *net.TCPConn) (fd int, err error) {
	raw, err := nc.SyscallConn()
	if err != nil {
		return 0, errors.Join(err, nc.Close())
	}
	var dupErr error
	err = raw.Control(func(from uintptr) { fd, dupErr = unix.FcntlInt(from, unix.F_DUPFD_CLOEXEC, 0) })
	if err = errors.Join(err, dupErr); err != nil {
		return 0, errors.Join(fmt.Errorf("descriptor: %w", err), nc.Close())
	}
	if err := nc.Close(); err != nil {
		return 0, errors.Join(err, unix.Close(fd))
	}
	return fd, nil
}

// dialers is how many connections are opened at a time: enough to keep a server busy, fewer than any backlog.
const dialers = 64

// inParallel calls open for 0 to n-1, many at a time, and ends early with the first error.
func inParallel(n int, open func(i int) error) error {
	var next atomic.Int64
	var over sync.WaitGroup
	errs := make(chan error, dialers)
	for range min(n, dialers) {
		over.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				if err := open(i); err != nil {
					next.Store(int64(n))
					errs <- err
					return
				}
			}
		})
	}
	over.Wait()
	close(errs)
	return <-errs // nil when there is none
}

// descriptorsBeside is what the program needs besides one descriptor per connection: files, engines, those being dialed.
const descriptorsBeside = 200

// checkDescriptors says beforehand that connections will not find descriptors. Go has raised the soft limit to the hard one.
func checkDescriptors(connections int) error {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("limit of open files: %w", err)
	}
	if need := uint64(connections + descriptorsBeside); need > limit.Cur {
		return fmt.Errorf("%d connections need about %d open files, but this process may have %d: raise its limit (ulimit -Hn, LimitNOFILE)",
			connections, need, limit.Cur)
	}
	return nil
}
