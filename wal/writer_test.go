package wal

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"paddock/disk"
)

// isFilled tells whether a file holds what is used and zeros behind it, to the end of the block where a filled segment ends.
func isFilled(file, used []byte, cfg Config) bool {
	rest, found := bytes.CutPrefix(file, used)
	more := int64(len(file)) - headerBytes - cfg.PreallocBytes
	return found && 0 <= more && more < 4096 && len(bytes.Trim(rest, "\x00")) == 0
}

// waitForSpare gives the helper the time it needs; it ends with the test's own deadline.
func waitForSpare(w *Writer, n int64) {
	for w.Stats().Spares < n {
		time.Sleep(time.Millisecond)
	}
}

func TestWhatIsCommittedIsRecovered(t *testing.T) {
	everywhere(t, func(t *testing.T, cfg Config) {
		w, _ := reopen(t, cfg)
		commit(t, w, batch("a", 1, 2, 3))
		commit(t, w, batch("b", 4))
		b := batch("c", 5, 6)
		b.Roll = true
		commit(t, w, b)
		closeWriter(t, w)
		w, got := reopen(t, cfg)
		if !slices.Equal(got, upTo(6)) {
			t.Fatalf("recovered %v", got)
		}
		commit(t, w, batch("d", 7))
		closeWriter(t, w)
		if got := fmt.Sprint(names(t, cfg)); !strings.Contains(got, "log.5") || !strings.Contains(got, "log.7") {
			t.Fatalf("the folder holds %s", got)
		}
		if got, _, err := zxids(cfg, 0); err != nil || !slices.Equal(got, upTo(7)) {
			t.Fatalf("recovered %v, %v", got, err)
		}
	})
}

func TestTheBytesAreApaches(t *testing.T) {
	everywhere(t, func(t *testing.T, cfg Config) {
		w, _ := reopen(t, cfg)
		waitForSpare(w, 1)
		commit(t, w, batch("x", 1, 2))
		commit(t, w, batch("x", 3))
		used := logFile(recs(1, 3))
		if got := get(t, cfg.FS, filepath.Join(cfg.Dir, "log.1")); !isFilled(got, used, cfg) {
			t.Errorf("while open, the file holds %d bytes\n%x", len(got), got[:200])
		}
		closeWriter(t, w)
		if got := get(t, cfg.FS, filepath.Join(cfg.Dir, "log.1")); !bytes.Equal(got, used) {
			t.Errorf("after the close, the file holds\n%x, want\n%x", got, used)
		}
	})
}

func TestACleanStopLeavesLogFilesOnly(t *testing.T) {
	everywhere(t, func(t *testing.T, cfg Config) {
		w, _ := reopen(t, cfg)
		waitForSpare(w, 1)
		commit(t, w, batch("", 1))
		closeWriter(t, w)
		if got := names(t, cfg); !slices.Equal(got, []string{"log.1"}) {
			t.Fatalf("the folder holds %v", got)
		}
		w, _ = reopen(t, cfg)
		closeWriter(t, w)
		if got := names(t, cfg); !slices.Equal(got, []string{"log.1"}) {
			t.Fatalf("after a life without a write the folder holds %v", got)
		}
	})
}

func TestOpenCutsTheTornTailAndRemovesLeftovers(t *testing.T) {
	everywhere(t, func(t *testing.T, cfg Config) {
		for name, data := range map[string][]byte{
			"log.1": logFile(recs(1, 3), rec(4, "")[:20], zeros(999)), "log.4": logFile(), "log.5": {},
			"paddock.spare-1": zeros(99), "paddock.spare-now": logFile(recs(4, 4)), "log.4.bak": {1},
		} {
			put(t, cfg.FS, filepath.Join(cfg.Dir, name), data)
		}
		cfg.PreallocBytes = -1
		w, _ := reopen(t, cfg)
		if got := get(t, cfg.FS, filepath.Join(cfg.Dir, "log.1")); !bytes.Equal(got, logFile(recs(1, 3))) {
			t.Errorf("the torn file is %d bytes long", len(got))
		}
		if got := names(t, cfg); !slices.Equal(got, []string{"log.1", "log.4.bak", "paddock.cut.3"}) {
			t.Errorf("the folder holds %v", got)
		}
		closeWriter(t, w)
	})
}

func TestOpenMakesDurableWhatWasRead(t *testing.T) {
	s := newSim(t)
	f, err := s.Create(simDir + "/log.1") // by a server that was killed before its sync
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(logFile(recs(1, 3)), 0); err != nil {
		t.Fatal(err)
	}
	w, got := reopen(t, simConfig(s))
	s.Crash(nil)
	_ = w.Close()
	if again, _, err := zxids(simConfig(s), 0); err != nil || !slices.Equal(again, got) || len(got) != 3 {
		t.Fatalf("read %v, and after a power cut %v, %v", got, again, err)
	}
}

