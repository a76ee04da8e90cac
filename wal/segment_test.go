package wal

import (
	"bytes"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
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

// logEnd is where the zeros at the end of a file begin.
func logEnd(file []byte) int { return len(bytes.TrimRight(file, "\x00")) }
