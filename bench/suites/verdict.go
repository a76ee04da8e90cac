package suites

import (
	"fmt"
	"slices"

	"paddock/bench"
)

// verdicts has one line per target and judged server: the value of each server, the ratios of the judged one to the others,
// the target, reached or not. A row without targets shows its metrics.
func verdicts(s *Suite, r *bench.Record) [][]string {
	titles := append([]string{"row", "figure"}, r.Servers...)
	judged := slices.DeleteFunc(slices.Clone(r.Servers), func(name string) bool { return slices.Contains(peers(), kindOf(name)) })
	others := slices.DeleteFunc(slices.Clone(r.Servers), func(name string) bool { return slices.Contains(judged, name) })
	for _, other := range others {
		titles = append(titles, "to "+other)
	}
	titles = append(titles, "target", "reached")
	rule := make([]string, len(titles))
	for i := range rule {
		rule[i] = "---"
	}
	lines := [][]string{titles, rule}
	for _, g := range s.Groups {
		for i := range g.Rows {
			row := &g.Rows[i]
			for _, t := range row.shown() {
				for _, server := range judged {
					lines = append(lines, verdictLine(r, row, t, server, others))
				}
			}
		}
	}
	return lines
}

// resolve finds the server that a suite means: by its whole name, or the first of that kind.
func resolve(servers []string, name string) string {
	if slices.Contains(servers, name) {
		return name
	}
	if i := slices.IndexFunc(servers, func(s string) bool { return kindOf(s) == name }); i >= 0 {
		return servers[i]
	}
	return name
}

// peers are the servers that others are compared with.
func peers() []string { return []string{"apache", "floor", "floor-owner"} }

// shown are the row's targets, then its further metrics as targets without a bound.
func (r *Row) shown() []Target {
	all := slices.Clone(r.Targets)
	for _, m := range r.Metrics {
		all = append(all, Target{Metric: m})
	}
	return all
}

func verdictLine(r *bench.Record, row *Row, t Target, server string, others []string) []string {
	m, _ := bench.FindMetric(t.Metric)
	line := []string{row.Name, m.Title}
	for _, name := range r.Servers {
		v, _ := median(r, name, row.Name, t.Metric)
		line = append(line, m.Text(v))
	}
	own, measured := median(r, server, row.Name, t.Metric)
	for _, name := range others {
		v, _ := median(r, name, row.Name, t.Metric)
		line = append(line, ratio(own, v))
	}
	return append(line, t.text(m), t.reached(r, row, server, own, measured))
}

// text says the target in words.
func (t *Target) text(m bench.Metric) string {
	sign, bound := "≥", t.Min
	if t.Max != 0 {
		sign, bound = "≤", t.Max
	}
	switch {
	case bound == 0:
		return "–"
	case t.Of == "" && t.OfRow == "":
		return fmt.Sprintf("%s %s", sign, m.Text(bound))
	}
	other := t.Of
	if t.OfRow != "" {
		other = t.OfRow
	}
	if t.OfMetric != "" {
		metric, _ := bench.FindMetric(t.OfMetric)
		other += "'s " + metric.Title
	}
	return fmt.Sprintf("%s %g × %s", sign, bound, other)
}

// reached gives yes, no, or a dash where one of the values is missing.
func (t *Target) reached(r *bench.Record, row *Row, server string, own float64, measured bool) string {
	if t.Of != "" || t.OfRow != "" {
		other, otherRow, metric := t.Of, t.OfRow, t.OfMetric
		if other == "" {
			other = server
		}
		if otherRow == "" {
			otherRow = row.Name
		}
		if metric == "" {
			metric = t.Metric
		}
		base, ok := median(r, resolve(r.Servers, other), otherRow, metric)
		if measured = measured && ok && base != 0; measured {
			own /= base
		}
	}
	switch {
	case !measured || own == 0 || t.Min == 0 && t.Max == 0:
		return "–"
	case t.Max != 0 && own <= t.Max, t.Min != 0 && own >= t.Min:
		return "yes"
	default:
		return "no"
	}
}
