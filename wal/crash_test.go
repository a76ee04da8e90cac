package wal

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"

	"paddock/disk"
)

// life is what one server's lives have submitted and been told.
type life struct {
	cfg       Config
	submitted int64 // the last zxid
	answered  int64 // the last zxid of a Done without error
}

// value is the body that a zxid is written with: from nothing to two pages, so that batches lie across pages.
func value(zxid int64) string {
	return strings.Repeat(fmt.Sprintf("v%d.", zxid), int(zxid*zxid%17)*int(zxid%5)*20)
}

// serve recovers, opens, submits some batches, and closes; any error ends this life.
func (l *life) serve(rounds int) error {
	_, pos, err := zxids(l.cfg, 0)
	if err != nil {
		return err
	}
	w, err := Open(l.cfg, pos)
	if err != nil {
		return err
	}
	l.submitted = pos.LastZxid
	for i := range rounds {
		b := NewBatch()
		for n := 1 + (i*7)%6; n > 0 && b.Len() <= l.cfg.BatchBytesMax; n-- {
			l.submitted++
			b.Finish(append(b.Start(), payload(l.submitted, value(l.submitted))...), l.submitted)
		}
		b.Roll = i%4 == 3
		w.Submit(b)
		if d := <-w.Committed(); d.Err != nil {
			return errors.Join(d.Err, w.Close())
		}
		l.answered = l.submitted
	}
	return w.Close()
}

// check recovers after a crash: exactly a prefix of what was submitted, with all that was answered, byte for byte.
func (l *life) check(t *testing.T) {
	t.Helper()
	next := int64(1)
	pos, err := Recover(l.cfg, 0, func(zxid int64, p []byte) error {
		if zxid != next || string(p) != string(payload(zxid, value(zxid))) {
			return fmt.Errorf("found zxid %d with %d bytes where %d belongs", zxid, len(p), next)
		}
		next++
		return nil
	})
	if err != nil {
		t.Fatalf("recovery: %v", err)
	}
	if pos.LastZxid < l.answered || pos.LastZxid > l.submitted {
		t.Fatalf("recovered up to %d; answered up to %d, submitted up to %d", pos.LastZxid, l.answered, l.submitted)
	}
}

func crashConfig(s *disk.Sim, prealloc int64) Config {
	return Config{Dir: simDir, FS: s, PreallocBytes: prealloc, BatchBytesMax: 16 << 10, SegmentBytesMax: 40 << 10}
}

// Three lives: one that ends well, one whose power is cut before its k-th sync, one that goes on from there and is cut too.
func TestPowerCutBeforeEverySyncLosesNothingThatWasAnswered(t *testing.T) {
	for _, sector := range []int64{512, 4096} {
		for _, prealloc := range []int64{-1, 24 << 10} {
			for seed := range uint64(6) {
				t.Run(fmt.Sprintf("sector %d, prealloc %d, what survives %d", sector, prealloc, seed), func(t *testing.T) {
					for k, cut := 1, true; cut; k++ {
						cut = cutBefore(t, k, seed, sector, prealloc)
					}
				})
			}
		}
	}
}

func cutBefore(t *testing.T, k int, seed uint64, sector, prealloc int64) (cut bool) {
	t.Helper()
	s := newSim(t)
	s.SetSector(sector)
	l := &life{cfg: crashConfig(s, prealloc)}
	if err := l.serve(3); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		_, syncs := s.Counts()
		s.SetFault(disk.CutAtSync(syncs + k))
		err := l.serve(9)
		if err != nil && !errors.Is(err, disk.ErrPowerCut) {
			t.Fatalf("cut before sync %d: %v", k, err)
		}
		cut = cut || err != nil
		s.Crash(survival(seed, k))
		l.check(t)
	}
	if err := l.serve(2); err != nil {
		t.Fatalf("after the cut before sync %d: %v", k, err)
	}
	l.check(t)
	return cut
}

// survival says what of the unsynced outlives a crash: nothing, everything, or what a coin says.
func survival(seed uint64, k int) func() bool {
	switch seed {
	case 0:
		return nil
	case 1:
		return func() bool { return true }
	}
	rng := rand.New(rand.NewPCG(seed, uint64(k)))
	return func() bool { return rng.IntN(2) == 0 }
}

func TestAnyFailingCallLosesNothingThatWasAnswered(t *testing.T) {
	for _, prealloc := range []int64{-1, 24 << 10} {
		for _, errno := range []syscall.Errno{syscall.EIO, syscall.ENOSPC} {
			t.Run(fmt.Sprintf("prealloc %d, %v", prealloc, errno), func(t *testing.T) {
				for k, reached := 1, true; reached; k++ {
					reached = failAt(t, k, prealloc, errno)
				}
			})
		}
	}
}

func failAt(t *testing.T, k int, prealloc int64, errno syscall.Errno) (reached bool) {
	t.Helper()
	s := newSim(t)
	l := &life{cfg: crashConfig(s, prealloc)}
	if err := l.serve(2); err != nil {
		t.Fatal(err)
	}
	calls, _ := s.Counts()
	s.SetFault(disk.FailAtCall(calls+k, errno))
	if err := l.serve(9); err != nil && !errors.Is(err, errno) {
		t.Fatalf("call %d: %v", k, err)
	}
	after, _ := s.Counts()
	s.Crash(survival(uint64(k%4), k))
	l.check(t)
	if err := l.serve(1); err != nil {
		t.Fatalf("after call %d failed: %v", k, err)
	}
	l.check(t)
	return after >= calls+k
}

func TestAFailedWriteOrSyncEndsTheWriterForGood(t *testing.T) {
	for _, op := range []disk.Op{disk.OpWrite, disk.OpSync, disk.OpRename, disk.OpSyncDir} {
		t.Run(string(op), func(t *testing.T) {
			s := newSim(t)
			cfg := simConfig(s)
			cfg.PreallocBytes = -1
			w, _ := reopen(t, cfg)
			commit(t, w, batch("", 1))
			failed, later := false, 0
			s.SetFault(func(c disk.Call) error {
				if failed {
					later++
				}
				if c.Op == op && !failed {
					failed = true
					return syscall.EIO
				}
				return nil
			})
			var first error
			for z := int64(2); z <= 4; z++ {
				b := batch("", z)
				b.Roll = true
				w.Submit(b)
				d := <-w.Committed()
				if !errors.Is(d.Err, syscall.EIO) || (first != nil && d.Err != first) { //nolint:errorlint // the very same error
					t.Fatalf("zxid %d: %v, first was %v", z, d.Err, first)
				}
				first = d.Err
			}
			if err := w.Close(); !errors.Is(err, syscall.EIO) {
				t.Errorf("close said %v", err)
			}
			s.SetFault(nil)
			if later > 0 {
				t.Errorf("%d calls on the disk after the failed %s", later, op)
			}
			if got, _, err := zxids(cfg, 0); err != nil || len(got) < 1 || len(got) > 2 {
				t.Errorf("recovered %v, %v", got, err)
			}
		})
	}
}
