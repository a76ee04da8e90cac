package console

import (
	"encoding/json"
	"math"
	"testing"
	"time"
)

func TestAPointIsWhatCameBetweenTwoMeasurements(t *testing.T) {
	var h history
	m, at := Measure{Requests: 100, Znodes: 5}, time.UnixMilli(1_000_000)
	m.ReadMs.Add(1000) // before: it must not count
	before := m
	h.add(&before, at)
	if points, added := h.after(0); len(points) != 0 || added != 0 {
		t.Errorf("the first measurement has made %v", points)
	}
	m.Requests, m.Transactions, m.Znodes = 150, 20, 7
	for range 99 {
		m.ReadMs.Add(2)
	}
	m.ReadMs.Add(50)
	m.SyncUs.Add(100)
	m.BatchTxns.Add(4)
	m.BatchTxns.Add(6)
	h.add(&m, at.Add(5*time.Second))
	points, added := h.after(0)
	if added != 1 || len(points) != 1 {
		t.Fatalf("%d points, %d in all", len(points), added)
	}
	p := points[0]
	if p.AtMs != 1_005_000 || p.Requests != 10 || p.Transactions != 4 || p.Znodes != 7 || p.ReadP50 != 2 || p.ReadP99 != 50 || p.Batch != 5 ||
		math.Abs(float64(p.SyncP50)-0.1) > 1e-9 {
		t.Errorf("got %+v", p)
	}
	if !math.IsNaN(float64(p.WriteP50)) {
		t.Errorf("the latency of no write is %v", p.WriteP50)
	}
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var back map[string]any
	if err := json.Unmarshal(text, &back); err != nil || back["writeP50"] != nil || back["readP50"] != 2.0 {
		t.Errorf("as JSON %s: %v", text, err)
	}
}

func TestCountersThatFallLeaveAGap(t *testing.T) {
	var h history
	h.add(&Measure{Requests: 100}, time.UnixMilli(0))
	h.add(&Measure{Requests: 1}, time.UnixMilli(5000)) // a restore
	if points, _ := h.after(0); len(points) != 1 || !math.IsNaN(float64(points[0].Requests)) {
		t.Errorf("got %+v", points)
	}
}

func TestAnHourIsKeptAndNoMore(t *testing.T) {
	var h history
	for i := range 2*pointsMax + 10 {
		h.add(&Measure{Znodes: int64(i)}, time.UnixMilli(int64(i)*5000))
	}
	const all = 2*pointsMax + 9 // the first only served the second
	points, added := h.after(0)
	if added != all || len(points) != pointsMax || int(points[0].Znodes) != all-pointsMax+1 || int(points[pointsMax-1].Znodes) != all {
		t.Errorf("%d points of %d, from %v to %v", len(points), added, points[0].Znodes, points[len(points)-1].Znodes)
	}
	if points, _ := h.after(all - 2); len(points) != 2 || int(points[1].Znodes) != all {
		t.Errorf("the last two: %+v", points)
	}
	if points, _ := h.after(all); len(points) != 0 {
		t.Errorf("what came after the last: %+v", points)
	}
	for _, other := range []int{-1, all + 1} { // of a server that ran before
		if points, _ := h.after(other); len(points) != pointsMax {
			t.Errorf("after %d: %d points", other, len(points))
		}
	}
}
