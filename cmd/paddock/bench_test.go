package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"paddock/bench"
)

// benchHere runs the verb bench within the test.
func benchHere(t *testing.T, args ...string) (out, errs string, err error) {
	t.Helper()
	root := &cobra.Command{Use: "paddock", SilenceErrors: true, SilenceUsage: true}
	root.AddCommand(benchCommand())
	var o, e bytes.Buffer
	root.SetOut(&o)
	root.SetErr(&e)
	root.SetArgs(append([]string{"bench"}, args...))
	err = root.Execute()
	return o.String(), e.String(), err
}

func TestBenchMeasuresAServerAndReportsIt(t *testing.T) {
	dir := t.TempDir()
	p := launch(t, command(dir, "server", zooCfg(t, dir)))
	short := []string{"--addr", p.addr, "--mix", "get=80,set=20", "--connections", "2", "--keys", "10", "--warmup", "10ms", "--duration", "300ms"}
	counted := append(slices.Clone(short), "--count", "500") // a busy machine may give a short window no answer
	out, _, err := benchHere(t, counted...)
	if err != nil || !strings.Contains(out, "get=80,set=20: 2 connections, 16 in flight") || !strings.Contains(out, "server CPU") {
		t.Fatalf("%v\n%s", err, out)
	}
	out, _, err = benchHere(t, append(counted, "--csv")...)
	if lines := strings.Split(strings.TrimSpace(out), "\n"); err != nil || len(lines) != 2 || !strings.HasPrefix(lines[0], "server,round,row,") {
		t.Errorf("%v\n%s", err, out)
	}
	out, _, err = benchHere(t, append(short, "--json", "--rate", "500", "--zipf", "0.99")...)
	check(t, err)
	var record bench.Record
	check(t, json.Unmarshal([]byte(out), &record))
	if r := record.Samples[0].Result; r.Rate != 500 || r.Ops == 0 || r.RSSAfterBytes == 0 {
		t.Errorf("result %+v", r)
	}
	results, page := filepath.Join(dir, "results.json"), filepath.Join(dir, "report.html")
	check(t, os.WriteFile(results, []byte(out), 0o644))
	_, _, err = benchHere(t, "report", results, "--out", page)
	check(t, err)
	text, err := os.ReadFile(page)
	check(t, err)
	if !strings.Contains(string(text), p.addr) || !strings.HasSuffix(strings.TrimSpace(string(text)), "</html>") {
		t.Errorf("a page of %d bytes", len(text))
	}
	if code := p.end(syscall.SIGTERM); code != 0 {
		t.Errorf("the server ended with %d\n%s", code, p.errs)
	}
}

// compare starts the program that it is part of, which is this test here.
func TestBenchCompareStartsServersAndPrintsRatios(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "results.json")
	code, stdout, stderr := run(t, dir, "bench", "compare", "floor-owner", "paddock", "--workload", "set", "--connections", "2", "--keys", "10",
		"--warmup", "10ms", "--duration", "100ms", "--count", "100", "--rounds", "2", "--out", out)
	if code != 0 || !strings.Contains(stdout, "| set | paddock / floor-owner | × ") || !strings.Contains(stderr, "1 rows, 2 rounds, servers floor-owner, paddock: about 8s") {
		t.Fatalf("exit code %d\n%s\n%s", code, stdout, stderr)
	}
	record, err := bench.ReadRecord(out)
	check(t, err)
	if len(record.Samples) != 4 {
		t.Errorf("%d samples, want 4", len(record.Samples))
	}
	left, err := os.ReadDir(dir)
	check(t, err)
	if len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}

func TestBenchRefusesWhatItCannotDo(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "none")
	for _, tc := range []struct {
		want string
		args []string
	}{
		{`no workload is called "fly"`, []string{"--workload", "fly"}},
		{"connection refused", []string{"--addr", "127.0.0.1:1"}},
		{"none of the others can be", []string{"--json", "--csv"}},
		{"mode is \"x\", must be loop or owner", []string{"floor", "--mode", "x"}},
		{"no such file", []string{"report", missing}},
		{"no built-in suite", []string{"compare", "--suite", missing}},
		{"no server is named", []string{"compare"}},
		{`"x" is no server`, []string{"compare", "x"}},
		{`no row is called "x"`, []string{"compare", "--suite", "table", "--rows", "x"}},
		{"none of the others can be", []string{"compare", "floor", "--suite", "table", "--workload", "set"}},
		{"rounds is -1", []string{"compare", "--suite", "table", "--rounds", "-1"}},
	} {
		if _, _, err := benchHere(t, tc.args...); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%v: got %v, want %q", tc.args, err, tc.want)
		}
	}
}

func TestProgressIsDrawnOnTerminalsOnly(t *testing.T) {
	var silent bytes.Buffer
	p := newProgress(&silent)
	p.update(bench.Status{Title: "get", Phase: "measure", Elapsed: time.Second, Total: time.Minute})
	p.end()
	if silent.Len() > 0 {
		t.Errorf("wrote %q into a file", silent.String())
	}
	var drawn bytes.Buffer
	p = &progress{out: &drawn}
	p.update(bench.Status{Title: "get", Phase: "prepare"})
	for second := range 3 {
		p.update(bench.Status{
			Title: "get", Phase: "measure", Elapsed: time.Duration(second) * time.Second, Total: 2 * time.Second, OpsPerS: 12345, P99Us: 678, RSSBytes: 3 << 20,
		})
	}
	p.end()
	for _, part := range []string{"get, prepare", "get, measure 1s: 12,345/s, p99 678 µs, 3 MiB"} {
		if !strings.Contains(drawn.String(), part) {
			t.Errorf("no %q in %q", part, drawn.String())
		}
	}
	if _, err := (&lines{p, io.Discard}).Write([]byte("x")); err != nil {
		t.Error(err)
	}
}
