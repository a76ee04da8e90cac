package powercut

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing/synctest"
	"time"

	"paddock/config"
	"paddock/disk"
	"paddock/server"
)

// Where the server keeps its data.
const (
	dataDir = "/data"
	logDir  = dataDir + "/version-2" // and snapshots
)

// World is a server on a simulated disk, with its clients. It lives in a bubble of synctest.
type World struct {
	disk  *disk.Sim
	cfg   *config.Config
	hist  *history
	rng   *rand.Rand
	visit func(*Point) error // called at every point

	net     *network
	clients []*client
	conns   uint64
	shown   int64        // the highest zxid that any client has seen
	now     atomic.Int64 // ms, of both clocks

	mu      sync.Mutex
	waiting []*caller // at the gate

	srv   *server.Server
	stop  context.CancelFunc
	ended chan error // of Run
	died  bool       // by itself
	said  *witness
	calls []disk.Call // let through so far
	err   error       // the first thing that went wrong; from then on nothing is looked at any more
}

// caller is a goroutine that waits at the gate for its call on the disk.
type caller struct {
	call disk.Call
	pass chan struct{}
}

// configWith is the configuration of all worlds: small segments, many snapshots, short ticks.
func configWith(settings []string) (*config.Config, error) {
	args := append([]string{
		"-Dzookeeper.snapCount=60", "-Dzookeeper.preAllocSize=24", "-Dzookeeper.txnLogSizeLimitInKb=40",
		"-Dzookeeper.admin.enableServer=false",
	}, settings...)
	return config.FromCommand(append(args, "2181", dataDir, strconv.Itoa(tickMs)), nil)
}

const (
	tickMs  = 40
	startMs = 1_700_000_000_000
)

// newWorld starts a server on what an earlier one has left; Found may hold nothing but a fresh disk, Before. visit gets a
// point before every call that changes the disk, from the first call of loading on. settings are further arguments.
func newWorld(on Found, seed uint64, visit func(*Point) error, settings ...string) (*World, error) {
	cfg, err := configWith(settings)
	if err != nil {
		return nil, err
	}
	w := &World{
		disk: on.Before, cfg: cfg, hist: on.hist, shown: on.shown, visit: visit, rng: rand.New(rand.NewPCG(seed, 1)), net: newNetwork(),
		ended: make(chan error, 1), said: &witness{},
	}
	w.now.Store(startMs)
	if on.hist != nil {
		w.now.Add(1_000_000)
	}
	w.disk.SetGate(w.gate)
	type booted struct {
		srv *server.Server
		err error
	}
	done := make(chan booted, 1)
	go func() {
		srv, err := server.NewIn(w.env(), cfg, "powercut", slog.New(w.said))
		done <- booted{srv, err}
	}()
	w.drain()
	b := <-done
	if b.err != nil {
		return nil, errors.Join(w.err, b.err)
	}
	w.srv = b.srv
	w.begin()
	return w, nil
}

// begin compares what was loaded, and lets the server run.
func (w *World) begin() {
	found := w.srv.Loaded()
	if w.hist == nil {
		w.hist = &history{states: []state{stateOf(found)}}
	}
	w.fail(compare(found, w.hist.last()))
	w.saw(found.Zxid) // what a server has found it serves
	ctx, cancel := context.WithCancel(context.Background())
	w.stop = cancel
	go func() { w.ended <- w.srv.Run(ctx) }()
	w.drain()
}

func (w *World) fail(err error) { w.err = cmp.Or(w.err, err) }

func (w *World) env() server.Env {
	random := rand.New(rand.NewPCG(1, 2))
	return server.Env{FS: w.disk, Net: w.net, Clock: w.clock, Random: random.Float64}
}

// clock is the server's; it is only changed while the server sleeps.
func (w *World) clock() (wallMs, monoMs int64) {
	now := w.now.Load()
	return now, now - startMs
}

func (w *World) wallMs() int64 { return w.now.Load() }

