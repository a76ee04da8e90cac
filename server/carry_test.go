package server

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"paddock/admin"
	"paddock/client"
	"paddock/disk"
	"paddock/loop"
	"paddock/zk"
)

// placer makes a data directory.
type placer func(t testing.TB, lines ...string) *place

// inBothModes tells a story of a server with one loop, which carries the processor, and of one with two, which do not:
// whatever this machine's number of cores asks for.
func inBothModes(t *testing.T, story func(t *testing.T, newPlace placer)) {
	t.Helper()
	for name, loops := range map[string]int{"carried by the only loop": 1, "beside two loops": 2} {
		t.Run(name, func(t *testing.T) {
			story(t, func(t testing.TB, lines ...string) *place {
				p := newPlace(t, lines...)
				p.loops = loops
				return p
			})
		})
	}
}

// listen binds the port as the server does, but for the number of loops.
func (p *place) listen(t testing.TB, log *slog.Logger) *loop.Server {
	t.Helper()
	cfg := p.config(t)
	s := &Server{cfg: cfg, log: log, words: admin.NewWords(cfg.FourLetterWhitelist, cfg.ReadOnlyMode)}
	lc := s.loopConfig(loop.TLSConfig{})
	lc.Loops = p.loops
	l, err := loop.Listen(lc)
	check(t, err)
	return l
}

func TestOneLoopCarriesAndSeveralDoNot(t *testing.T) {
	for loops, want := range map[int]bool{1: true, 2: false} {
		p := newPlace(t)
		p.loops = loops
		n := &watchedNet{Server: p.listen(t, slog.New(slog.DiscardHandler))}
		r := p.startIn(t, Env{Net: n})
		_, err := r.dial(client.Options{}).Create("/a", nil, zk.OpenACL(), zk.ModePersistent)
		check(t, err)
		if carried := n.rounds.Load() > 0; carried != want {
			t.Errorf("with %d loops there were %d rounds", loops, n.rounds.Load())
		}
		r.stop()
	}
}

// watchedNet looks at what a server asks of its network.
type watchedNet struct {
	*loop.Server
	rounds  atomic.Int64
	afterDo func() // on the driver's goroutine; nil is nothing
	putDown func() // before it is done; nil is nothing
}

func (n *watchedNet) Carry(round func() bool, signal int) (bool, error) {
	return n.Server.Carry(func() bool {
		defer n.rounds.Add(1)
		return round()
	}, signal)
}

func (n *watchedNet) Do(f func()) bool {
	ok := n.Server.Do(f)
	if n.afterDo != nil {
		n.afterDo()
	}
	return ok
}

func (n *watchedNet) PutDown() {
	if n.putDown != nil {
		n.putDown()
	}
	n.Server.PutDown()
}

var errMadeUp = errors.New("made up")

// syncsFail makes a disk fail that a server runs on.
func syncsFail(d *disk.Sim) {
	d.SetFault(func(c disk.Call) error {
		if c.Op == disk.OpSync {
			return errMadeUp
		}
		return nil
	})
}

// failed waits for the end of a server whose log has failed.
func (r *runner) failed() {
	r.t.Helper()
	r.over = true
	select {
	case err := <-r.ended:
		if !errors.Is(err, errMadeUp) {
			r.t.Errorf("Run ended with %v", err)
		}
	case <-time.After(patience):
		panic("the server does not end") // with all stacks
	}
	if !r.log.heard("the log cannot be written") {
		r.t.Error("the log does not say why")
	}
}

func TestAFailedSyncEndsTheServer(t *testing.T) {
	inBothModes(t, func(t *testing.T, newPlace placer) {
		d := disk.NewSim()
		r := newPlace(t).startIn(t, Env{FS: d})
		r.log.expectErrors()
		c := r.dial(client.Options{})
		_, err := c.Create("/durable", nil, zk.OpenACL(), zk.ModePersistent)
		check(t, err)
		syncsFail(d)
		if _, err := c.Create("/lost", nil, zk.OpenACL(), zk.ModePersistent); client.Code(err) == zk.ErrOK {
			t.Error("a write that is not durable was answered")
		}
		r.failed()
	})
}

