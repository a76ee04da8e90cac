package wal

import (
	"bytes"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"paddock/disk"
)

func TestASpareIsAHeaderAndZerosSyncedChunkByChunk(t *testing.T) {
	everywhere(t, func(t *testing.T, cfg Config) {
		cfg.PreallocBytes = 2*chunkBytes + 5000
		sim, isSim := cfg.FS.(*disk.Sim)
		syncs := 0
		if isSim {
			sim.SetFault(func(c disk.Call) error {
				if c.Op == disk.OpSync && strings.Contains(c.Name, sparePrefix) {
					syncs++
				}
				return nil
			})
		}
		w, err := Open(cfg, Position{})
		if err != nil {
			t.Fatal(err)
		}
		waitForSpare(w, 1)
		if got := get(t, cfg.FS, filepath.Join(cfg.Dir, sparePrefix+"1")); !isFilled(got, appendHeader(nil), cfg) {
			t.Errorf("the spare holds %d bytes, not a header and %d zeros", len(got), cfg.PreallocBytes)
		}
		if isSim {
			sim.SetFault(nil)
			if syncs != 3 {
				t.Errorf("%d syncs for three chunks", syncs)
			}
		}
		closeWriter(t, w)
		if got := names(t, cfg); len(got) != 0 {
			t.Errorf("the close left %v", got)
		}
	})
}

func TestHelperFilesAreNothingApacheTakesForItsOwn(t *testing.T) {
	for _, prefix := range []string{"log.", "snapshot.", "log", "snapshot"} {
		if strings.HasPrefix(sparePrefix, prefix) {
			t.Errorf("%s begins with %s", sparePrefix, prefix)
		}
	}
}

func TestOldSegmentsAreCutEvenWhenManyRollAtOnce(t *testing.T) {
	everywhere(t, func(t *testing.T, cfg Config) {
		w, _ := reopen(t, cfg)
		for z := range int64(40) { // more than the helper's queue holds
			b := batch("x", z+1)
			b.Roll = true
			commit(t, w, b)
		}
		closeWriter(t, w)
		for z := range int64(40) {
			if got := get(t, cfg.FS, filepath.Join(cfg.Dir, logName(z+1))); !bytes.Equal(got, logFile(rec(z+1, "x"))) {
				t.Fatalf("%s holds %d bytes", logName(z+1), len(got))
			}
		}
	})
}

func TestAMissingSpareIsWarnedAboutAtOnceAndThenEveryTenMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSim(t)
		s.SetCapacity(1000)
		var out heard
		cfg := simConfig(s)
		cfg.Log = slog.New(slog.NewTextHandler(&out, nil))
		w, _ := reopen(t, cfg)
		for _, step := range []struct {
			wait time.Duration
			want int
		}{{time.Second, 1}, {9 * time.Minute, 1}, {time.Minute, 2}} {
			time.Sleep(step.wait)
			synctest.Wait()
			if n := strings.Count(out.String(), "no spare log segment"); n != step.want {
				t.Errorf("after another %v: %d warnings, want %d", step.wait, n, step.want)
			}
		}
		if !strings.Contains(out.String(), "1000 bytes free in "+simDir) {
			t.Errorf("said %s", out.String())
		}
		closeWriter(t, w)
	})
}

// heard is what a logger said, to be read while the helper may say more.
type heard struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write implements io.Writer.
func (h *heard) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.Write(p)
}

// String is all of it so far.
func (h *heard) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.String()
}
