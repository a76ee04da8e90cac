package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"
	"testing"

	"paddock/bench"
)

// sample is a record of three rows on two servers, with a plot of each kind.
func sample() *bench.Record {
	r := &bench.Record{
		Machine: "a machine", Title: "Three rows", Servers: []string{"apache", "paddock"}, Rows: []string{"one", "two", "three"},
		Plots: []bench.Plot{
			{Title: "Cost", Kind: "xy", X: "keys", Y: "opsPerSec", LogX: true, Rows: []string{"one", "two", "three"}},
			{Title: "Latency", Kind: "percentiles", Rows: []string{"one"}},
			{Title: "Over time", Kind: "time", Y: "p99Us", Rows: []string{"one"}},
			{Title: "Nothing measured", Kind: "percentiles", Rows: []string{"four"}},
		},
	}
	for i, server := range r.Servers {
		for j, row := range r.Rows {
			work := "get"
			if row == "three" {
				work = "set"
			}
			r.Samples = append(r.Samples, bench.Sample{Server: server, Row: row, Result: bench.Result{
				Title: work, Keys: 100 * (3 - j), OpsPerSec: float64(1000*(i+1) + j), Seconds: 10,
				Quantiles: []bench.Quantile{{Percent: 0, Us: 5}, {Percent: 99, Us: 80}},
				Timeline:  []bench.Point{{Sec: 1, P99Us: 70}, {Sec: 2, P99Us: 80}},
				Snapshots: []bench.Span{{FromSec: -1, ToSec: 4}, {FromSec: 9, ToSec: 12}},
			}})
		}
	}
	return r
}

// drawingsIn reads back what the page's script will draw.
func drawingsIn(t *testing.T, page string) (all []drawing) {
	t.Helper()
	for _, m := range regexp.MustCompile(`<script type="application/json">(.*?)</script>`).FindAllStringSubmatch(page, -1) {
		var d drawing
		if err := json.Unmarshal([]byte(m[1]), &d); err != nil {
			t.Fatal(err)
		}
		all = append(all, d)
	}
	return all
}

func write(t *testing.T, records ...*bench.Record) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, records); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestPlotsShowTheFigures(t *testing.T) {
	plots := drawingsIn(t, write(t, sample()))
	if len(plots) != 3 {
		t.Fatalf("%d plots, want 3: one has nothing to show", len(plots))
	}
	cost, latency, time := plots[0], plots[1], plots[2]
	if len(cost.Series) != 4 || !cost.LogX || cost.XLabel != "znodes" || cost.YLabel != "operations/s" {
		t.Fatalf("cost %+v", cost)
	}
	for i, want := range []curve{
		{Label: "apache, get", X: []float64{300, 200}, Y: []float64{1000, 1001}},
		{Label: "apache, set", Dashed: true, X: []float64{100}, Y: []float64{1002}},
		{Label: "paddock, get", Color: 1, X: []float64{300, 200}, Y: []float64{2000, 2001}},
	} {
		got := cost.Series[i]
		if got.Label != want.Label || got.Color != want.Color || got.Dashed != want.Dashed || !slices.Equal(got.X, want.X) || !slices.Equal(got.Y, want.Y) {
			t.Errorf("curve %d is %+v, want %+v", i, got, want)
		}
	}
	if got := latency.Series[1]; latency.XKind != "percent" || len(got.X) != 2 || got.X[0] != 1 || fmt.Sprintf("%.3f", got.X[1]) != "100.000" || !slices.Equal(got.Y, []float64{5, 80}) {
		t.Errorf("latency %+v", latency)
	}
	got := time.Series[0]
	if !slices.Equal(got.X, []float64{1, 2}) || !slices.Equal(got.Y, []float64{70, 80}) || time.XLabel != "time, s" || time.YLabel != "p99 latency, µs" {
		t.Errorf("time %+v", time)
	}
	if !slices.Equal(got.Spans, []bench.Span{{FromSec: 0, ToSec: 4}, {FromSec: 9, ToSec: 10}}) {
		t.Errorf("snapshots %+v, want them cut to the window", got.Spans)
	}
}

func TestPageLoadsNothing(t *testing.T) {
	page := write(t, sample())
	for _, loads := range []string{" src=", " href=", "@import", "url(", "fetch(", "XMLHttpRequest", "import("} {
		if strings.Contains(page, loads) {
			t.Errorf("the page contains %q", loads)
		}
	}
	if !strings.Contains(page, "var uPlot=") || !strings.Contains(page, "leeoniya/uPlot (v1.6.32)") || !strings.Contains(page, "Permission is hereby granted") {
		t.Error("the page has no plotting library, or not its licence")
	}
}

func TestNamesCannotBecomeMarkupOrScript(t *testing.T) {
	const evil = `</script><script>alert("1")</script><b>&'`
	r := sample()
	r.Title, r.Servers[0], r.Plots[1].Title = evil, evil, evil
	for i := range r.Samples {
		if r.Samples[i].Server == "apache" {
			r.Samples[i].Server = evil
		}
	}
	page := write(t, r)
	if strings.Contains(page, "<script>alert") || strings.Contains(page, "<b>") {
		t.Error("a name became markup")
	}
	if plots := drawingsIn(t, page); plots[1].Title != evil || plots[0].Series[0].Label != evil+", get" {
		t.Errorf("the names are lost: %q", plots[1].Title)
	}
	if !strings.Contains(html.UnescapeString(page), "<td>"+evil+"</td>") {
		t.Error("the table does not show the server's name")
	}
}

func TestTableHasALinePerRowAndServerWithoutEmptyColumns(t *testing.T) {
	heads, lines := summary(sample())
	if !slices.Equal(heads, []string{"row", "server", "operations/s"}) || len(lines) != 6 || !slices.Equal(lines[3], []string{"two", "paddock", "2,001"}) {
		t.Errorf("heads %q, lines %q", heads, lines)
	}
}

func TestRecordWithoutPlotsGetsTheUsualOnes(t *testing.T) {
	r := sample()
	r.Plots = nil
	plots := drawingsIn(t, write(t, r, sample()))
	if len(plots) != 9+3 || plots[0].Title != "one: latency" {
		t.Errorf("%d plots, the first is %q", len(plots), plots[0].Title)
	}
}

func TestPlotsThatMeanNothingAreErrors(t *testing.T) {
	for want, p := range map[string]bench.Plot{
		`kind "pie" is not one of`:         {Title: "x", Kind: "pie"},
		`the timeline has no "speed"`:      {Title: "x", Kind: "time", Y: "speed"},
		`x "a" or y "opsPerSec" is no met`: {Title: "x", Kind: "xy", X: "a", Y: "opsPerSec"},
	} {
		r := sample()
		r.Plots = []bench.Plot{p}
		var b bytes.Buffer
		if err := Write(&b, []*bench.Record{r}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
