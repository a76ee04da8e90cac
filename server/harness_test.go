package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"paddock/client"
	"paddock/config"
	"paddock/tree"
	"paddock/zk"
)

// patience is how long any wait goes on before it is a failure: far above what a loaded two-core machine needs under
// the race detector, because nothing here measures time.
const patience = 60 * time.Second

// longSession does not expire while a test waits.
const longSession = 40 * time.Second

// place is a data directory of a test with the lines of its zoo.cfg.
type place struct {
	dir   string // holds zoo.cfg and data
	lines []string
	props map[string]string
	loops int // 0 is what suits the machine
}

func newPlace(t testing.TB, lines ...string) *place {
	return &place{dir: t.TempDir(), lines: lines}
}

func (p *place) data() string { return filepath.Join(p.dir, "data") }

func (p *place) version2() string { return filepath.Join(p.data(), version2) }

// config loads a zoo.cfg, as the binary does, whose last lines are the test's own.
func (p *place) config(t testing.TB) *config.Config {
	t.Helper()
	lines := append([]string{
		"clientPort=0", "clientPortAddress=127.0.0.1", "dataDir=" + p.data(), "tickTime=200", "maxSessionTimeout=60000",
		"maxClientCnxns=0", "4lw.commands.whitelist=*", "admin.enableServer=false",
		"preAllocSize=256", // KiB
	}, p.lines...)
	file := filepath.Join(p.dir, "zoo.cfg")
	check(t, os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o644))
	cfg, err := config.Load(file, p.props)
	check(t, err)
	return cfg
}

// runner is a server that runs in this process.
type runner struct {
	t      testing.TB
	s      *Server
	log    *witness
	cancel context.CancelFunc
	ended  chan error
	over   bool
}

// start runs a server until stop, at the latest until the end of the test.
func (p *place) start(t testing.TB) *runner {
	t.Helper()
	return p.startIn(t, Env{})
}

