package loop

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestFramesComeBackInOrder(t *testing.T) {
	r := started(t, Config{Loops: 2}, echo)
	var wg sync.WaitGroup
	for range 8 {
		c := r.dial()
		wg.Go(func() {
			in := bufio.NewReader(c)
			for round := range 50 {
				var out []byte
				for i := range 16 {
					out = append(out, frameOf(fmt.Appendf(nil, "%d/%d %s", round, i, strings.Repeat("x", i*round)))...)
				}
				if _, err := c.Write(out); err != nil {
					t.Error(err)
					return
				}
				for i := range 16 {
					want := fmt.Sprintf("%d/%d %s", round, i, strings.Repeat("x", i*round))
					if got := readFrame(t, in); string(got) != want {
						t.Errorf("got %.20q, want %.20q", got, want)
						return
					}
				}
			}
		})
	}
	wg.Wait()
	loops := map[int]int{}
	for _, ev := range r.await(Opened, 8) {
		loops[ev.Loop]++
	}
	if loops[0] != 4 || loops[1] != 4 {
		t.Errorf("8 connections went to the loops as %v", loops)
	}
}

func TestALargeFrameInPieces(t *testing.T) {
	r := started(t, Config{}, echo)
	c := r.dial()
	want := make([]byte, frameBytesMaxDefault)
	for i := range want {
		want[i] = byte(i * 7)
	}
	in := frameOf(want)
	go func() {
		for len(in) > 0 {
			n := min(len(in), 50_001)
			if _, err := c.Write(in[:n]); err != nil {
				t.Error(err)
			}
			in = in[n:]
		}
	}()
	if got := readFrame(t, c); !bytes.Equal(got, want) {
		t.Error("the largest frame came back different")
	}
}

func TestWordsAreAnsweredAlsoAfterAHalfClose(t *testing.T) {
	words := map[string]bool{"ruok": true, "stmk": true}
	// The processor is slow, so that the loop would see the client's FIN long before the answer if it looked.
	r := started(t, Config{Words: words}, func(ev Event) (Out, bool) {
		if ev.Kind == Word {
			time.Sleep(20 * time.Millisecond)
		}
		return echo(ev)
	})
	for _, c := range []struct{ name, send, want string }{
		{"echo ruok | nc -N", "ruok\n", "ruok!"},
		{"without a newline", "ruok", "ruok!"},
		{"stmk with its argument", "stmk\x00\x00\x00\x00\x00\x00\x00\x01", "stmk\x00\x00\x00\x00\x00\x00\x00\x01!"},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn := r.dial()
			write(t, conn, []byte(c.send))
			if err := conn.CloseWrite(); err != nil {
				t.Fatal(err)
			}
			if got := readEnd(t, conn); got != c.want {
				t.Errorf("answer %q, want %q", got, c.want)
			}
		})
	}
}

func TestInputAfterAWordDoesNotResetTheAnswer(t *testing.T) {
	release := make(chan struct{})
	r := started(t, Config{Words: map[string]bool{"ruok": true}}, func(ev Event) (Out, bool) {
		if ev.Kind == Word {
			<-release
		}
		return echo(ev)
	})
	c := r.dial()
	write(t, c, []byte("ruok"))
	r.await(Word, 1)
	write(t, c, []byte("\r\nquit\r\n"))
	time.Sleep(10 * time.Millisecond) // let it reach the server's socket; without this the test only proves less
	close(release)
	if got := readEnd(t, c); got != "ruok!" {
		t.Errorf("answer %q", got)
	}
}

func TestBadBeginningsAreClosed(t *testing.T) {
	r := started(t, Config{}, echo)
	for i, c := range []struct{ name, send, reason string }{
		{"zero length first", "\x00\x00\x00\x00", ReasonLength},
		{"negative length", "\x80\x00\x00\x00", ReasonLength},
		{"an HTTP request", "GET / HTTP/1.1\r\n\r\n", ReasonLength},
		{"telnet's Ctrl-C", "\xff\xf4\xff\xfd\x06", ReasonTelnet},
	} {
		conn := r.dial()
		write(t, conn, []byte(c.send))
		readGone(t, conn)
		if ev := r.await(Closed, i+1)[i]; ev.Reason != c.reason {
			t.Errorf("%s: closed for %q, want %q", c.name, ev.Reason, c.reason)
		}
	}
	if n := r.Stats().LenErrors; n != 3 {
		t.Errorf("%d length errors, want 3", n)
	}
	if !strings.Contains(r.log.String(), "Len error") {
		t.Errorf("no log line: %s", r.log)
	}
}

