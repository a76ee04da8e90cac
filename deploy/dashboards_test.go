// Package deploy_test holds the dashboard and the alert rules against the metrics of a server that runs, and calls the scripts
// of the Debian packages as dpkg does.
package deploy_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"go.yaml.in/yaml/v2"

	"paddock/admin"
	"paddock/client"
	"paddock/config"
	"paddock/server"
	"paddock/zk"
)

const patience = 60 * time.Second

// query is one expression and where it stands.
type query struct{ where, expr string }

func TestTheDashboardAsksForMetricsThatThereAre(t *testing.T) {
	queries := dashboard(t)
	if len(queries) < 40 {
		t.Errorf("only %d expressions were found", len(queries))
	}
	judge(t, queries)
}

func TestTheAlertsAskForMetricsThatThereAre(t *testing.T) {
	var queries []query
	for _, r := range rules(t) {
		queries = append(queries, query{r.Alert, r.Expr})
	}
	if len(queries) < 15 {
		t.Errorf("only %d alerts were found", len(queries))
	}
	judge(t, queries)
}

// What the judge must not let through, or the tests above would say nothing.
func TestExpressionsThatCannotWorkAreFound(t *testing.T) {
	families := scrape(t)
	for what, expr := range map[string]string{
		"no PromQL":                      `sum(znode_count`,
		"an unknown metric":              `znode_counts`,
		"one that never moves":           `local_sessions`,
		"a rate of a gauge":              `rate(znode_count[5m])`,
		"an increase of quantiles":       `increase(readlatency{quantile="0.5"}[5m])`,
		"the value of a counter":         `commit_count > 5`,
		"a quantile that is not shown":   `readlatency{quantile="0.95"}`,
		"a label that there is not":      `paddock_memory_bytes{key="heap"}`,
		"a value that no label has":      `paddock_memory_bytes{kind="heaps"}`,
		"a sum of what is no summary":    `rate(commit_count_sum[5m])`,
		"quantiles without saying which": `readlatency > 1`,
	} {
		if errs := faults(families, expr); len(errs) == 0 {
			t.Errorf("%s: %s is taken for good", what, expr)
		}
	}
}

func TestEveryAlertSaysWhatToDo(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range rules(t) {
		if seen[r.Alert] {
			t.Errorf("%s stands there twice", r.Alert)
		}
		seen[r.Alert] = true
		if s := r.Labels["severity"]; s != "critical" && s != "warning" {
			t.Errorf("%s: severity %q", r.Alert, s)
		}
		if r.Annotations["summary"] == "" || r.Annotations["description"] == "" {
			t.Errorf("%s needs a summary and a description", r.Alert)
		}
		if r.For != "" {
			if _, err := model.ParseDuration(r.For); err != nil {
				t.Errorf("%s: %v", r.Alert, err)
			}
		}
	}
}

func judge(t *testing.T, queries []query) {
	t.Helper()
	families := scrape(t)
	for _, q := range queries {
		for _, err := range faults(families, q.expr) {
			t.Errorf("%s: %s: %v", q.where, q.expr, err)
		}
	}
}

// faults tells what is wrong with an expression. What Grafana fills in is taken as its widest values.
func faults(families map[string]*dto.MetricFamily, expr string) (errs []error) {
	filled := strings.NewReplacer("$__rate_interval", "1m", "$job", ".*", "$instance", ".*").Replace(expr)
	tree, err := parser.ParseExpr(filled)
	if err != nil {
		return []error{err}
	}
	parser.Inspect(tree, func(n parser.Node, path []parser.Node) error {
		if v, ok := n.(*parser.VectorSelector); ok {
			if err := selected(families, v, counts(path)); err != nil {
				errs = append(errs, err)
			}
		}
		return nil
	})
	return errs
}

// counts tells whether what a selector gives goes into a function for counters.
func counts(path []parser.Node) bool {
	for _, n := range path {
		if call, ok := n.(*parser.Call); ok && slices.Contains([]string{"rate", "increase", "irate"}, call.Func.Name) {
			return true
		}
	}
	return false
}

// selected holds one selector against what the server exposes.
func selected(families map[string]*dto.MetricFamily, v *parser.VectorSelector, counted bool) error {
	if v.Name == "up" { // Prometheus makes it
		return nil
	}
	f, part := families[v.Name], ""
	for _, suffix := range []string{"_sum", "_count"} {
		if whole, ok := strings.CutSuffix(v.Name, suffix); ok && f == nil && families[whole].GetType() == dto.MetricType_SUMMARY {
			f, part = families[whole], suffix
		}
	}
	if f == nil {
		return fmt.Errorf("the server has no metric %s", v.Name)
	}
	for _, m := range admin.Metrics() {
		if m.Name == f.GetName() && m.Idle != "" {
			return fmt.Errorf("%s never moves: %s", m.Name, m.Idle)
		}
	}
	if grows := f.GetType() == dto.MetricType_COUNTER || part != ""; grows != counted {
		return fmt.Errorf("%s is a %v: it grows: %v, and is taken to: %v", v.Name, f.GetType(), grows, counted)
	}
	if f.GetType() == dto.MetricType_SUMMARY && part == "" && !slices.ContainsFunc(v.LabelMatchers, isQuantile) {
		return fmt.Errorf("%s has several quantiles", v.Name)
	}
	for _, m := range v.LabelMatchers {
		if !slices.ContainsFunc(f.GetMetric(), func(one *dto.Metric) bool { return has(one, m) }) {
			return fmt.Errorf("no %s has %v", v.Name, m)
		}
	}
	return nil
}

