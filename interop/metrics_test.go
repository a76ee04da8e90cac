package interop

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

const prometheusProvider = "metricsProvider.className=org.apache.zookeeper.metrics.prometheus.PrometheusMetricsProvider"

// family is one metric as Prometheus reads it.
type family struct {
	typ    string
	series []string // suffixes and labels, without values, sorted
}

// scrape reads a server's exporter in the text format of Prometheus.
func scrape(t *testing.T, base string) map[string]*family {
	t.Helper()
	got := httpServer{base: base}.do(t, "GET", "/metrics", "", nil)
	if got.status != 200 || !strings.HasPrefix(got.header.Get("Content-Type"), "text/plain; version=0.0.4") {
		t.Fatalf("status %d, content type %q", got.status, got.header.Get("Content-Type"))
	}
	families := map[string]*family{}
	for line := range strings.Lines(string(got.body)) {
		var name, typ string
		if n, _ := fmt.Sscanf(line, "# TYPE %s %s", &name, &typ); n == 2 {
			families[name] = &family{typ: typ}
			continue
		}
		if strings.HasPrefix(line, "#") {
			continue
		}
		end := strings.LastIndexByte(strings.TrimSpace(line), ' ')
		series := strings.ReplaceAll(line[:end], ",}", "}") // a comma at the end means nothing
		name, _, _ = strings.Cut(series, "{")
		for families[name] == nil {
			at := strings.LastIndexByte(name, '_')
			if at < 0 {
				t.Fatalf("%s has no type", series)
			}
			name = name[:at]
		}
		families[name].series = append(families[name].series, strings.TrimPrefix(series, name))
	}
	for _, f := range families {
		slices.Sort(f.series)
	}
	return families
}

// Dashboards and alerts name metrics, labels and quantiles: those that Apache's exporter has are there in the same form.
func TestMetricsHaveTheNamesAndTypesOfApaches(t *testing.T) {
	var both [2]map[string]*family
	var some [2][]string
	for i, program := range []Program{tools.apache, tools.server} {
		port, err := freePort()
		check(t, err)
		s := newServer(t, program, prometheusProvider, "metricsProvider.httpHost=127.0.0.1", fmt.Sprintf("metricsProvider.httpPort=%d", port))
		check(t, s.Start())
		buildBusy(t, s)
		both[i] = scrape(t, fmt.Sprintf("http://127.0.0.1:%d", port))
		got := httpServer{base: fmt.Sprintf("http://127.0.0.1:%d", port)}.do(t, "GET",
			"/metrics?name[]=uptime&name[]=fsynctime&name[]=fsynctime_sum&name[]=none&name[]=packets_sent", "", nil)
		for line := range strings.Lines(string(got.body)) {
			if !strings.HasPrefix(line, "# HELP ") { // in words of our own
				some[i] = append(some[i], strings.ReplaceAll(line[:strings.LastIndexByte(line, ' ')], ",}", "}"))
			}
		}
		slices.Sort(some[i])
	}
	if !slices.Equal(some[0], some[1]) || len(some[0]) < 5 {
		t.Errorf("of some metrics there are %q, of Apache's %q", some[1], some[0])
	}
	for _, name := range slices.Sorted(maps.Keys(both[0])) {
		theirs, ours := both[0][name], both[1][name]
		switch {
		case strings.HasPrefix(name, "jvm_") && name != "jvm_pause_time_ms":
		case ours == nil && len(theirs.series) == 0: // a metric by key that has no key yet: a type and nothing else
		case ours == nil:
			t.Errorf("%s is missing", name)
		case ours.typ != theirs.typ:
			t.Errorf("%s is a %s, Apache's is a %s", name, ours.typ, theirs.typ)
		case strings.HasSuffix(name, "_per_namespace"): // quantiles by key are left out
			if len(ours.series) == 0 {
				t.Errorf("%s has no values", name)
			}
		case !slices.Equal(ours.series, theirs.series):
			t.Errorf("%s has the series %q, Apache's %q", name, ours.series, theirs.series)
		}
	}
	for name := range both[1] {
		if both[0][name] == nil && !strings.HasPrefix(name, "paddock_") && !strings.HasPrefix(name, "go_") && !strings.HasPrefix(name, "process_") {
			t.Errorf("%s is not one of Apache's", name)
		}
	}
}

// NullMetricsProvider leaves nothing of mntr but the version and the state.
func TestWithoutMetricsMntrIsAsShortAsApaches(t *testing.T) {
	var keys [2][]string
	for i, program := range []Program{tools.apache, tools.server} {
		s := newServer(t, program, "metricsProvider.className=org.apache.zookeeper.metrics.impl.NullMetricsProvider")
		check(t, s.Start())
		for line := range strings.Lines(ask(t, s, "mntr")) {
			key, _, _ := strings.Cut(line, "\t")
			keys[i] = append(keys[i], key)
		}
	}
	if !slices.Equal(keys[0], keys[1]) {
		t.Errorf("mntr has the keys %q, Apache's %q", keys[1], keys[0])
	}
}