// A sync that failed leaves pages that are read and not on the disk, and the next sync of them does nothing.
func TestWhatAFailedSyncLeftIsDurableBeforeTheLogGoesOn(t *testing.T) {
	s := newSim(t)
	cfg := simConfig(s)
	cfg.PreallocBytes = -1
	w, _ := reopen(t, cfg)
	commit(t, w, batch("", 1))
	s.SetFault(func(c disk.Call) error {
		if c.Op == disk.OpSync {
			return syscall.EIO
		}
		return nil
	})
	w.Submit(batch("", 2, 3))
	if d := <-w.Committed(); !errors.Is(d.Err, syscall.EIO) {
		t.Fatal(d.Err)
	}
	_ = w.Close()
	s.SetFault(nil)
	w, got := reopen(t, cfg)
	if !slices.Equal(got, upTo(3)) {
		t.Fatalf("read %v", got)
	}
	commit(t, w, batch("", 4))
	s.Crash(nil)
	_ = w.Close()
	if got, _, err := zxids(cfg, 0); err != nil || !slices.Equal(got, upTo(4)) {
		t.Fatalf("after a power cut %v, %v", got, err)
	}
}

// A name in service must never be seen without a durable first batch behind it.
func TestASegmentGetsItsNameAfterItsFirstBatchIsDurable(t *testing.T) {
	s := newSim(t)
	cfg := simConfig(s)
	cfg.PreallocBytes = -1
	w, _ := reopen(t, cfg)
	var ops []string
	s.SetFault(func(c disk.Call) error {
		ops = append(ops, string(c.Op)+" "+filepath.Base(c.Name))
		return nil
	})
	commit(t, w, batch("", 1))
	commit(t, w, batch("", 2))
	s.SetFault(nil)
	want := []string{
		"create paddock.spare-now", "write paddock.spare-now", "sync paddock.spare-now",
		"rename paddock.spare-now", "syncdir version-2",
		"write log.1", "sync log.1",
	}
	if !slices.Equal(ops, want) {
		t.Errorf("calls\n%q, want\n%q", ops, want)
	}
	closeWriter(t, w)
}

func TestAFilledSegmentGivesWayToTheSpareOne(t *testing.T) {
	everywhere(t, func(t *testing.T, cfg Config) {
		cfg.PreallocBytes = 8000 // two pages
		cfg.BatchBytesMax = 10_000
		w, _ := reopen(t, cfg)
		waitForSpare(w, 1)
		commit(t, w, batch(strings.Repeat("x", 5000), 1))
		waitForSpare(w, 2)
		commit(t, w, batch("x", 2))                       // fits
		commit(t, w, batch(strings.Repeat("x", 5000), 3)) // does not
		waitForSpare(w, 3)
		closeWriter(t, w)
		if got := names(t, cfg); !slices.Equal(got, []string{"log.1", "log.3"}) {
			t.Fatalf("the folder holds %v", got)
		}
		if got := get(t, cfg.FS, filepath.Join(cfg.Dir, "log.1")); len(got) > 5200 || got[len(got)-1] != 'B' {
			t.Errorf("the old segment kept its zeros: %d bytes", len(got))
		}
	})
}

func TestAServerWithoutRoomForASpareGoesOnWithoutIt(t *testing.T) {
	s := newSim(t)
	s.SetCapacity(5000) // a spare would take three pages and more
	w, _ := reopen(t, simConfig(s))
	commit(t, w, batch("x", 1))
	for w.Stats().SpareErrors == 0 {
		time.Sleep(time.Millisecond)
	}
	commit(t, w, batch("x", 2))
	if st := w.Stats(); st.Spares != 0 || st.Segments != 1 {
		t.Errorf("stats %+v", st)
	}
	closeWriter(t, w)
	if got := names(t, simConfig(s)); !slices.Equal(got, []string{"log.1"}) {
		t.Errorf("the folder holds %v", got)
	}
}

func TestTheFirstSegmentDoesNotWaitForZeros(t *testing.T) {
	s := newSim(t)
	filling, answered := make(chan struct{}), make(chan struct{})
	w, _ := reopen(t, simConfig(stalling{s, filling, answered}))
	<-filling
	commit(t, w, batch("x", 1)) // while the zeros wait for this very answer
	close(answered)
	waitForSpare(w, 1)
	b := batch("x", 2) // out of zeros, and a spare is ready
	commit(t, w, b)
	closeWriter(t, w)
	if got := names(t, simConfig(s)); !slices.Equal(got, []string{"log.1", "log.2"}) {
		t.Errorf("the folder holds %v", got)
	}
}

// stalling holds back the creation of the first spare: it says so, then waits.
type stalling struct {
	*disk.Sim
	reached, goOn chan struct{}
}

