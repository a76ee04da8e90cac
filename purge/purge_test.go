package purge

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"paddock/disk"
	"paddock/snap"
	"paddock/tree"
	"paddock/wal"
	"paddock/zk"
)

const (
	snapDir = "/data/version-2"
	logDir  = "/log/version-2"
)

// place is a data directory on a simulated disk, written by the real writers.
type place struct {
	t    *testing.T
	sim  *disk.Sim
	tree *tree.Tree
	log  *wal.Writer
	roll bool
	last int64 // zxid
}

func newPlace(t *testing.T) *place {
	t.Helper()
	p := &place{t: t, sim: disk.NewSim(), tree: tree.New()}
	check(t, errors.Join(p.sim.MkdirAll(snapDir), p.sim.MkdirAll(logDir)))
	check(t, snap.WriteEmpty(p.snapConfig(snap.Plain)))
	pos, err := wal.Recover(p.walConfig(), 0, func(int64, []byte) error { return nil })
	check(t, err)
	p.log, err = wal.Open(p.walConfig(), pos)
	check(t, err)
	t.Cleanup(p.closeLog)
	return p
}

// closeLog ends the log's writer, which a test may have done already.
func (p *place) closeLog() {
	if p.log != nil {
		check(p.t, p.log.Close())
		p.log = nil
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (p *place) snapConfig(c snap.Compression) snap.Config {
	return snap.Config{FS: p.sim, Dir: snapDir, Log: slog.New(slog.DiscardHandler), Now: time.Now, Compression: c}
}

func (p *place) walConfig() wal.Config { return wal.Config{FS: p.sim, Dir: logDir, PreallocBytes: -1} }

// write logs n transactions, one batch each.
func (p *place) write(n int) {
	p.t.Helper()
	for range n {
		p.last++
		p.tree.Create(fmt.Sprintf("/n%d", p.last), []byte("data"), zk.OpenACL(), 0, int32(p.last), p.last, 0)
		payload := make([]byte, 32) // what a transaction is, the log does not ask
		binary.BigEndian.PutUint64(payload[12:], uint64(p.last))
		b := wal.NewBatch()
		b.Roll, p.roll = p.roll, false
		b.Finish(append(b.Start(), payload...), p.last)
		p.log.Submit(b)
		check(p.t, (<-p.log.Committed()).Err)
	}
}

// snapshot writes one of now; the log goes on in another file, as the server has it, unless it is told not to roll.
func (p *place) snapshot(c snap.Compression, roll bool) {
	p.t.Helper()
	p.roll = p.roll || roll
	w := snap.Begin(p.snapConfig(c), p.tree, nil, p.last)
	for w.Step(p.last) {
		continue
	}
	check(p.t, (<-w.Done()).Err)
}

// put makes a file with any content.
func (p *place) put(name string, content []byte) {
	p.t.Helper()
	f, err := p.sim.Create(name)
	check(p.t, err)
	_, err = f.WriteAt(content, 0)
	check(p.t, errors.Join(err, f.Sync(), f.Close(), p.sim.SyncDir(path.Dir(name))))
}

// damage overwrites some bytes in the middle of a snapshot. A single one might not matter to snappy, which has many ways to
// say the same.
func (p *place) damage(name string) {
	p.t.Helper()
	f, err := p.sim.OpenWrite(path.Join(snapDir, name))
	check(p.t, err)
	size, err := f.Size()
	check(p.t, err)
	_, err = f.WriteAt(bytes.Repeat([]byte{0xff}, 20), size/2)
	check(p.t, errors.Join(err, f.Sync(), f.Close()))
}

func (p *place) files(dir string) (names []string) {
	p.t.Helper()
	entries, err := p.sim.ReadDir(dir)
	check(p.t, err)
	for _, e := range entries {
		names = append(names, e.Name)
	}
	return names
}

func (p *place) config(log *slog.Logger) Config {
	return Config{FS: p.sim, SnapDir: snapDir, LogDir: logDir, Keep: 3, Log: log}
}

func (p *place) purge() Plan {
	p.t.Helper()
	plan, err := Survey(p.config(nil))
	check(p.t, err)
	check(p.t, Remove(p.config(nil), plan, nil))
	return plan
}

// recover is what a server does at its start. It must come to the last transaction, without a gap.
func (p *place) recover(what string) (from string) {
	p.t.Helper()
	l, err := snap.Load(p.sim, snapDir, slog.New(slog.DiscardHandler))
	if err != nil {
		p.t.Fatalf("%s: %v", what, err)
	}
	next := l.Zxid
	_, err = wal.Recover(p.walConfig(), l.Zxid, func(zxid int64, _ []byte) error {
		if next++; zxid != next {
			return fmt.Errorf("transaction %d where %d is due", zxid, next)
		}
		return nil
	})
	if err != nil || next != p.last {
		p.t.Fatalf("%s: from %s to zxid %d, want %d: %v", what, l.File, next, p.last, err)
	}
	return l.File
}

func names(files []File) (out []string) {
	for _, f := range files {
		out = append(out, path.Base(f.Path))
	}
	return out
}

func expect(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

// five is a directory with snapshots at 0, 10, 20, 30, 40 and 50 and a log file behind each.
func five(t *testing.T) *place {
	t.Helper()
	p := newPlace(t)
	for i := range 5 {
		p.write(10)
		p.snapshot(snap.Compression(i%3), true)
	}
	p.write(5)
	return p
}

func TestTheThreeNewestStayWithTheLogsBehindThem(t *testing.T) {
	p := five(t)
	plan := p.purge()
	expect(t, "kept", names(plan.Keep), "snapshot.32.gz", "snapshot.28", "snapshot.1e.snappy")
	expect(t, "removed", names(plan.Remove()), "snapshot.0", "snapshot.a", "snapshot.14.gz", "log.1", "log.b")
	// log.15 holds 0x15 to 0x1e, and so nothing behind snapshot.1e; but its name alone does not tell.
	expect(t, "snapshots", p.files(snapDir), "snapshot.1e.snappy", "snapshot.28", "snapshot.32.gz")
	expect(t, "logs", p.files(logDir), "log.15", "log.1f", "log.29", "log.33")
	if got := p.recover("after the purge"); got != "snapshot.32.gz" {
		t.Errorf("recovered from %s", got)
	}
	p.damage("snapshot.32.gz")
	p.damage("snapshot.28")
	if got := p.recover("after the purge, with two broken"); got != "snapshot.1e.snappy" {
		t.Errorf("recovered from %s", got)
	}
	if plan := p.purge(); len(plan.Remove()) != 0 {
		t.Errorf("purged again: %q", names(plan.Remove()))
	}
}

func TestBrokenSnapshotsDoNotCount(t *testing.T) {
	for _, c := range []struct {
		what    string
		damaged []string
		kept    []string
		removed []string
	}{
		{
			"the newest is broken",
			[]string{"snapshot.32.gz"},
			[]string{"snapshot.28", "snapshot.1e.snappy", "snapshot.14.gz"},
			[]string{"snapshot.0", "snapshot.a", "log.1"},
		},
		{
			"one in the middle",
			[]string{"snapshot.1e.snappy"},
			[]string{"snapshot.32.gz", "snapshot.28", "snapshot.14.gz"},
			[]string{"snapshot.0", "snapshot.a", "log.1"},
		},
		{
			"only two are whole: what is older goes",
			[]string{"snapshot.32.gz", "snapshot.1e.snappy", "snapshot.a", "snapshot.0"},
			[]string{"snapshot.28", "snapshot.14.gz"},
			[]string{"snapshot.0", "snapshot.a", "log.1"},
		},
		{
			"only the oldest is whole",
			[]string{"snapshot.32.gz", "snapshot.28", "snapshot.1e.snappy", "snapshot.14.gz", "snapshot.a"},
			[]string{"snapshot.0"},
			nil,
		},
		{
			"none is whole",
			[]string{"snapshot.32.gz", "snapshot.28", "snapshot.1e.snappy", "snapshot.14.gz", "snapshot.a", "snapshot.0"},
			nil, nil,
		},
	} {
		t.Run(c.what, func(t *testing.T) {
			p := five(t)
			for _, name := range c.damaged {
				p.damage(name)
			}
			plan := p.purge()
			expect(t, "kept", names(plan.Keep), c.kept...)
			expect(t, "removed", names(plan.Remove()), c.removed...)
			if len(c.kept) == 0 {
				return
			}
			if got := p.recover(c.what); got != c.kept[0] {
				t.Errorf("recovered from %s", got)
			}
		})
	}
}

func TestNoWholeSnapshotIsToldOf(t *testing.T) {
	p := newPlace(t)
	p.damage("snapshot.0")
	var logged bytes.Buffer
	plan, err := Survey(p.config(slog.New(slog.NewTextHandler(&logged, nil))))
	if err != nil || len(plan.Remove()) != 0 || !strings.Contains(logged.String(), "nothing is purged") {
		t.Errorf("removes %q: %v, logged %s", names(plan.Remove()), err, logged.String())
	}
	expect(t, "broken", names(plan.Broken), "snapshot.0")
}

func TestForeignFilesAreLeftAlone(t *testing.T) {
	p := five(t)
	foreign := []string{
		"snapshot.5.bak", "snapshot.5.GZ", "snapshot.05", "snapshot.", "snapshot.x", "snapshot.0.gz.tmp", "writing.snapshot",
		"acceptedEpoch", "paddock.lock",
	}
	for _, name := range foreign {
		p.put(path.Join(snapDir, name), []byte("not ours to remove"))
	}
	logs := []string{"log.5.bak", "log.05", "log.", "paddock.spare-1", "paddock.lock"}
	aside := []string{"paddock.cut.5", "paddock.cut.5.1"}
	for _, name := range slices.Concat(logs, aside) {
		p.put(path.Join(logDir, name), []byte("not ours to remove"))
	}
	plan := p.purge()
	expect(t, "removed", names(plan.Remove()), "snapshot.0", "snapshot.a", "snapshot.14.gz", "log.1", "log.b")
	expect(t, "aside", names(plan.Aside), aside...)
	for dir, want := range map[string][]string{snapDir: foreign, logDir: slices.Concat(logs, aside)} {
		left := p.files(dir)
		for _, name := range want {
			if !slices.Contains(left, name) {
				t.Errorf("%s is gone from %s", name, dir)
			}
		}
	}
}

func TestTwoFilesOfOneZxidCountOnce(t *testing.T) {
	p := five(t)
	p.snapshot(snap.Plain, false)
	p.snapshot(snap.Gzip, false)
	p.snapshot(snap.Snappy, false)
	plan := p.purge()
	expect(t, "kept", names(plan.Keep), "snapshot.37", "snapshot.37.gz", "snapshot.37.snappy", "snapshot.32.gz", "snapshot.28")
}

// Apache's learners, and restarts, make snapshots without beginning a log file.
func TestALogThatReachesOverManySnapshotsStays(t *testing.T) {
	p := newPlace(t)
	for range 6 {
		p.write(7)
		p.snapshot(snap.Plain, false)
	}
	p.write(1)
	plan := p.purge()
	expect(t, "removed", names(plan.Remove()), "snapshot.0", "snapshot.7", "snapshot.e", "snapshot.15")
	expect(t, "logs", p.files(logDir), "log.1")
	p.recover("after the purge")
}

func TestKeepingFewerThanThreeIsRefused(t *testing.T) {
	p := five(t)
	cfg := p.config(nil)
	cfg.Keep = 2
	if _, err := Survey(cfg); !errors.Is(err, ErrKeep) {
		t.Errorf("got %v", err)
	}
}

// Random directories, some of their snapshots broken, purged in the middle of the writing: recovery must come to the last
// transaction from the newest whole one and, should that break, from the next, for as many as are kept.
func TestWhateverIsKeptRecovers(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 5))
		p := newPlace(t)
		for range 3 + r.IntN(12) {
			p.write(1 + r.IntN(9))
			if r.IntN(3) > 0 {
				p.snapshot(snap.Compression(r.IntN(3)), r.IntN(4) > 0)
			}
			if r.IntN(4) == 0 {
				names := p.files(snapDir)
				if name := names[r.IntN(len(names))]; name != "snapshot.0" {
					p.damage(name)
				}
			}
			if r.IntN(5) == 0 {
				p.roll = true
			}
			if r.IntN(3) == 0 {
				p.purge()
			}
		}
		plan := p.purge()
		for _, f := range plan.Keep {
			name := path.Base(f.Path)
			if got := p.recover(fmt.Sprintf("seed %d", seed)); got != name && snapZxid(got) != snapZxid(name) {
				t.Errorf("seed %d: recovered from %s, %s is whole", seed, got, name)
			}
			p.damage(name)
		}
	}
}