func TestTheClientsCloseIsTheLastEvent(t *testing.T) {
	r := started(t, Config{}, echo)
	c := r.dial()
	write(t, c, frameOf([]byte("hello")))
	readFrame(t, c)
	local := c.LocalAddr().String()
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	closed := r.await(Closed, 1)[0]
	opened := r.await(Opened, 1)[0]
	if closed.Conn != opened.Conn || closed.Reason != ReasonPeer || opened.Remote.String() != local {
		t.Errorf("opened %+v, closed %+v, client %s", opened, closed, local)
	}
}

func TestCloseSendsEverythingFirst(t *testing.T) {
	reply := bytes.Repeat([]byte("0123456789"), 500_000)
	r := started(t, Config{}, func(ev Event) (Out, bool) {
		if ev.Kind != Frame {
			return Out{}, false
		}
		return Out{Conn: ev.Conn, Buf: raw(reply), Close: true, Reason: "done"}, true
	})
	c := r.dial()
	write(t, c, frameOf([]byte("go")))
	if got := readEnd(t, c); got != string(reply) {
		t.Errorf("%d bytes of %d", len(got), len(reply))
	}
	if ev := r.await(Closed, 1)[0]; ev.Reason != "done" {
		t.Errorf("closed for %q", ev.Reason)
	}
}

func TestKillDropsWhatIsUnsent(t *testing.T) {
	r := started(t, Config{}, func(ev Event) (Out, bool) {
		if ev.Kind != Frame {
			return Out{}, false
		}
		return Out{Conn: ev.Conn, Buf: raw(make([]byte, 32<<20)), Kill: true}, true
	})
	c := r.dial()
	write(t, c, frameOf([]byte("go")))
	if ev := r.await(Closed, 1)[0]; ev.Reason != ReasonServer { // nobody has read a byte
		t.Errorf("closed for %q", ev.Reason)
	}
}

func TestACloseThatCannotFlushIsBounded(t *testing.T) {
	clock := &fakeClock{}
	r := started(t, Config{Clock: clock.now, Loops: 1}, func(ev Event) (Out, bool) {
		if ev.Kind != Frame {
			return Out{}, false
		}
		return Out{Conn: ev.Conn, Established: true, Buf: raw(make([]byte, 32<<20)), Close: true}, true
	})
	c := r.dial()
	r.dial()
	other := r.await(Opened, 2)[1]
	write(t, c, frameOf([]byte("go")))
	eventually(t, "the frame", func() bool { return r.frames.Load() == 1 })
	r.stall.Lock()   // the processor holds it until it has posted
	r.stall.Unlock() //nolint:staticcheck // an empty critical section is the point
	r.Post(0, []Out{{Conn: other.Conn, Ack: true}})
	r.await(Drained, 1) // so the close before it has begun
	time.Sleep(2 * tickInterval)
	r.await(Closed, 0)
	clock.add(closeTimeoutDefault)
	r.await(Closed, 1)
}

// fakeClock is a clock that tests move.
type fakeClock struct{ ns atomic.Int64 }

func (c *fakeClock) now() time.Time      { return time.Unix(1_000_000, c.ns.Load()) }
func (c *fakeClock) add(d time.Duration) { c.ns.Add(int64(d)) }

func TestConnectionsWithoutASessionAreClosed(t *testing.T) {
	clock := &fakeClock{}
	r := started(t, Config{Clock: clock.now}, echo)
	idle, busy := r.dial(), r.dial()
	write(t, busy, frameOf([]byte("hello")))
	readFrame(t, busy) // echo marks it as established
	r.await(Opened, 2)
	clock.add(9 * time.Second)
	time.Sleep(2 * tickInterval)
	r.await(Closed, 0)
	clock.add(time.Second)
	readGone(t, idle)
	if ev := r.await(Closed, 1)[0]; ev.Reason != ReasonSessionless {
		t.Errorf("closed for %q", ev.Reason)
	}
	clock.add(time.Hour)
	write(t, busy, frameOf([]byte("still here")))
	if got := readFrame(t, busy); string(got) != "still here" {
		t.Errorf("got %q", got)
	}
	if n := r.loops[0].timed.Load(); n != 0 {
		t.Errorf("%d connections keep the timer busy", n)
	}
}

