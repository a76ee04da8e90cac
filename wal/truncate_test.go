package wal

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"paddock/disk"
)

func truncatable(t *testing.T, d disk.FS, dir string) {
	t.Helper()
	for name, data := range map[string][]byte{
		"log.1": logFile(recs(1, 3), zeros(99)), "log.4": logFile(recs(4, 6)), "log.7": logFile(recs(7, 9)), "log.a": logFile(),
	} {
		put(t, d, filepath.Join(dir, name), data)
	}
}

func TestTruncateAfterCutsBehindTheTransaction(t *testing.T) {
	everywhere(t, func(t *testing.T, cfg Config) {
		for _, zxid := range []int64{9, 8, 6, 5, 4, 3, 1} { // from back to front, on the same log
			truncatable(t, cfg.FS, cfg.Dir)
			if err := TruncateAfter(cfg, zxid); err != nil {
				t.Fatal(err)
			}
			got, pos, err := zxids(cfg, 0)
			if err != nil || !slices.Equal(got, upTo(zxid)) {
				t.Fatalf("after %d: %v, %v", zxid, got, err)
			}
			goesOn(t, cfg, pos, 0, got)
			if err := cfg.FS.Remove(filepath.Join(cfg.Dir, logName(zxid+1))); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestTruncateAfterNeedsTheTransaction(t *testing.T) {
	s := newSim(t)
	if err := TruncateAfter(simConfig(s), 1); err == nil || !strings.Contains(err.Error(), "no log files") {
		t.Errorf("an empty folder: %v", err)
	}
	truncatable(t, s, simDir)
	before := names(t, simConfig(s))
	for _, zxid := range []int64{0, 10, 99} {
		if err := TruncateAfter(simConfig(s), zxid); err == nil || !strings.Contains(err.Error(), "is not in") {
			t.Errorf("zxid %d: %v", zxid, err)
		}
	}
	if got := names(t, simConfig(s)); !slices.Equal(got, before) {
		t.Errorf("a refused truncation left %v of %v", got, before)
	}
}

func TestPowerCutWhileTruncatingLeavesALogWithoutAGap(t *testing.T) {
	for seed := range uint64(6) {
		for k, cut := 1, true; cut; k++ {
			s := newSim(t)
			truncatable(t, s, simDir)
			_, syncs := s.Counts()
			s.SetFault(disk.CutAtSync(syncs + k))
			err := TruncateAfter(simConfig(s), 2)
			if cut = err != nil; cut && !errors.Is(err, disk.ErrPowerCut) {
				t.Fatal(err)
			}
			s.Crash(survival(seed, k))
			got, _, err := zxids(simConfig(s), 0)
			if err != nil || len(got) < 2 || !slices.Equal(got, upTo(int64(len(got)))) || (!cut && len(got) != 2) {
				t.Fatalf("seed %d, cut before sync %d: %v, %v", seed, k, got, err)
			}
		}
	}
}
