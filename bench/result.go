package bench

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Latency sums up one kind of operation, in microseconds.
type Latency struct {
	Count  int64   `json:"count"`
	MeanUs float64 `json:"meanUs"`
	P50Us  float64 `json:"p50Us"`
	P90Us  float64 `json:"p90Us"`
	P99Us  float64 `json:"p99Us"`
	P999Us float64 `json:"p999Us"`
	MaxUs  float64 `json:"maxUs"`
}

func latencyOf(h *hdrhistogram.Histogram) Latency {
	us := func(ns int64) float64 { return float64(ns) / 1e3 }
	return Latency{
		Count: h.TotalCount(), MeanUs: h.Mean() / 1e3,
		P50Us: us(h.ValueAtQuantile(50)), P90Us: us(h.ValueAtQuantile(90)), P99Us: us(h.ValueAtQuantile(99)),
		P999Us: us(h.ValueAtQuantile(99.9)), MaxUs: us(h.Max()),
	}
}

// Result is what a run measured. Memory and server CPU are 0 without Options.ServerPID.
type Result struct {
	Workload    string  `json:"workload"`
	Connections int     `json:"connections"`
	InFlight    int     `json:"inFlight"`
	ValueBytes  int     `json:"valueBytes"`
	Seconds     float64 `json:"seconds"`
	Ops         int64   `json:"ops"`
	OpsPerSec   float64 `json:"opsPerSec"`
	Latency     Latency `json:"latency"`
	Reads       Latency `json:"reads"`
	Writes      Latency `json:"writes"`

	ServerCPUUsPerOp   float64 `json:"serverCpuUsPerOp"`
	ClientCPUUsPerOp   float64 `json:"clientCpuUsPerOp"`
	RSSBeforeBytes     int64   `json:"rssBeforeBytes"`
	RSSAfterBytes      int64   `json:"rssAfterBytes"`
	RSSSettledBytes    int64   `json:"rssSettledBytes"`
	RSSPeakBytes       int64   `json:"rssPeakBytes"`
	RSSBytesPerCreated float64 `json:"rssBytesPerCreated"` // load: growth until settled, per znode
}

// WriteJSON writes one line.
func (r *Result) WriteJSON(w io.Writer) error { return json.NewEncoder(w).Encode(r) }

// WriteTable writes the result for people.
func (r *Result) WriteTable(w io.Writer) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s: %d connections, %d in flight, %d-byte values\n", r.Workload, r.Connections, r.InFlight, r.ValueBytes)
	fmt.Fprintf(&b, "%s/s (%s in %.1f s)\n", Thousands(r.OpsPerSec), Thousands(float64(r.Ops)), r.Seconds)
	fmt.Fprintf(&b, "%-8s %12s %10s %10s %10s %10s %10s\n", "µs", "count", "mean", "p50", "p99", "p99.9", "max")
	latencyRow(&b, "reads", &r.Reads)
	latencyRow(&b, "writes", &r.Writes)
	fmt.Fprintf(&b, "client CPU %.2f µs/op\n", r.ClientCPUUsPerOp)
	if r.RSSAfterBytes > 0 {
		fmt.Fprintf(&b, "server CPU %.2f µs/op; RSS %.0f MiB before, %.0f after, %.0f settled, %.0f at most\n", r.ServerCPUUsPerOp,
			MiB(r.RSSBeforeBytes), MiB(r.RSSAfterBytes), MiB(r.RSSSettledBytes), MiB(r.RSSPeakBytes))
	}
	_, err := w.Write(b.Bytes())
	return err
}

func latencyRow(b *bytes.Buffer, name string, l *Latency) {
	if l.Count > 0 {
		fmt.Fprintf(b, "%-8s %12s %10.0f %10.0f %10.0f %10.0f %10.0f\n", name, Thousands(float64(l.Count)),
			l.MeanUs, l.P50Us, l.P99Us, l.P999Us, l.MaxUs)
	}
}

// MiB is a number of bytes in units of 1,048,576.
func MiB(n int64) float64 { return float64(n) / (1 << 20) }

// Thousands prints a whole number in groups of three digits.
func Thousands(v float64) string {
	s := fmt.Sprintf("%.0f", v)
	for at := len(s) - 3; at > 0 && s[at-1] != '-'; at -= 3 {
		s = s[:at] + "," + s[at:]
	}
	return s
}
