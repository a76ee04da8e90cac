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

func TestTheNextSpareIsAsLargeAsTheLastSegmentWasUsed(t *testing.T) {
	const mib = 1 << 20
	for what, c := range map[string]struct {
		prealloc, end, zeroed, next, want int64
	}{
		"left early: a quarter more":                        {64 * mib, 20 * mib, 64 * mib, 1, 25 * mib},
		"left nearly unused: the least":                     {64 * mib, 100, 64 * mib, 1, 8 * mib},
		"just large enough for the next batch as well":      {64 * mib, 16*mib - 1, 16 * mib, 1, (16*mib - 1) + (16*mib-1)/4},
		"left because the next batch found no zeros":        {64 * mib, 16*mib - 1, 16 * mib, 2, 32*mib - 2},
		"grown behind its zeros: twice as much":             {64 * mib, 12 * mib, 8 * mib, 1, 24 * mib},
		"without zeros, while the first spare was filled":   {64 * mib, 6 * mib, 0, 1, 12 * mib},
		"without zeros and hardly used: the least":          {64 * mib, 100, 0, 1, 8 * mib},
		"used to the limit: the limit":                      {64 * mib, 60 * mib, 64 * mib, 1, 64 * mib},
		"grown beyond the limit: the limit":                 {64 * mib, 900 * mib, 64 * mib, 1, 64 * mib},
		"a limit below the least, nearly unused":            {2 * mib, 100, 2 * mib, 1, 2 * mib},
		"a limit below the least, grown behind its zeros":   {2 * mib, 3 * mib, 2 * mib, 1, 2 * mib},
		"a limit just above the least, and half of it used": {10 * mib, 5 * mib, 10 * mib, 1, 8 * mib},
	} {
		h := newHelper(Config{PreallocBytes: c.prealloc}, &counters{})
		if got := h.size.Load(); got != c.prealloc {
			t.Errorf("%s: the first is of %d bytes", what, got)
		}
		h.learn(&segment{end: c.end, zeroed: c.zeroed}, int(c.next))
		if got := h.size.Load(); got != c.want {
			t.Errorf("%s: %d bytes, want %d", what, got, c.want)
		}
	}
}

func TestAfterASegmentThatWasLeftEarlyASmallerSpareIsMade(t *testing.T) {
	cfg := simConfig(newSim(t))
	cfg.PreallocBytes = 12 << 20
	w, _ := reopen(t, cfg)
	waitForSpare(w, 1)
	for z := range int64(2) {
		b := batch("x", z+1)
		b.Roll = true
		commit(t, w, b)
		waitForSpare(w, z+2)
	}
	// The second was begun when nothing had been left yet.
	for name, want := range map[string]int64{"log.2": 12 << 20, sparePrefix + "3": spareBytesMin} {
		if got := int64(len(get(t, cfg.FS, filepath.Join(simDir, name)))); got != roundUp(headerBytes+want, 4096) {
			t.Errorf("%s has %d bytes, want a header and %d", name, got, want)
		}
	}
	closeWriter(t, w)
}

func TestWithPreallocationOffNoSpareIsMadeWhateverIsLearned(t *testing.T) {
	cfg := simConfig(newSim(t))
	cfg.PreallocBytes = -1
	w, _ := reopen(t, cfg)
	for z := range int64(5) {
		b := batch("x", z+1)
		b.Roll = true
		commit(t, w, b)
	}
	closeWriter(t, w)
	if st := w.Stats(); st.Spares != 0 || st.SpareErrors != 0 || st.Segments != 5 {
		t.Errorf("stats %+v", st)
	}
}
