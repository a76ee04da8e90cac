package snap

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"paddock/disk"
	"paddock/tree"
	"paddock/zk"
)

func config(fs disk.FS) Config {
	return Config{FS: fs, Dir: dir, Log: quiet(), Now: time.Now, SliceNodes: 3, SliceBytes: 700}
}

// finish steps a writer to its end, with between called between steps.
func finish(w *Writer, lastZxid int64, between func() int64) Result {
	for w.Step(lastZxid) {
		if between != nil {
			lastZxid = between()
		}
	}
	return <-w.Done()
}

func TestTheFirstSnapshotIsApaches(t *testing.T) {
	sim := newSim(t)
	if err := WriteEmpty(config(sim)); err != nil {
		t.Fatal(err)
	}
	sim.Crash(nil)
	if got, want := get(t, sim, "snapshot.0"), captured(t, "snapshot.0"); !bytes.Equal(got, want) {
		t.Errorf("got\n%x\nApache 3.9.5 writes\n%x", got, want)
	}
	l := load(t, sim)
	sameTree(t, l.Tree, tree.New())
}

func TestWrittenSnapshotLoads(t *testing.T) {
	sim := newSim(t)
	want := capturedTree()
	sessions := []Session{{ID: capturedSession, TimeoutMs: 30000}, {ID: -5, TimeoutMs: 4000}}
	r := finish(Begin(config(sim), want, sessions, 12), 12, nil)
	if r.Err != nil || r.File != "snapshot.c" || r.Zxid != 12 || r.Bytes != int64(len(get(t, sim, "snapshot.c"))) {
		t.Errorf("result %+v", r)
	}
	sim.Crash(nil)
	l := load(t, sim)
	sameTree(t, l.Tree, want)
	if l.Digest != (Digest{Zxid: 12, Version: 2, Tree: want.Digest()}) || l.LastZxid != 12 || l.Zxid != 12 {
		t.Errorf("digest %+v, last zxid %d", l.Digest, l.LastZxid)
	}
	if want := map[int64]int32{capturedSession: 30000, -5: 4000}; !maps.Equal(l.Sessions, want) {
		t.Errorf("sessions %v", l.Sessions)
	}
}

// history makes random transactions on a tree and remembers them.
type history struct {
	r    *rand.Rand
	t    *tree.Tree
	zxid int64
	ops  []func(*tree.Tree)
}

func (h *history) step() int64 {
	h.zxid++
	zxid, path := h.zxid, fmt.Sprintf("/n%d", h.r.IntN(40))
	if h.r.IntN(2) == 0 {
		path += fmt.Sprintf("/m%d", h.r.IntN(5))
	}
	acl := []zk.ACL{{Perms: zk.Perm(h.r.IntN(32)), ID: zk.ID{Scheme: "ip", ID: fmt.Sprint("10.0.0.", h.r.IntN(6))}}}
	data := make([]byte, h.r.IntN(400))
	var op func(*tree.Tree)
	switch n := h.t.Lookup(path); {
	case n == 0:
		owner := int64(h.r.IntN(3))
		op = func(t *tree.Tree) { t.Create(path, data, acl, owner, -1, zxid, 1000+zxid) }
		if p := h.t.Lookup(zk.ParentPath(path)); p != 0 {
			cversion := h.t.Persisted(p).CVersion + 1
			op = func(t *tree.Tree) {
				if _, err := t.Create(path, data, acl, owner, cversion, zxid, 1000+zxid); err == zk.ErrNodeExists {
					t.RepairParent(path, cversion, zxid)
				}
			}
		}
	case h.r.IntN(3) == 0:
		op = func(t *tree.Tree) { t.Delete(path, zxid) }
	case h.r.IntN(2) == 0:
		version := h.t.Persisted(n).Version + 1
		op = func(t *tree.Tree) { t.SetData(path, data, version, zxid, 1000+zxid) }
	default:
		version := h.t.Persisted(n).AVersion + 1
		op = func(t *tree.Tree) { t.SetACL(path, acl, version) }
	}
	op(h.t)
	h.ops = append(h.ops, op)
	return zxid
}

