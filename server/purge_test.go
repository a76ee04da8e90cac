package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"paddock/client"
	"paddock/disk"
	"paddock/purge"
	"paddock/snap"
)

// purgeable is a simulated data directory with snapshots and logs, and a purger for it that runs every hour.
type purgeable struct {
	t   *testing.T
	sim *disk.Sim
	*purger
	log *witness
}

const purgeableDir = "/data/version-2"

func newPurgeable(t *testing.T) *purgeable {
	t.Helper()
	p := &purgeable{t: t, sim: disk.NewSim(), log: &witness{t: t}}
	check(t, p.sim.MkdirAll(purgeableDir))
	log := slog.New(p.log)
	p.purger = newPurger(purge.Config{FS: p.sim, SnapDir: purgeableDir, LogDir: purgeableDir, Keep: 3, Log: log}, time.Hour, log)
	return p
}

// add makes snapshots and logs up to a number. What the logs hold does not matter to a purge.
func (p *purgeable) add(from, to int64) {
	p.t.Helper()
	for n := from; n <= to; n++ {
		check(p.t, snap.WriteEmpty(snap.Config{FS: p.sim, Dir: purgeableDir}))
		check(p.t, p.sim.Rename(filepath.Join(purgeableDir, "snapshot.0"), filepath.Join(purgeableDir, snap.FileName(n))))
		f, err := p.sim.Create(filepath.Join(purgeableDir, fmt.Sprintf("log.%x", n)))
		check(p.t, errors.Join(err, f.Close()))
	}
}

func (p *purgeable) left() string {
	p.t.Helper()
	entries, err := p.sim.ReadDir(purgeableDir)
	check(p.t, err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name)
	}
	return strings.Join(names, " ")
}

func TestPurgingAtTheStartAndThenEveryInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPurgeable(t)
		p.add(1, 5)
		ctx, cancel := context.WithCancel(t.Context())
		go p.run(ctx)
		expect := func(after time.Duration, want string) {
			t.Helper()
			time.Sleep(after)
			if got := p.left(); got != want {
				t.Errorf("%v later: %s, want %s", after, got, want)
			}
		}
		expect(time.Minute, "log.3 log.4 log.5 snapshot.3 snapshot.4 snapshot.5")
		p.add(6, 7)
		expect(58*time.Minute, "log.3 log.4 log.5 log.6 log.7 snapshot.3 snapshot.4 snapshot.5 snapshot.6 snapshot.7")
		expect(2*time.Minute, "log.5 log.6 log.7 snapshot.5 snapshot.6 snapshot.7")
		if runs, files := p.runs.Load(), p.files.Load(); runs != 2 || files != 8 || p.failures.Load() != 0 || p.bytes.Load() == 0 {
			t.Errorf("%d runs, %d files", runs, files)
		}
		cancel()
		p.stop()
	})
}

func TestAPurgeThatFailsIsLoggedCountedAndTriedAgainAtTheNextInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPurgeable(t)
		p.add(1, 5)
		p.log.expectErrors()
		var tries atomic.Int64
		p.sim.SetFault(func(c disk.Call) error {
			if c.Op != disk.OpRemove {
				return nil
			}
			tries.Add(1)
			return syscall.EIO
		})
		ctx, cancel := context.WithCancel(t.Context())
		go p.run(ctx)
		time.Sleep(59 * time.Minute)
		if tries.Load() != 2 || p.failures.Load() != 1 || !p.log.heard("input/output error") {
			t.Errorf("%d tries to remove, %d failures", tries.Load(), p.failures.Load())
		}
		p.sim.SetFault(nil)
		time.Sleep(2 * time.Minute)
		if got, want := p.left(), "log.3 log.4 log.5 snapshot.3 snapshot.4 snapshot.5"; got != want {
			t.Errorf("an hour later: %s, want %s", got, want)
		}
		cancel()
		p.stop()
	})
}

