package apply

import (
	"fmt"
	"testing"

	"paddock/zk"
)

func TestTheWatchesOfAGoneConnectionAreFreedBetweenBatches(t *testing.T) {
	h := newHouse(t)
	c, writer := h.client(), h.client()
	for i := range 3 * sweepStepsMax {
		c.want(zk.ErrNoNode, zk.OpExists, pathWatch(fmt.Sprintf("/n%d", i), true))
	}
	h.p.Closed(c.id)
	if n := h.p.watches.Count(); n != 0 {
		t.Errorf("%d watches still count", n)
	}
	writer.want(zk.ErrOK, zk.OpCreate, create("/n7", 0))
	passes := 0
	for h.p.Sweep() {
		passes++
	}
	if passes < 2 || passes > 30 {
		t.Errorf("swept in %d passes", passes)
	}
	if err := h.p.watches.Check(); err != nil {
		t.Error(err)
	}
	expect(t, "gone", c)
}
