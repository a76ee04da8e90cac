package bench

import (
	"cmp"
	"fmt"
	"slices"
)

// Metric is one figure of a result.
type Metric struct {
	Name   string // as in JSON and in suites
	Title  string // with its unit
	Format string // "" groups thousands
	Part   bool   // of other figures: shown where it is asked for, and not in every table
	Value  func(*Result) float64
}

// Text prints a value. 0 is nothing: a figure that the run does not have.
func (m Metric) Text(v float64) string {
	switch {
	case v == 0:
		return "–"
	case m.Format != "":
		return fmt.Sprintf(m.Format, v)
	case v < 10 && v > -10:
		return fmt.Sprintf("%.2f", v)
	default:
		return Thousands(v)
	}
}

// Metrics lists the figures that tables, targets and plots are made of.
func Metrics() []Metric {
	return []Metric{
		{"opsPerSec", "operations/s", "", false, func(r *Result) float64 { return r.OpsPerSec }},
		{"p50Us", "p50 µs", "", false, func(r *Result) float64 { return r.Latency.P50Us }},
		{"p99Us", "p99 µs", "", false, func(r *Result) float64 { return r.Latency.P99Us }},
		{"p999Us", "p99.9 µs", "", false, func(r *Result) float64 { return r.Latency.P999Us }},
		{"maxUs", "max µs", "", false, func(r *Result) float64 { return r.Latency.MaxUs }},
		{"readP50Us", "p50 of get µs", "", true, func(r *Result) float64 { return r.kindOf("get").P50Us }},
		{"readP999Us", "p99.9 of get µs", "", true, func(r *Result) float64 { return r.kindOf("get").P999Us }},
		{"writeP999Us", "p99.9 of set µs", "", true, func(r *Result) float64 { return r.kindOf("set").P999Us }},
		{"probeP99Us", "probe p99 µs", "", false, func(r *Result) float64 { return r.Probe.P99Us }},
		{"probeP999Us", "probe p99.9 µs", "", false, func(r *Result) float64 { return r.Probe.P999Us }},
		{"probeMaxUs", "probe max µs", "", false, func(r *Result) float64 { return r.Probe.MaxUs }},
		{"registeredPerSec", "watches set/s", "", false, func(r *Result) float64 { return r.RegisteredPerSec }},
		{"firedPerSec", "watches fired/s", "", false, func(r *Result) float64 { return r.FiredPerSec }},
		{"reregisteredPerSec", "watches set again/s", "", false, func(r *Result) float64 { return r.ReregisteredPerSec }},
		{"endSec", "end of sessions s", "%.2f", false, func(r *Result) float64 { return r.EndSec }},
		{"serverCpuUsPerOp", "server CPU µs/op", "%.2f", false, func(r *Result) float64 { return r.ServerCPUUsPerOp }},
		{"serverCpuUsPerItem", "server CPU µs/item", "%.3f", true, func(r *Result) float64 { return r.ServerCPUUsPerItem }},
		{"serverCpuPercent", "server CPU % of a core", "%.2f", false, func(r *Result) float64 { return r.ServerCPUPercent }},
		{"clientCpuUsPerOp", "client CPU µs/op", "%.2f", false, func(r *Result) float64 { return r.ClientCPUUsPerOp }},
		{"rssMiB", "RSS MiB", "", false, func(r *Result) float64 { return MiB(max(r.RSSAfterBytes, r.RSSSettledBytes)) }},
		{"rssPeakMiB", "highest RSS MiB", "", false, func(r *Result) float64 { return MiB(r.RSSPeakBytes) }},
		{"rssBytesPerItem", "RSS bytes/item", "", false, func(r *Result) float64 { return r.RSSBytesPerItem }},
		{"firstAnswerSec", "start to first answer s", "%.2f", false, func(r *Result) float64 { return r.FirstAnswerSec }},
	}
}

// Parameters lists what a run was given and a plot can have on its x axis.
func Parameters() []Metric {
	return []Metric{
		{"connections", "connections", "", false, func(r *Result) float64 { return float64(r.Connections) }},
		{"inFlight", "requests in flight per connection", "", false, func(r *Result) float64 { return float64(r.InFlight) }},
		{"keys", "znodes", "", false, func(r *Result) float64 { return float64(r.Keys) }},
		{"children", "children", "", false, func(r *Result) float64 { return float64(r.Children) }},
		{"watches", "watches", "", false, func(r *Result) float64 { return float64(r.Watches) }},
		{"rate", "requests/s due", "", false, func(r *Result) float64 { return r.Rate }},
	}
}

// FindMetric looks among metrics and parameters.
func FindMetric(name string) (Metric, bool) {
	for _, m := range append(Metrics(), Parameters()...) {
		if m.Name == name {
			return m, true
		}
	}
	return Metric{}, false
}

// kindOf gives the latencies of one kind of operation, all 0 where there was none.
func (r *Result) kindOf(name string) Latency {
	for _, l := range r.Kinds {
		if l.Name == name {
			return l
		}
	}
	return Latency{}
}

// Median is the middle value, or the mean of the two in the middle.
func Median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

// medianResult gives the run in the middle by throughput or, where there is none, by CPU. All of its figures belong together.
func medianResult(rounds []*Result) (*Result, bool) {
	if len(rounds) == 0 {
		return nil, false
	}
	sorted := slices.SortedStableFunc(slices.Values(rounds), func(a, b *Result) int {
		return cmp.Or(cmp.Compare(a.OpsPerSec, b.OpsPerSec), cmp.Compare(a.ServerCPUPercent, b.ServerCPUPercent))
	})
	return sorted[len(sorted)/2], true
}