func snapZxid(name string) int64 {
	zxid, _ := snap.ParseName(name)
	return zxid
}

// The power goes before the k-th sync, and the disk keeps what it likes of the rest: every snapshot that is there then has the
// log behind it.
func TestAPowerCutDuringAPurgeLeavesWhatRecovers(t *testing.T) {
	for k, done := 1, false; !done; k++ {
		for seed := range uint64(20) {
			p := five(t)
			p.closeLog()
			plan, err := Survey(p.config(nil))
			check(t, err)
			_, syncs := p.sim.Counts()
			p.sim.SetFault(disk.CutAtSync(syncs + k))
			done = Remove(p.config(nil), plan, nil) == nil
			coin := rand.New(rand.NewPCG(seed, uint64(k)))
			p.sim.Crash(func() bool { return coin.IntN(2) == 0 })
			left, err := snap.List(p.sim, snapDir)
			check(t, err)
			if len(left) < 3 {
				t.Fatalf("cut at sync %d: %d snapshots are left", k, len(left))
			}
			for _, f := range left {
				if got := p.recover(fmt.Sprintf("cut at sync %d", k)); got != f.Name {
					t.Errorf("cut at sync %d: recovered from %s, not %s", k, got, f.Name)
				}
				p.damage(f.Name)
			}
		}
	}
}

