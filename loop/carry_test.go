package loop

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/valyala/bytebufferpool"
	"golang.org/x/sys/unix"
)

func TestACarriedLoopAnswersFromItsRounds(t *testing.T) {
	r := carried(t, Config{Words: map[string]bool{"ruok": true}}, echo)
	for _, text := range []string{"one", "two"} {
		c := r.dial()
		write(t, c, frameOf([]byte(text)))
		if got := readFrame(t, c); string(got) != text {
			t.Errorf("got %q, want %q", got, text)
		}
	}
	word := r.dial()
	write(t, word, []byte("ruok"))
	if got := readEnd(t, word); got != "ruok!" {
		t.Errorf("got %q", got)
	}
	select {
	case <-r.Ready():
		t.Error("there was a signal on Ready, which is for who is not carried")
	default:
	}
}

func TestSeveralLoopsDoNotCarry(t *testing.T) {
	r := started(t, Config{Loops: 2}, echo)
	ok, err := r.Carry(func() bool {
		t.Error("a round")
		return false
	}, -1)
	if ok || err != nil {
		t.Fatalf("got %v and %v", ok, err)
	}
	c := r.dial()
	write(t, c, frameOf([]byte("as before")))
	if got := readFrame(t, c); string(got) != "as before" {
		t.Errorf("got %q", got)
	}
}

func TestASignalBringsARound(t *testing.T) {
	s := oneLoop(t, Config{})
	signal := must(unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC))
	defer closeFD(signal)
	var rounds atomic.Int64
	mustCarry(t, s, func() bool {
		rounds.Add(1)
		return false
	}, signal)
	one := binary.NativeEndian.AppendUint64(nil, 1)
	for range 100 {
		awaitSleep(t, s.loops[0]) // nothing else wakes it
		before := rounds.Load()
		must(unix.Write(signal, one))
		eventually(t, "a round", func() bool { return rounds.Load() > before })
	}
	s.PutDown()
}

func TestASignalThatCannotBeWatchedIsRefused(t *testing.T) {
	s := oneLoop(t, Config{})
	if ok, err := s.Carry(func() bool { return false }, 1<<20); ok || !errors.Is(err, unix.EBADF) {
		t.Errorf("got %v and %v", ok, err)
	}
}

func TestARoundThatWantsMoreGetsIt(t *testing.T) {
	s := oneLoop(t, Config{})
	left, over := 1000, make(chan struct{})
	mustCarry(t, s, func() bool {
		if left--; left == 0 {
			close(over)
		}
		return left > 0
	}, -1)
	await(t, "the last round", over)
	awaitSleep(t, s.loops[0])
	s.PutDown()
}

// A round has the only copy of what a test's goroutines count: the race detector sees whether somebody else runs beside it.
func TestDoRunsBetweenRounds(t *testing.T) {
	var inRound, inDo bool
	var rounds, done int
	r := carried(t, Config{}, func(ev Event) (Out, bool) {
		inRound = true
		defer func() { inRound = false }()
		if rounds++; inDo {
			t.Error("a round within Do")
		}
		return echo(ev)
	})
	c := r.dial()
	var wg sync.WaitGroup
	const askers, questions = 4, 200
	for range askers {
		wg.Go(func() {
			for range questions {
				ok := r.Do(func() {
					inDo = true
					if done++; inRound {
						t.Error("Do within a round")
					}
					inDo = false
				})
				if !ok {
					t.Error("Do was not done")
				}
			}
		})
	}
	for range 300 {
		write(t, c, frameOf([]byte("x")))
		readFrame(t, c)
	}
	wg.Wait()
	r.shutdown()
	if done != askers*questions || rounds < 300 {
		t.Errorf("%d were done, %d events seen", done, rounds)
	}
}

// What a round or Do does to a connection can be news for the processor. It must not wait until something else happens.
func TestWhatComesOfARoundBringsTheNext(t *testing.T) {
	t.Run("a connection is closed, in a round", func(t *testing.T) {
		r := carried(t, Config{}, func(ev Event) (Out, bool) { return Out{Conn: ev.Conn, Kill: true}, ev.Kind == Frame })
		for n := range 20 {
			c := r.dial()
			write(t, c, frameOf([]byte("kill me")))
			readGone(t, c)
			r.await(Closed, n+1)
		}
	})
	t.Run("unsent bytes have become few, in a round", func(t *testing.T) {
		r := carried(t, Config{SessionlessTimeout: -1}, func(ev Event) (Out, bool) {
			return Out{Conn: ev.Conn, DoneBytes: 4 + len(ev.Frame), Ack: true}, ev.Kind == Frame
		})
		c := r.dial()
		for n := range 20 {
			write(t, c, frameOf([]byte("tell me")))
			r.await(Drained, n+1)
		}
	})
	t.Run("somebody has posted, while a round ran", func(t *testing.T) {
		s := oneLoop(t, Config{})
		l := s.loops[0]
		begun, posted, seen := make(chan struct{}), make(chan struct{}), make(chan struct{})
		var asked, first, over bool
		mustCarry(t, s, func() bool {
			if !first {
				first = true
				close(begun)
				<-posted
			}
			if asked && !over {
				over = true
				close(seen)
			}
			return false
		}, -1)
		await(t, "the first round", begun)
		go s.Do(func() { asked = true })
		eventually(t, "mail", func() bool {
			l.mailbox.mu.Lock()
			defer l.mailbox.mu.Unlock()
			return len(l.mailbox.box.tasks) > 0
		})
		close(posted)
		await(t, "a round after Do", seen)
		s.PutDown()
	})
}