// The loop goes on for as long as it takes the driver to put the processor down. Nobody is answered meanwhile.
func TestNobodyIsAnsweredAfterAFailureWhileCarried(t *testing.T) {
	d, p := disk.NewSim(), newPlace(t)
	p.loops = 1
	ending, release := make(chan struct{}), make(chan struct{})
	n := &watchedNet{Server: p.listen(t, slog.New(slog.DiscardHandler)), putDown: func() { close(ending); <-release }}
	r := p.startIn(t, Env{FS: d, Net: n})
	r.log.expectErrors()
	writer, reader := r.dial(client.Options{}), r.dial(client.Options{})
	syncsFail(d)
	lost := make(chan *client.Reply, 2)
	note := func(reply *client.Reply) {
		copied := *reply
		lost <- &copied
	}
	parts := []client.Part{{Op: zk.OpCreate, Path: "/lost", ACL: zk.OpenACL()}}
	check(t, writer.SendMulti(parts, 0, note))
	writer.Flush()
	<-ending
	rounds, inFlight := n.rounds.Load(), n.Stats().BytesInFlight
	check(t, reader.SendRead(zk.OpExists, "/", false, 1, note))
	reader.Flush()
	waitFor(t, "the read to arrive", func() bool { return n.Stats().BytesInFlight > inFlight })
	waitFor(t, "rounds without an answer", func() bool { return n.rounds.Load() > rounds+1 })
	if err := r.s.ask(timedOut(t), func() { t.Error("a question was answered") }); err == nil {
		t.Error("a question was taken")
	}
	close(release)
	r.failed()
	for range 2 {
		if reply := <-lost; reply.Lost == nil {
			t.Errorf("request %d was answered: %v", reply.Tag, reply.Code)
		}
	}
}

// timedOut is a context that nobody waits for.
func timedOut(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

// The driver hears of a failure and of the end that its caller wants at once, and may look at either first.
func TestAStopAndAFailureAtOnceAreAFailure(t *testing.T) {
	for range 8 { // which one it is, is drawn
		d, p := disk.NewSim(), newPlace(t)
		p.loops = 1
		n := &watchedNet{Server: p.listen(t, slog.New(slog.DiscardHandler))}
		r := p.startIn(t, Env{FS: d, Net: n})
		r.log.expectErrors()
		c := r.dial(client.Options{})
		check(t, r.s.ask(t.Context(), func() {
			n.afterDo = func() { // the driver, which this is, gets to know of neither before it is over
				n.afterDo = nil
				syncsFail(d)
				parts := []client.Part{{Op: zk.OpCreate, Path: "/lost", ACL: zk.OpenACL()}}
				if err := c.SendMulti(parts, 0, func(*client.Reply) {}); err != nil {
					t.Error(err)
				}
				c.Flush()
				for end := time.Now().Add(patience); len(r.s.broken) == 0 && time.Now().Before(end); {
					time.Sleep(time.Millisecond)
				}
				r.cancel()
			}
		}))
		r.failed()
	}
}

// Whoever has been taken in is answered, or would wait for ever; nothing else happens after a failure.
func TestAQuestionThatIsTakenAfterAFailureIsAnswered(t *testing.T) {
	r := newPlace(t).start(t)
	r.stop()
	r.s.failed = errMadeUp
	answered := false
	if err := r.s.turn(&work{question: func() { answered = true }}); !errors.Is(err, errMadeUp) || !answered {
		t.Errorf("answered: %v, with %v", answered, err)
	}
}

// A loop that cannot watch for the log's signals is named as that, and not as a log that cannot be written.
func TestALoopThatCannotCarryEndsTheServer(t *testing.T) {
	p := newPlace(t)
	p.loops = 1
	log := &witness{t: t}
	log.expectErrors()
	s, err := NewIn(Env{Net: &brokenNet{p.listen(t, slog.New(log))}}, p.config(t), "test", slog.New(log))
	check(t, err)
	if err := s.Run(t.Context()); !errors.Is(err, errMadeUp) {
		t.Errorf("Run ended with %v", err)
	}
	if !log.heard("carry") || log.heard("cannot be written") {
		t.Errorf("it said: %s", strings.Join(log.said, "\n"))
	}
}

type brokenNet struct{ *loop.Server }

func (*brokenNet) Carry(func() bool, int) (bool, error) { return false, errMadeUp }
