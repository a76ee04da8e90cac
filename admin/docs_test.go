package admin

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var rewrite = flag.Bool("rewrite", false, "rewrite docs/metrics.md")

const metricsIntro = `# Metrics

What Paddock counts and how it is seen:

- the four-letter word ` + "`mntr`" + ` and the admin command ` + "`monitor`" + ` show ZooKeeper's metrics since the start or the last ` + "`srst`" + `: a
  summary *x* as ` + "`avg_x`, `min_x`, `max_x`, `cnt_x` and `sum_x`" + `, one with quantiles also as ` + "`p50_x`, `p95_x`, `p99_x` and `p999_x`" + `;
- Prometheus scrapes them all, and ours, with

      metricsProvider.className=org.apache.zookeeper.metrics.prometheus.PrometheusMetricsProvider
      metricsProvider.httpPort=7000

  from ` + "`http://host:7000/metrics`" + `: a summary as ` + "`x_count` and `x_sum`" + ` since the start, and quantiles of the last ten minutes or so
  (0.5; with quantiles also 0.9 and 0.99). Counters never fall, whatever ` + "`srst`" + ` does.

ZooKeeper's names and types are those of 3.9.5, so that its dashboards and alerts work. Instead of its ` + "`jvm_…`" + ` metrics there are Go's
(` + "`go_…`" + `); ` + "`process_…`" + ` are the same. ` + "`metricsProvider.exportJvmInfo=false`" + ` leaves both out.

A quantile is exact below 128 and at most a sixteenth too large above.

This file is made from the table in ` + "`admin/metrics.go`" + `: ` + "`go test ./admin -rewrite`" + `.
`

func metricsPage() []byte {
	var moves, idle, ours bytes.Buffer
	for _, m := range Metrics() {
		kind := m.Kind.String()
		switch m.Kind {
		case Spread:
			kind += " with quantiles"
		case KeyedCounter, KeyedGauge, KeyedSeries:
			kind += " by key"
		case Counter, Gauge, Series:
		}
		row := fmt.Sprintf("| `%s` | %s | %s |\n", m.Name, kind, m.Help)
		switch {
		case m.ours():
			ours.WriteString(row)
		case m.Idle != "":
			fmt.Fprintf(&idle, "| `%s` | %s | %s | %s |\n", m.Name, kind, m.Help, m.Idle)
		default:
			moves.WriteString(row)
		}
	}
	const head = "\n| name | type | meaning |\n| --- | --- | --- |\n"
	return []byte(metricsIntro +
		"\n## ZooKeeper's\n" + head + moves.String() +
		"\n## Ours\n\nNames that begin with `paddock_` are seen by Prometheus alone. Times are in seconds.\n" + head + ours.String() +
		"\n## ZooKeeper's that stay at zero\n\nThey are there because something may ask for them.\n" +
		"\n| name | type | meaning in ZooKeeper | why |\n| --- | --- | --- | --- |\n" + idle.String())
}

func TestThePageOfMetricsIsThatOfTheTable(t *testing.T) {
	const file = "../docs/metrics.md"
	want := metricsPage()
	if *rewrite {
		if err := os.WriteFile(file, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what the table says: go test ./admin -rewrite", file)
	}
}

func TestTheTableOfMetricsIsInOrder(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range Metrics() {
		if seen[m.Name] {
			t.Errorf("%s stands there twice", m.Name)
		}
		seen[m.Name] = true
		if m.Help == "" || strings.HasSuffix(m.Help, ".") || strings.Contains(m.Help, "|") {
			t.Errorf("%s: help %q", m.Name, m.Help)
		}
	}
}
