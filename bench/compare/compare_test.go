package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"paddock/bench"
)

// TestMain lets the test program be the floor, as compare starts itself for it.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == floorVerb {
		fmt.Fprintln(os.Stderr, run(os.Args[1:]))
		return
	}
	os.Exit(m.Run())
}

func quick(t *testing.T) *options {
	return &options{
		servers: []string{"floor"}, rounds: 2, warmup: time.Millisecond, duration: 20 * time.Millisecond,
		znodes: 10, dir: t.TempDir(),
	}
}

func TestWholeSuiteRunsAgainstTheFloor(t *testing.T) {
	o := quick(t)
	var out bytes.Buffer
	if err := compare(context.Background(), o, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	for _, e := range suite(o) {
		if !strings.Contains(out.String(), "| "+e.name+" ") {
			t.Errorf("no row %s in\n%s", e.name, out.String())
		}
	}
	if strings.Contains(out.String(), memoryRow) {
		t.Errorf("the floor has no memory to show:\n%s", out.String())
	}
	if left, err := os.ReadDir(o.dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestJSONHoldsEverySample(t *testing.T) {
	o := quick(t)
	o.workloads, o.json = []string{"get-1"}, true
	var out bytes.Buffer
	if err := compare(context.Background(), o, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Machine string
		Samples []sample
	}
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Samples) != 2 || got.Samples[1].Round != 2 || got.Samples[0].Result.Ops == 0 || !strings.Contains(got.Machine, "Linux") {
		t.Errorf("got %+v", got)
	}
}

func TestServerThatDoesNotStartIsNamedWithItsOutput(t *testing.T) {
	o := quick(t)
	o.servers, o.paddock = []string{"paddock"}, filepath.Join(t.TempDir(), "paddock")
	script := "#!/bin/sh\necho \"no such luck with $1\"\nexit 3\n"
	if err := os.WriteFile(o.paddock, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	err := compare(context.Background(), o, io.Discard, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "exit status 3") || !strings.Contains(err.Error(), "no such luck with server") {
		t.Errorf("got %v", err)
	}
}

func TestServersThatCannotBeStartedAreErrors(t *testing.T) {
	for name, want := range map[string]string{
		"apache": "run interop/install.sh", "etcd": `no server is called "etcd"`, "paddock": "start paddock",
	} {
		o := quick(t)
		o.servers, o.jars, o.paddock = []string{name}, t.TempDir(), filepath.Join(t.TempDir(), "none")
		if err := compare(context.Background(), o, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", name, err, want)
		}
	}
}

func TestTableShowsMediansAndRatiosToTheFirstServer(t *testing.T) {
	var samples []sample
	for round, speed := range []float64{1000, 9000, 2000} {
		samples = append(samples,
			sample{Server: "apache", Round: round, Row: "get-1", Result: bench.Result{OpsPerSec: speed}},
			sample{Server: "paddock", Round: round, Row: "get-1", Result: bench.Result{OpsPerSec: 3 * speed}})
	}
	got := table([]string{"get-1", "set-1"}, []string{"apache", "paddock"}, speedColumns()[:2], samples)
	want := `| row   | server           | ops/s  | p50 µs |
| ---   | ---              | ---    | ---    |
| get-1 | apache           | 2,000  | 0      |
| get-1 | paddock          | 6,000  | 0      |
| get-1 | paddock / apache | × 3.00 | –      |
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestMedianOfAnEvenNumberIsTheMiddle(t *testing.T) {
	if got := median([]float64{4, 1, 3, 2}); got != 2.5 {
		t.Errorf("got %v, want 2.5", got)
	}
}

func TestCommandLine(t *testing.T) {
	o, err := parse([]string{"-servers", "paddock,floor", "-workloads", "get-1,memory", "-rounds", "1"})
	if err != nil || len(o.servers) != 2 || len(suite(&o)) != 1 || !o.wants(memoryRow) || o.wants("set-1") {
		t.Errorf("got %+v, %v", o, err)
	}
	for _, bad := range [][]string{{"-rounds", "0"}, {"-znodes", "-1"}, {"stray"}, {"-workloads", "get-2"}} {
		if _, err := parse(bad); err == nil {
			t.Errorf("%v: got %v", bad, err)
		}
	}
}