func TestSnapshotOfAMovingTreePlusReplayIsTheTree(t *testing.T) {
	for seed := range uint64(40) {
		h := &history{r: rand.New(rand.NewPCG(seed, 3)), t: tree.New()}
		for range 200 {
			h.step()
		}
		sim := newSim(t)
		var digestAtEnd uint64
		start := h.zxid
		w := Begin(config(sim), h.t, nil, start)
		r := finish(w, h.zxid, func() int64 {
			for range h.r.IntN(6) {
				h.step()
			}
			digestAtEnd = h.t.Digest()
			return h.zxid
		})
		if r.Err != nil {
			t.Fatal(r.Err)
		}
		l := load(t, sim)
		if l.Zxid != start || l.Digest.Zxid != h.zxid || l.Digest.Tree != digestAtEnd || l.LastZxid != h.zxid {
			t.Errorf("seed %d: zxid %d to %d: %+v", seed, start, h.zxid, l)
		}
		for _, op := range h.ops[start:] {
			op(l.Tree)
		}
		if err := errors.Join(l.Tree.Check(), h.t.Check()); err != nil {
			t.Fatal(err)
		}
		sameTree(t, l.Tree, h.t)
		if l.Tree.Digest() != l.Digest.Tree || l.Tree.UnknownACLs() != 0 {
			t.Errorf("seed %d: digest %d after replay, the block says %d", seed, l.Tree.Digest(), l.Digest.Tree)
		}
	}
}

// For every k: cut the power before the k-th sync, and whatever the disk kept of the rest, find the old snapshot or the
// new one.
func TestAPowerCutLeavesTheOldSnapshotOrTheNew(t *testing.T) {
	want := capturedTree()
	finished := false
	for k := 1; !finished; k++ {
		for seed := range uint64(8) {
			sim := newSim(t)
			if err := WriteEmpty(config(sim)); err != nil {
				t.Fatal(err)
			}
			_, syncs := sim.Counts()
			sim.SetFault(disk.CutAtSync(syncs + k))
			r := finish(Begin(config(sim), want, nil, 12), 12, nil)
			finished = r.Err == nil
			coin := rand.New(rand.NewPCG(seed, uint64(k)))
			sim.Crash(func() bool { return coin.IntN(2) == 0 })
			l := load(t, sim)
			switch {
			case l.Zxid == 12:
				sameTree(t, l.Tree, want)
			case l.Zxid != 0 || finished:
				t.Errorf("cut at sync %d: loaded %s, result %v", k, l.File, r.Err)
			}
		}
		if k > 10 {
			t.Fatal("more syncs than there can be")
		}
	}
}

func TestAPowerCutDuringTheFirstSnapshotLeavesItOrNothing(t *testing.T) {
	for k := 1; ; k++ {
		sim := newSim(t)
		sim.SetFault(disk.CutAtSync(k))
		err := WriteEmpty(config(sim))
		coin := rand.New(rand.NewPCG(1, uint64(k)))
		sim.Crash(func() bool { return coin.IntN(2) == 0 })
		l, loadErr := Load(sim, dir, quiet())
		if err == nil {
			if loadErr != nil || l.Zxid != 0 {
				t.Errorf("written and lost: %v", loadErr)
			}
			return
		}
		if loadErr != nil && !errors.Is(loadErr, ErrNone) {
			t.Errorf("cut at sync %d: %v", k, loadErr)
		}
	}
}