func TestPutDownHandsBackAndLosesNothing(t *testing.T) {
	const handOvers, requests, clients = 40, 4000, 3
	r := bound(t, Config{Loops: 1, InboxBytesMax: 2000}, echo)
	if err := r.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.shutdown)
	var wg sync.WaitGroup
	for range clients {
		c := r.dial()
		wg.Go(func() {
			for i := range requests {
				if _, err := c.Write(frameOf(binary.BigEndian.AppendUint32(nil, uint32(i)))); err != nil {
					t.Error(err)
					return
				}
			}
		})
		wg.Go(func() {
			for i := range requests {
				got := make([]byte, 8)
				if _, err := io.ReadFull(c, got); err != nil || int(binary.BigEndian.Uint32(got[4:])) != i {
					t.Errorf("reply %d: %x and %v", i, got, err)
					return
				}
			}
		})
	}
	for range handOvers { // a while carried, a while not; what is waiting at either change must not wait on
		r.carry()
		r.PutDown()
		for range 5 {
			select {
			case <-r.Ready():
				r.turn()
			case <-time.After(time.Millisecond): // there may be nothing at all
			}
		}
	}
	go r.process()
	wg.Wait()
	if want := int64(clients * requests); r.frames.Load() != want {
		t.Errorf("%d frames of %d", r.frames.Load(), want)
	}
}

func TestPutDownSignalsWhatIsLeft(t *testing.T) {
	s := oneLoop(t, Config{})
	opened := make(chan struct{}, 1)
	mustCarry(t, s, func() bool { // takes nothing, as one whose log has failed
		if s.loops[0].inbox.waiting() {
			select {
			case opened <- struct{}{}:
			default:
			}
		}
		return false
	}, -1)
	c := must(net.Dial("tcp", s.Addrs()[0].String()))
	defer c.Close() //nolint:errcheck // nothing to lose
	await(t, "an event", opened)
	s.PutDown()
	await(t, "a signal", s.Ready())
	if got := s.Take(nil); len(got) != 1 || got[0].Kind != Opened {
		t.Errorf("took %v", got)
	}
}