func (s stalling) CreateDirect(name string) (disk.File, int64, error) {
	if filepath.Base(name) == sparePrefix+"1" {
		close(s.reached)
		<-s.goOn
	}
	return s.Sim.CreateDirect(name)
}

func TestSegmentBytesMaxRollsAfterTheBatchThatExceedsIt(t *testing.T) {
	everywhere(t, func(t *testing.T, cfg Config) {
		cfg.SegmentBytesMax, cfg.PreallocBytes = 100, -1
		w, _ := reopen(t, cfg)
		for z := range int64(6) {
			commit(t, w, batch("x", z+1)) // 46 bytes each, behind 16
		}
		closeWriter(t, w)
		if got := names(t, cfg); !slices.Equal(got, []string{"log.1", "log.3", "log.5"}) {
			t.Fatalf("the folder holds %v", got)
		}
	})
}

func TestWithoutForceSyncNothingIsSynced(t *testing.T) {
	s := newSim(t)
	cfg := simConfig(s)
	cfg.NoSync = true
	_, before := s.Counts()
	w, _ := reopen(t, cfg)
	commit(t, w, batch("x", 1))
	closeWriter(t, w)
	if _, after := s.Counts(); after != before {
		t.Errorf("%d syncs", after-before)
	}
	if got, _, err := zxids(cfg, 0); err != nil || !slices.Equal(got, upTo(1)) {
		t.Fatalf("recovered %v, %v", got, err)
	}
}

func TestBatchesMayQueueAndAreAnsweredInOrder(t *testing.T) {
	everywhere(t, func(t *testing.T, cfg Config) {
		w, _ := reopen(t, cfg)
		for z := range int64(queueMax - 1) {
			w.Submit(batch("x", z+1))
		}
		closeWriter(t, w)
		var got []int64
		for d := range w.Committed() {
			if d.Err != nil || d.Records != 1 || d.Bytes != 46 {
				t.Errorf("done %+v", d)
			}
			got = append(got, d.LastZxid)
		}
		if !slices.Equal(got, upTo(queueMax-1)) {
			t.Fatalf("answers %v", got)
		}
	})
}

func TestSlowSyncsAreLoggedAndCountedAndStatsAddUp(t *testing.T) {
	var out bytes.Buffer
	cfg := simConfig(newSim(t))
	cfg.PreallocBytes = -1
	cfg.Log = slog.New(slog.NewTextHandler(&out, nil))
	now := time.Unix(0, 0)
	steps := []time.Duration{0, 700 * time.Millisecond, 0, 1300 * time.Millisecond}
	cfg.Now = func() time.Time {
		now = now.Add(steps[0])
		steps = steps[1:]
		return now
	}
	w, _ := reopen(t, cfg)
	commit(t, w, batch("x", 1, 2, 3))
	commit(t, w, batch("x", 4))
	closeWriter(t, w)
	want := Stats{
		Syncs: 2, SyncTime: 2 * time.Second, SyncTimeMax: 1300 * time.Millisecond, SlowSyncs: 1,
		Records: 4, BatchMax: 3, Bytes: 4 * 46, Segments: 1, SegmentBytes: 16 + 4*46,
	}
	if got := w.Stats(); got != want {
		t.Errorf("stats %+v, want %+v", got, want)
	}
	if log := out.String(); strings.Count(log, "\n") != 1 || !strings.Contains(log, "took=1.3s") {
		t.Errorf("logged %q", log)
	}
}

func TestBrokenInvariantsPanic(t *testing.T) {
	cfg := simConfig(newSim(t))
	w, _ := reopen(t, cfg)
	defer closeWriter(t, w)
	long := batch(strings.Repeat("x", 400), 1, 2)
	for name, f := range map[string]func(){
		"a payload too short for a header":      func() { b := NewBatch(); b.Finish(append(b.Start(), 1, 2, 3), 1) },
		"a payload of another zxid":             func() { b := NewBatch(); b.Finish(append(b.Start(), payload(2, "")...), 1) },
		"a gap within a batch":                  func() { batch("", 1, 3) },
		"an empty batch":                        func() { w.Submit(NewBatch()) },
		"a record that starts beyond the limit": func() { w.Submit(long) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			f()
		})
	}
}

func TestAnAbandonedRecordIsForgotten(t *testing.T) {
	cfg := simConfig(newSim(t))
	w, _ := reopen(t, cfg)
	b := batch("x", 1)
	_ = append(b.Start(), payload(77, "never finished")...)
	b.Finish(append(b.Start(), payload(2, "y")...), 2)
	if b.FirstZxid != 1 || b.LastZxid != 2 || b.Count() != 2 || b.Len() != 2*46 {
		t.Errorf("batch %+v", b)
	}
	commit(t, w, b)
	NewBatch().Release()
	closeWriter(t, w)
	if got, _, err := zxids(cfg, 0); err != nil || !slices.Equal(got, upTo(2)) {
		t.Fatalf("recovered %v, %v", got, err)
	}
}
