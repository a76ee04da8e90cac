package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"

	"paddock/bench"
)

// The parts of the page. They never change: go:embed can fill nothing but package variables.
var (
	//go:embed page.html
	pageText string
	//go:embed plots.js
	plotsScript string
	//go:embed uplot/uPlot.iife.min.js
	uplotScript string
	//go:embed uplot/LICENSE
	uplotLicence string
	//go:embed uplot/uPlot.min.css
	uplotStyle string
)

// page is what the template shows.
type page struct {
	UplotStyle  template.CSS
	UplotScript template.JS
	PlotsScript template.JS
	Sections    []section
}

// section is one record.
type section struct {
	Title   string
	Machine string
	Heads   []string
	Lines   [][]string
	Plots   []drawing
}

// Write makes the page.
func Write(w io.Writer, records []*bench.Record) error {
	p := page{
		UplotStyle: template.CSS(uplotStyle), UplotScript: template.JS("/*\n" + uplotLicence + "*/\n" + uplotScript), PlotsScript: template.JS(plotsScript),
	}
	for _, r := range records {
		s := section{Title: r.Title, Machine: r.Machine}
		s.Heads, s.Lines = summary(r)
		plots := r.Plots
		if len(plots) == 0 {
			plots = usualPlots(r)
		}
		for i := range plots {
			d, err := draw(r, &plots[i])
			if err != nil {
				return fmt.Errorf("report: plot %q: %w", plots[i].Title, err)
			}
			if len(d.Series) > 0 {
				s.Plots = append(s.Plots, d)
			}
		}
		p.Sections = append(p.Sections, s)
	}
	t, err := template.New("page").Parse(pageText)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	if err := t.Execute(w, p); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

// usualPlots are those of a record that does not say which: of each row its latencies, and how it went on.
func usualPlots(r *bench.Record) (plots []bench.Plot) {
	for _, row := range r.Rows {
		rows := []string{row}
		plots = append(plots,
			bench.Plot{Title: row + ": latency", Kind: "percentiles", Rows: rows},
			bench.Plot{Title: row + ": throughput over time", Kind: "time", Y: "opsPerSec", Rows: rows},
			bench.Plot{Title: row + ": p99 over time", Kind: "time", Y: "p99Us", Rows: rows})
	}
	return plots
}

// summary is a table of what each row came to.
func summary(r *bench.Record) (heads []string, lines [][]string) {
	heads = []string{"row", "server"}
	for _, m := range bench.Metrics() {
		if !m.Part {
			heads = append(heads, m.Title)
		}
	}
	for _, row := range r.Rows {
		for _, server := range r.Servers {
			result, ok := r.Median(server, row)
			if !ok {
				continue
			}
			line := []string{row, server}
			for _, m := range bench.Metrics() {
				if !m.Part {
					line = append(line, m.Text(m.Value(result)))
				}
			}
			lines = append(lines, line)
		}
	}
	return withoutEmpty(heads, lines)
}

// withoutEmpty leaves out the columns that have nothing in any line.
func withoutEmpty(heads []string, lines [][]string) ([]string, [][]string) {
	var keep []int
	for i := range heads {
		var all strings.Builder
		for _, line := range lines {
			all.WriteString(line[i])
		}
		if strings.Trim(all.String(), "–") != "" {
			keep = append(keep, i)
		}
	}
	pick := func(line []string) (kept []string) {
		for _, i := range keep {
			kept = append(kept, line[i])
		}
		return kept
	}
	short := make([][]string, len(lines))
	for i, line := range lines {
		short[i] = pick(line)
	}
	return pick(heads), short
}