func TestAFullInboxBringsARoundInsteadOfAWait(t *testing.T) {
	r := carried(t, Config{InboxBytesMax: 1}, echo)
	const conns, requests = 8, 500
	var wg sync.WaitGroup
	for range conns {
		c := r.dial()
		wg.Go(func() {
			for range requests {
				if _, err := c.Write(frameOf([]byte("x"))); err != nil {
					t.Error(err)
				}
			}
		})
		wg.Go(func() {
			if _, err := io.CopyN(io.Discard, c, 5*requests); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

// A round that takes nothing is one whose log has failed. Whoever puts it down must get through.
func TestAFullInboxThatNobodyEmptiesDoesNotHoldUpPutDown(t *testing.T) {
	s := oneLoop(t, Config{InboxBytesMax: 1})
	mustCarry(t, s, func() bool { return false }, -1)
	var conns []net.Conn
	for range 10 {
		c := must(net.Dial("tcp", s.Addrs()[0].String()))
		defer c.Close() //nolint:errcheck // nothing to lose
		write(t, c, frameOf(make([]byte, 100)))
		conns = append(conns, c)
	}
	frames := func() (n int) {
		in := s.loops[0].inbox
		in.mu.Lock()
		defer in.mu.Unlock()
		for i := range in.events {
			if in.events[i].Kind == Frame {
				n++
			}
		}
		return n
	}
	eventually(t, "all frames", func() bool { return frames() == len(conns) })
	s.PutDown()
}

// Between Start and Carry nobody takes: the loop can be waiting for room when it is to carry.
func TestALoopThatWaitsForRoomCanBeMadeToCarry(t *testing.T) {
	r := bound(t, Config{Loops: 1, InboxBytesMax: 1}, echo)
	if err := r.Start(); err != nil {
		t.Fatal(err)
	}
	close(r.done) // there is no goroutine to wait for
	t.Cleanup(r.shutdown)
	a, b := r.dial(), r.dial()
	write(t, a, frameOf([]byte("a")))
	write(t, b, frameOf([]byte("b")))
	eventually(t, "a full inbox", r.loops[0].inbox.full)
	r.carry()
	if got := string(readFrame(t, a)) + string(readFrame(t, b)); got != "ab" {
		t.Errorf("got %q", got)
	}
}

// Each goroutine posts when the loop has answered its last post: as often as not the loop is about to sleep, or sleeps.
func TestNoPostIsLostWhileTheLoopGoesToSleep(t *testing.T) {
	for name, begin := range map[string]func(testing.TB, Config, func(Event) (Out, bool)) *rig{
		"carried": carried, "not carried": started,
	} {
		t.Run(name, func(t *testing.T) {
			r := begin(t, Config{Loops: 1}, echo)
			var wg sync.WaitGroup
			const posters, posts = 6, 1500
			var peers []net.Conn
			for range posters {
				peers = append(peers, r.dial())
			}
			byRemote := map[string]ConnID{}
			for _, ev := range r.await(Opened, posters) {
				byRemote[ev.Remote.String()] = ev.Conn
			}
			for i, c := range peers {
				id := byRemote[c.LocalAddr().String()]
				wg.Go(func() {
					for n := range posts {
						if i%2 == 0 { // news, which wait for a turn
							r.Post(0, []Out{{Conn: id, Buf: &bytebufferpool.ByteBuffer{B: []byte{1}}}})
						} else {
							r.Post(0, []Out{{Conn: id, Buf: &bytebufferpool.ByteBuffer{B: []byte{1}}, Established: true}})
						}
						if _, err := io.ReadFull(c, make([]byte, 1)); err != nil {
							t.Errorf("post %d: %v", n, err)
							return
						}
					}
				})
			}
			wg.Wait()
		})
	}
}

func TestStopEndsALoopThatCarries(t *testing.T) {
	r := carried(t, Config{}, echo)
	c := r.dial()
	write(t, c, frameOf([]byte("x")))
	readFrame(t, c)
	r.shutdown() // checks that every slot was given back
	readGone(t, c)
	if got := r.all(Closed); len(got) != 1 || got[0].Reason != ReasonStop {
		t.Errorf("closed: %v", got)
	}
}

func TestNobodyWaitsForALoopThatHasEnded(t *testing.T) {
	s := oneLoop(t, Config{})
	mustCarry(t, s, func() bool { return false }, -1)
	var wg sync.WaitGroup
	for range 8 { // some of them while it ends
		wg.Go(func() {
			for s.Do(func() {}) {
			}
		})
	}
	if err := s.Stop(context.Background()); err != nil {
		t.Error(err)
	}
	wg.Wait()
	if s.Do(func() { t.Error("done, after the end") }) {
		t.Error("Do reports that it was done")
	}
	s.PutDown()
	if ok, err := s.Carry(func() bool { return false }, -1); ok || err == nil {
		t.Errorf("a loop that has ended carries: %v, %v", ok, err)
	}
}

func TestALoopLeavesNoDescriptorBehind(t *testing.T) {
	count := func() int { return len(must(os.ReadDir("/proc/self/fd"))) }
	once := func() {
		s := must(Listen(Config{Addrs: []string{"127.0.0.1:0"}, Loops: 1}))
		if err := s.Start(); err != nil {
			t.Fatal(err)
		}
		mustCarry(t, s, func() bool { return false }, -1)
		if err := s.Stop(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	once() // and what Go's own poller needs for ever
	before := count()
	for range 20 {
		once()
	}
	// Other tests' clients may still be closing theirs: there can be fewer, and a leak would be at least 20 more.
	if after := count(); after >= before+20 {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
}

func TestAnotherGnetIsNamedAtTheStart(t *testing.T) {
	if _, err := epollOf(&struct{ epfd int }{}); err == nil || !strings.Contains(err.Error(), "gnet") {
		t.Errorf("without fd: %v", err)
	}
	if _, err := epollOf(&struct{ fd string }{}); err == nil {
		t.Error("an fd that is no number is taken for one")
	}
	if got, err := epollOf(&struct{ fd int }{7}); got != 7 || err != nil {
		t.Errorf("got %d and %v", got, err)
	}
}

// oneLoop is a server that the test drives by hand.
func oneLoop(t *testing.T, cfg Config) *Server {
	t.Helper()
	cfg.Loops, cfg.Addrs = 1, []string{"127.0.0.1:0"}
	s := must(Listen(cfg))
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return s
}

func mustCarry(t *testing.T, s *Server, round func() bool, signal int) {
	t.Helper()
	if ok, err := s.Carry(round, signal); !ok || err != nil {
		t.Fatalf("the loop carries: %v, %v", ok, err)
	}
}

func await(t *testing.T, what string, c <-chan struct{}) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(patience):
		t.Fatalf("never happened: %s", what)
	}
}

// awaitSleep waits until a loop waits.
func awaitSleep(t *testing.T, l *loop) {
	t.Helper()
	eventually(t, "sleep", func() bool {
		l.mailbox.mu.Lock()
		defer l.mailbox.mu.Unlock()
		return l.mailbox.asleep
	})
}
