package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// tally is what a run has done.
type tally struct {
	kills       [4]int // by way
	beforeReady int    // of these: before the server served
	halfWritten int    // snapshots that a kill left half written
	operations  int
	lost        int // writes without an answer
	found       int // of these: in the log
	snapshots   int // at the end of each chain
	segments    int
}

func (t *tally) add(o *tally) {
	for i := range t.kills {
		t.kills[i] += o.kills[i]
	}
	t.beforeReady += o.beforeReady
	t.halfWritten += o.halfWritten
	t.operations += o.operations
	t.lost += o.lost
	t.found += o.found
	t.snapshots += o.snapshots
	t.segments += o.segments
}

func (t *tally) String() string {
	return fmt.Sprintf("%d kills under load, %d during a snapshot (%d left half written), %d at start and %d just after (%d of all before it served); "+
		"%d operations, %d writes without an answer (%d of them in the log); %d snapshots, %d log files",
		t.kills[underLoad], t.kills[inSnapshot], t.halfWritten, t.kills[atStart], t.kills[atOnce], t.beforeReady,
		t.operations, t.lost, t.found, t.snapshots, t.segments)
}

// count adds up what the chain has done.
func (c *chain) count(h *history) {
	c.tally.operations = len(h.ops)
	for _, o := range h.ops {
		if o.lost {
			c.tally.found++
		}
	}
	entries, _ := os.ReadDir(filepath.Dir(c.writing())) // a missing one has no files
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), "snapshot.") {
			c.tally.snapshots++
		}
		if strings.HasPrefix(e.Name(), "log.") {
			c.tally.segments++
		}
	}
}
