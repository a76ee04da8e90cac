package loop

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// badListener fails a number of times before it accepts.
type badListener struct {
	listener
	errs  []error
	calls atomic.Int64
}

func (l *badListener) accept() (int, netip.AddrPort, error) {
	if n := int(l.calls.Add(1)); n <= len(l.errs) {
		return -1, netip.AddrPort{}, os.NewSyscallError("accept4", l.errs[n-1])
	}
	return l.listener.accept()
}

func TestNoAcceptErrorEndsTheServer(t *testing.T) {
	r := bound(t, Config{Clock: (&fakeClock{}).now}, echo) // which stands still: all of it is within a second
	bad := &badListener{listener: r.listeners[0], errs: []error{
		unix.ENOBUFS, unix.EPROTO, unix.ENFILE, unix.EMFILE, unix.ECONNABORTED, unix.ENOMEM,
	}}
	r.listeners[0] = bad
	r.start()
	c := r.dial()
	write(t, c, frameOf([]byte("hello")))
	if got := readFrame(t, c); string(got) != "hello" {
		t.Errorf("got %q", got)
	}
	if n := r.Stats().AcceptErrors; n != uint64(len(bad.errs)) {
		t.Errorf("counted %d errors of %d", n, len(bad.errs))
	}
	if n := strings.Count(r.log.String(), "accept failed"); n != 1 {
		t.Errorf("%d log lines for errors within a second: %s", n, r.log)
	}
}

func TestStopDuringTheRestAfterAnError(t *testing.T) {
	r := bound(t, Config{}, echo)
	bad := &badListener{listener: r.listeners[0]}
	for range 100 { // would take more than a minute
		bad.errs = append(bad.errs, unix.EMFILE)
	}
	r.listeners[0] = bad
	r.start()
	eventually(t, "some errors", func() bool { return bad.calls.Load() > 3 })
	r.shutdown()
	if n := bad.calls.Load(); n > 20 {
		t.Errorf("accept was called %d times: no rest between", n)
	}
}

const childEnv = "PADDOCK_LOOP_TEST_FEW_DESCRIPTORS"

// TestRunningOutOfDescriptors runs itself again in a process of its own, because the limit is the process's.
func TestRunningOutOfDescriptors(t *testing.T) {
	if os.Getenv(childEnv) == "" {
		cmd := exec.Command(os.Args[0], "-test.run=^TestRunningOutOfDescriptors$", "-test.v")
		cmd.Env = append(os.Environ(), childEnv+"=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		} else if !strings.Contains(string(out), "served after the shortage") {
			t.Fatalf("the child did not get to its end:\n%s", out)
		}
		return
	}
	r := started(t, Config{}, echo)
	early := r.dial()
	write(t, early, frameOf([]byte("early")))
	readFrame(t, early)

	// The clients' sockets are taken before the table is full: they need no further descriptor to connect.
	sockets := make([]int, 4)
	for i := range sockets {
		sockets[i] = must(unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0))
	}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 64, Max: 64}); err != nil {
		t.Fatal(err)
	}
	hogs := takeAllDescriptors(t)
	port := r.Addrs()[0].(*net.TCPAddr).Port
	for _, fd := range sockets {
		if err := unix.Connect(fd, &unix.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "accept errors", func() bool { return r.Stats().AcceptErrors >= 3 })
	if !strings.Contains(r.log.String(), "too many open files") {
		t.Errorf("log: %s", r.log)
	}
	write(t, early, frameOf([]byte("still served")))
	if got := readFrame(t, early); string(got) != "still served" {
		t.Errorf("got %q", got)
	}
	for _, fd := range hogs {
		closeFD(fd)
	}
	for _, fd := range sockets { // those that waited in the backlog
		c := must(net.FileConn(os.NewFile(uintptr(fd), "client")))
		write(t, c, frameOf([]byte("waited")))
		if got := readFrame(t, c); string(got) != "waited" {
			t.Errorf("got %q", got)
		}
	}
	late := r.dial()
	write(t, late, frameOf([]byte("late")))
	if got := readFrame(t, late); string(got) == "late" {
		t.Log("served after the shortage")
	}
}