func isQuantile(m *labels.Matcher) bool { return m.Name == "quantile" }

// has tells whether a metric has a label with such a value; job and instance come from Prometheus.
func has(one *dto.Metric, m *labels.Matcher) bool {
	switch m.Name {
	case labels.MetricName, "job", "instance":
		return true
	case "quantile":
		return slices.ContainsFunc(one.GetSummary().GetQuantile(), func(q *dto.Quantile) bool {
			return m.Matches(fmt.Sprint(q.GetQuantile()))
		})
	}
	return slices.ContainsFunc(one.GetLabel(), func(l *dto.LabelPair) bool {
		return l.GetName() == m.Name && m.Matches(l.GetValue())
	})
}

// dashboard gives the expressions of Grafana's file, and checks what Grafana does not forgive.
func dashboard(t *testing.T) (queries []query) {
	t.Helper()
	text, err := os.ReadFile("grafana/paddock.json")
	check(t, err)
	var d struct {
		UID, Title string
		Panels     []struct {
			ID                       int
			Title, Type, Description string
			Datasource               struct{ UID string }
			FieldConfig              struct{ Defaults struct{ Unit string } }
			Targets                  []struct{ Expr, RefID string }
		}
	}
	check(t, json.Unmarshal(text, &d))
	seen := map[int]bool{}
	for _, p := range d.Panels {
		if seen[p.ID] || p.Title == "" {
			t.Errorf("panel %d %q: its number stands there twice, or it has no title", p.ID, p.Title)
		}
		seen[p.ID] = true
		if p.Type != "row" && (len(p.Targets) == 0 || p.Description == "" || p.FieldConfig.Defaults.Unit == "" || p.Datasource.UID != "${datasource}") {
			t.Errorf("panel %q shows nothing, or lacks a description, a unit or the chosen source", p.Title)
		}
		for _, target := range p.Targets {
			if !strings.Contains(target.Expr, `job=~"$job",instance=~"$instance"`) {
				t.Errorf("panel %q shows more than the chosen servers: %s", p.Title, target.Expr)
			}
			queries = append(queries, query{"panel " + p.Title, target.Expr})
		}
	}
	if d.UID == "" || d.Title == "" {
		t.Error("the dashboard has no uid or no title")
	}
	return queries
}

type rule struct {
	Alert       string            `yaml:"alert"`
	Expr        string            `yaml:"expr"`
	For         string            `yaml:"for"`
	Labels      map[string]string `yaml:"labels"`
	Annotations map[string]string `yaml:"annotations"`
}

func rules(t *testing.T) (all []rule) {
	t.Helper()
	text, err := os.ReadFile("prometheus/paddock.rules.yml")
	check(t, err)
	var file struct {
		Groups []struct {
			Name  string `yaml:"name"`
			Rules []rule `yaml:"rules"`
		} `yaml:"groups"`
	}
	check(t, yaml.UnmarshalStrict(text, &file))
	for _, g := range file.Groups {
		all = append(all, g.Rules...)
	}
	return all
}

// scrape runs a server that has had a little of everything to do, and gives its metrics by name.
func scrape(t *testing.T) map[string]*dto.MetricFamily {
	t.Helper()
	s := serve(t)
	c, err := client.Dial(t.Context(), s.Addrs()[0].String(), client.Options{})
	check(t, err)
	defer c.Disconnect()
	open := []zk.ACL{{Perms: zk.PermAll, ID: zk.ID{Scheme: "world", ID: "anyone"}}}
	for _, n := range []struct{ path, data string }{
		{"/app", "data"},
		{"/zookeeper/quota/app", ""},
		{"/zookeeper/quota/app/zookeeper_limits", "count=1,bytes=-1,countHardLimit=1,byteHardLimit=-1"},
		{"/zookeeper/quota/app/zookeeper_stats", "count=1,bytes=4"},
	} {
		_, err = c.Create(n.path, []byte(n.data), open, zk.ModePersistent)
		check(t, err)
	}
	_, err = c.Create("/app/one-too-many", nil, open, zk.ModePersistent)
	if client.Code(err) != zk.ErrQuotaExceeded {
		t.Fatalf("a create above a hard quota: %v", err)
	}
	_, _, err = c.GetData("/app", false)
	check(t, err)

	r, err := http.Get("http://" + s.MetricsAddr().String() + "/metrics") //nolint:noctx // a test's
	check(t, err)
	body, err := io.ReadAll(r.Body)
	check(t, err)
	check(t, r.Body.Close())
	reader := expfmt.NewTextParser(model.LegacyValidation)
	families, err := reader.TextToMetricFamilies(bytes.NewReader(body))
	check(t, err)
	return families
}

// serve runs a server until the end of the test.
func serve(t *testing.T) *server.Server {
	t.Helper()
	dir := t.TempDir()
	lines := []string{
		"clientPort=0", "clientPortAddress=127.0.0.1", "dataDir=" + filepath.Join(dir, "data"), "admin.enableServer=false",
		"preAllocSize=256", "enforceQuota=true", "metricsProvider.className=" + config.MetricsPrometheus,
		"metricsProvider.httpHost=127.0.0.1", "metricsProvider.httpPort=0",
	}
	file := filepath.Join(dir, "zoo.cfg")
	check(t, os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o644))
	cfg, err := config.Load(file, nil)
	check(t, err)
	s, err := server.New(cfg, "test", slog.New(slog.DiscardHandler))
	check(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		select {
		case err := <-ended:
			check(t, err)
		case <-time.After(patience):
			t.Error("the server does not stop")
		}
	})
	return s
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
