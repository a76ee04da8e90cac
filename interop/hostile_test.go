package interop

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// quickSilence makes the server close connections without a session after 1.5 s instead of 10.
const quickSilence = "nio.sessionlessCnxnTimeout=1500"

// TestHostileConnectionsCostTheOthersNothing sends what no client would send, while a normal client goes on getting right
// answers on the connection it had from the start. Afterwards no connection is left over.
func TestHostileConnectionsCostTheOthersNothing(t *testing.T) {
	s := started(t, quickSilence)
	w := startWitness(t, s)
	pid, files := s.Pid(), openFiles(t, s)
	for _, h := range []struct {
		name string
		do   func(*testing.T, *Server)
	}{
		{"garbage instead of a connect request is hung up on", garbage},
		{"a length that cannot be is hung up on", lengths},
		{"a connect request cut short at any byte", cutConnects},
		{"a request cut short at any byte", cutRequests},
		{"garbage in frames of the right length", garbageRequests},
		{"silence is hung up on", silence},
		{"opening and closing at once, many times", comeAndGo},
	} {
		t.Run(h.name, func(t *testing.T) {
			h.do(t, s)
			w.check(t)
			if s.Pid() != pid {
				t.Fatal("the server is another one")
			}
			waitFor(t, "all connections of the test to be closed", func() bool { return openFiles(t, s) <= files+2 })
		})
	}
}

// raw opens a connection without a session.
func raw(t *testing.T, s *Server) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", s.Addr())
	check(t, err)
	check(t, c.SetDeadline(time.Now().Add(PatienceMax)))
	t.Cleanup(func() { _ = c.Close() }) // most are closed by then
	return c
}

// hungUp waits until the server closes the connection, and insists that it does. Bytes before that are of no interest.
func hungUp(t *testing.T, c net.Conn, after string) {
	t.Helper()
	if _, err := io.Copy(io.Discard, c); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("after %s the connection stays open", after)
	}
	check(t, c.Close())
}

// write sends bytes to a server that may hang up in between.
func write(c net.Conn, b []byte) { _, _ = c.Write(b) }

func garbage(t *testing.T, s *Server) {
	rng := rand.New(rand.NewPCG(51, 1))
	for i := range 50 {
		c := raw(t, s)
		b := make([]byte, 1+rng.IntN(3000))
		for i := range b {
			b[i] = byte(rng.Uint32())
		}
		write(c, b)
		hungUp(t, c, fmt.Sprintf("garbage number %d", i))
	}
}

// badLengths are refused before and after the connect request. 1,048,575 is the default of jute.maxbuffer.
func badLengths() []int32 { return []int32{-1, -2, -1 << 31, 1<<31 - 1, 1_048_576, 1 << 30} }

func lengths(t *testing.T, s *Server) {
	for _, n := range append(badLengths(), 0) {
		c := raw(t, s)
		write(c, append(Body(nil).Int(n), "followed by something"...))
		hungUp(t, c, fmt.Sprintf("a first frame of %d bytes", n))
	}
	for _, n := range badLengths() {
		c := dial(t, s, Hello{})
		check(t, c.Write(Body(nil).Int(n)))
		hungUp(t, c.net, fmt.Sprintf("a frame of %d bytes", n))
	}
}

func cutConnects(t *testing.T, s *Server) {
	hello := Hello{Session: Session{Timeout: time.Second}}.Frame()
	for n := range hello {
		c := raw(t, s)
		write(c, hello[:n])
		check(t, c.Close())
	}
	silent := map[int]net.Conn{}
	for n := 1; n < len(hello); n += 7 { // these stay and wait, and the server must not
		silent[n] = raw(t, s)
		write(silent[n], hello[:n])
	}
	for n, c := range silent {
		hungUp(t, c, fmt.Sprintf("%d bytes of a connect request", n))
	}
}

func cutRequests(t *testing.T, s *Server) {
	request := framed(append(Body(nil).Int(1).Int(OpCreate), CreateBody("/cut", []byte("x"), Open(), 0)...))
	c := dial(t, s, Hello{})
	for n := range request {
		if n%10 == 0 { // a cut frame in a session that another connection takes over
			next := dial(t, s, Hello{Session: c.Session})
			_ = c.Drop() // the server may have been first
			c = next
		}
		cut := dial(t, s, Hello{Session: c.Session})
		check(t, cut.Write(request[:n]))
		check(t, cut.Drop())
	}
	for n := 8; n < len(request)-4; n++ { // a whole frame around half a request: -5, and the connection lives
		mine := dial(t, s, Hello{})
		check(t, mine.Write(framed(request[4:n])))
		if reply, err := mine.Receive(); err == nil && reply.Code == 0 {
			t.Errorf("a create of %d bytes was accepted: %+v", n, reply)
		}
		check(t, mine.Drop())
	}
	fresh := dial(t, s, Hello{})
	if reply, err := fresh.Call(OpExists, WatchBody("/cut", false)); err != nil || reply.Code != -101 {
		t.Errorf("half a create made a znode: %+v, %v", reply, err)
	}
	check(t, fresh.Close())
}