// startIn does so with another disk or network than the machine's.
func (p *place) startIn(t testing.TB, env Env) *runner {
	t.Helper()
	log := &witness{t: t}
	if p.loops > 0 && env.Net == nil {
		env.Net = p.listen(t, slog.New(log))
	}
	s, err := NewIn(env, p.config(t), "test", slog.New(log))
	check(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	r := &runner{t: t, s: s, log: log, cancel: cancel, ended: make(chan error, 1)}
	go func() { r.ended <- s.Run(ctx) }()
	t.Cleanup(r.stop)
	for !s.serving.Load() && len(r.ended) == 0 { // whoever asks before is told that it does not serve
		time.Sleep(time.Millisecond)
	}
	return r
}

// stop ends the server in good order, which must succeed. Only then may the test look into it.
func (r *runner) stop() {
	r.t.Helper()
	if r.over {
		return
	}
	r.over = true
	r.cancel()
	select {
	case err := <-r.ended:
		if err != nil {
			r.t.Errorf("Run ended with %v", err)
		}
	case <-time.After(patience):
		panic("the server does not stop") // with all stacks
	}
}

func (r *runner) addr() string { return r.s.Addrs()[0].String() }

// dial opens a session that ends with the test; the server may end before it.
func (r *runner) dial(opts client.Options) *client.Client {
	r.t.Helper()
	if opts.SessionTimeout == 0 {
		opts.SessionTimeout = longSession
	}
	opts.Timeout = patience
	c, err := client.Dial(context.Background(), r.addr(), opts)
	check(r.t, err)
	r.t.Cleanup(c.Disconnect)
	return c
}

// state is all that a server must find again after a restart.
type state struct {
	digest   uint64
	zxid     int64
	znodes   map[string]znode
	sessions map[int64]int32
}

type znode struct {
	stat zk.StatPersisted
	data string
	null bool
	acl  string
}

// state takes down what a server holds that does not run, or not any more.
func (s *Server) state(t testing.TB) state {
	t.Helper()
	tr := s.proc.Tree()
	check(t, tr.Check())
	st := state{digest: tr.Digest(), zxid: s.proc.Applied(), znodes: map[string]znode{}, sessions: map[int64]int32{}}
	tr.BeginWalk(1<<63 - 1)
	for tr.WalkStep(1<<30, 1<<40, func(path, data []byte, _ tree.ACLRef, sp *zk.StatPersisted) {
		name := string(path)
		n := tr.Lookup("/" + strings.TrimPrefix(name, "/"))
		st.znodes[name] = znode{
			stat: *sp, data: string(data), null: data == nil, acl: fmt.Sprint(tr.ACLList(tr.ACLRef(n))),
		}
	}) {
	}
	tr.EndWalk()
	if len(st.znodes)+1 != tr.Count() { // it counts the root under both of its names, as Apache does
		t.Fatalf("the walk found %d znodes, the tree counts %d", len(st.znodes), tr.Count())
	}
	s.proc.Sessions(func(id int64, timeoutMs int32) { st.sessions[id] = timeoutMs })
	return st
}

// peek loads a data directory and takes down what is in it, without serving anybody.
func (p *place) peek(t testing.TB) state {
	t.Helper()
	s, err := New(p.config(t), "test", slog.New(&witness{t: t}))
	check(t, err)
	defer s.close(t)
	return s.state(t)
}

// close lets go of a server that never ran.
func (s *Server) close(t testing.TB) {
	t.Helper()
	stopped, cancel := context.WithCancel(context.Background())
	cancel()
	check(t, errors.Join(s.net.Stop(stopped), s.closeData()))
}

// same compares two states and names the first few differences.
func same(t testing.TB, what string, got, want state) {
	t.Helper()
	if got.digest != want.digest || got.zxid != want.zxid {
		t.Errorf("%s: digest %x at zxid 0x%x, want %x at 0x%x", what, got.digest, got.zxid, want.digest, want.zxid)
	}
	if !maps.Equal(got.sessions, want.sessions) {
		t.Errorf("%s: sessions %x, want %x", what, got.sessions, want.sessions)
	}
	paths := map[string]bool{}
	for p := range got.znodes {
		paths[p] = true
	}
	for p := range want.znodes {
		paths[p] = true
	}
	shown := 0
	for _, p := range slices.Sorted(maps.Keys(paths)) {
		g, inGot := got.znodes[p]
		w, inWant := want.znodes[p]
		if inGot == inWant && g == w {
			continue
		}
		t.Errorf("%s: %q is %+v (there: %v), want %+v (there: %v)", what, p, g, inGot, w, inWant)
		if shown++; shown == 5 {
			t.Fatalf("%s: %d znodes, want %d; not showing more", what, len(got.znodes), len(want.znodes))
		}
	}
}

// witness is a log handler: an error fails the test, unless it is expected, and what was said can be asked for.
type witness struct {
	t testing.TB

	mu     sync.Mutex
	errors bool // are expected
	said   []string
}

func (w *witness) Enabled(context.Context, slog.Level) bool { return true }

func (w *witness) Handle(_ context.Context, r slog.Record) error {
	line := r.Level.String() + " " + r.Message
	r.Attrs(func(a slog.Attr) bool {
		line += " " + a.String()
		return true
	})
	w.mu.Lock()
	w.said = append(w.said, line)
	expected := w.errors
	w.mu.Unlock()
	if r.Level >= slog.LevelError && !expected {
		w.t.Errorf("the server logged: %s", line)
	}
	return nil
}

func (w *witness) WithAttrs([]slog.Attr) slog.Handler { return w }

func (w *witness) WithGroup(string) slog.Handler { return w }

func (w *witness) expectErrors() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.errors = true
}

// heard tells whether a line of the log contains text.
func (w *witness) heard(text string) bool { return w.count(text) > 0 }

// count tells how many lines do.
func (w *witness) count(text string) (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, line := range w.said {
		if strings.Contains(line, text) {
			n++
		}
	}
	return n
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantCode checks the server's answer to a call.
func wantCode(t testing.TB, err error, want zk.Err) {
	t.Helper()
	if got := client.Code(err); got != want {
		t.Fatalf("got %v (%v), want %v", got, err, want)
	}
}

// waitFor waits until something becomes true.
func waitFor(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// files lists a folder: names that begin with a prefix, sorted.
func files(t testing.TB, dir, prefix string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	check(t, err)
	var names []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), prefix) {
			names = append(names, e.Name())
		}
	}
	return names
}
