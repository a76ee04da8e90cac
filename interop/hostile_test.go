package interop

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"testing"
	"time"
)

// quickSilence makes the server close connections without a session after 3 s instead of 10.
const quickSilence = "nio.sessionlessCnxnTimeout=3000"

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

// TestConnectionsAboveTheLimitAreHungUpOn: maxClientCnxns counts connections of one address; one too many gets no byte, and
// when one of the others ends there is room again.
func TestConnectionsAboveTheLimitAreHungUpOn(t *testing.T) {
	s := started(t, "maxClientCnxns=3")
	var conns []*Conn
	waitFor(t, "three connections", func() bool {
		c, err := Dial(s.Addr(), Hello{})
		if err == nil {
			conns = append(conns, c)
		}
		return len(conns) == 3
	})
	for range 5 {
		c, err := net.Dial("tcp", s.Addr())
		if err != nil {
			continue // it was hung up on before it was there
		}
		check(t, c.SetDeadline(time.Now().Add(PatienceMax)))
		write(c, Hello{}.Frame())
		if answer, err := io.ReadAll(c); errors.Is(err, os.ErrDeadlineExceeded) || len(answer) > 0 {
			t.Errorf("a connection too many got %x, %v", answer, err)
		}
		check(t, c.Close())
	}
	for _, c := range conns[1:] {
		if reply, err := c.Call(OpExists, WatchBody("/", false)); err != nil || reply.Code != 0 {
			t.Errorf("an earlier connection: %+v, %v", reply, err)
		}
		check(t, c.Close())
	}
	waitFor(t, "room for one more", func() bool {
		c, err := Dial(s.Addr(), Hello{})
		return err == nil && c.Close() == nil
	})
	check(t, conns[0].Close())
}