// gate holds every call that changes the disk.
func (w *World) gate(c disk.Call) {
	if !changes(c.Op) {
		return
	}
	me := &caller{call: c, pass: make(chan struct{})}
	w.mu.Lock()
	w.waiting = append(w.waiting, me)
	w.mu.Unlock()
	<-me.pass
}

func changes(op disk.Op) bool {
	switch op {
	case disk.OpCreate, disk.OpWrite, disk.OpTruncate, disk.OpSync, disk.OpSyncDir, disk.OpRename, disk.OpRemove:
		return true
	default:
		return false
	}
}

// settle waits until everybody sleeps, and hands out what the server has said.
func (w *World) settle() {
	for {
		synctest.Wait()
		w.net.deliver()
		synctest.Wait()
		outs := w.net.receive()
		if len(outs) == 0 {
			return
		}
		for _, o := range outs {
			w.fail(w.clients[o.Conn-1].take(o))
		}
	}
}

// let allows one call of those that wait, after it has shown what a power cut before it would find. False: none waits.
func (w *World) let() bool {
	w.settle()
	next := w.next()
	if next == nil {
		return false
	}
	if w.err == nil {
		w.fail(w.visit(&Point{World: w, Call: next.call}))
	}
	w.calls = append(w.calls, next.call)
	close(next.pass)
	w.settle()
	return true
}

// next takes one of the callers that wait; nil is none.
func (w *World) next() *caller {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.waiting) == 0 {
		return nil
	}
	slices.SortFunc(w.waiting, func(a, b *caller) int { // for they have come in any order
		return cmp.Or(cmp.Compare(a.call.Op, b.call.Op), cmp.Compare(a.call.Name, b.call.Name), cmp.Compare(a.call.Off, b.call.Off))
	})
	i := w.rng.IntN(len(w.waiting))
	next := w.waiting[i]
	w.waiting = slices.Delete(w.waiting, i, i+1)
	return next
}

// drain allows all calls until none is left.
func (w *World) drain() {
	for w.let() {
	}
}

// pass lets time go by: the server's clock and, for its tickers, the bubble's.
func (w *World) pass(ms int64) {
	w.settle()
	w.now.Add(ms)
	time.Sleep(time.Duration(ms) * time.Millisecond)
	w.settle()
}

// saw notes that a client knows of a transaction.
func (w *World) saw(zxid int64) { w.shown = max(w.shown, zxid) }

// end stops the server in good order, and says what went wrong in its life.
func (w *World) end() error {
	w.drain()
	if !w.dead() {
		w.stop()
		w.drain()
		w.fail(<-w.ended)
	}
	w.fail(w.said.err())
	return w.err
}

// dead tells that the server has ended by itself. It is asked before end.
func (w *World) dead() bool {
	select {
	case err := <-w.ended:
		w.died = true
		w.stop()
		w.fail(err)
	default:
	}
	return w.died
}

// owed is how many answers clients still wait for.
func (w *World) owed() (n int) {
	for _, c := range w.clients {
		n += len(c.owed)
	}
	return n
}

var errLogged = errors.New("the server logged errors")

// witness is a log handler that keeps errors.
type witness struct {
	mu     sync.Mutex
	errors []string
}

func (*witness) Enabled(context.Context, slog.Level) bool { return true }
func (h *witness) WithAttrs([]slog.Attr) slog.Handler     { return h }
func (h *witness) WithGroup(string) slog.Handler          { return h }
func (h *witness) Handle(_ context.Context, r slog.Record) error {
	if r.Level < slog.LevelError {
		return nil
	}
	line := r.Message
	r.Attrs(func(a slog.Attr) bool { line += " " + a.String(); return true })
	h.mu.Lock()
	defer h.mu.Unlock()
	h.errors = append(h.errors, line)
	return nil
}

// err is what was logged as an error.
func (h *witness) err() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.errors) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %q", errLogged, h.errors)
}
