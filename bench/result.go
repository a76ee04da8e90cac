package bench

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Latency sums up one kind of operation, in microseconds.
type Latency struct {
	Name   string  `json:"name,omitempty"`
	Count  int64   `json:"count"`
	MeanUs float64 `json:"meanUs"`
	P50Us  float64 `json:"p50Us"`
	P90Us  float64 `json:"p90Us"`
	P99Us  float64 `json:"p99Us"`
	P999Us float64 `json:"p999Us"`
	MaxUs  float64 `json:"maxUs"`
}

func latencyOf(name string, h *hdrhistogram.Histogram) Latency {
	us := func(ns int64) float64 { return float64(ns) / 1e3 }
	return Latency{
		Name: name, Count: h.TotalCount(), MeanUs: h.Mean() / 1e3,
		P50Us: us(h.ValueAtQuantile(50)), P90Us: us(h.ValueAtQuantile(90)), P99Us: us(h.ValueAtQuantile(99)),
		P999Us: us(h.ValueAtQuantile(99.9)), MaxUs: us(h.Max()),
	}
}

// Quantile is a point of the distribution of latencies.
type Quantile struct {
	Percent float64 `json:"percent"`
	Us      float64 `json:"us"`
}

// Result is what a run measured. Memory and server CPU are 0 without a server process on this machine.
type Result struct {
	Title       string  `json:"title"` // the workload or the mix
	Connections int     `json:"connections"`
	InFlight    int     `json:"inFlight"`
	Rate        float64 `json:"rate,omitempty"` // asked for; 0: closed loop
	Value       Size    `json:"value"`
	Keys        int     `json:"keys"`
	Children    int     `json:"children"`
	Watches     int     `json:"watches"`
	Tree        string  `json:"tree,omitempty"` // the znode that held everything
	Kept        bool    `json:"kept,omitempty"` // and still does

	Seconds    float64          `json:"seconds"`
	Ops        int64            `json:"ops"` // answered without error
	OpsPerSec  float64          `json:"opsPerSec"`
	ItemsPerOp float64          `json:"itemsPerOp"` // children listed, events sent; else 1
	Errors     map[string]int64 `json:"errors,omitempty"`
	Latency    Latency          `json:"latency"`
	Kinds      []Latency        `json:"kinds,omitempty"`
	Probe      Latency          `json:"probe,omitzero"` // what a client felt that has nothing to do with the load
	Quantiles  []Quantile       `json:"quantiles,omitempty"`
	Timeline   []Point          `json:"timeline,omitempty"`
	Snapshots  []Span           `json:"snapshots,omitempty"`

	ServerCPUUsPerOp   float64 `json:"serverCpuUsPerOp"`
	ServerCPUUsPerItem float64 `json:"serverCpuUsPerItem"`
	ServerCPUPercent   float64 `json:"serverCpuPercent"` // of one core
	ClientCPUUsPerOp   float64 `json:"clientCpuUsPerOp"`
	RSSBeforeBytes     int64   `json:"rssBeforeBytes"`
	RSSAfterBytes      int64   `json:"rssAfterBytes"`
	RSSSettledBytes    int64   `json:"rssSettledBytes"`
	RSSPeakBytes       int64   `json:"rssPeakBytes"`
	RSSBytesPerItem    float64 `json:"rssBytesPerItem"` // load: growth until settled per znode; idle: per session; watches: per watch
	FirstAnswerSec     float64 `json:"firstAnswerSec,omitempty"`

	// Of the workload watches: per second, until the last one was set or had fired; and the end of all sessions.
	RegisteredPerSec   float64 `json:"registeredPerSec,omitempty"`
	FiredPerSec        float64 `json:"firedPerSec,omitempty"`
	ReregisteredPerSec float64 `json:"reregisteredPerSec,omitempty"`
	EndSec             float64 `json:"endSec,omitempty"`
}

func newResult(o *Options) Result {
	r := Result{
		Title: o.Title(), Connections: o.Connections, InFlight: o.InFlight, Rate: o.Rate, Value: o.Value, Keys: o.Keys, Kept: o.Keep,
		Children: o.Children, Watches: o.Watches, ItemsPerOp: 1,
	}
	switch r.Title {
	case "children":
		r.ItemsPerOp = float64(max(o.Children, 1))
	case "watch":
		r.ItemsPerOp = float64(o.Connections)
	}
	return r
}

// quantiles are the points of the curve that a report draws, in per cent.
func quantiles() []float64 {
	return []float64{0, 10, 25, 50, 75, 90, 95, 97.5, 99, 99.5, 99.75, 99.9, 99.95, 99.99, 99.995, 99.999}
}

// add takes the histograms over. Events are told apart, but are no operations.
func (r *Result) add(t *tally) {
	all := newHistogram()
	for k, h := range t.byKind() {
		if h == nil {
			continue
		}
		r.Kinds = append(r.Kinds, latencyOf(kind(k).String(), h))
		if kind(k) != kindEvent {
			all.Merge(h)
		}
	}
	r.Latency = latencyOf("", all)
	r.Ops = all.TotalCount()
	for _, percent := range quantiles() {
		if float64(r.Ops)*(100-percent) < 100 && percent > 50 {
			break // fewer than one answer lies beyond
		}
		r.Quantiles = append(r.Quantiles, Quantile{percent, float64(all.ValueAtQuantile(percent)) / 1e3})
	}
}

