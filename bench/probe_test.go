package bench

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"paddock/zk"
)

func TestProbeGoesWithEveryWorkload(t *testing.T) {
	for _, workload := range Workloads() {
		s := startStub(t)
		o := smallRun(s.addr, workload)
		o.Probe, o.Keys, o.Connections = true, 200, 5
		got := mustRun(t, o)
		if got.Seconds > 0.05 && (got.Probe.Count == 0 || got.Probe.P50Us <= 0 || got.Probe.P50Us > got.Probe.P99Us || got.Probe.P99Us > got.Probe.MaxUs) {
			t.Errorf("%s: %v s, probe %+v", workload, got.Seconds, got.Probe)
		}
		if left := s.paths(); len(left) > 0 || int64(s.closed) != s.sessions {
			t.Errorf("%s: left behind %v, %d of %d sessions closed", workload, left, s.closed, s.sessions)
		}
	}
}

func TestProbeFeelsWhatTheLoadDoesToOthers(t *testing.T) {
	s := startStub(t)
	s.delay, s.delayed = 3*time.Millisecond, zk.OpGetData
	o := smallRun(s.addr, "sync") // which is not delayed
	o.Probe, o.Duration = true, Duration(300*time.Millisecond)
	got := mustRun(t, o)
	if got.Probe.P50Us < 2990 || got.kindOf("get").Count > 0 {
		t.Errorf("probe %+v, kinds %+v: a read takes 3 ms here, and is none of the load", got.Probe, got.Kinds)
	}
	if want := probeRate * got.Seconds; float64(got.Probe.Count) < want-2 || float64(got.Probe.Count) > want+2 {
		t.Errorf("%d requests of the probe fell due in %v s", got.Probe.Count, got.Seconds)
	}
	var text bytes.Buffer
	if err := got.WriteTable(&text); err != nil || !strings.Contains(text.String(), "\nprobe ") {
		t.Errorf("%v: no probe in\n%s", err, text.String())
	}
}

func TestProbeLeavesAKeptTreeAsItWas(t *testing.T) {
	s := startStub(t)
	o := smallRun(s.addr, "load")
	o.Keep = true
	o.Tree = mustRun(t, o).Tree
	before := len(s.paths())
	o.Workload, o.Probe, o.Count = "get", true, 100
	mustRun(t, o)
	if after := len(s.paths()); after != before {
		t.Errorf("%d znodes before, %d after", before, after)
	}
}
