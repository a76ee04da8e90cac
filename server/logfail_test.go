package server

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"paddock/client"
	"paddock/config"
	"paddock/zk"
)

// limitedChild is the environment variable that makes this binary a server whose files cannot grow; it names a zoo.cfg.
const limitedChild = "PADDOCK_TEST_LIMITED_CHILD"

// fileBytesMax is what a file of that server may hold.
const fileBytesMax = 300 << 10

func TestMain(m *testing.M) {
	if file := os.Getenv(limitedChild); file != "" {
		if err := serveLimited(file); err != nil {
			fmt.Fprintln(os.Stderr, "Run ended:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// serveLimited serves until its parent closes its input or the log fails.
func serveLimited(file string) error {
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: fileBytesMax, Max: fileBytesMax}); err != nil {
		return err
	}
	cfg, err := config.Load(file, nil)
	if err != nil {
		return err
	}
	s, err := New(cfg, "test", slog.New(slog.NewTextHandler(os.Stderr, nil)))
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(os.Stdout, s.Addrs()[0]); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		_, _ = bufio.NewReader(os.Stdin).ReadByte()
		cancel()
	}()
	return s.Run(ctx)
}

// TestFailedLogStopsTheServerAndBreaksNoPromise lets the log's file reach the largest size that the system allows:
// to the server that is a full disk, except that the rest of the machine does not suffer.
func TestFailedLogStopsTheServerAndBreaksNoPromise(t *testing.T) {
	p := newPlace(t, "preAllocSize=4096", "snapCount=1000000") // a spare segment does not fit either
	p.config(t)
	var said bytes.Buffer
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), limitedChild+"="+p.dir+"/zoo.cfg")
	child.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	child.Stderr = &said
	in, err := child.StdinPipe()
	check(t, err)
	defer func() { _ = in.Close() }() // the child has gone by then
	out, err := child.StdoutPipe()
	check(t, err)
	check(t, child.Start())
	addr, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("%v: %s", errors.Join(err, child.Wait()), said.String())
	}
	acked, refused := writeUntilTheEnd(t, strings.TrimSpace(addr))
	var exit *exec.ExitError
	if err := child.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Errorf("the server ended with %v\n%s", err, said.String())
	}
	for _, words := range []string{"the log cannot be written", "file too large", "Run ended: server: wal: write"} {
		if !strings.Contains(said.String(), words) {
			t.Errorf("it does not say %q:\n%s", words, said.String())
		}
	}
	if acked < 50 || refused > 0 {
		t.Fatalf("%d writes acknowledged, %d refused", acked, refused)
	}
	found := p.peek(t)
	for i := range acked {
		if _, there := found.znodes[fmt.Sprintf("/w%d", i)]; !there {
			t.Fatalf("write %d of %d acknowledged ones is lost", i, acked)
		}
	}
	r := p.start(t)
	c := r.dial(client.Options{})
	if _, err = c.Create("/again", nil, zk.OpenACL(), zk.ModePersistent); err != nil {
		t.Error(err)
	}
}

// writeUntilTheEnd pipelines creates of 1000 bytes, and reads in between, until the connection ends. The creates are
// answered in order, so the acknowledged ones are the first.
func writeUntilTheEnd(t *testing.T, addr string) (acked, refused int64) {
	t.Helper()
	c, err := client.Dial(context.Background(), addr, client.Options{SessionTimeout: longSession})
	check(t, err)
	defer c.Disconnect()
	value := bytes.Repeat([]byte("w"), 1000)
	var ok, bad atomic.Int64
	for i := 0; c.Err() == nil && i < 2000; i++ {
		parts := []client.Part{{Op: zk.OpCreate, Path: fmt.Sprintf("/w%d", i), Data: value, ACL: zk.OpenACL()}}
		err := c.SendMulti(parts, 0, func(r *client.Reply) {
			switch {
			case r.Lost != nil:
			case r.Code != zk.ErrOK:
				bad.Add(1)
			default:
				ok.Add(1)
			}
		})
		if err != nil {
			break
		}
		if i%10 == 9 {
			_ = c.Sync("/") // its error is the end that we wait for
		}
	}
	<-c.Done()
	return ok.Load(), bad.Load()
}