// Every call on the disk fails once. The server goes on: the tree is as before, the old snapshot is the newest whole
// one, and the next attempt works.
func TestADiskErrorIsReportedAndTheNextAttemptWorks(t *testing.T) {
	want := capturedTree()
	for k, done := 1, false; !done; k++ {
		sim := newSim(t)
		if err := WriteEmpty(config(sim)); err != nil {
			t.Fatal(err)
		}
		calls, _ := sim.Counts()
		sim.SetFault(disk.FailAtCall(calls+k, syscall.EIO))
		var logged bytes.Buffer
		cfg := config(sim)
		cfg.Log = logTo(&logged)
		r := finish(Begin(cfg, want, nil, 12), 12, nil)
		done = r.Err == nil
		if !done && (!errors.Is(r.Err, syscall.EIO) || !strings.Contains(logged.String(), "level=ERROR")) {
			t.Errorf("call %d: %v, logged %s", k, r.Err, logged.String())
		}
		sim.SetFault(nil)
		if l := load(t, sim); l.Zxid != 0 && l.Zxid != 12 {
			t.Errorf("call %d: loaded %s", k, l.File)
		}
		if r := finish(Begin(config(sim), want, nil, 12), 12, nil); r.Err != nil {
			t.Errorf("call %d: the next attempt: %v", k, r.Err)
		}
		sameTree(t, load(t, sim).Tree, want)
	}
}

func TestAFullDiskLeavesNoHalfFile(t *testing.T) {
	sim := newSim(t)
	sim.SetCapacity(1000)
	w := Begin(config(sim), capturedTree(), nil, 12)
	r := finish(w, 12, nil)
	if !errors.Is(r.Err, syscall.ENOSPC) {
		t.Errorf("result %v", r.Err)
	}
	if entries, err := sim.ReadDir(dir); err != nil || len(entries) != 0 {
		t.Errorf("%v is left: %v", entries, err)
	}
	if w.Step(12) {
		t.Error("a failed writer wants more steps")
	}
}

func TestAbortThrowsTheFileAway(t *testing.T) {
	sim := newSim(t)
	tr := capturedTree()
	for range 2 { // the second would panic if the first left its walk running
		w := Begin(config(sim), tr, nil, 12)
		w.Step(12)
		w.Abort()
		w.Abort()
		if w.Step(12) {
			t.Error("an aborted writer wants more steps")
		}
		if r := <-w.Done(); !errors.Is(r.Err, ErrAborted) {
			t.Errorf("result %v", r.Err)
		}
		if entries, err := sim.ReadDir(dir); err != nil || len(entries) != 0 {
			t.Errorf("%v is left: %v", entries, err)
		}
	}
	w := Begin(config(sim), tr, nil, 12)
	for w.Step(12) {
		continue
	}
	w.Abort()
	if r := <-w.Done(); r.Err != nil {
		t.Errorf("aborted when all was handed over: %v", r.Err)
	}
	if err := tr.Check(); err != nil {
		t.Error(err)
	}
}

// slowDisk holds back the first write until it is told to go on.
type slowDisk struct {
	disk.FS
	gate chan struct{}
}

type slowFile struct {
	disk.File
	gate chan struct{}
}

func (d slowDisk) Create(name string) (disk.File, error) {
	f, err := d.FS.Create(name)
	return slowFile{f, d.gate}, err
}

func (f slowFile) WriteAt(p []byte, off int64) (int, error) {
	<-f.gate
	return f.File.WriteAt(p, off)
}

func TestStepNeverWaitsForTheDisk(t *testing.T) {
	sim := newSim(t)
	slow := slowDisk{sim, make(chan struct{})}
	cfg := config(slow)
	cfg.SliceNodes = 1
	tr := capturedTree()
	w := Begin(cfg, tr, nil, 12)
	for range 1000 { // far more than there are buffers and znodes
		if !w.Step(12) {
			t.Fatal("it ended although nothing can have been written")
		}
	}
	close(slow.gate)
	if r := finish(w, 12, nil); r.Err != nil {
		t.Fatal(r.Err)
	}
	sameTree(t, load(t, sim).Tree, tr)
}

