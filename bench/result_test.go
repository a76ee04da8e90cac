package bench

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func sampleResult() Result {
	o := DefaultOptions()
	r := newResult(&o)
	r.Ops, r.Seconds, r.OpsPerSec, r.ServerCPUUsPerOp, r.RSSAfterBytes = 5000, 2, 2500, 1.25, 3<<20
	r.Latency = Latency{Count: 5000, P50Us: 100, P99Us: 900, P999Us: 950, MaxUs: 999}
	r.Kinds = []Latency{{Name: "get", Count: 5000, P50Us: 100}}
	r.Errors = map[string]int64{"NoNode": 3}
	return r
}

func TestTableSaysWhatWasMeasured(t *testing.T) {
	r := sampleResult()
	var text bytes.Buffer
	if err := r.WriteTable(&text); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"get: 50 connections, 16 in flight, 100-byte values", "2,500/s (5,000 in 2.0 s)", "server CPU 1.25 µs/op", "refused: 3 (3 NoNode)"} {
		if !strings.Contains(text.String(), part) {
			t.Errorf("no %q in\n%s", part, text.String())
		}
	}
}

func TestRecordSurvivesItsFile(t *testing.T) {
	want := &Record{Machine: "m", Title: "t", Servers: []string{"s"}, Rows: []string{"r"}, Samples: []Sample{{"s", 1, "r", sampleResult()}}}
	path := filepath.Join(t.TempDir(), "results.json")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := want.Write(f); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := ReadRecord(path)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v: got %+v, want %+v", err, got, want)
	}
}

func TestFilesThatAreNoRecordsAreNamed(t *testing.T) {
	for _, text := range []string{"", "{", "[]", "{}", `{"samples": []}`, `{"samples": [{"round": "x"}]}`} {
		if _, err := decodeRecord("some.json", []byte(text)); err == nil || !strings.Contains(err.Error(), "some.json") {
			t.Errorf("%q: got %v", text, err)
		}
	}
}

// Whatever a file holds, it is refused or can be shown.
func FuzzRecord(f *testing.F) {
	var text bytes.Buffer
	if err := (&Record{Servers: []string{"s"}, Samples: []Sample{{"s", 1, "r", sampleResult()}}}).Write(&text); err != nil {
		f.Fatal(err)
	}
	f.Add(text.Bytes())
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := decodeRecord("fuzz", text)
		if err != nil {
			return
		}
		var out bytes.Buffer
		if err := WriteCSV(&out, r.Samples); err != nil {
			t.Error(err)
		}
		r.Median(r.Samples[0].Server, r.Samples[0].Row)
	})
}

func TestCSVHasALinePerSampleAndAColumnPerFigure(t *testing.T) {
	var text bytes.Buffer
	if err := WriteCSV(&text, []Sample{{"a,b", 1, "r", sampleResult()}, {"c", 2, "r", sampleResult()}}); err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(&text).ReadAll()
	if err != nil || len(lines) != 3 || lines[1][0] != "a,b" || lines[2][1] != "2" {
		t.Fatalf("%v: %v", err, lines)
	}
	for i, title := range lines[0] {
		if want := map[string]string{"opsPerSec": "2500", "p99Us": "900", "refused": "3", "rssMiB": "3"}[title]; want != "" && lines[1][i] != want {
			t.Errorf("%s is %s, want %s", title, lines[1][i], want)
		}
	}
}

func TestMetricsHaveNamesOfTheirOwn(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range append(Metrics(), Parameters()...) {
		if m.Title == "" || seen[m.Name] {
			t.Errorf("metric %q is there twice or has no title", m.Name)
		}
		seen[m.Name] = true
		if got, ok := FindMetric(m.Name); !ok || got.Title != m.Title {
			t.Errorf("metric %q is not found", m.Name)
		}
	}
}

func TestMedians(t *testing.T) {
	if got := Median([]float64{4, 1, 3, 2}); got != 2.5 {
		t.Errorf("of four: %v, want 2.5", got)
	}
	if got := Median([]float64{9, 1, 5}); got != 5 {
		t.Errorf("of three: %v, want 5", got)
	}
	r := Record{}
	for round, speed := range []float64{1000, 9000, 2000} {
		r.Samples = append(r.Samples, Sample{"s", round, "r", Result{OpsPerSec: speed, Ops: int64(round)}})
	}
	if got, ok := r.Median("s", "r"); !ok || got.OpsPerSec != 2000 || got.Ops != 2 {
		t.Errorf("the round in the middle is %+v", got)
	}
	if _, ok := r.Median("s", "other"); ok {
		t.Error("a row without samples has a median")
	}
}

func TestSnapshotsAreMarkedFromBirthToLastChange(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "version-2"), 0o755); err != nil {
		t.Fatal(err)
	}
	opened := time.Now()
	for i, end := range []time.Duration{2 * time.Second, 500 * time.Second, -5 * time.Second} {
		path := filepath.Join(dir, "version-2", fmt.Sprintf("snapshot.%d", i))
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, opened, opened.Add(end)); err != nil {
			t.Fatal(err)
		}
	}
	spans := snapshotSpans(dir, opened, 100)
	// The one that ended before the window is out. The birth is now, or unknown: then it is the end, and the one that ends
	// after the window is out as well.
	if len(spans) == 0 || spans[0].ToSec < 1.99 || spans[0].ToSec > 2.01 || spans[0].FromSec > spans[0].ToSec {
		t.Errorf("spans %+v", spans)
	}
}