func TestAClientThatDoesNotReadIsClosed(t *testing.T) {
	r := started(t, Config{OutBytesHard: 8 << 20}, func(ev Event) (Out, bool) {
		if ev.Kind != Frame {
			return Out{}, false
		}
		return Out{Conn: ev.Conn, DoneBytes: 4 + len(ev.Frame), Established: true, Buf: raw(make([]byte, 1<<20))}, true
	})
	c := r.dial()
	write(t, c, bytes.Repeat(frameOf([]byte("more")), 64))
	if ev := r.await(Closed, 1)[0]; ev.Reason != ReasonNotReading {
		t.Errorf("closed for %q", ev.Reason)
	}
	if n := r.Stats().NotReading; n != 1 {
		t.Errorf("counted %d", n)
	}
	if !strings.Contains(r.log.String(), "client does not read") || !strings.Contains(r.log.String(), c.LocalAddr().String()) {
		t.Errorf("log: %s", r.log)
	}
}

func TestDrainedComesWhenTheClientHasRead(t *testing.T) {
	const size = 16 << 20
	r := started(t, Config{}, func(ev Event) (Out, bool) {
		if ev.Kind != Frame {
			return Out{}, false
		}
		return Out{Conn: ev.Conn, DoneBytes: 4 + len(ev.Frame), Established: true, Buf: raw(make([]byte, size)), Ack: true}, true
	})
	c := r.dial()
	write(t, c, frameOf([]byte("go")))
	eventually(t, "the frame", func() bool { return r.frames.Load() == 1 })
	time.Sleep(50 * time.Millisecond) // enough for a wrong Drained to show up
	r.await(Drained, 0)
	if _, err := io.CopyN(io.Discard, c, size); err != nil {
		t.Fatal(err)
	}
	r.await(Drained, 1)
}

func TestAckWithNothingUnsentIsAnsweredAtOnce(t *testing.T) {
	r := started(t, Config{}, func(ev Event) (Out, bool) {
		return Out{Conn: ev.Conn, Ack: true}, ev.Kind == Opened
	})
	r.dial()
	r.await(Drained, 1)
}

func TestManySmallUnsentRepliesArriveInOrder(t *testing.T) {
	const n = 60_000 // 30 MB, more than the kernel's buffers of both sides
	r := bound(t, Config{}, nil)
	r.handle = func(ev Event) (Out, bool) {
		if ev.Kind == Frame {
			outs := make([]Out, 0, n)
			for i := range n {
				outs = append(outs, Out{Conn: ev.Conn, Buf: framed(fmt.Appendf(nil, "%d %s", i, strings.Repeat("y", i%997)))})
			}
			r.Post(ev.Loop, outs)
		}
		return Out{}, false
	}
	r.start()
	c := r.dial()
	write(t, c, frameOf([]byte("go")))
	eventually(t, "the frame", func() bool { return r.frames.Load() == 1 })
	r.stall.Lock()                     // the processor holds it until it has posted
	r.stall.Unlock()                   //nolint:staticcheck // an empty critical section is the point
	time.Sleep(100 * time.Millisecond) // let a backlog form
	in := bufio.NewReaderSize(c, 1<<16)
	for i := range n {
		if got, want := string(readFrame(t, in)), fmt.Sprintf("%d %s", i, strings.Repeat("y", i%997)); got != want {
			t.Fatalf("reply %d: %.30q", i, got)
		}
	}
}

func TestRepliesToAConnectionThatIsGoneAreIgnored(t *testing.T) {
	r := started(t, Config{}, echo)
	c := r.dial()
	ev := r.await(Opened, 1)[0]
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	r.await(Closed, 1)
	r.Post(ev.Loop, []Out{{Conn: ev.Conn, Buf: raw([]byte("late")), DoneBytes: 1 << 30, Ack: true, Close: true}})
	other := r.dial()
	write(t, other, frameOf([]byte("alive")))
	if got := readFrame(t, other); string(got) != "alive" {
		t.Errorf("got %q", got)
	}
	r.await(Drained, 0)
}

func TestWritingToAResetConnectionClosesItOnce(t *testing.T) {
	r := started(t, Config{Words: map[string]bool{"ruok": true}}, func(Event) (Out, bool) { return Out{}, false })
	c := r.dial()
	write(t, c, []byte("ruok")) // not read any more from here, so the reset goes unnoticed
	ev := r.await(Word, 1)[0]
	if err := c.SetLinger(0); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "closed", func() bool {
		r.Post(ev.Loop, []Out{{Conn: ev.Conn, Buf: raw([]byte("x"))}})
		return len(r.all(Closed)) > 0
	})
	if got := r.await(Closed, 1)[0]; got.Reason != ReasonReset {
		t.Errorf("closed for %q", got.Reason)
	}
}

