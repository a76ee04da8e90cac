package wal

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"paddock/disk"
)

// Batches end anywhere within a block, and some are longer than the room in which blocks are put together.
func TestBatchesOfEveryLengthStandOneBehindTheOther(t *testing.T) {
	everywhere(t, func(t *testing.T, cfg Config) {
		cfg.PreallocBytes = 4 << 20 // for all of them
		cfg.BatchBytesMax = 1 << 20
		w, _ := reopen(t, cfg)
		waitForSpare(w, 1)
		rng := rand.New(rand.NewPCG(1, 0))
		zxid, before := int64(0), []byte(nil)
		for range 60 {
			size := rng.IntN(9000)
			if rng.IntN(10) == 0 {
				size = rng.IntN(4 * roomBytesMin)
			}
			zxid++
			commit(t, w, batch(strings.Repeat("x", size), zxid))
			file, used := get(t, cfg.FS, filepath.Join(cfg.Dir, "log.1")), logEnd(before)
			if !bytes.Equal(file[:used], before[:used]) {
				t.Fatalf("zxid %d was written over what stood in the first %d bytes", zxid, used)
			}
			before = file
		}
		if got, _, err := zxids(cfg, 0); err != nil || !slices.Equal(got, upTo(zxid)) {
			t.Fatalf("while it is open: %v, %v", got, err)
		}
		closeWriter(t, w)
		w, got := reopen(t, cfg)
		closeWriter(t, w)
		if !slices.Equal(got, upTo(zxid)) {
			t.Fatalf("recovered %v", got)
		}
	})
}

func TestAWriteThatFailsIsToldWithItsPlace(t *testing.T) {
	direct, plain := newSim(t), newSim(t)
	for sim, cfg := range map[*disk.Sim]Config{direct: simConfig(direct), plain: simConfig(cached{plain})} {
		cfg.PreallocBytes = -1
		w, _ := reopen(t, cfg)
		commit(t, w, batch("x", 1))
		sim.SetFault(func(c disk.Call) error {
			if c.Op == disk.OpWrite {
				return syscall.ENOSPC
			}
			return nil
		})
		w.Submit(batch("y", 2))
		want := fmt.Sprintf("log.1 at byte %d: ", w.Stats().SegmentBytes)
		if err := (<-w.Committed()).Err; !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), want) {
			t.Errorf("the writer says %v, want %q", err, want)
		}
		if err := w.Close(); !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("Close says %v", err)
		}
	}
}

// logEnd is where the zeros at the end of a file begin.
func logEnd(file []byte) int { return len(bytes.TrimRight(file, "\x00")) }
