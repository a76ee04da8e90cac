package suites

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"paddock/bench"
	"paddock/bench/floor"
)

// TestMain lets the test program be the floor, as a suite starts its own program for it: bench floor --addr A --dir D --mode M.
func TestMain(m *testing.M) {
	if len(os.Args) != 9 || os.Args[2] != "floor" {
		os.Exit(m.Run())
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	cfg := floor.Config{Addr: os.Args[4], Dir: os.Args[6], Owner: os.Args[8] == "owner", Value: make([]byte, 100), FileBytes: 1 << 20}
	if err := floor.Serve(ctx, cfg, nil); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// quickSuite has two rows that take a moment, and one that starts the server again.
const quickSuite = `{"title": "quick", "rounds": 2,
	"defaults": {"connections": 2, "inFlight": 2, "keys": 5, "count": 50},
	"groups": [
		{"name": "one", "rows": [
			{"name": "reads", "options": {"workload": "get"}, "targets": [{"metric": "opsPerSec", "of": "floor", "min": 0.0001}]},
			{"name": "writes", "options": {"workload": "set"}, "skip": ["floor-owner"], "metrics": ["p99Us"]}]},
		{"name": "two", "skip": ["floor-owner"], "rows": [{"name": "again", "restart": true, "metrics": ["firstAnswerSec"]}]}]}`

func config(t *testing.T, servers ...string) (Config, *bytes.Buffer) {
	t.Helper()
	said := &bytes.Buffer{}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return Config{Programs: Programs{Self: self, Dir: t.TempDir(), Jars: t.TempDir()}, Servers: servers, Say: said}, said
}

func mustParse(t *testing.T, text string) *Suite {
	t.Helper()
	s, err := parse("test", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestServersTakeTurns(t *testing.T) {
	cfg, said := config(t, "floor", "floor-owner")
	record, err := Run(context.Background(), mustParse(t, quickSuite), cfg)
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	for _, s := range record.Samples {
		order = append(order, fmt.Sprintf("%d %s %s", s.Round, s.Row, s.Server))
	}
	want := []string{
		"1 reads floor", "1 writes floor", "1 reads floor-owner", "1 again floor",
		"2 reads floor", "2 writes floor", "2 reads floor-owner", "2 again floor",
	}
	if !slices.Equal(order, want) {
		t.Errorf("order %q, want %q", order, want)
	}
	if !strings.Contains(said.String(), "round 2 of 2: again, floor\n") {
		t.Errorf("said %s", said)
	}
	for _, s := range record.Samples {
		if r := s.Result; s.Row == "again" && (r.FirstAnswerSec <= 0 || r.RSSAfterBytes <= 0) || s.Row != "again" && (r.Ops == 0 || r.RSSAfterBytes <= 0) {
			t.Errorf("%s on %s: %+v", s.Row, s.Server, r)
		}
	}
	if left, err := os.ReadDir(cfg.Programs.Dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestAFolderThatIsNotThereIsMade(t *testing.T) {
	cfg, _ := config(t, "floor")
	cfg.Programs.Dir = filepath.Join(cfg.Programs.Dir, "not", "there")
	if _, err := Run(context.Background(), mustParse(t, quickSuite), cfg); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(cfg.Programs.Dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	cfg.Programs.Dir = filepath.Join(os.Args[0], "below a file")
	if _, err := Run(context.Background(), mustParse(t, quickSuite), cfg); err == nil || !strings.Contains(err.Error(), "not a directory") {
		t.Errorf("got %v", err)
	}
}

func TestAServerThatRunsAlreadyIsOnlyMeasured(t *testing.T) {
	port, held, err := bench.ReservePort()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = held.Close() }() // nothing is lost
	addr := fmt.Sprintf("127.0.0.1:%d", port)
	ctx, cancel := context.WithCancel(context.Background())
	served, ready := make(chan error, 1), make(chan struct{})
	go func() {
		served <- floor.Serve(ctx, floor.Config{Addr: addr, Dir: t.TempDir(), FileBytes: 1 << 20}, func() { close(ready) })
	}()
	select {
	case err := <-served:
		t.Fatal(err)
	case <-ready:
	}
	cfg, _ := config(t, addr)
	record, err := Run(context.Background(), mustParse(t, quickSuite), cfg)
	cancel()
	if err := errors.Join(err, <-served); err != nil {
		t.Fatal(err)
	}
	if len(record.Samples) != 4 { // nobody can start it again
		t.Errorf("%d samples, want 4", len(record.Samples))
	}
}

func TestRateIsAPartOfAnotherServersThroughput(t *testing.T) {
	text := strings.Replace(quickSuite, `"restart": true`, `"options": {"count": 0, "warmup": "1ms", "duration": "50ms"}, "rateOf": {"server": "floor-owner", "row": "reads", "factor": 0.25}`, 1)
	cfg, _ := config(t, "floor", "floor-owner")
	record, err := Run(context.Background(), mustParse(t, text), cfg)
	if err != nil {
		t.Fatal(err)
	}
	of, again := 0.0, 0.0
	for _, s := range record.Samples {
		if s.Round != 1 {
			continue
		}
		switch {
		case s.Row == "reads" && s.Server == "floor-owner":
			of = s.Result.OpsPerSec
		case s.Row == "again":
			again = s.Result.Rate
		}
	}
	if of == 0 || again != of/4 {
		t.Errorf("the rate is %v, want a quarter of %v", again, of)
	}
	cfg.Servers = []string{"floor"}
	if _, err := Run(context.Background(), mustParse(t, text), cfg); err == nil || !strings.Contains(err.Error(), "row reads on server floor-owner, which was not measured") {
		t.Errorf("got %v", err)
	}
}

func TestServerThatDoesNotStartIsNamedWithItsOutput(t *testing.T) {
	script := filepath.Join(t.TempDir(), "paddock")
	if err := os.WriteFile(script, []byte("#!/bin/sh\necho \"no such luck with $1\"\nexit 3\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	cfg, _ := config(t, "paddock="+script)
	_, err := Run(context.Background(), mustParse(t, quickSuite), cfg)
	if err == nil || !strings.Contains(err.Error(), "exit status 3") || !strings.Contains(err.Error(), "no such luck with server") {
		t.Errorf("got %v", err)
	}
}

func TestServersThatCannotBeMeasuredAreErrors(t *testing.T) {
	for name, want := range map[string]string{
		"apache": "run interop/install.sh", "etcd": `"etcd" is no server`, "paddock=/none": "start paddock=/none", "host:": "is no server",
		"floor,floor": "named twice", "": "no server is named",
	} {
		cfg, _ := config(t, strings.Split(name, ",")...)
		if name == "" {
			cfg.Servers = nil
		}
		if _, err := Run(context.Background(), mustParse(t, quickSuite), cfg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", name, err, want)
		}
		if left, err := os.ReadDir(cfg.Programs.Dir); err != nil || len(left) > 0 {
			t.Errorf("%s: left behind: %v, %v", name, left, err)
		}
	}
}

func TestFailureOfTheOutputEndsTheRun(t *testing.T) {
	cfg, _ := config(t, "floor")
	r, w := io.Pipe()
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	cfg.Say = w
	if _, err := Run(context.Background(), mustParse(t, quickSuite), cfg); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("got %v", err)
	}
}

func record(values map[string][]float64) *bench.Record {
	r := &bench.Record{Title: "T", Machine: "M", Servers: []string{"apache", "floor", "paddock"}}
	for _, server := range r.Servers {
		for round, v := range values[server] {
			r.Samples = append(r.Samples, bench.Sample{Server: server, Round: round, Row: "a", Result: bench.Result{OpsPerSec: v}})
		}
	}
	return r
}

func TestTablesShowMediansRatiosAndVerdicts(t *testing.T) {
	s := mustParse(t, `{"rounds": 3, "groups": [{"name": "g", "rows": [{"name": "a", "targets": [
		{"metric": "opsPerSec", "of": "apache", "min": 3}, {"metric": "opsPerSec", "of": "floor", "min": 0.8},
		{"metric": "opsPerSec", "max": 7000}, {"metric": "opsPerSec", "of": "floor-owner", "min": 1}]}]}]}`)
	r := record(map[string][]float64{"apache": {1000, 9000, 2000}, "floor": {10_000}, "paddock": {6000, 6001, 1}})
	var got bytes.Buffer
	if err := WriteTables(&got, s, r); err != nil {
		t.Fatal(err)
	}
	want := `T

M. Medians; rounds: 3.

| row | figure       | apache | floor  | paddock | to apache | to floor | target            | reached |
| --- | ---          | ---    | ---    | ---     | ---       | ---      | ---               | ---     |
| a   | operations/s | 2,000  | 10,000 | 6,000   | × 3.00    | × 0.60   | ≥ 3 × apache      | yes     |
| a   | operations/s | 2,000  | 10,000 | 6,000   | × 3.00    | × 0.60   | ≥ 0.8 × floor     | no      |
| a   | operations/s | 2,000  | 10,000 | 6,000   | × 3.00    | × 0.60   | ≤ 7,000           | yes     |
| a   | operations/s | 2,000  | 10,000 | 6,000   | × 3.00    | × 0.60   | ≥ 1 × floor-owner | –       |

| row | server           | operations/s |
| --- | ---              | ---          |
| a   | apache           | 2,000        |
| a   | floor            | 10,000       |
| a   | floor / apache   | × 5.00       |
| a   | paddock          | 6,000        |
| a   | paddock / apache | × 3.00       |
`
	if got.String() != want {
		t.Errorf("got\n%s\nwant\n%s", &got, want)
	}
}

func TestTargetsMayNameAnotherRowAndAnotherMetric(t *testing.T) {
	s := mustParse(t, `{"rounds": 1, "groups": [{"name": "g", "rows": [{"name": "small"}, {"name": "big", "targets": [
		{"metric": "serverCpuUsPerOp", "ofRow": "small", "max": 1.5},
		{"metric": "p99Us", "of": "floor", "ofMetric": "p50Us", "max": 5}]}]}]}`)
	result := func(cpu, p50, p99 float64) bench.Result {
		return bench.Result{ServerCPUUsPerOp: cpu, Latency: bench.Latency{P50Us: p50, P99Us: p99}}
	}
	r := &bench.Record{Servers: []string{"floor", "paddock=old"}, Samples: []bench.Sample{
		{Server: "floor", Row: "small", Result: result(1, 100, 200)},
		{Server: "floor", Row: "big", Result: result(1, 100, 200)},
		{Server: "paddock=old", Row: "small", Result: result(2, 100, 200)},
		{Server: "paddock=old", Row: "big", Result: result(2.9, 100, 501)},
	}}
	lines := verdicts(s, r)
	if len(lines) != 4 || lines[2][len(lines[2])-1] != "yes" || lines[3][len(lines[3])-1] != "no" {
		t.Errorf("verdicts %q", lines)
	}
	if got := lines[3][len(lines[3])-2]; got != "≤ 5 × floor's p50 µs" {
		t.Errorf("the target reads %q", got)
	}
}

func TestATableOfOneServerHasNoRatios(t *testing.T) {
	s := mustParse(t, quickSuite)
	r := record(map[string][]float64{"apache": {5}})
	if lines := figures(mustParse(t, `{"rounds": 1, "groups": [{"name": "g", "rows": [{"name": "a"}]}]}`), r); len(lines) != 3 {
		t.Errorf("lines %q", lines)
	}
	if lines := figures(s, r); len(lines) != 2 {
		t.Errorf("rows that were not measured show: %q", lines)
	}
}
