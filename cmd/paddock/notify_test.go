package main

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"paddock/client"
	"paddock/zk"
)

// manager is the socket of a service manager.
type manager struct {
	t *testing.T
	c *net.UnixConn
}

func newManager(t *testing.T, dir string) *manager {
	t.Helper()
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(dir, "notify"), Net: "unixgram"})
	check(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return &manager{t, c}
}

// next is what it is told next, without the status.
func (m *manager) next() string {
	m.t.Helper()
	check(m.t, m.c.SetReadDeadline(time.Now().Add(patience)))
	b := make([]byte, 1<<10)
	n, err := m.c.Read(b)
	check(m.t, err)
	first, _, _ := strings.Cut(string(b[:n]), "\n")
	return first
}

func TestServiceManagerIsToldOfReadinessLifeAndEnd(t *testing.T) {
	dir := t.TempDir()
	m := newManager(t, dir)
	cmd := command(dir, "server", "0", "./data")
	cmd.Env = append(cmd.Env, "NOTIFY_SOCKET="+filepath.Join(dir, "notify"), "WATCHDOG_USEC=150000")
	p := launch(t, cmd)
	if told := m.next(); told != "READY=1" {
		t.Errorf("first told %q", told)
	}
	_, err := p.dial(client.Options{}).Create("/a", nil, zk.OpenACL(), zk.ModePersistent)
	check(t, err)
	for range 3 {
		if told := m.next(); told != "WATCHDOG=1" {
			t.Errorf("told %q", told)
		}
	}
	if code := p.end(syscall.SIGTERM); code != 0 {
		t.Errorf("exit code %d\n%s", code, p.errs)
	}
	told := m.next()
	for told == "WATCHDOG=1" {
		told = m.next()
	}
	if told != "STOPPING=1" {
		t.Errorf("last told %q", told)
	}
}

func TestServerThatCannotServeNeverSaysThatItIsReady(t *testing.T) {
	dir := t.TempDir()
	m := newManager(t, dir)
	check(t, os.WriteFile(filepath.Join(dir, "data"), []byte("mine"), 0o644))
	cmd := command(dir, "server", "0", "./data")
	cmd.Env = append(cmd.Env, "NOTIFY_SOCKET="+filepath.Join(dir, "notify"))
	if out, err := cmd.CombinedOutput(); err == nil {
		t.Fatalf("it serves:\n%s", out)
	}
	raw, err := m.c.SyscallConn()
	check(t, err)
	check(t, raw.Control(func(fd uintptr) { // what it told would be here by now
		if n, _, err := unix.Recvfrom(int(fd), make([]byte, 100), unix.MSG_DONTWAIT); !errors.Is(err, unix.EAGAIN) {
			t.Errorf("told %d bytes, %v", n, err)
		}
	}))
}
