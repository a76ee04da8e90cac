package wal

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"paddock/disk"
)

func TestWhoeverWritesTheLogItIsTheSame(t *testing.T) {
	const rounds = 60
	// live writes a log, waiting for each answer, and gives its files.
	live := func(t *testing.T, cfg Config, async bool) map[string]string {
		cfg.PreallocBytes, cfg.BatchBytesMax = 1<<20, 64<<10
		w, _ := reopen(t, cfg)
		answer, kernel := func() Done { return <-w.Committed() }, &counted{}
		if async {
			signal, err := w.Async()
			if err != nil {
				t.Fatal(err)
			}
			kernel.calls, w.mine.calls = w.mine.calls, kernel
			wait := watch(t, signal)
			answer = func() Done { return signalled(t, w, wait) }
		}
		rng := rand.New(rand.NewPCG(7, 7))
		waitForSpare(w, 1)
		zxid := int64(0)
		for i := range rounds {
			first := zxid + 1
			zxid += 1 + rng.Int64N(5)
			var list []int64
			for z := first; z <= zxid; z++ {
				list = append(list, z)
			}
			b := batch(strings.Repeat("x", rng.IntN(6000)), list...)
			b.Roll = i > 0 && i%15 == 0
			rolls, bytes := b.Roll, b.Len()
			w.Submit(b)
			if d := answer(); d.Err != nil || d.LastZxid != zxid || d.Records != len(list) || d.Bytes != bytes {
				t.Fatalf("zxid %d: %+v", zxid, d)
			}
			if i == 0 || rolls {
				waitForSpare(w, w.Stats().Segments+1)
			}
		}
		closeWriter(t, w)
		if st := w.Stats(); st.Syncs != rounds || st.Records != zxid || st.Segments != 4 {
			t.Errorf("stats %+v", st)
		}
		if async {
			t.Logf("of %d batches, %d were written and %d synced without the goroutine", rounds, kernel.writes, kernel.syncs)
		}
		if got, _, err := zxids(cfg, 0); err != nil || !slices.Equal(got, upTo(zxid)) {
			t.Errorf("recovered %d records of %d, %v", len(got), zxid, err)
		}
		files := map[string]string{}
		for _, name := range names(t, cfg) {
			files[name] = string(get(t, cfg.FS, filepath.Join(cfg.Dir, name)))
		}
		return files
	}
	everywhere(t, func(t *testing.T, cfg Config) {
		other := cfg
		if other.Dir = t.TempDir(); cfg.FS != (disk.OS{}) {
			other = simConfig(newSim(t))
		}
		alone, together := live(t, other, false), live(t, cfg, true)
		if len(alone) != 4 || len(together) != 4 {
			t.Errorf("%d and %d files", len(alone), len(together))
		}
		for name := range alone {
			if alone[name] != together[name] {
				t.Errorf("%s: %d bytes by the goroutine, %d bytes without, not the same", name, len(alone[name]), len(together[name]))
			}
		}
	})
}

// Reading fills the page cache, which the kernel then has to keep out of the way of writes past it.
func TestAReaderOfTheOpenFileFindsWhatIsAnswered(t *testing.T) {
	everywhere(t, func(t *testing.T, cfg Config) {
		cfg.PreallocBytes, cfg.BatchBytesMax = 1<<20, 64<<10
		w := withZeros(t, cfg)
		signal, err := w.Async()
		if err != nil {
			t.Fatal(err)
		}
		wait, want := watch(t, signal), logFile(rec(1, "x"))
		for z := int64(2); z <= 60; z++ {
			want = append(want, rec(z, value(z))...)
			w.Submit(batch(value(z), z))
			if d := signalled(t, w, wait); d.Err != nil || d.LastZxid != z {
				t.Fatalf("zxid %d: %+v", z, d)
			}
			if z%4 > 1 {
				continue
			}
			if got := get(t, cfg.FS, filepath.Join(cfg.Dir, "log.1")); !isFilled(got, want, cfg) {
				t.Fatalf("zxid %d: the file does not hold what is answered, and zeros", z)
			}
		}
		closeWriter(t, w)
		if got := get(t, cfg.FS, filepath.Join(cfg.Dir, "log.1")); !bytes.Equal(got, want) {
			t.Error("the closed file does not hold what was answered")
		}
	})
}

