package bench

import (
	"bytes"
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"paddock/codec"
)

// pairOf is an engine with one connection whose other end is the test's. The test runs its rounds.
func pairOf(t *testing.T) (c *conn, peer int) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	o := DefaultOptions()
	o.Connections = 1
	e, err := newEngine(newTraffic(o), 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	c = &conn{fd: fds[0], engine: e}
	e.adopt(c)
	t.Cleanup(func() {
		if !c.gone {
			e.lose(c)
		}
		if err := errors.Join(e.poll.close(), unix.Close(fds[1])); err != nil {
			t.Error(err)
		}
	})
	return c, fds[1]
}

// until runs rounds until the condition holds.
func (e *engine) until(t *testing.T, holds func() bool) {
	t.Helper()
	for !holds() {
		if err := e.round(); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-e.traffic.failed:
			t.Fatal(err)
		default:
		}
	}
}

func TestWhatTheSocketDoesNotTakeLeavesWhenThereIsRoom(t *testing.T) {
	c, peer := pairOf(t)
	var want []byte
	for i := range 5_000 { // 4 MB, far beyond a socket's buffer
		want = append(want, bytes.Repeat([]byte{byte(i)}, 800)...)
	}
	c.borrow()
	c.out = append(c.out, want[:2_000_000]...)
	c.flush()
	if !c.blocked || c.engine.spare == nil {
		t.Fatalf("2 MB were taken at once: blocked %v", c.blocked)
	}
	c.out = append(c.out, want[2_000_000:]...) // as an open loop does
	c.flush()
	var got []byte
	buf := make([]byte, 100_000)
	for len(got) < len(want) {
		n, err := unix.Read(peer, buf)
		if errors.Is(err, unix.EAGAIN) {
			if err := c.engine.round(); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, buf[:n]...)
	}
	if !bytes.Equal(got, want) {
		t.Error("the bytes came in another order")
	}
	if c.blocked || c.out != nil {
		t.Errorf("blocked %v, %d bytes left", c.blocked, len(c.out))
	}
}

func TestAClosedLoopSendsNoMoreThanTheSocketTakes(t *testing.T) {
	c, peer := pairOf(t)
	p, err := newPlan(&Options{Workload: "set", Value: Size{100_000, 100_000}, Keys: 1, PerParent: 1, InFlight: 1000, Connections: 1}, "/r")
	if err != nil {
		t.Fatal(err)
	}
	c.give(newSource(p, 0))
	c.fill(1)
	if c.open.count == 1000 || len(c.out) > 300_000 {
		t.Fatalf("%d requests, %d bytes wait for room", c.open.count, len(c.out))
	}
	before, buf := c.open.count, make([]byte, 1<<20)
	for c.open.count < before+10 { // goes on as the peer reads
		if _, err := unix.Read(peer, buf); err != nil && !errors.Is(err, unix.EAGAIN) {
			t.Fatal(err)
		}
		if err := c.engine.round(); err != nil {
			t.Fatal(err)
		}
	}
}

// writeAll writes as much as the socket takes, again and again.
func writeAll(t *testing.T, fd int, b []byte, meanwhile func()) {
	t.Helper()
	for len(b) > 0 {
		n, err := unix.Write(fd, b)
		if err != nil && !errors.Is(err, unix.EAGAIN) {
			t.Fatal(err)
		}
		b = b[max(n, 0):]
		meanwhile()
	}
}

func TestAnswersLongerThanTheReadBufferAreTaken(t *testing.T) {
	c, peer := pairOf(t)
	c.expect(1, pending{kind: kindChildren})
	c.expect(2, pending{kind: kindChildren})
	long, at := codec.BeginFrame(nil)
	long = codec.AppendReplyHeader(long, codec.ReplyHeader{Xid: 1})
	long = append(long, make([]byte, 5*readBufferBytes)...)
	codec.EndFrame(long, at)
	writeAll(t, peer, append(long, answerFrame(2, 0)...), func() {
		if err := c.engine.round(); err != nil {
			t.Fatal(err)
		}
	})
	c.engine.until(t, func() bool { return c.answers == 2 })
	if len(c.rest) > 0 {
		t.Errorf("%d bytes left", len(c.rest))
	}
}

func TestAWaitingConnectionHoldsNoBuffers(t *testing.T) {
	c, peer := pairOf(t)
	c.watch("/a")
	c.ping()
	writeAll(t, peer, append(answerFrame(1, 0), answerFrame(-2, 0)...), func() {})
	c.engine.until(t, func() bool { return c.answers == 1 })
	if cap(c.out)+cap(c.own)+cap(c.rest) > 0 {
		t.Errorf("buffers of %d, %d and %d bytes", cap(c.out), cap(c.own), cap(c.rest))
	}
}

func TestTheEndOfAConnectionIsAnErrorUnlessItWasAskedFor(t *testing.T) {
	for _, asked := range []bool{false, true} {
		c, peer := pairOf(t)
		want := "the server has closed the connection"
		if asked {
			c.hangUp()
			writeAll(t, peer, answerFrame(1, 0), func() {})
			want = ""
		}
		if err := unix.Shutdown(peer, unix.SHUT_WR); err != nil {
			t.Fatal(err)
		}
		for !c.gone {
			if err := c.engine.round(); err != nil {
				t.Fatal(err)
			}
		}
		got := ""
		select {
		case err := <-c.engine.traffic.failed:
			got = err.Error()
		default:
		}
		if !strings.HasSuffix(got, want) || want == "" && got != "" {
			t.Errorf("asked for: %v: got %q, want %q", asked, got, want)
		}
	}
}

