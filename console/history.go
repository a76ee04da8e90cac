package console

import (
	"encoding/json"
	"math"
	"sync"
	"time"

	"paddock/metric"
)

// How much is kept: an hour, of about 120 KiB.
const (
	sampleEvery = 5 * time.Second
	retryEvery  = 200 * time.Millisecond
	pointsMax   = int(time.Hour / sampleEvery)
)

// number is a value of a chart; NaN, shown as a gap, where there is none.
type number float64

// MarshalJSON implements json.Marshaler.
func (n number) MarshalJSON() ([]byte, error) {
	if f := float64(n); !math.IsNaN(f) && !math.IsInf(f, 0) {
		return json.Marshal(math.Round(f*1000) / 1000)
	}
	return []byte("null"), nil
}

// point is one moment of the charts.
type point struct {
	AtMs int64 `json:"at"` // wall clock

	Requests     number `json:"requests"` // per second, since the point before
	Transactions number `json:"transactions"`
	BytesIn      number `json:"bytesIn"`
	BytesOut     number `json:"bytesOut"`
	ReadP50      number `json:"readP50"` // ms, of what was answered since the point before
	ReadP99      number `json:"readP99"`
	WriteP50     number `json:"writeP50"`
	WriteP99     number `json:"writeP99"`
	SyncP50      number `json:"syncP50"`
	SyncP99      number `json:"syncP99"`
	Batch        number `json:"batch"` // transactions per sync, on average

	Outstanding number `json:"outstanding"`
	Pending     number `json:"pending"`
	Connections number `json:"connections"`
	Sessions    number `json:"sessions"`
	Watches     number `json:"watches"`
	Ephemerals  number `json:"ephemerals"`
	Znodes      number `json:"znodes"`
	DataBytes   number `json:"dataBytes"`
	Heap        number `json:"heap"`
	Memory      number `json:"memory"`
}

// history is the ring of points.
type history struct {
	mu     sync.Mutex
	points [pointsMax]point
	added  int // since the beginning; the newest is at (added-1) modulo pointsMax
	last   *Measure
	lastAt time.Time
}

// add takes a measurement. The first only serves the second.
func (h *history) add(m *Measure, at time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	was, since := h.last, at.Sub(h.lastAt)
	h.last, h.lastAt = m, at
	if was == nil || since <= 0 {
		return
	}
	h.points[h.added%pointsMax] = between(was, m, since, at)
	h.added++
}

// newest is the last measurement; nil before the first.
func (h *history) newest() *Measure {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.last
}

// after gives the points that came after the first n, oldest first, and how many there have been.
func (h *history) after(n int) (points []point, added int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if n < 0 || n > h.added { // of another run of the server
		n = 0
	}
	points = []point{}
	for i := max(n, h.added-pointsMax); i < h.added; i++ {
		points = append(points, h.points[i%pointsMax])
	}
	return points, h.added
}

// between makes the point at the end of an interval.
func between(was, is *Measure, since time.Duration, at time.Time) point {
	rate := func(was, is int64) number {
		if is < was { // a restore has put another processor in place
			return number(math.NaN())
		}
		return number(float64(is-was) / since.Seconds())
	}
	p := point{
		AtMs:     at.UnixMilli(),
		Requests: rate(was.Requests, is.Requests), Transactions: rate(was.Transactions, is.Transactions),
		BytesIn: rate(was.BytesIn, is.BytesIn), BytesOut: rate(was.BytesOut, is.BytesOut),
		Outstanding: number(is.Outstanding), Pending: number(is.Pending),
		Connections: number(is.Connections), Sessions: number(is.Sessions), Watches: number(is.Watches),
		Ephemerals: number(is.Ephemerals), Znodes: number(is.Znodes), DataBytes: number(is.DataBytes),
		Heap: number(is.HeapBytes), Memory: number(is.ProcessBytes),
	}
	p.ReadP50, p.ReadP99, _ = spread(&was.ReadMs, &is.ReadMs, 1)
	p.WriteP50, p.WriteP99, _ = spread(&was.WriteMs, &is.WriteMs, 1)
	p.SyncP50, p.SyncP99, _ = spread(&was.SyncUs, &is.SyncUs, 1e-3)
	_, _, p.Batch = spread(&was.BatchTxns, &is.BatchTxns, 1)
	return p
}

// spread gives the median, the 99th percentile and the mean of what came between two moments.
func spread(was, is *metric.Histogram, scale float64) (p50, p99, mean number) {
	if is.Count <= was.Count {
		none := number(math.NaN())
		return none, none, none
	}
	h := is.Since(was)
	return number(float64(h.Quantile(0.5)) * scale), number(float64(h.Quantile(0.99)) * scale),
		number(float64(h.Sum) / float64(h.Count) * scale)
}