func TestAnAnswerFromBeforeThereWasASignalIsSignalled(t *testing.T) {
	for i := range 20 {
		w, _ := reopen(t, simConfig(newSim(t)))
		w.Submit(batch("x", 1))
		if i%2 == 0 {
			rest(w)
		}
		signal, err := w.Async()
		if err != nil {
			t.Fatal(err)
		}
		wait := watch(t, signal)
		wait()
		if d := signalled(t, w, wait); d.Err != nil || d.LastZxid != 1 {
			t.Fatalf("%+v", d)
		}
		closeWriter(t, w)
	}
}

// The caller knows its batch durable when it is told, and not before: not after the write, not while the sync is on its way.
func TestABatchIsAnsweredWhenItsSyncHasEnded(t *testing.T) {
	sim := newSim(t)
	cfg := simConfig(sim)
	w := withZeros(t, cfg)
	ended := false
	s := script(t, w, &scripted{end: func(bool) (bool, error) { return ended, nil }})
	for z, body := range []string{"y", strings.Repeat("z", 5000)} {
		waitForSpare(w, w.Stats().Segments+1) // so that the disk rests
		w.Submit(batch(body, int64(z+2)))
		for range 3 {
			w.Poll()
		}
		ended = true
		_, before := sim.Counts()
		if w.step(false); len(w.Committed()) != 0 || s.syncs != z+1 || w.mine.batch == nil {
			t.Fatalf("after the write: %d answers, %d syncs begun", len(w.Committed()), s.syncs)
		}
		ended = false
		for range 3 {
			w.Poll()
		}
		if _, after := sim.Counts(); len(w.Committed()) != 0 || after != before {
			t.Fatalf("while the sync lasts: %d answers, %d syncs made", len(w.Committed()), after-before)
		}
		ended = true
		w.Poll()
		if d := <-w.Committed(); d.Err != nil || d.LastZxid != int64(z+2) {
			t.Fatalf("%+v", d)
		}
		ended = false
		cut := sim.Clone()
		cut.Crash(nil)
		cfg.FS = cut
		if got, _, err := zxids(cfg, 0); err != nil || !slices.Equal(got, upTo(int64(z+2))) {
			t.Fatalf("after a power cut at once: %v, %v", got, err)
		}
	}
	closeWriter(t, w)
}

func TestWhatCannotBeDoneWithoutWaitingIsDoneByTheGoroutine(t *testing.T) {
	for what, c := range map[string]struct {
		refused string // "write" or "sync"
		err     error  // of the write's end
		again   bool   // the next batch is tried
	}{
		"the write is not begun":                             {refused: "write", again: true},
		"the sync is not begun":                              {refused: "sync"},
		"the write would have had to wait, and did half":     {err: unix.EAGAIN, again: true},
		"the write was interrupted":                          {err: unix.EINTR, again: true},
		"the write is not supported":                         {err: unix.EOPNOTSUPP},
		"the write is not possible with that alignment here": {err: unix.EINVAL},
	} {
		t.Run(what, func(t *testing.T) {
			cfg := simConfig(newSim(t))
			w := withZeros(t, cfg)
			once := false
			s := script(t, w, &scripted{
				refuse: func(sync bool) bool {
					if once || c.refused == "" || sync != (c.refused == "sync") {
						return false
					}
					once = true
					return true
				},
				end: func(sync bool) (bool, error) {
					if once || c.err == nil || sync {
						return true, nil
					}
					once = true
					return true, c.err
				},
			})
			want := logFile(rec(1, "x"))
			for z := int64(2); z <= 6; z++ {
				body := strings.Repeat("y", int(z)*400)
				want = append(want, rec(z, body)...)
				before := s.writes
				w.Submit(batch(body, z))
				if d := settled(w); d.Err != nil || d.LastZxid != z || d.Records != 1 {
					t.Fatalf("%+v", d)
				}
				rest(w)
				if tried := s.writes > before; z > 2 && tried != c.again {
					t.Errorf("zxid %d: tried %v", z, tried)
				}
				if !w.stall.since.IsZero() {
					t.Errorf("zxid %d is answered and still told about", z)
				}
				checkSegment(t, w, want)
			}
			closeWriter(t, w)
			if got := get(t, cfg.FS, filepath.Join(cfg.Dir, "log.1")); !bytes.Equal(got, want) {
				t.Errorf("the file has %d bytes, want %d", len(got), len(want))
			}
		})
	}
}