func TestAServerThatStopsEndsASurveyAndRemovesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPurgeable(t)
		p.add(1, 5)
		before := p.left()
		ctx, cancel := context.WithCancel(t.Context())
		p.sim.SetGate(func(c disk.Call) {
			if c.Op == disk.OpRead {
				cancel()
			}
		})
		go p.run(ctx)
		p.stop()
		if got := p.left(); got != before || p.runs.Load() != 1 || p.failures.Load() != 0 {
			t.Errorf("left %s, of %s; %d failures", got, before, p.failures.Load())
		}
	})
}

// A whole server with many snapshots purges when it starts; what is left is what it needs, without the newest one too.
func TestAServerPurgesAtItsStart(t *testing.T) {
	p := newPlace(t, manySnapshots, "snapshot.compression.method=snappy")
	r := p.start(t)
	stir(t, r, func() bool { return len(files(t, p.version2(), "snapshot.")) >= 6 })
	r.stop()
	want := r.s.state(t)
	p.lines = append(p.lines, "autopurge.purgeInterval=1", "autopurge.snapRetainCount=3")
	r = p.start(t)
	waitFor(t, "a purge", func() bool { return r.log.heard("INFO purged") })
	left, logs := files(t, p.version2(), "snapshot."), files(t, p.version2(), "log.")
	if len(left) != 3 && len(left) != 4 { // one more was written at the start
		t.Errorf("snapshots %v are left", left)
	}
	oldest, before := zxidOf(t, slices.MinFunc(left, byZxid(t))), 0
	for _, name := range logs {
		if zxidOf(t, name) <= oldest {
			before++
		}
	}
	if before > 1 { // the one that may reach over it
		t.Errorf("logs %v are left, for snapshots %v", logs, left)
	}
	r.stop()
	p.lines = p.lines[:1]
	same(t, "after the purge", p.peek(t), want)
	check(t, os.Truncate(filepath.Join(p.version2(), newestOf(t, p.version2(), "snapshot.")), 0))
	same(t, "after the purge, without the newest", p.peek(t), want)
}

// While no snapshot can be written the server goes on, tries again when the next one is due and not before, shows no
// half-written one, and loses nothing.
func TestSnapshotsThatFailAreCountedAndTriedAgainWhenDue(t *testing.T) {
	const least, most, tries = 100, 200, 7 // a snapshot is due after least to most writes
	for _, op := range []disk.Op{disk.OpCreate, disk.OpWrite, disk.OpSync, disk.OpRename} {
		t.Run(string(op), func(t *testing.T) {
			p := newPlace(t, manySnapshots)
			sim := disk.NewSim()
			r := p.startIn(t, Env{FS: sim})
			r.log.expectErrors()
			sim.SetFault(func(c disk.Call) error {
				if c.Op == op && strings.HasSuffix(c.Name, "writing.snapshot") {
					return syscall.ENOSPC
				}
				return nil
			})
			c := r.dial(client.Options{})
			writes := 0
			churn := func(n int) {
				for range n {
					_, err := c.SetData("/", []byte("x"), -1)
					check(t, err)
				}
				writes += n
			}
			for try := range tries { // the next one begins when the last one has failed
				churn(most + 1)
				waitFor(t, "a try", func() bool { return r.log.count("snapshot failed") > try })
			}
			entries, err := sim.ReadDir(p.version2())
			check(t, err)
			for _, e := range entries {
				if strings.HasPrefix(e.Name, "snapshot.") && e.Name != "snapshot.0" {
					t.Errorf("%s is there", e.Name)
				}
			}
			inVain := int64(writes)
			sim.SetFault(nil)
			churn(2 * most)
			waitFor(t, "a snapshot", func() bool { return r.log.heard("snapshot written") })
			r.stop()
			if got := r.s.series.snapshotErrors; got < tries || got > inVain/least+1 {
				t.Errorf("%d snapshots failed in %d writes", got, inVain)
			}
			sim.Crash(nil)
			s, err := NewIn(Env{FS: sim}, p.config(t), "test", slog.New(&witness{t: t}))
			check(t, err)
			defer s.close(t)
			same(t, "after a crash", s.state(t), r.s.state(t))
		})
	}
}