func takeAllDescriptors(t *testing.T) (taken []int) {
	for {
		fd, err := unix.Open("/dev/null", unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if errors.Is(err, unix.EMFILE) {
			return taken
		}
		if err != nil {
			t.Fatal(err)
		}
		taken = append(taken, fd)
	}
}

// must returns v. It is for calls whose failure says nothing about the server.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestLimitPerAddress(t *testing.T) {
	r := started(t, Config{CnxnsPerIPMax: func() int { return 3 }}, echo)
	var conns []*net.TCPConn
	for range 3 {
		c := r.dial()
		write(t, c, frameOf([]byte("in")))
		readFrame(t, c)
		conns = append(conns, c)
	}
	refused := r.dial()
	if n, err := refused.Read(make([]byte, 10)); n != 0 || err == nil {
		t.Errorf("a refused client read %d bytes, %v", n, err)
	}
	if !strings.Contains(r.log.String(), "Too many connections from 127.0.0.1 - max is 3") {
		t.Errorf("log: %s", r.log)
	}
	if err := conns[0].Close(); err != nil {
		t.Fatal(err)
	}
	r.await(Closed, 1)
	again := r.dial()
	write(t, again, frameOf([]byte("again")))
	if got := readFrame(t, again); string(got) != "again" {
		t.Errorf("got %q", got)
	}
	if st := r.Stats(); st.Rejected != 1 || st.Accepted != 4 || st.Connections != 3 {
		t.Errorf("%+v", st)
	}
	if n := len(r.all(Opened)); n != 4 {
		t.Errorf("%d opened; a refused connection is no event", n)
	}
}

func TestLimitOfAllAndOfDescriptors(t *testing.T) {
	for name, cfg := range map[string]Config{
		"cnxnsMax":      {CnxnsMax: func() int { return 1 }},
		"descriptorMax": {DescriptorMax: 1},
	} {
		t.Run(name, func(t *testing.T) {
			r := started(t, cfg, echo)
			a, b := r.dial(), r.dial()
			readGone(t, b)
			if cfg.DescriptorMax > 0 {
				readGone(t, a)
			}
			if n := r.Stats().Rejected; n == 0 {
				t.Error("none was refused")
			}
		})
	}
}

func TestAPortInUseIsAnErrorOfListen(t *testing.T) {
	r := started(t, Config{}, echo)
	s, err := Listen(Config{Addrs: []string{"127.0.0.1:0", r.Addrs()[0].String()}})
	if !errors.Is(err, unix.EADDRINUSE) || s != nil {
		t.Errorf("%v, %v", s, err)
	}
}

func TestARestartBindsTheSamePort(t *testing.T) {
	r := started(t, Config{}, echo)
	c := r.dial()
	r.await(Opened, 1)
	addr := r.Addrs()[0].String()
	r.shutdown() // the server closes first, so its side is in TIME_WAIT
	readEnd(t, c)
	r2 := started(t, Config{Addrs: []string{addr}}, echo)
	c2 := r2.dial()
	write(t, c2, frameOf([]byte("back")))
	if got := readFrame(t, c2); string(got) != "back" {
		t.Errorf("got %q", got)
	}
}

func TestOneWildcardListenerServesBothFamilies(t *testing.T) {
	r := started(t, Config{Addrs: []string{":0"}, Backlog: 10, TCPKeepAlive: true}, echo)
	_, port := must2(net.SplitHostPort(r.Addrs()[0].String()))
	hosts := []string{"127.0.0.1"}
	if ln, err := net.Listen("tcp", "[::1]:0"); err == nil { // a machine without IPv6 serves IPv4 alone
		_ = ln.Close()
		hosts = append(hosts, "::1")
	}
	for i, host := range hosts {
		c := must(net.DialTimeout("tcp", net.JoinHostPort(host, port), patience))
		write(t, c, frameOf([]byte("hello")))
		readFrame(t, c)
		if got := r.await(Opened, i+1)[i].Remote.Addr().String(); got != host {
			t.Errorf("the client %s is seen as %s", host, got)
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func must2(a, b string, err error) (string, string) {
	if err != nil {
		panic(err)
	}
	return a, b
}

func TestConnectionsGoOnAfterStopAccepting(t *testing.T) {
	r := started(t, Config{}, echo)
	c := r.dial()
	r.await(Opened, 1)
	r.StopAccepting()
	write(t, c, frameOf([]byte("hello")))
	if got := readFrame(t, c); string(got) != "hello" {
		t.Errorf("got %q", got)
	}
	if _, err := net.DialTimeout("tcp", r.Addrs()[0].String(), time.Second); err == nil {
		t.Error("a new connection was taken")
	}
}

func TestAServerThatNeverStartedCanBeStopped(t *testing.T) {
	r := bound(t, Config{}, echo)
	if err := r.Stop(context.Background()); err != nil {
		t.Error(err)
	}
	if _, err := net.DialTimeout("tcp", r.Addrs()[0].String(), time.Second); err == nil {
		t.Error("it still listens")
	}
}