// checkSegment holds what the open segment knows of itself against what its file holds.
func checkSegment(t *testing.T, w *Writer, want []byte) {
	t.Helper()
	s := w.own.seg
	size, err := s.f.Size()
	if err != nil || s.size != size || s.end != int64(len(want)) {
		t.Errorf("size %d, end %d; the file has %d bytes, of which %d are used; %v", s.size, s.end, size, len(want), err)
	}
	if head := s.end % s.block; !bytes.Equal(s.room[:head], want[s.end-head:]) {
		t.Error("the room does not begin with the last block's bytes")
	}
}

func TestAnErrorOfAWriteOrSyncWithoutTheGoroutineEndsTheLogToo(t *testing.T) {
	for _, c := range []struct {
		sync bool
		err  syscall.Errno
	}{
		{false, unix.EIO},
		{false, unix.ENOSPC},
		{false, unix.EBADF},
		{true, unix.EIO},
		// No later sync makes up for one that failed, whatever with.
		{true, unix.EAGAIN},
		{true, unix.EINVAL},
		{true, unix.EOPNOTSUPP},
	} {
		t.Run(fmt.Sprintf("sync %v, %v", c.sync, c.err), func(t *testing.T) {
			sim := newSim(t)
			cfg := simConfig(sim)
			w := withZeros(t, cfg)
			waitForSpare(w, 2)
			s := script(t, w, &scripted{end: func(sync bool) (bool, error) {
				if sync == c.sync {
					return true, c.err
				}
				return true, nil
			}})
			later := atomic.Int32{}
			var first error
			for z := int64(2); z <= 5; z++ {
				b := batch("y", z)
				b.Roll = z == 4
				w.Submit(b)
				d := settled(w)
				if !errors.Is(d.Err, c.err) || d.LastZxid != z || (first != nil && d.Err != first) { //nolint:errorlint // the very same error
					t.Fatalf("zxid %d: %+v, first was %v", z, d, first)
				}
				if first == nil {
					first = d.Err
					sim.SetFault(func(disk.Call) error { later.Add(1); return nil })
				}
				w.Poll()
			}
			place := map[bool]string{false: "wal: write /data/version-2/log.1 at byte 62: ", true: "wal: sync /data/version-2/log.1: "}[c.sync]
			if !strings.HasPrefix(first.Error(), place) {
				t.Errorf("said %v, want %s…", first, place)
			}
			if !w.stall.since.IsZero() {
				t.Error("what is answered is still told about")
			}
			if err := w.Close(); !errors.Is(err, first) {
				t.Errorf("Close said %v", err)
			}
			if n := later.Load(); n != 0 || s.writes != 1 {
				t.Errorf("after the failure %d calls on the disk, %d writes begun", n, s.writes)
			}
			if st := w.Stats(); st.Records != 1 || st.Segments != 1 {
				t.Errorf("stats %+v", st)
			}
			sim.SetFault(nil)
			if got, _, err := zxids(cfg, 0); err != nil || len(got) < 1 || len(got) > 2 {
				t.Errorf("recovered %v, %v", got, err)
			}
		})
	}
}

// An error of the goroutine ends it as well for the one who submits.
func TestAfterAnErrorOfTheGoroutineNothingIsBegun(t *testing.T) {
	sim := newSim(t)
	cfg := simConfig(sim)
	w := withZeros(t, cfg)
	s := script(t, w, &scripted{refuse: func(bool) bool { return true }})
	sim.SetFault(func(c disk.Call) error {
		if strings.HasSuffix(c.Name, "log.1") {
			return syscall.EIO
		}
		return nil
	})
	for z := int64(2); z <= 4; z++ {
		w.Submit(batch("y", z))
		if d := settled(w); !errors.Is(d.Err, syscall.EIO) {
			t.Fatalf("zxid %d: %+v", z, d)
		}
		s.refuse = nil
	}
	if err := w.Close(); !errors.Is(err, syscall.EIO) || s.writes != 0 {
		t.Errorf("Close said %v, %d writes were begun", err, s.writes)
	}
}