func garbageRequests(t *testing.T, s *Server) {
	rng := rand.New(rand.NewPCG(52, 1))
	ops := []int32{
		OpCreate, OpDelete, OpExists, OpGetData, OpSetData, OpGetACL, OpSetACL, OpGetChildren, OpSync, OpGetChildren2,
		OpMulti, OpCreate2, OpAuth, OpSetWatches,
	}
	for i := range 300 {
		c := dial(t, s, Hello{})
		body := make(Body, rng.IntN(60))
		for i := range body {
			body[i] = byte(rng.Uint32()) >> (4 * rng.IntN(3)) // small numbers are likelier to be taken for lengths
		}
		op := ops[i%len(ops)]
		if _, err := c.Send(op, body); err == nil {
			_, _ = c.Receive() // an error or a hang-up: both are answers
		}
		check(t, c.Drop())
	}
}

func silence(t *testing.T, s *Server) {
	var conns []net.Conn
	for range 30 {
		conns = append(conns, raw(t, s))
	}
	for _, c := range conns {
		hungUp(t, c, "nothing at all")
	}
}

func comeAndGo(t *testing.T, s *Server) {
	for range 500 {
		check(t, raw(t, s).Close())
	}
}

// openFiles counts the server's descriptors, so also its connections.
func openFiles(t *testing.T, s *Server) int {
	t.Helper()
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", s.Pid()))
	check(t, err)
	return len(entries)
}

func waitFor(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(PatienceMax); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// witness is a normal client that works all the time while others misbehave.
type witness struct {
	mu    sync.Mutex
	turns int
	err   error
}

func startWitness(t *testing.T, s *Server) *witness {
	t.Helper()
	w := &witness{}
	c := dial(t, s, Hello{})
	stop := make(chan struct{})
	var done sync.WaitGroup
	done.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			err := w.turn(c)
			w.mu.Lock()
			w.turns++
			w.err = errors.Join(w.err, err)
			w.mu.Unlock()
			if err != nil {
				return
			}
		}
	})
	t.Cleanup(func() { close(stop); done.Wait() })
	return w
}

// turn creates, writes, reads and deletes one znode, and checks every answer.
func (w *witness) turn(c *Conn) error {
	const path = "/witness"
	data := []byte(strconv.Itoa(w.turns))
	for _, step := range []struct {
		op   int32
		body Body
	}{
		{OpCreate, CreateBody(path, nil, Open(), Ephemeral)},
		{OpSetData, SetDataBody(path, data, 0)},
		{OpGetData, WatchBody(path, false)},
		{OpDelete, DeleteBody(path, 1)},
	} {
		reply, err := c.Call(step.op, step.body)
		if err != nil || reply.Code != 0 {
			return fmt.Errorf("turn %s, operation %d: code %d: %w", data, step.op, reply.Code, orNone(err))
		}
		if step.op == OpGetData {
			if got := Read(reply.Body).Buffer(); !bytes.Equal(got, data) {
				return fmt.Errorf("turn %s: read %q", data, got)
			}
		}
	}
	return nil
}

// check waits for three more turns and fails when one went wrong.
func (w *witness) check(t *testing.T) {
	t.Helper()
	turns := func() (int, error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.turns, w.err
	}
	before, _ := turns()
	waitFor(t, "the normal client to get on", func() bool {
		now, err := turns()
		if err != nil {
			t.Fatalf("the normal client: %v", err)
		}
		return now >= before+3
	})
}

// TestClientThatNeverReadsIsBounded asks for 2 GB in small requests and reads nothing. Paddock hangs up and stays small. Apache
// does neither well, so it is asked for less.
func TestClientThatNeverReadsIsBounded(t *testing.T) {
	const dataBytes, residentKiBMax = 500 << 10, 1 << 20
	requests := 4000
	if tools.server.Name == "apache" {
		requests = 50
	}
	s := started(t, quickSilence)
	w := startWitness(t, s)
	c := dial(t, s, Hello{})
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
		t.Log(s.Log())
	// It was hung up on because it does not read, not because its session ran out: that goes on.
		check(t, dial(t, s, Hello{Session: c.Session}).Close())
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