// Apache does not sync its snapshots: what is to stay must be durable before what could replace it goes.
func TestSnapshotsThatNobodySyncedAreSyncedBeforeOthersGo(t *testing.T) {
	p := five(t)
	p.closeLog()
	for _, name := range []string{"snapshot.32.gz", "snapshot.28", "snapshot.1e.snappy"} {
		name = path.Join(snapDir, name)
		f, err := p.sim.Open(name)
		check(t, err)
		size, err := f.Size()
		check(t, err)
		b := make([]byte, size)
		_, err = f.ReadAt(b, 0)
		check(t, errors.Join(err, f.Close(), p.sim.Remove(name)))
		f, err = p.sim.Create(name)
		check(t, err)
		_, err = f.WriteAt(b, 0)
		check(t, errors.Join(err, f.Close()))
	}
	p.purge()
	p.sim.Crash(nil)
	if got := p.recover("after a power cut"); got != "snapshot.32.gz" {
		t.Errorf("recovered from %s", got)
	}
	expect(t, "left", p.files(snapDir), "snapshot.1e.snappy", "snapshot.28", "snapshot.32.gz")
}

// Every call on the disk fails once. The purge says so, the log stays whole behind every snapshot, and the next purge does
// the rest.
func TestADiskErrorDuringAPurgeHurtsNobody(t *testing.T) {
	for k, done := 1, false; !done; k++ {
		p := five(t)
		calls, _ := p.sim.Counts()
		p.sim.SetFault(disk.FailAtCall(calls+k, syscall.EIO))
		plan, err := Survey(p.config(nil))
		if err == nil {
			err = Remove(p.config(nil), plan, nil)
		}
		now, _ := p.sim.Counts()
		done = now < calls+k
		// A read that fails makes a snapshot one that does not count, and is no error.
		if done && err != nil || err != nil && !errors.Is(err, syscall.EIO) {
			t.Fatalf("call %d: %v", k, err)
		}
		p.sim.SetFault(nil)
		left, err := snap.List(p.sim, snapDir)
		check(t, err)
		first, err := wal.Segments(p.sim, logDir)
		check(t, err)
		if oldest := left[len(left)-1].Zxid; first[0].Zxid > oldest+1 {
			t.Errorf("call %d: snapshot %x is there, and the log begins with %s", k, oldest, first[0].Name)
		}
		p.recover(fmt.Sprintf("call %d failed", k))
		p.purge()
		expect(t, fmt.Sprintf("after call %d failed and another purge", k), p.files(snapDir),
			"snapshot.1e.snappy", "snapshot.28", "snapshot.32.gz")
		expect(t, "logs", p.files(logDir), "log.15", "log.1f", "log.29", "log.33")
	}
}

