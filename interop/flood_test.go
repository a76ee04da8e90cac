package interop

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestClientThatNeverReadsIsBounded asks for 2 GB in small requests and reads nothing. Paddock stays small, and hangs up when
// the client has read nothing for its session's time-out. Apache does neither, so it is asked for less.
func TestClientThatNeverReadsIsBounded(t *testing.T) {
	const dataBytes, residentKiBMax = 500 << 10, 256 << 10
	requests := 4000
	if tools.server.Name == "apache" {
		requests = 50
	}
	s := started(t, quickSilence)
	w := startWitness(t, s)
	c := dial(t, s, Hello{Session: Session{Timeout: 5 * time.Second}})
	reply, err := c.Call(OpCreate, CreateBody("/big", make([]byte, dataBytes), Open(), 0))
	check(t, err)
	if reply.Code != 0 {
		t.Fatalf("create: %d", reply.Code)
	}
	for range requests {
		if _, err = c.Send(OpGetData, WatchBody("/big", false)); err != nil {
			break // the server has hung up
		}
	}
	w.check(t)
	if tools.server.Name == "paddock" {
		waitFor(t, "the server to hang up on a client that never reads", func() bool {
			_, err := c.Send(OpGetData, WatchBody("/big", false))
			return err != nil
		})
		if kib := residentMax(t, s); kib > residentKiBMax {
			t.Errorf("the server needed %d KiB of memory for a client that never reads", kib)
		}
	}
	check(t, c.Drop())
	w.check(t)
}

// residentMax is the most memory, in KiB, that the server ever had.
func residentMax(t *testing.T, s *Server) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.Pid()))
	check(t, err)
	for line := range strings.Lines(string(status)) {
		if text, is := strings.CutPrefix(line, "VmHWM:"); is {
			kib, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(text), " kB"))
			check(t, err)
			return kib
		}
	}
	t.Fatal("no VmHWM in /proc")
	return 0
}

// TestClientThatPipelinesWithoutEndIsSlowedAndNeverClosed sends as fast as the socket takes it, far ahead of the answers, from
// several connections. Every request is answered, in order, and the normal client gets on.
func TestClientThatPipelinesWithoutEndIsSlowedAndNeverClosed(t *testing.T) {
	const conns, requests = 3, 8000
	s := started(t, quickSilence)
	w := startWitness(t, s)
	var all sync.WaitGroup
	for i := range conns {
		c := dial(t, s, Hello{})
		path := fmt.Sprintf("/flood%d", i)
		reply, err := c.Call(OpCreate, CreateBody(path, nil, Open(), 0))
		check(t, err)
		if reply.Code != 0 {
			t.Fatalf("create: %d", reply.Code)
		}
		all.Go(func() {
			for n := range requests {
				if err := c.SendAs(int32(n), OpSetData, SetDataBody(path, make([]byte, 1000), int32(n))); err != nil {
					t.Errorf("connection %d, request %d: %v", i, n, err)
					return
				}
			}
		})
		all.Go(func() {
			for n := range requests {
				reply, err := c.Receive()
				if err != nil || reply.Xid != int32(n) || reply.Code != 0 {
					t.Errorf("connection %d, answer %d: %+v, %v", i, n, reply, err)
					return
				}
			}
		})
	}
	w.check(t)
	all.Wait()
	w.check(t)
}

// TestServerOutlivesRunningOutOfDescriptors lowers the server's limit while it runs, opens more connections than it can take, and
// leaves them. The client it had goes on meanwhile, and a new one comes in afterwards.
func TestServerOutlivesRunningOutOfDescriptors(t *testing.T) {
	s := started(t, quickSilence)
	w := startWitness(t, s)
	w.check(t)
	var before unix.Rlimit
	check(t, unix.Prlimit(s.Pid(), unix.RLIMIT_NOFILE, nil, &before))
	few := unix.Rlimit{Cur: uint64(openFiles(t, s) + 10), Max: before.Max} // the hard limit stays, so that it can be undone
	check(t, unix.Prlimit(s.Pid(), unix.RLIMIT_NOFILE, &few, nil))
	var conns []net.Conn
	for range 60 { // fewer than wait in the kernel until they are accepted, so that none has to try again
		c, err := net.DialTimeout("tcp", s.Addr(), time.Second)
		if err == nil {
			conns = append(conns, c)
		}
	}
	w.check(t)
	for _, c := range conns {
		check(t, c.Close())
	}
	check(t, unix.Prlimit(s.Pid(), unix.RLIMIT_NOFILE, &before, nil))
	waitFor(t, "a new client to be served", func() bool {
		c, err := Dial(s.Addr(), Hello{})
		return err == nil && c.Close() == nil
	})
	w.check(t)
}