func TestSettleAndCloseWaitForABatchOnItsWay(t *testing.T) {
	for what, end := range map[string]error{"and it ends well": nil, "and it goes to the goroutine": unix.EAGAIN} {
		t.Run(what, func(t *testing.T) {
			cfg := simConfig(newSim(t))
			w := withZeros(t, cfg)
			w.Settle() // there is nothing to wait for
			asked := 0
			script(t, w, &scripted{end: func(sync bool) (bool, error) {
				if asked++; asked%4 != 0 {
					return false, nil
				}
				if sync {
					return true, nil
				}
				return true, end
			}})
			w.Settle()
			w.Submit(batch("y", 2))
			w.Poll()
			if w.Settle(); w.mine.batch != nil {
				t.Error("settled with a batch on its way")
			}
			if d := <-w.Committed(); d.Err != nil || d.LastZxid != 2 {
				t.Fatalf("%+v", d)
			}
			rest(w)
			w.Submit(batch("z", 3))
			if w.mine.batch == nil {
				t.Fatal("not begun")
			}
			closeWriter(t, w)
			var got []int64
			for d := range w.Committed() {
				if d.Err != nil {
					t.Errorf("%+v", d)
				}
				got = append(got, d.LastZxid)
			}
			if !slices.Equal(got, []int64{3}) {
				t.Errorf("answered %v", got)
			}
			want := logFile(rec(1, "x"), rec(2, "y"), rec(3, "z"))
			if got := get(t, cfg.FS, filepath.Join(cfg.Dir, "log.1")); !bytes.Equal(got, want) {
				t.Errorf("the file holds\n%x, want\n%x", got, want)
			}
			w.Poll() // after the end, there is nothing to go on with
		})
	}
}

func TestCloseReportsThatTheBatchOnItsWayFailed(t *testing.T) {
	cfg := simConfig(newSim(t))
	w := withZeros(t, cfg)
	script(t, w, &scripted{end: func(bool) (bool, error) { return true, unix.EIO }})
	w.Submit(batch("y", 2))
	if err := w.Close(); !errors.Is(err, unix.EIO) {
		t.Errorf("Close said %v", err)
	}
	if d := <-w.Committed(); !errors.Is(d.Err, unix.EIO) || d.LastZxid != 2 {
		t.Errorf("%+v", d)
	}
	if d, open := <-w.Committed(); open {
		t.Errorf("another answer: %+v", d)
	}
}

func TestASecondBatchBeforeTheFirstIsAnsweredPanics(t *testing.T) {
	w := withZeros(t, simConfig(newSim(t)))
	script(t, w, &scripted{})
	w.Submit(batch("y", 2))
	func() {
		defer func() {
			if recover() == nil {
				t.Error("no panic")
			}
		}()
		w.Submit(batch("z", 3))
	}()
	closeWriter(t, w)
}

func TestAWriteWithoutTheGoroutineThatLastsIsToldAbout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		said := &tally{}
		cfg := simConfig(newSim(t))
		cfg.Log, cfg.SlowSync = slog.New(slog.NewTextHandler(said, nil)), 2*time.Second
		w := withZeros(t, cfg)
		ended := false
		script(t, w, &scripted{end: func(bool) (bool, error) { return ended, nil }})
		w.Submit(batch("y", 2))
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if got := said.lines.Load(); got != 2 || w.Stats().Stalls != 1 {
			t.Errorf("%d lines, %d counted", got, w.Stats().Stalls)
		}
		ended = true
		if d := settled(w); d.Err != nil {
			t.Fatal(d.Err)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if got := said.lines.Load(); got != 2 {
			t.Errorf("%d lines after the end", got)
		}
		closeWriter(t, w)
	})
}

// Batches go one way or the other, some of them wait in the queue of the goroutine, and a Roll or the end of the zeros comes at
// any time.
func TestHoweverTheTwoAlternateTheOrderIsKept(t *testing.T) {
	for seed := range uint64(18) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 3))
			cfg := simConfig(newSim(t))
			cfg.PreallocBytes = []int64{-1, 64 << 10, 1 << 20}[seed%3]
			cfg.SegmentBytesMax = []int64{0, 40_000}[seed/3%2]
			w, _ := reopen(t, cfg)
			s := script(t, w, dice(rng))
			submitted, answered := int64(0), int64(0)
			take := func(d Done) {
				if answered++; d.Err != nil || d.LastZxid != answered {
					t.Fatalf("after %d: %+v", answered-1, d)
				}
			}
			for answered < 150 {
				if submitted < 150 && w.mine.batch == nil && submitted-answered < 4 && rng.IntN(3) > 0 {
					submitted++
					b := batch(value(submitted), submitted)
					b.Roll = rng.IntN(20) == 0
					w.Submit(b)
				}
				w.Poll()
				select {
				case d := <-w.Committed():
					take(d)
				default:
				}
				switch {
				case submitted > answered && rng.IntN(20) == 0:
					take(settled(w))
				case submitted == answered && cfg.PreallocBytes > 0 && rng.IntN(4) == 0:
					waitForNext(w)
				}
			}
			closeWriter(t, w)
			l := life{cfg: cfg, submitted: submitted, answered: answered}
			l.check(t)
			t.Logf("%d of 150 writes were begun without the goroutine", s.writes)
		})
	}
}

