package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"unicode/utf8"

	"paddock/bench"
)

// column is one figure of a table.
type column struct {
	title  string
	format string // "" groups thousands
	value  func(*bench.Result) float64
}

func speedColumns() []column {
	return []column{
		{"ops/s", "", func(r *bench.Result) float64 { return r.OpsPerSec }},
		{"p50 µs", "", func(r *bench.Result) float64 { return r.Latency.P50Us }},
		{"p99 µs", "", func(r *bench.Result) float64 { return r.Latency.P99Us }},
		{"p99.9 µs", "", func(r *bench.Result) float64 { return r.Latency.P999Us }},
		{"server CPU µs/op", "%.2f", func(r *bench.Result) float64 { return r.ServerCPUUsPerOp }},
		{"client CPU µs/op", "%.2f", func(r *bench.Result) float64 { return r.ClientCPUUsPerOp }},
		{"RSS MiB", "%.0f", func(r *bench.Result) float64 { return bench.MiB(r.RSSAfterBytes) }},
	}
}

func memoryColumns() []column {
	return []column{
		{"creates/s", "", func(r *bench.Result) float64 { return r.OpsPerSec }},
		{"server CPU µs/op", "%.2f", func(r *bench.Result) float64 { return r.ServerCPUUsPerOp }},
		{"RSS empty MiB", "%.0f", func(r *bench.Result) float64 { return bench.MiB(r.RSSBeforeBytes) }},
		{"RSS loaded MiB", "%.0f", func(r *bench.Result) float64 { return bench.MiB(r.RSSAfterBytes) }},
		{"RSS settled MiB", "%.0f", func(r *bench.Result) float64 { return bench.MiB(r.RSSSettledBytes) }},
		{"highest RSS MiB", "%.0f", func(r *bench.Result) float64 { return bench.MiB(r.RSSPeakBytes) }},
		{"bytes/znode", "%.0f", func(r *bench.Result) float64 { return r.RSSBytesPerCreated }},
	}
}

// writeTables prints Markdown: the machine, the rows of the suite, the memory row.
func writeTables(w io.Writer, machine string, o *options, samples []sample) error {
	text := fmt.Sprintf("%s. Medians of %d rounds of %s.\n\n", machine, o.rounds, o.duration)
	if rows := suite(o); len(rows) > 0 {
		names := make([]string, len(rows))
		for i := range rows {
			names[i] = rows[i].name
		}
		text += table(names, o.servers, speedColumns(), samples)
	}
	if slices.ContainsFunc(samples, func(s sample) bool { return s.Row == memoryRow }) {
		text += fmt.Sprintf("\n%s znodes of 100 bytes, settled after %s:\n\n", bench.Thousands(float64(o.znodes)), o.settle)
		text += table([]string{memoryRow}, o.servers, memoryColumns(), samples)
	}
	_, err := io.WriteString(w, text)
	return err
}

// table has one line for each row and server, and one with the ratio of each further server to the first.
func table(rows, servers []string, columns []column, samples []sample) string {
	titles, rule := []string{"row", "server"}, []string{"---", "---"}
	for _, c := range columns {
		titles, rule = append(titles, c.title), append(rule, "---")
	}
	lines := [][]string{titles, rule}
	for _, row := range rows {
		var base []float64
		for _, server := range servers {
			figures := medians(samples, row, server, columns)
			if figures == nil {
				continue
			}
			lines = append(lines, append([]string{row, server}, format(columns, figures)...))
			if base == nil {
				base = figures
				continue
			}
			lines = append(lines, append([]string{row, server + " / " + servers[0]}, ratios(base, figures)...))
		}
	}
	return align(lines)
}

// align pads every cell to the width of its column.
func align(lines [][]string) string {
	widths := make([]int, len(lines[0]))
	for _, line := range lines {
		for i, cell := range line {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for _, line := range lines {
		for i, cell := range line {
			b.WriteString("| " + cell + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+1))
		}
		b.WriteString("|\n")
	}
	return b.String()
}

// medians gives nil if there is no sample.
func medians(samples []sample, row, server string, columns []column) []float64 {
	var figures []float64
	for _, c := range columns {
		var values []float64
		for i := range samples {
			if samples[i].Row == row && samples[i].Server == server {
				values = append(values, c.value(&samples[i].Result))
			}
		}
		if len(values) == 0 {
			return nil
		}
		figures = append(figures, median(values))
	}
	return figures
}

func median(values []float64) float64 {
	slices.Sort(values)
	middle := len(values) / 2
	if len(values)%2 == 1 {
		return values[middle]
	}
	return (values[middle-1] + values[middle]) / 2
}

func format(columns []column, figures []float64) []string {
	cells := make([]string, len(figures))
	for i, v := range figures {
		if columns[i].format == "" {
			cells[i] = bench.Thousands(v)
		} else {
			cells[i] = fmt.Sprintf(columns[i].format, v)
		}
	}
	return cells
}

func ratios(base, figures []float64) []string {
	cells := make([]string, len(figures))
	for i, v := range figures {
		if base[i] == 0 {
			cells[i] = "–"
		} else {
			cells[i] = fmt.Sprintf("× %.2f", v/base[i])
		}
	}
	return cells
}

// describeMachine says where the figures come from: processor, cores, kernel, commit of the generator.
func describeMachine() (string, error) {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "", fmt.Errorf("compare: %w", err)
	}
	kernel, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return "", fmt.Errorf("compare: %w", err)
	}
	model := "unknown processor"
	for line := range strings.Lines(string(info)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			model = strings.TrimSpace(value)
			break
		}
	}
	return fmt.Sprintf("%s, %d cores, Linux %s, %s, commit %s",
		model, runtime.NumCPU(), strings.TrimSpace(string(kernel)), runtime.Version(), commit()), nil
}

// commit is what go build noted; go run notes nothing.
func commit() string {
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	revision, dirty := "unknown", ""
	for _, s := range build.Settings {
		switch {
		case s.Key == "vcs.revision":
			revision = s.Value[:min(12, len(s.Value))]
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = " with changes"
		}
	}
	return revision + dirty
}
