package admin

import (
	"context"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"paddock/metric"
)

// Exporter serves the metrics of a source in Prometheus' format, under ZooKeeper's names and types (PrometheusMetricsProvider,
// 3.9.5): counters without _total, series as summaries whose quantiles are of the last ten minutes or so.
type Exporter struct {
	src Source
	now func() time.Time
	log *slog.Logger
	mux *http.ServeMux

	pages shared[*page] // a scrape copies some 260 KB on the processor's goroutine: only one at a time

	mu  sync.Mutex // of what each scrape notes for those that come later
	old []scrape   // oldest first
}

// scrape is what the series were at a time.
type scrape struct {
	at     time.Time
	series map[string]*metric.Histogram
}

// windowMax is over how long quantiles look, windowStep how exactly that is kept (simpleclient's Summary: ten minutes in five
// steps).
const (
	windowMax  = 10 * time.Minute
	windowStep = 2 * time.Minute
)

// scrapePatience bounds the wait for the processor.
const scrapePatience = 10 * time.Second

// NewExporter makes an exporter; runtime adds what Go and the system know of the process.
func NewExporter(src Source, runtime bool, now func() time.Time, log *slog.Logger) *Exporter {
	e := &Exporter{src: src, now: now, log: log, mux: http.NewServeMux()}
	registry := prometheus.NewRegistry()
	registry.MustRegister(e)
	if runtime {
		registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	}
	handler := promhttp.HandlerFor(registry, promhttp.HandlerOpts{DisableCompression: true})
	e.pages.work = func() *page { return render(handler, metricsPath, log) }
	e.mux.HandleFunc("GET "+metricsPath, e.scrape)
	return e
}

const metricsPath = "/metrics"

// scrape answers with the text format, which all who ask understand.
func (e *Exporter) scrape(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*scrapePatience) // the one that is being made, and the next
	defer cancel()
	p, err := e.pages.get(ctx)
	if err != nil {
		http.Error(w, "the metrics are not there in time", http.StatusServiceUnavailable)
		return
	}
	if names := r.URL.Query()["name[]"]; len(names) > 0 && p.status == http.StatusOK {
		p = p.only(names)
	}
	if err := p.send(w, r); err != nil {
		e.log.Debug("metrics: an answer could not be sent", "err", err)
	}
}

// ServeHTTP implements http.Handler.
func (e *Exporter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodTrace {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	e.mux.ServeHTTP(w, r)
}

// Describe implements prometheus.Collector. It says nothing: the registry then checks at each scrape instead.
func (e *Exporter) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector. While nothing is served there are no metrics: a zero would be a lie.
func (e *Exporter) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapePatience)
	defer cancel()
	view, err := e.src.View(ctx, PartTotals)
	if err != nil {
		e.log.Warn("metrics: the server does not answer", "err", err)
		return
	}
	if !view.Stats.Serving {
		return
	}
	base := e.window(view.Samples.Series)
	values := gaugeValues(&view.Stats)
	for _, m := range Metrics() {
		m.export(&view.Samples, values, base, out)
	}
}

// gaugeValues are the gauges of Stats by name.
func gaugeValues(s *Stats) map[string]float64 {
	values := map[string]float64{"avg_latency": s.Latency.Avg(), "connection_drop_probability": s.DropProbability}
	for _, g := range gauges(s) {
		values[g.name] = float64(g.value)
	}
	return values
}

// window remembers the series of now, and gives those from which on quantiles look: nil for the very beginning.
func (e *Exporter) window(series map[string]*metric.Histogram) map[string]*metric.Histogram {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := e.now()
	for len(e.old) > 1 && now.Sub(e.old[1].at) >= windowMax {
		e.old = e.old[1:]
	}
	var base map[string]*metric.Histogram
	if len(e.old) > 0 && now.Sub(e.old[0].at) >= windowMax {
		base = e.old[0].series
	}
	if n := len(e.old); n == 0 || now.Sub(e.old[n-1].at) >= windowStep {
		e.old = append(e.old, scrape{at: now, series: series})
	}
	return base
}

// export gives the values of one metric.
func (m *Metric) export(samples *Samples, gauges map[string]float64, base map[string]*metric.Histogram, out chan<- prometheus.Metric) {
	desc := func(labels ...string) *prometheus.Desc { return prometheus.NewDesc(m.Name, m.Help, labels, nil) }
	label := "key"
	if m.ours() {
		label = "kind"
	}
	switch m.Kind {
	case Counter:
		out <- prometheus.MustNewConstMetric(desc(), prometheus.CounterValue, samples.Numbers[m.Name])
	case Gauge:
		value, ofStats := gauges[m.Name]
		if !ofStats {
			value = samples.Numbers[m.Name]
		}
		out <- prometheus.MustNewConstMetric(desc(), prometheus.GaugeValue, value)
	case Series, Spread:
		m.exportSeries(samples.Series[m.Name], base[m.Name], desc(), out)
	case KeyedCounter:
		for key, value := range sorted(samples.KeyedNumbers[m.Name]) {
			out <- prometheus.MustNewConstMetric(desc(label), prometheus.CounterValue, value, printable(key))
		}
	case KeyedGauge:
		for key, value := range sorted(samples.KeyedNumbers[m.Name]) {
			out <- prometheus.MustNewConstMetric(desc(label), prometheus.GaugeValue, value, printable(key))
		}
	case KeyedSeries:
		for key, s := range sorted(samples.KeyedSeries[m.Name]) {
			out <- prometheus.MustNewConstSummary(desc(label), uint64(s.Count), float64(s.Sum), nil, printable(key))
		}
	}
}

// exportSeries gives count and sum since the start, and quantiles since base.
func (m *Metric) exportSeries(h, base *metric.Histogram, desc *prometheus.Desc, out chan<- prometheus.Metric) {
	if h == nil {
		h = new(metric.Histogram)
	}
	if base == nil {
		base = new(metric.Histogram)
	}
	scale := m.Scale
	if scale == 0 {
		scale = 1
	}
	shares := []float64{0.5}
	if m.Kind == Spread {
		shares = []float64{0.5, 0.9, 0.99}
	}
	recent := h.Since(base)
	quantiles := map[float64]float64{}
	for _, q := range shares {
		quantiles[q] = math.NaN()
		if recent.Count > 0 {
			quantiles[q] = float64(recent.Quantile(q)) * scale
		}
	}
	out <- prometheus.MustNewConstSummary(desc, uint64(h.Count), float64(h.Sum)*scale, quantiles)
}

// printable makes a label of a name that may hold any bytes: what is no text is quoted, and what looks quoted, so that no two
// become one. With two of a name there would be no answer at all.
func printable(name string) string {
	if utf8.ValidString(name) && !strings.HasPrefix(name, `"`) {
		return name
	}
	return strconv.QuoteToASCII(name)
}