// Refused counts the requests that were refused.
func (r *Result) Refused() (n int64) {
	for _, count := range r.Errors {
		n += count
	}
	return n
}

// WriteTable writes the result for people.
func (r *Result) WriteTable(w io.Writer) error {
	var b bytes.Buffer
	loop := fmt.Sprintf("%d in flight", r.InFlight)
	if r.Rate > 0 {
		loop = Thousands(r.Rate) + "/s due (open loop)"
	}
	fmt.Fprintf(&b, "%s: %d connections, %s, %s-byte values\n", r.Title, r.Connections, loop, r.Value)
	if r.Ops > 0 {
		fmt.Fprintf(&b, "%s/s (%s in %.1f s)\n", Thousands(r.OpsPerSec), Thousands(float64(r.Ops)), r.Seconds)
		fmt.Fprintf(&b, "%-10s %12s %10s %10s %10s %10s %10s\n", "µs", "count", "mean", "p50", "p99", "p99.9", "max")
		for i := range r.Kinds {
			l := &r.Kinds[i]
			fmt.Fprintf(&b, "%-10s %12s %10.0f %10.0f %10.0f %10.0f %10.0f\n", l.Name, Thousands(float64(l.Count)),
				l.MeanUs, l.P50Us, l.P99Us, l.P999Us, l.MaxUs)
		}
	}
	if l := &r.Probe; l.Count > 0 {
		fmt.Fprintf(&b, "%-10s %12s %10.0f %10.0f %10.0f %10.0f %10.0f\n", l.Name, Thousands(float64(l.Count)), l.MeanUs, l.P50Us, l.P99Us, l.P999Us, l.MaxUs)
	}
	if r.FiredPerSec > 0 {
		fmt.Fprintf(&b, "watches: %s/s set, %s/s fired, %s/s set again; all sessions ended after %.2f s\n",
			Thousands(r.RegisteredPerSec), Thousands(r.FiredPerSec), Thousands(r.ReregisteredPerSec), r.EndSec)
	}
	if n := r.Refused(); n > 0 {
		fmt.Fprintf(&b, "refused: %s (%s)\n", Thousands(float64(n)), r.errorText())
	}
	if r.Ops > 0 {
		fmt.Fprintf(&b, "client CPU %.2f µs/op\n", r.ClientCPUUsPerOp)
	}
	if r.RSSAfterBytes > 0 {
		fmt.Fprintf(&b, "server CPU %.2f µs/op, %.1f %% of a core; RSS %.0f MiB before, %.0f after, %.0f settled, %.0f at most\n",
			r.ServerCPUUsPerOp, r.ServerCPUPercent, MiB(r.RSSBeforeBytes), MiB(r.RSSAfterBytes), MiB(r.RSSSettledBytes), MiB(r.RSSPeakBytes))
	}
	if r.Kept {
		fmt.Fprintf(&b, "left below %s: --tree %s --keys %d uses it again\n", r.Tree, r.Tree, r.Keys)
	}
	if r.RSSBytesPerItem != 0 {
		fmt.Fprintf(&b, "%s bytes of RSS each\n", Thousands(r.RSSBytesPerItem))
	}
	_, err := w.Write(b.Bytes())
	return err
}

// errorText lists the refusals, those that came most often first.
func (r *Result) errorText() string {
	var parts []string
	for name, n := range r.Errors {
		parts = append(parts, fmt.Sprintf("%s %s", Thousands(float64(n)), name))
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}

// WriteCSV writes one line per sample below a line of titles.
func WriteCSV(w io.Writer, samples []Sample) error {
	out := csv.NewWriter(w)
	titles := []string{"server", "round", "row", "title", "connections", "inFlight", "rate", "keys", "value", "seconds", "ops", "refused"}
	for _, m := range Metrics() {
		titles = append(titles, m.Name)
	}
	if err := out.Write(titles); err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	number := func(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
	for i := range samples {
		s, r := &samples[i], &samples[i].Result
		line := []string{
			s.Server, strconv.Itoa(s.Round), s.Row, r.Title, strconv.Itoa(r.Connections), strconv.Itoa(r.InFlight), number(r.Rate),
			strconv.Itoa(r.Keys), r.Value.String(), number(r.Seconds), strconv.FormatInt(r.Ops, 10), strconv.FormatInt(r.Refused(), 10),
		}
		for _, m := range Metrics() {
			line = append(line, number(m.Value(r)))
		}
		if err := out.Write(line); err != nil {
			return fmt.Errorf("bench: %w", err)
		}
	}
	out.Flush()
	return out.Error()
}

// RestartResult is the result of a restart: the time until the first answer, and the memory then.
func RestartResult(firstAnswer time.Duration, pid int) (Result, error) {
	rss, peak, err := processMemory(pid)
	return Result{
		Title: "restart", ItemsPerOp: 1, FirstAnswerSec: firstAnswer.Seconds(), RSSAfterBytes: rss, RSSPeakBytes: peak,
	}, err
}
