package bench

import (
	"testing"

	"paddock/zk"
)

func TestWindowDecidesByTheAnswerOrByTheDueTime(t *testing.T) {
	samples := []sample{
		{kind: kindGet, dueNs: 50, nowNs: 90},   // before
		{kind: kindGet, dueNs: 90, nowNs: 110},  // due before, answered within
		{kind: kindGet, dueNs: 110, nowNs: 150}, // within
		{kind: kindSet, dueNs: 190, nowNs: 900}, // due within, answered after
		{kind: kindSet, dueNs: 200, nowNs: 210}, // after
	}
	for byDue, want := range map[bool][2]int64{false: {2, 0}, true: {1, 1}} {
		tl := newTally(byDue)
		tl.fromNs.Store(100)
		tl.untilNs.Store(200)
		tl.add(5, samples)
		for k, n := range map[kind]int64{kindGet: want[0], kindSet: want[1]} {
			got := int64(0)
			if h := tl.byKind()[k]; h != nil {
				got = h.TotalCount()
			}
			if got != n {
				t.Errorf("by due time %v: %d answers to %v counted, want %d", byDue, got, k, n)
			}
		}
		if all, within := tl.answers(); all != 5 || within != 2 {
			t.Errorf("by due time %v: %d answers, %d within, want 5 and 2", byDue, all, within)
		}
	}
}

func TestLanesAddUp(t *testing.T) {
	tl := newTally(false)
	tl.fromNs.Store(0)
	for id := range 100 {
		tl.add(id, []sample{{kind: kindGet, dueNs: 0, nowNs: 1_000_000}})
	}
	var r Result
	r.add(tl)
	if r.Ops != 100 || r.Latency.P50Us < 999 || r.Latency.P50Us > 1001 || len(r.Kinds) != 1 || r.Kinds[0].Name != "get" {
		t.Errorf("result %+v", r)
	}
	if recent := tl.takeRecent(); recent.TotalCount() != 100 || tl.takeRecent().TotalCount() != 0 {
		t.Error("what was taken is taken again")
	}
}

func TestEventsAreNoOperations(t *testing.T) {
	tl := newTally(false)
	tl.fromNs.Store(0)
	tl.add(0, []sample{{kind: kindEvent, nowNs: 5}, {kind: kindEvent, nowNs: 7}, {kind: kindWatch, nowNs: 7}})
	var r Result
	r.add(tl)
	if r.Ops != 1 || r.kindOf("event").Count != 2 {
		t.Errorf("%d operations, kinds %+v", r.Ops, r.Kinds)
	}
}

func TestRefusalsAreCountedByName(t *testing.T) {
	tl := newTally(false)
	tl.refuse(zk.ErrNoNode)
	tl.refuse(zk.ErrNoNode)
	tl.refuse(zk.ErrNoAuth)
	if got := tl.refusals(); got["NoNode"] != 2 || got["NoAuth"] != 1 || len(got) != 2 {
		t.Errorf("got %v", got)
	}
}

func TestRecordingAllocatesNothing(t *testing.T) {
	tl := newTally(false)
	tl.fromNs.Store(0)
	batch := []sample{{kind: kindGet, dueNs: 1, nowNs: 1000}, {kind: kindGet, dueNs: 1, nowNs: 2000}}
	tl.add(0, batch)
	if n := testing.AllocsPerRun(1000, func() { tl.add(0, batch) }); n != 0 {
		t.Errorf("%v allocations per batch", n)
	}
}
