package suites

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"paddock/bench"
)

func TestBuiltInSuitesAreGood(t *testing.T) {
	if !slices.Contains(BuiltIn(), "table") {
		t.Fatalf("built in are %v", BuiltIn())
	}
	for _, name := range BuiltIn() {
		s, err := Load(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Quick(); err != nil {
			t.Errorf("%s, quick: %v", name, err)
		}
		for _, server := range s.Servers {
			if err := CheckServer(server); err != nil {
				t.Error(err)
			}
		}
		for _, p := range s.Plots {
			for _, row := range p.Rows {
				if !slices.Contains(s.RowNames(), row) {
					t.Errorf("%s: plot %q shows row %q, which is not there", name, p.Title, row)
				}
			}
		}
		for _, g := range s.Groups {
			for _, r := range g.Rows {
				for _, target := range r.Targets {
					if target.OfRow != "" && !slices.Contains(s.RowNames(), target.OfRow) {
						t.Errorf("%s: row %s is compared with row %q, which is not there", name, r.Name, target.OfRow)
					}
					if target.Of != "" && !slices.Contains(s.Servers, target.Of) {
						t.Errorf("%s: row %s is compared with server %q, which is not there", name, r.Name, target.Of)
					}
				}
			}
		}
	}
}

func TestMistakesInASuiteAreNamed(t *testing.T) {
	row := func(row string) string { return `{"rounds": 1, "groups": [{"name": "g", "rows": [` + row + `]}]}` }
	for text, want := range map[string]string{
		`{`:                                      "unexpected EOF",
		`{"rounds": 0}`:                          "rounds is 0",
		`{"round": 1}`:                           `unknown field "round"`,
		row(`{"name": ""}`):                      `row name "" is empty`,
		row(`{"name": "a"}, {"name": "a"}`):      `row name "a" is empty or there twice`,
		row(`{"name": "a", "options": {"x":1}}`): `row a: options: json: unknown field "x"`,
		row(`{"name": "a", "options": {"duration": "5"}}`):                       "expected a number with a unit",
		row(`{"name": "a", "options": {"workload": "fly"}}`):                     `no workload is called "fly"`,
		row(`{"name": "a", "tree": "b"}, {"name": "b"}`):                         `needs row "b", which does not come before it`,
		row(`{"name": "a", "targets": [{"metric": "opsPerSec"}]}`):               "expected either min or max",
		row(`{"name": "a", "targets": [{"metric": "speed", "min": 1}]}`):         `no metric is called "speed"`,
		row(`{"name": "a", "metrics": ["speed"]}`):                               `no metric is called "speed"`,
		row(`{"name": "a", "rateOf": {"row": "b", "server": "x", "factor": 1}}`): `needs row "b"`,
	} {
		if _, err := parse("some.json", []byte(text)); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "some.json") {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
	if _, err := Load("nowhere"); err == nil || !strings.Contains(err.Error(), "there is table") {
		t.Errorf("got %v", err)
	}
}

func TestRowsBringAlongWhatTheyNeed(t *testing.T) {
	s, err := Load("table")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Only([]string{"restart-1m", "half-load", "set-znodes-1m"}); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"mixed-16", "load-1m", "restart-1m", "half-load", "load-znodes-10k", "set-znodes-10k", "load-znodes-100k", "set-znodes-100k",
		"load-znodes-1m", "set-znodes-1m",
	}
	if got := s.RowNames(); !slices.Equal(got, want) {
		t.Errorf("rows %v, want %v", got, want)
	}
	if err := s.Only([]string{"get-2"}); err == nil || !strings.Contains(err.Error(), `no row is called "get-2"`) {
		t.Errorf("got %v", err)
	}
}

func TestOptionsLieInLayers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.json")
	text := `{"rounds": 2, "defaults": {"connections": 7, "duration": "9s"}, "groups": [{"name": "g", "rows": [
		{"name": "a", "options": {"duration": "8s", "keys": 3}, "quick": {"keys": 2}}]}]}`
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	s, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	run := &s.Groups[0].Rows[0].run
	if run.Connections != 7 || run.Keys != 3 || run.Duration != bench.Duration(8*time.Second) || run.InFlight != 16 {
		t.Errorf("options %+v", run)
	}
	if err := s.Quick(); err != nil || run.Connections != 7 || run.Keys != 2 || run.Duration != bench.Duration(time.Second) || s.Rounds != 1 {
		t.Errorf("%v: quick options %+v", err, run)
	}
}

func TestEstimateAddsUpServersRowsAndRounds(t *testing.T) {
	o := bench.DefaultOptions()
	o.Warmup, o.Duration = bench.Duration(3*time.Second), bench.Duration(5*time.Second)
	s, err := Single(o, 2)
	if err != nil {
		t.Fatal(err)
	}
	// Each of two rounds: 2 s to start and 8 s of load per server, 15 s for the Java machine.
	if got := s.Estimate([]string{"apache", "paddock"}, 15*time.Second); got != 70*time.Second {
		t.Errorf("estimate %v, want 1m10s", got)
	}
	s.Groups[0].Cold = true
	if got := s.Estimate([]string{"apache", "paddock"}, 15*time.Second); got != 40*time.Second {
		t.Errorf("estimate without warm-up %v, want 40s", got)
	}
}

func TestTheTableTakesAsLongAsALunch(t *testing.T) {
	s, err := Load("table")
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Estimate(s.Servers, 15*time.Second) / time.Duration(s.Rounds); got > 16*time.Minute {
		t.Errorf("a round takes %v, want at most 16 minutes", got)
	}
}

// Whatever a suite file says, it is refused or can be estimated and cut.
func FuzzSuite(f *testing.F) {
	text, err := files.ReadFile("table.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"rounds": 1, "groups": [{"name": "g", "rows": [{"name": "a"}]}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := parse("fuzz", text)
		if err != nil {
			return
		}
		s.Estimate(s.Servers, time.Second)
		if names := s.RowNames(); len(names) > 0 {
			if err := s.Only(names[:1]); err != nil {
				t.Error(err)
			}
		}
	})
}