func TestStopSendsWhatWasPosted(t *testing.T) {
	const size = 8 << 20
	r := started(t, Config{Loops: 2, CloseTimeout: patience}, func(ev Event) (Out, bool) {
		return Out{Conn: ev.Conn, Buf: raw(make([]byte, size))}, ev.Kind == Opened
	})
	a, b := r.dial(), r.dial()
	r.await(Opened, 2)
	r.stall.Lock()   // the processor holds it until it has posted
	r.stall.Unlock() //nolint:staticcheck // an empty critical section is the point
	var wg sync.WaitGroup
	for _, c := range []net.Conn{a, b} {
		wg.Go(func() {
			if got := readEnd(t, c); len(got) != size {
				t.Errorf("%d bytes of %d", len(got), size)
			}
		})
	}
	r.shutdown()
	wg.Wait()
	for _, ev := range r.await(Closed, 2) {
		if ev.Reason != ReasonStop {
			t.Errorf("closed for %q", ev.Reason)
		}
	}
}

func TestStopEndsWithClientsThatDoNotRead(t *testing.T) {
	over, cancel := context.WithCancel(context.Background())
	cancel()
	for name, ctx := range map[string]context.Context{
		"because the context ends":      over,
		"because the flush has a bound": context.Background(),
	} {
		t.Run(name, func(t *testing.T) {
			r := started(t, Config{CloseTimeout: time.Millisecond}, func(ev Event) (Out, bool) {
				return Out{Conn: ev.Conn, Established: true, Buf: raw(make([]byte, 32<<20))}, ev.Kind == Opened
			})
			r.dial()
			r.await(Opened, 1)
			if err := r.Stop(ctx); err != nil {
				t.Fatal(err)
			}
			r.await(Closed, 1)
		})
	}
}

func TestStopEndsALoopThatWaitsForRoom(t *testing.T) {
	r := started(t, Config{InboxBytesMax: 1 << 16, InFlightBytesMax: 1 << 30}, echo)
	r.stall.Lock()
	c := r.dial()
	go io.Copy(c, bytes.NewReader(bytes.Repeat(frameOf(make([]byte, 1000)), 100_000))) //nolint:errcheck // the server stops
	eventually(t, "a full inbox", func() bool {
		in := r.loops[0].inbox
		in.mu.Lock()
		defer in.mu.Unlock()
		return in.bytes > in.bytesMax
	})
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := r.Stop(ctx); err != nil || ctx.Err() != nil {
		t.Errorf("stop: %v, %v", err, ctx.Err())
	}
	r.stall.Unlock()
	r.await(Closed, 1)
}

func TestPostAfterStopIsHarmless(t *testing.T) {
	r := started(t, Config{}, echo)
	r.shutdown()
	r.Post(0, []Out{{Conn: 1, Buf: raw([]byte("x"))}})
	r.shutdown()
	if err := r.Start(); err == nil {
		t.Error("a stopped server started")
	}
}

func TestPostAndStopAtTheSameTime(t *testing.T) {
	for range 20 {
		r := started(t, Config{Loops: 2}, echo)
		c := r.dial()
		id := r.await(Opened, 1)[0]
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for range 200 {
					r.Post(id.Loop, []Out{{Conn: id.Conn, Buf: raw([]byte("x"))}})
				}
			})
		}
		go io.Copy(io.Discard, c) //nolint:errcheck // only to empty the socket
		r.shutdown()
		wg.Wait()
	}
}

func TestAnIdleServerHoldsLittlePerConnection(t *testing.T) {
	const n = 1000
	r := started(t, Config{}, echo)
	before := heapBytes()
	for range n {
		c := r.dial()
		write(t, c, append(frameOf([]byte("hello")), 0, 0x0f, 0, 0, 'x')) // and one byte of a large frame
		readFrame(t, c)
	}
	perConn := (heapBytes() - before) / n
	t.Logf("%d bytes per connection, of which the test's client is a part", perConn)
	if perConn > 16<<10 {
		t.Errorf("%d bytes per connection", perConn)
	}
}

func heapBytes() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
