package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"text/tabwriter"

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
		{"RSS MiB", "%.0f", func(r *bench.Result) float64 { return mib(r.RSSAfterBytes) }},
	}
}

func memoryColumns() []column {
	return []column{
		{"creates/s", "", func(r *bench.Result) float64 { return r.OpsPerSec }},
		{"server CPU µs/op", "%.2f", func(r *bench.Result) float64 { return r.ServerCPUUsPerOp }},
		{"RSS empty MiB", "%.0f", func(r *bench.Result) float64 { return mib(r.RSSBeforeBytes) }},
		{"RSS loaded MiB", "%.0f", func(r *bench.Result) float64 { return mib(r.RSSAfterBytes) }},
		{"RSS settled MiB", "%.0f", func(r *bench.Result) float64 { return mib(r.RSSSettledBytes) }},
		{"highest RSS MiB", "%.0f", func(r *bench.Result) float64 { return mib(r.RSSPeakBytes) }},
		{"bytes/znode", "%.0f", func(r *bench.Result) float64 { return r.RSSBytesPerCreated }},
	}
}

func mib(n int64) float64 { return float64(n) / (1 << 20) }

// writeTables prints Markdown: the machine, the rows of the suite, the memory row.
func writeTables(w io.Writer, machine string, o *options, samples []sample) error {
	fmt.Fprintf(w, "%s. Medians of %d rounds of %s.\n", machine, o.rounds, o.duration)
	if rows := suite(o); len(rows) > 0 {
		names := make([]string, len(rows))
		for i := range rows {
			names[i] = rows[i].name
		}
		if err := writeTable(w, names, o.servers, speedColumns(), samples); err != nil {
			return err
		}
	}
	if !slices.ContainsFunc(samples, func(s sample) bool { return s.Row == memoryRow }) {
		return nil
	}
	fmt.Fprintf(w, "\n%s znodes of 100 bytes, settled after %s:\n", bench.Thousands(float64(o.znodes)), o.settle)
	return writeTable(w, []string{memoryRow}, o.servers, memoryColumns(), samples)
}

// writeTable prints one line for each row and server, and one with the ratio of each further server to the first.
func writeTable(w io.Writer, rows, servers []string, columns []column, samples []sample) error {
	t := tabwriter.NewWriter(w, 0, 0, 1, ' ', 0)
	titles, rule := []string{"row", "server"}, []string{"---", "---"}
	for _, c := range columns {
		titles, rule = append(titles, c.title), append(rule, "---")
	}
	writeLine(t, "")
	writeLine(t, titles...)
	writeLine(t, rule...)
	for _, row := range rows {
		var base []float64
		for _, server := range servers {
			figures := medians(samples, row, server, columns)
			if figures == nil {
				continue
			}
			writeLine(t, append([]string{row, server}, format(columns, figures)...)...)
			if base == nil {
				base = figures
				continue
			}
			writeLine(t, append([]string{row, server + " / " + servers[0]}, ratios(base, figures)...)...)
		}
	}
	return t.Flush()
}

// writeLine keeps no error: the tabwriter returns it again from Flush.
func writeLine(t *tabwriter.Writer, cells ...string) {
	if len(cells) == 1 && cells[0] == "" {
		fmt.Fprintln(t)
		return
	}
	fmt.Fprintf(t, "| %s\t|\n", strings.Join(cells, "\t| "))
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