// Too many open files say nothing about a snapshot: taken for broken, whole ones would go.
func TestASnapshotThatCannotBeOpenedEndsTheSurvey(t *testing.T) {
	for fault, voids := range map[syscall.Errno]bool{syscall.EMFILE: true, syscall.EACCES: true, syscall.ENOMEM: true, syscall.EIO: false} {
		p := five(t)
		p.damage("snapshot.28") // so that with one more that seems broken there are no three
		p.sim.SetFault(func(c disk.Call) error {
			if c.Op == disk.OpOpen && path.Base(c.Name) == "snapshot.14.gz" {
				return fault
			}
			return nil
		})
		plan, err := Survey(p.config(nil))
		if errors.Is(err, fault) != voids || voids && len(plan.Remove()) != 0 {
			t.Errorf("%v: it removes %q: %v", fault, names(plan.Remove()), err)
		}
		p.sim.SetFault(nil)
	}
}

func TestFilesThatAreGoneAlreadyAreNoError(t *testing.T) {
	p := five(t)
	plan, err := Survey(p.config(nil))
	check(t, err)
	check(t, p.sim.Remove(path.Join(snapDir, "snapshot.a")))
	check(t, p.sim.Remove(path.Join(logDir, "log.1")))
	var gone []string
	check(t, Remove(p.config(nil), plan, func(f File) { gone = append(gone, path.Base(f.Path)) }))
	expect(t, "removed", gone, "snapshot.0", "snapshot.14.gz", "log.b")
}

func TestThePaceEndsASurvey(t *testing.T) {
	p := five(t)
	cfg := p.config(nil)
	read, enough := 0, errors.New("enough")
	cfg.Pace = func(bytes int) error {
		if read += bytes; read > 1000 {
			return enough
		}
		return nil
	}
	if _, err := Survey(cfg); !errors.Is(err, enough) {
		t.Errorf("got %v", err)
	}
	read = -1 << 30
	if plan, err := Survey(cfg); err != nil || len(plan.Keep) != 3 || read == -1<<30 {
		t.Errorf("%d kept, pace told of %d bytes: %v", len(plan.Keep), read+1<<30, err)
	}
}
