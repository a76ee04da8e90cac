package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
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
	o.Connections, o.InFlight, o.Keys, o.MultiParts, o.Znodes = 3, 4, 5, 3, 25
	o.Warmup, o.Duration = time.Millisecond, 100*time.Millisecond
	o.ServerPID = os.Getpid()
	return o
}

func TestEveryWorkloadRunsAndLeavesNothingBehind(t *testing.T) {
	for _, workload := range Workloads() {
		t.Run(workload, func(t *testing.T) {
			s := startTree(t)
			got, err := Run(context.Background(), smallRun(s.addr, workload), io.Discard)
			if err != nil {
				t.Fatal(err)
			}
			if got.Ops == 0 || got.Ops != got.Reads.Count+got.Writes.Count || got.OpsPerSec <= 0 {
				t.Errorf("%d operations, %d reads, %d writes, %v/s", got.Ops, got.Reads.Count, got.Writes.Count, got.OpsPerSec)
			}
			if got.Latency.P50Us <= 0 || got.Latency.P50Us > got.Latency.P99Us || got.Latency.P99Us > got.Latency.MaxUs {
				t.Errorf("latency %+v", got.Latency)
			}
			if got.RSSAfterBytes <= 0 || got.RSSPeakBytes < got.RSSSettledBytes {
				t.Errorf("memory %+v", got)
			}
			if left := s.paths(); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
			if s.closed != 4 {
				t.Errorf("%d sessions closed, want 3 workers and the one that prepares", s.closed)
			}
		})
	}
}

func TestWorkloadsSendWhatTheirNamesSay(t *testing.T) {
	cases := []struct {
		workload string
		share    float64
		sent     []zk.Op
		notSent  []zk.Op
	}{
		{"get", 0, []zk.Op{zk.OpGetData}, []zk.Op{zk.OpSetData, zk.OpMulti}},
		{"set", 1, []zk.Op{zk.OpSetData}, []zk.Op{zk.OpGetData, zk.OpMulti}},
		{"mixed", 0.5, []zk.Op{zk.OpGetData, zk.OpSetData}, []zk.Op{zk.OpMulti}},
		{"mixed", 0, []zk.Op{zk.OpSetData}, []zk.Op{zk.OpGetData}},
		{"mixed", 1, []zk.Op{zk.OpGetData}, []zk.Op{zk.OpSetData}},
		{"multi", 0, []zk.Op{zk.OpMulti}, []zk.Op{zk.OpSetData, zk.OpGetData}},
		{"ephemeral", 0, []zk.Op{zk.OpCreate, zk.OpDelete}, []zk.Op{zk.OpSetData, zk.OpGetData}},
	}
	for _, tc := range cases {
		s := startTree(t)
		o := smallRun(s.addr, tc.workload)
		o.ReadShare = tc.share
		if _, err := Run(context.Background(), o, io.Discard); err != nil {
			t.Fatal(err)
		}
		for _, op := range tc.sent {
			if s.ops[op] == 0 {
				t.Errorf("%s with read share %v sent no %s", tc.workload, tc.share, op)
			}
		}
		for _, op := range tc.notSent {
			if s.ops[op] != 0 {
				t.Errorf("%s with read share %v sent %d %s", tc.workload, tc.share, s.ops[op], op)
			}
		}
	}
}

func TestLoadCreatesExactlyTheZnodesAskedForAndKeepsThem(t *testing.T) {
	s := startTree(t)
	o := smallRun(s.addr, "load")
	o.Keep, o.Connections, o.Znodes = true, 7, 100
	got, err := Run(context.Background(), o, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if got.Ops != 100 || got.Writes.Count != 100 {
		t.Errorf("%d operations, %d writes, want 100", got.Ops, got.Writes.Count)
	}
	znodes := 0
	for _, path := range s.paths() {
		if strings.HasPrefix(path, "/paddock-bench-0000000000/p0/n") {
			znodes++
		}
	}
	if znodes != 100 {
		t.Errorf("%d znodes, want 100: %v", znodes, s.paths())
	}
}

func TestLoadWithFewerZnodesThanConnectionsEnds(t *testing.T) {
	s := startTree(t)
	o := smallRun(s.addr, "load")
	o.Znodes, o.Connections = 2, 5
	if got, err := Run(context.Background(), o, io.Discard); err != nil || got.Ops != 2 {
		t.Errorf("%d operations, %v", got.Ops, err)
	}
}

func TestRefusedRequestFailsTheRunAndCleansUp(t *testing.T) {
	s := startTree(t)
	s.refuse, s.refuseErr = zk.OpGetData, zk.ErrNoAuth
	_, err := Run(context.Background(), smallRun(s.addr, "get"), io.Discard)
	if client.Code(err) != zk.ErrNoAuth {
		t.Errorf("got %v", err)
	}
	if left := s.paths(); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestRefusedPreparationFailsTheRun(t *testing.T) {
	s := startTree(t)
	s.refuse, s.refuseErr = zk.OpCreate, zk.ErrQuotaExceeded
	_, err := Run(context.Background(), smallRun(s.addr, "get"), io.Discard)
	if client.Code(err) != zk.ErrQuotaExceeded {
		t.Errorf("got %v", err)
	}
}

func TestCancelledRunEndsAndCleansUp(t *testing.T) {
	s := startTree(t)
	ctx, cancel := context.WithCancel(context.Background())
	o := smallRun(s.addr, "set")
	o.Duration = time.Hour
	progress := writerFunc(func(b []byte) (int, error) {
		cancel() // as soon as the run shows that it is under way
		return len(b), nil
	})
	if _, err := Run(ctx, o, progress); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if left := s.paths(); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

func TestResultSpeaksJSONAndTable(t *testing.T) {
	s := startTree(t)
	got, err := Run(context.Background(), smallRun(s.addr, "mixed"), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := got.WriteJSON(&text); err != nil {
		t.Fatal(err)
	}
	var back Result
	if err := json.Unmarshal(text.Bytes(), &back); err != nil || back != got {
		t.Errorf("%v: %+v is not %+v", err, back, got)
	}
	text.Reset()
	if err := got.WriteTable(&text); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"mixed: 3 connections, 4 in flight", "reads ", "writes ", "server CPU", "client CPU"} {
		if !strings.Contains(text.String(), part) {
			t.Errorf("no %q in\n%s", part, text.String())
		}
	}
}