func TestRingsAndAlarmsWakeAnEngine(t *testing.T) {
	p, err := newPoller()
	if err != nil {
		t.Fatal(err)
	}
	for range 3 { // again and again, without a read in between
		for slot, wake := range map[int32]func() error{slotBell: p.ring, slotTimer: func() error { return p.alarm(1000) }} {
			if err := wake(); err != nil {
				t.Fatal(err)
			}
			ready, err := p.wait()
			if err != nil || len(ready) != 1 || ready[0].Fd != slot {
				t.Errorf("%v, %v, want slot %d", ready, err, slot)
			}
		}
	}
	if err := p.close(); err != nil {
		t.Error(err)
	}
}

func TestTasksForAnEngineThatHasEndedAreRefused(t *testing.T) {
	e, err := newEngine(newTraffic(DefaultOptions()), 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	ran := 0
	e.post(func() { ran++ })
	e.leaving = true
	e.run()
	if e.post(func() { ran++ }) || ran != 1 {
		t.Errorf("%d tasks ran, want the first", ran)
	}
}

func TestEnginesShareTheScheduleOfAnOpenLoopExactly(t *testing.T) {
	tr := newTraffic(DefaultOptions())
	tr.o.Rate, tr.o.Connections, tr.o.Loops = 1000, 8, 3
	var due []int64
	for i := range 3 {
		tr.engines = append(tr.engines, &engine{traffic: tr, index: i, conns: make([]*conn, (8-i+2)/3)})
	}
	for i, slots := range []int{3, 3, 2} {
		e := tr.engines[i]
		if len(e.conns) != slots {
			t.Fatalf("engine %d has %d slots, want %d", i, len(e.conns), slots)
		}
		last := int64(-1)
		for k := range 100 * slots {
			ns := e.dueNs(int64(k))
			if ns <= last {
				t.Fatalf("engine %d: request %d is due at %d, after %d", i, k, ns, last)
			}
			last = ns
			due = append(due, ns)
		}
	}
	slices.Sort(due)
	for n, ns := range due {
		if want := int64(n) * 1e6; ns != want {
			t.Fatalf("request %d is due at %d ns, want %d", n, ns, want)
		}
	}
}

func TestSeveralEnginesDoTheWorkOfOne(t *testing.T) {
	for _, workload := range Workloads() {
		s := startStub(t)
		o := smallRun(s.addr, workload)
		o.Loops, o.Connections = 3, 7
		if !slices.Contains([]string{"load", "delete", "idle", "watches"}, workload) {
			o.Count = 20
		}
		got := mustRun(t, o)
		if want := int64(7 * 25); workload == "watches" && got.Ops != want {
			t.Errorf("%d watches, want %d", got.Ops, want)
		}
		if left := s.paths(); len(left) > 0 || int64(s.closed) != s.sessions {
			t.Errorf("%s: left behind %v, %d of %d sessions closed", workload, left, s.closed, s.sessions)
		}
	}
}

func TestAnswersInPiecesAreTaken(t *testing.T) {
	for _, workload := range []string{"get", "watch", "watches", "children"} {
		s := startStub(t)
		s.chop = true
		o := smallRun(s.addr, workload)
		o.Loops = 2
		if workload != "watches" {
			o.Count = 20
		}
		if got := mustRun(t, o); got.Ops == 0 {
			t.Errorf("%s: no operation", workload)
		}
	}
}

func TestRunsGiveTheirDescriptorsBack(t *testing.T) {
	count := func() int {
		fds, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(fds)
	}
	s := startStub(t)
	o := smallRun(s.addr, "get")
	o.Connections, o.Loops, o.Probe, o.Count, o.Watches = 40, 3, true, 200, 10
	mustRun(t, o) // Go's own poller is there from now on
	before := count()
	for range 3 {
		mustRun(t, o)
	}
	for range 2000 { // the stub closes its ends in its own time
		if count() <= before {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Errorf("%d descriptors before, %d after", before, count())
}

func TestAServerThatStaysSilentDoesNotKeepTheGenerator(t *testing.T) {
	s := startStub(t)
	s.deaf = true
	o := smallRun(s.addr, "idle")
	tr := newTraffic(o)
	tr.patience = 20 * time.Millisecond
	if err := tr.open(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	tr.hangUp()
	for _, e := range tr.engines {
		if e.living > 0 {
			t.Errorf("engine %d has %d connections", e.index, e.living)
		}
	}
}

func TestTooFewDescriptorsAreSaidBeforehand(t *testing.T) {
	if err := checkDescriptors(1); err != nil {
		t.Error(err)
	}
	err := checkDescriptors(1 << 30)
	if err == nil || !strings.Contains(err.Error(), "1073741824 connections need about 1073742024 open files") || !strings.Contains(err.Error(), "ulimit") {
		t.Errorf("got %v", err)
	}
}