func TestASliceIsBounded(t *testing.T) {
	tr := tree.New()
	for i := range 500 {
		acl := []zk.ACL{{Perms: 1, ID: zk.ID{Scheme: "digest", ID: fmt.Sprint("user:", i)}}}
		tr.Create(fmt.Sprint("/n", i), make([]byte, 50), acl, 0, int32(i+1), int64(i+1), 0)
	}
	tr.Create("/large", make([]byte, 100_000), zk.OpenACL(), 0, 501, 501, 0)
	tr.BeginWalk(501)
	e := newEncoder(tr, make([]Session, 1000), 256, 2000)
	var all []byte
	large := 0
	for more := true; more; {
		var piece []byte
		piece, more = e.slice(nil)
		if len(piece) > 100_000 {
			large++
		} else if len(piece) > 2000+150 { // the last record may stand over
			t.Errorf("a slice of %d bytes", len(piece))
		}
		all = append(all, piece...)
	}
	tr.EndWalk()
	if large != 1 {
		t.Errorf("%d large slices, want the one of the large znode", large)
	}
	sim := newSim(t)
	f, err := createFile(new(config(sim)))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.write(all), f.finish(501, *digestAt(tr, 501))); err != nil {
		t.Fatal(err)
	}
	sameTree(t, load(t, sim).Tree, tr)
}

func TestOnARealDisk(t *testing.T) {
	cfg := Config{FS: disk.OS{}, Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler), Now: time.Now}
	if err := WriteEmpty(cfg); err != nil {
		t.Fatal(err)
	}
	want := capturedTree()
	if r := finish(Begin(cfg, want, nil, 12), 12, nil); r.Err != nil {
		t.Fatal(r.Err)
	}
	l, err := Load(cfg.FS, cfg.Dir, cfg.Log)
	if err != nil {
		t.Fatal(err)
	}
	sameTree(t, l.Tree, want)
	names, err := os.ReadDir(cfg.Dir)
	if err != nil || !slices.EqualFunc(names, []string{"snapshot.0", "snapshot.c"}, func(e os.DirEntry, s string) bool {
		return e.Name() == s
	}) {
		t.Errorf("%v: %v", names, err)
	}
}

// BenchmarkWriteAndLoad tells apart the processor's part (walk), its longest stop (slice), and what loading takes.
func BenchmarkWriteAndLoad(b *testing.B) {
	const znodes = 200_000
	tr := tree.New()
	data := make([]byte, 100)
	for i := range znodes {
		if i%1000 == 0 {
			tr.Create(fmt.Sprintf("/p%d", i/1000), nil, zk.OpenACL(), 0, 1, 1, 0)
		}
		tr.Create(fmt.Sprintf("/p%d/some-name-%010d", i/1000, i), data, zk.OpenACL(), 0, 1, 1, 0)
	}
	for _, c := range compressions() {
		b.Run(c.String(), func(b *testing.B) {
			cfg := Config{FS: disk.OS{}, Dir: b.TempDir(), Log: quiet(), Now: time.Now, Compression: c}
			var walking, longest, loading time.Duration
			var bytes int64
			for b.Loop() {
				w := Begin(cfg, tr, nil, 1)
				for more := true; more; {
					start := time.Now()
					more = w.Step(1)
					took := time.Since(start)
					walking, longest = walking+took, max(longest, took)
				}
				r := <-w.Done()
				if r.Err != nil {
					b.Fatal(r.Err)
				}
				bytes = r.Bytes
				start := time.Now()
				if _, err := LoadFile(cfg.FS, filepath.Join(cfg.Dir, r.File), cfg.Log); err != nil {
					b.Fatal(err)
				}
				loading += time.Since(start)
			}
			b.ReportMetric(float64(walking.Nanoseconds())/float64(b.N)/znodes, "walk-ns/znode")
			b.ReportMetric(float64(longest.Microseconds()), "slice-us-max")
			b.ReportMetric(float64(loading.Nanoseconds())/float64(b.N)/znodes, "load-ns/znode")
			b.ReportMetric(float64(bytes)/znodes, "file-B/znode")
		})
	}
}