// At each call on the disk, by whomever, the power is cut on a copy of it.
func TestPowerCutAtAnyCallLosesNothingThatWasAnsweredWithoutTheGoroutine(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 4))
			sim := newSim(t)
			sim.SetSector([]int64{512, 4096}[seed%2])
			cfg := crashConfig(sim, []int64{128 << 10, 64 << 10}[seed/2%2])
			var submitted, answered atomic.Int64
			var cuts atomic.Int64
			sim.SetGate(func(disk.Call) {
				l := life{cfg: cfg, answered: answered.Load()} // before the copy is made: more may be answered since
				cut := sim.Clone()
				l.submitted = submitted.Load()
				cut.Crash(survival(seed, int(cuts.Add(1))))
				l.cfg.FS = cut
				l.check(t)
			})
			w, _ := reopen(t, cfg)
			waitForSpare(w, 1)
			s := script(t, w, dice(rng))
			for i := range 40 {
				b := NewBatch()
				for n := 1 + rng.IntN(4); n > 0 && b.Len() <= cfg.BatchBytesMax; n-- {
					z := submitted.Load() + int64(b.Count()) + 1
					b.Finish(append(b.Start(), payload(z, value(z))...), z)
				}
				b.Roll = i%16 == 15
				last := b.LastZxid
				submitted.Store(last)
				w.Submit(b)
				d := settled(w)
				if d.Err != nil || d.LastZxid != last {
					t.Fatalf("zxid %d: %+v", last, d)
				}
				answered.Store(last)
				if i%5 == 0 {
					waitForNext(w)
				}
			}
			closeWriter(t, w)
			sim.SetGate(nil)
			l := life{cfg: cfg, submitted: submitted.Load(), answered: answered.Load()}
			l.check(t)
			t.Logf("%d power cuts, %d of 40 writes begun without the goroutine", cuts.Load(), s.writes)
			if s.writes == 0 {
				t.Error("no write was begun without the goroutine")
			}
		})
	}
}

// One call on the disk fails, whoever makes it, and the power is cut afterwards.
func TestARandomFailureLosesNothingThatWasAnsweredWithoutTheGoroutine(t *testing.T) {
	failures := 0
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 5))
		sim := newSim(t)
		l := &life{cfg: crashConfig(sim, 64<<10)}
		w, _ := reopen(t, l.cfg)
		waitForSpare(w, 1)
		script(t, w, dice(rng))
		calls, _ := sim.Counts()
		errno := []syscall.Errno{syscall.EIO, syscall.ENOSPC}[seed%2]
		sim.SetFault(disk.FailAtCall(calls+1+rng.IntN(50), errno))
		var failed error
		for z := int64(1); z <= 30; z++ {
			b := batch(value(z), z)
			b.Roll = rng.IntN(12) == 0
			if failed == nil {
				l.submitted = z
			}
			w.Submit(b)
			d := settled(w)
			switch {
			case d.LastZxid != z || (failed != nil && d.Err != failed): //nolint:errorlint // the very same error
				t.Fatalf("seed %d, zxid %d: %+v, after %v", seed, z, d, failed)
			case d.Err == nil:
				l.answered = z
			case !errors.Is(d.Err, errno):
				t.Fatalf("seed %d, zxid %d: %v", seed, z, d.Err)
			}
			failed = d.Err
		}
		if err := w.Close(); failed != nil && !errors.Is(err, failed) {
			t.Errorf("seed %d: Close said %v after %v", seed, err, failed)
		}
		if failed != nil {
			failures++
		}
		sim.Crash(survival(seed%4, int(seed)))
		l.check(t)
		if err := l.serve(1); err != nil {
			t.Fatalf("seed %d: after the crash: %v", seed, err)
		}
		l.check(t)
	}
	t.Logf("%d logs ended by a failure", failures)
	if failures == 0 {
		t.Error("no failure came to the log")
	}
}
