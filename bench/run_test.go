package bench

import (
	"bytes"
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"paddock/client"
	"paddock/zk"
)

// smallRun is a run that ends within a moment.
func smallRun(addr, workload string) Options {
	o := DefaultOptions()
	o.Addr, o.Workload = addr, workload
	o.Connections, o.InFlight, o.Keys, o.PerParent, o.MultiParts, o.Children = 3, 4, 25, 10, 3, 7
	o.Warmup, o.Duration = Duration(time.Millisecond), Duration(150*time.Millisecond)
	o.ServerPID = os.Getpid()
	return o
}

func mustRun(t *testing.T, o Options) Result {
	t.Helper()
	r, err := Run(context.Background(), o, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestEveryWorkloadRunsAndLeavesNothingBehind(t *testing.T) {
	for _, workload := range Workloads() {
		t.Run(workload, func(t *testing.T) {
			s := startStub(t)
			o := smallRun(s.addr, workload)
			if !slices.Contains([]string{"load", "delete", "idle", "watches"}, workload) { // which know no count
				o.Count = 300 // a busy machine may give a short window no answer
			}
			got := mustRun(t, o)
			if workload != "idle" {
				if got.Ops == 0 || got.OpsPerSec <= 0 || len(got.Kinds) == 0 || got.ClientCPUUsPerOp < 0 {
					t.Errorf("result %+v", got)
				}
				if got.Latency.P50Us <= 0 || got.Latency.P50Us > got.Latency.P99Us || got.Latency.P99Us > got.Latency.MaxUs {
					t.Errorf("latency %+v", got.Latency)
				}
			}
			if got.RSSAfterBytes <= 0 || got.RSSPeakBytes <= 0 {
				t.Errorf("memory %+v", got)
			}
			if left := s.paths(); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
			if int64(s.closed) != s.sessions {
				t.Errorf("%d of %d sessions closed", s.closed, s.sessions)
			}
		})
	}
}

func TestWorkloadsSendWhatTheirNamesSay(t *testing.T) {
	cases := map[string]zk.Op{
		"get": zk.OpGetData, "set": zk.OpSetData, "exists": zk.OpExists, "children": zk.OpGetChildren2, "sync": zk.OpSync,
		"multi": zk.OpMulti, "ephemeral": zk.OpDelete,
	}
	for workload, op := range cases {
		s := startStub(t)
		o := smallRun(s.addr, workload)
		o.Keys, o.Count = 5, 500
		if got := mustRun(t, o); got.Ops != 500 || s.ops[op] < 200 {
			t.Errorf("%s: %d operations, %d %v", workload, got.Ops, s.ops[op], op)
		}
	}
}

func TestMixIsToldApartByKind(t *testing.T) {
	s := startStub(t)
	o := smallRun(s.addr, "")
	o.Mix, o.Count = "get=80,set=20", 5000
	got := mustRun(t, o)
	get, set := got.kindOf("get").Count, got.kindOf("set").Count
	if get+set != 5000 || get < 3800 || get > 4200 || got.Title != o.Mix {
		t.Errorf("%d get, %d set, title %q", get, set, got.Title)
	}
}

func TestLoadCreatesExactlyTheKeysAndKeepsThem(t *testing.T) {
	s := startStub(t)
	o := smallRun(s.addr, "load")
	o.Keep, o.Connections, o.Keys, o.PerParent = true, 7, 100, 30
	got := mustRun(t, o)
	leaves := 0
	for _, path := range s.paths() {
		if strings.HasPrefix(path, got.Tree+"/p") && strings.Contains(path, "/n") {
			leaves++
		}
	}
	if got.Ops != 100 || leaves != 100 {
		t.Errorf("%d operations, %d znodes, want 100 and 100", got.Ops, leaves)
	}
	o.Workload, o.Keep, o.Tree, o.Count = "get", false, got.Tree, 100
	before := s.ops[zk.OpCreate]
	mustRun(t, o)
	if s.ops[zk.OpCreate] != before || len(s.paths()) != 1+4+100 {
		t.Errorf("a run on a tree that is there made or removed znodes: %v", s.paths())
	}
}

func TestLoadWithFewerZnodesThanConnectionsEnds(t *testing.T) {
	s := startStub(t)
	o := smallRun(s.addr, "load")
	o.Keys, o.Connections = 2, 5
	if got := mustRun(t, o); got.Ops != 2 {
		t.Errorf("%d operations", got.Ops)
	}
}

func TestRefusedRequestFailsTheRunAndCleansUp(t *testing.T) {
	s := startStub(t)
	s.refuse, s.refuseErr = zk.OpGetData, zk.ErrNoAuth
	o := smallRun(s.addr, "get")
	o.Duration = Duration(time.Hour)
	_, err := Run(context.Background(), o, nil)
	if err == nil || !strings.Contains(err.Error(), "get was refused: NoAuth (-102)") {
		t.Errorf("got %v", err)
	}
	if left := s.paths(); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestAllowedErrorsAreCountedApartAndShown(t *testing.T) {
	s := startStub(t)
	s.refuse, s.refuseErr = zk.OpSetData, zk.ErrNoAuth
	o := smallRun(s.addr, "")
	o.Mix, o.Count, o.AllowErrors = "get=50,set=50", 1000, true
	got := mustRun(t, o)
	if got.Ops+got.Refused() != 1000 || got.Errors["NoAuth"] != got.Refused() || got.Refused() < 400 || got.kindOf("set").Count != 0 {
		t.Errorf("%d answered, errors %v", got.Ops, got.Errors)
	}
	var text bytes.Buffer
	if err := got.WriteTable(&text); err != nil || !strings.Contains(text.String(), "NoAuth") {
		t.Errorf("%v: no error is shown in\n%s", err, text.String())
	}
}

func TestRefusedPreparationFailsTheRun(t *testing.T) {
	s := startStub(t)
	s.refuse, s.refuseErr = zk.OpCreate, zk.ErrQuotaExceeded
	_, err := Run(context.Background(), smallRun(s.addr, "get"), nil)
	if client.Code(err) != zk.ErrQuotaExceeded {
		t.Errorf("got %v", err)
	}
}

func TestServerThatDiesEndsTheRunWithTheReason(t *testing.T) {
	for _, change := range []func(*Options){func(*Options) {}, func(o *Options) { o.Rate = 5000 }} {
		s := startStub(t)
		s.dieAfter = 200
		o := smallRun(s.addr, "get")
		o.Duration = Duration(time.Hour)
		change(&o)
		_, err := Run(context.Background(), o, nil)
		if err == nil || !strings.Contains(err.Error(), "to "+s.addr+", after ") || !strings.Contains(err.Error(), "under way") {
			t.Errorf("rate %v: got %v", o.Rate, err)
		}
	}
}

func TestAnswerOutOfOrderEndsTheRun(t *testing.T) {
	s := startStub(t)
	s.wrongXid = 50
	o := smallRun(s.addr, "get")
	o.Duration = Duration(time.Hour)
	_, err := Run(context.Background(), o, nil)
	if err == nil || !strings.Contains(err.Error(), "an answer with xid") || !strings.Contains(err.Error(), "(get) was due") {
		t.Errorf("got %v", err)
	}
}

func TestNobodyListeningIsSaidAtOnce(t *testing.T) {
	s := startStub(t)
	if err := s.listener.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := Run(context.Background(), smallRun(s.addr, "get"), nil)
	if err == nil || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("got %v", err)
	}
}

func TestCancelledRunEndsAndCleansUp(t *testing.T) {
	for _, workload := range Workloads() {
		s := startStub(t)
		ctx, cancel := context.WithCancel(context.Background())
		o := smallRun(s.addr, workload)
		o.Duration, o.Keys = Duration(time.Hour), 300
		time.AfterFunc(300*time.Millisecond, cancel)
		_, err := Run(ctx, o, nil)
		ended := errors.Is(err, context.Canceled) || err == nil && slices.Contains([]string{"load", "delete", "watches"}, workload) // these end by themselves
		if !ended {
			t.Errorf("%s: got %v", workload, err)
		}
		if left := s.paths(); len(left) > 0 {
			t.Errorf("%s: left behind: %v", workload, left)
		}
	}
}

func TestSilentSessionsPing(t *testing.T) {
	s := startStub(t)
	s.timeoutMs = 120 // a look every 20 ms
	o := smallRun(s.addr, "idle")
	for range 100 { // until the machine has given the pinger a moment
		if mustRun(t, o); s.pings > 0 {
			return
		}
	}
	t.Error("no session has pinged")
}

func TestWatchesAreSetBeforehand(t *testing.T) {
	s := startStub(t)
	o := smallRun(s.addr, "get")
	o.Watches, o.Count = 2500, 100
	mustRun(t, o)
	if len(s.watches) != 2500 {
		t.Errorf("%d watches set, want 2500", len(s.watches))
	}
}

func TestEveryWatcherGetsEveryChange(t *testing.T) {
	s := startStub(t)
	o := smallRun(s.addr, "watch")
	o.Connections, o.Count = 20, 5
	got := mustRun(t, o)
	if got.Ops != 5 || got.kindOf("event").Count != 100 || got.kindOf("watch").MaxUs < got.kindOf("event").P50Us {
		t.Errorf("%d changes, kinds %+v", got.Ops, got.Kinds)
	}
}

func TestValuesLargerThanTheSocketTakesAreWritten(t *testing.T) {
	s := startStub(t)
	o := smallRun(s.addr, "set")
	o.Value, o.Count, o.Keys = Size{900_000, 1_000_000}, 60, 2
	if got := mustRun(t, o); got.Ops != 60 {
		t.Errorf("%d operations, want 60", got.Ops)
	}
}
