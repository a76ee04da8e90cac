package loop

import (
	"math/rand"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// lives checks the order of each connection's events.
type lives struct {
	t     *testing.T
	state map[ConnID]Kind // the last event
}

func (l *lives) see(ev Event) {
	last := l.state[ev.Conn]
	ok := false
	switch ev.Kind {
	case Opened:
		ok = last == 0 && ev.Remote.IsValid()
	case Frame:
		ok = last == Opened || last == Frame || last == Drained || last == Progress
	case Word:
		ok = last == Opened || last == Drained || last == Progress
	case Drained, Progress:
		ok = last != 0 && last != Closed
	case Closed:
		ok = last != 0 && last != Closed && ev.Reason != ""
	}
	if !ok {
		l.t.Errorf("connection %d: %v after %v", ev.Conn, ev.Kind, last)
	}
	if (ev.Kind == Drained || ev.Kind == Progress) && last == Word {
		return // still a connection with a word
	}
	l.state[ev.Conn] = ev.Kind
}

func TestEveryLifeHasOneBeginningAndOneEnd(t *testing.T) {
	t.Run("with two loops", func(t *testing.T) { everyLife(t, started, 2) })
	t.Run("with a loop that carries", func(t *testing.T) { everyLife(t, carried, 1) })
}

func everyLife(t *testing.T, start func(testing.TB, Config, func(Event) (Out, bool)) *rig, loops int) {
	const clients, rounds = 12, 40
	seed := time.Now().UnixNano()
	t.Logf("seed %d", seed)
	l := &lives{t: t, state: map[ConnID]Kind{}}
	rnd := rand.New(rand.NewSource(seed))
	r := start(t, Config{
		Loops: loops, Words: map[string]bool{"ruok": true},
		CnxnsPerIPMax: func() int { return clients - 2 }, InFlightBytesMax: 4000,
	}, func(ev Event) (Out, bool) {
		l.see(ev)
		o, _ := echo(ev)
		o.Conn = ev.Conn
		switch rnd.Intn(20) {
		case 0:
			o.Kill = true
		case 1:
			o.Close = true
		case 2:
			o.Ack = true
		}
		return o, true // also for Closed: an Out for a connection that is gone
	})
	var wg sync.WaitGroup
	for i := range clients {
		wg.Go(func() { misbehave(t, r, rand.New(rand.NewSource(seed+int64(i)+1)), rounds) })
	}
	wg.Wait()
	r.shutdown()
	for id, last := range l.state {
		if last != Closed {
			t.Errorf("connection %d ended with %v", id, last)
		}
	}
	if st := r.Stats(); int(st.Accepted) != len(l.state) {
		t.Errorf("%d accepted, %d seen", st.Accepted, len(l.state))
	}
}

// misbehave is a client that does one strange thing after the other. Errors are expected; the server may have closed.
func misbehave(t *testing.T, r *rig, rnd *rand.Rand, rounds int) {
	inputs := [][]byte{
		frameOf([]byte("hello")),
		[]byte(strings.Repeat(string(frameOf(make([]byte, 500))), 40)),
		[]byte("ruok"),
		{0, 0, 1, 0, 'x'},
		[]byte("GET / HTTP/1.0\r\n\r\n"),
		{0xff, 0xf4, 0xff, 0xfd},
		{0, 0},
		nil,
	}
	for range rounds {
		c, err := net.Dial("tcp", r.Addrs()[0].String())
		if err != nil {
			t.Error(err)
			return
		}
		tcp := c.(*net.TCPConn)
		_, _ = c.Write(inputs[rnd.Intn(len(inputs))])
		switch rnd.Intn(4) {
		case 0:
			_ = tcp.SetLinger(0) // close resets
		case 1:
			_ = tcp.CloseWrite()
		case 2:
			_ = c.SetReadDeadline(time.Now().Add(time.Millisecond))
			_, _ = c.Read(make([]byte, 100))
		}
		_ = c.Close()
	}
}

func TestAResetWithRepliesUnsentIsNoticed(t *testing.T) {
	r := started(t, Config{}, func(ev Event) (Out, bool) {
		return Out{Conn: ev.Conn, Established: true, Buf: raw(make([]byte, 32<<20)), Ack: true}, ev.Kind == Frame
	})
	c := r.dial()
	write(t, c, frameOf([]byte("go")))
	if _, err := c.Read(make([]byte, 10)); err != nil { // replies are on their way
		t.Fatal(err)
	}
	if err := c.SetLinger(0); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if ev := r.await(Closed, 1)[0]; ev.Reason != ReasonReset {
		t.Errorf("closed for %q", ev.Reason)
	}
	r.await(Drained, 0)
}

// fileListener accepts something that epoll refuses: a regular file.
type fileListener struct {
	listener
	path  string
	calls atomic.Int64
}

func (l *fileListener) accept() (int, netip.AddrPort, error) {
	if l.calls.Add(1) > 1 {
		return l.listener.accept()
	}
	f := must(os.Create(l.path))
	fd := must(unix.Dup(int(f.Fd())))
	return fd, netip.MustParseAddrPort("10.0.0.1:1"), f.Close()
}

func TestADescriptorThatEpollRefusesIsClosed(t *testing.T) {
	r := bound(t, Config{}, echo)
	r.listeners[0] = &fileListener{listener: r.listeners[0], path: filepath.Join(t.TempDir(), "file")}
	r.start()
	if ev := r.await(Closed, 1)[0]; ev.Reason != ReasonReset {
		t.Errorf("closed for %q", ev.Reason)
	}
	if !strings.Contains(r.log.String(), "epoll refuses") {
		t.Errorf("log: %s", r.log)
	}
	c := r.dial()
	write(t, c, frameOf([]byte("others are served")))
	if got := readFrame(t, c); string(got) != "others are served" {
		t.Errorf("got %q", got)
	}
}
