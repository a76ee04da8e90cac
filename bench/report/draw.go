package report

import (
	"fmt"
	"slices"

	"paddock/bench"
)

// drawing is one plot, as plots.js takes it.
type drawing struct {
	Title  string  `json:"title"`
	XLabel string  `json:"xLabel"`
	YLabel string  `json:"yLabel"`
	XKind  string  `json:"xKind"` // "", or "percent": x is 1/(1-p), so that each further nine is as wide
	LogX   bool    `json:"logX"`
	LogY   bool    `json:"logY"`
	Series []curve `json:"series"`
}

// curve is one line with its points.
type curve struct {
	Label  string       `json:"label"`
	Color  int          `json:"color"` // the server's place
	Dashed bool         `json:"dashed"`
	X      []float64    `json:"x"`
	Y      []float64    `json:"y"`
	Spans  []bench.Span `json:"spans"` // times at which snapshots were written
}

func draw(r *bench.Record, p *bench.Plot) (drawing, error) {
	d := drawing{Title: p.Title, LogX: p.LogX, LogY: p.LogY, Series: []curve{}}
	switch p.Kind {
	case "xy":
		return drawXY(r, p, d)
	case "percentiles":
		d.XLabel, d.YLabel, d.XKind, d.LogX, d.LogY = "percentile of requests", "latency, µs", "percent", true, true
		return drawEach(r, p, d, func(c *curve, result *bench.Result) {
			for _, q := range result.Quantiles {
				c.add(1/(1-q.Percent/100), q.Us)
			}
		}), nil
	case "time":
		return drawTime(r, p, d)
	default:
		return d, fmt.Errorf("kind %q is not one of xy, percentiles, time", p.Kind)
	}
}

func (c *curve) add(x, y float64) { c.X, c.Y = append(c.X, x), append(c.Y, y) }

// drawEach makes one curve of each row and server.
func drawEach(r *bench.Record, p *bench.Plot, d drawing, points func(*curve, *bench.Result)) drawing {
	for color, server := range r.Servers {
		for _, row := range p.Rows {
			result, ok := r.Median(server, row)
			if !ok {
				continue
			}
			c := curve{Label: server, Color: color, Dashed: row != p.Rows[0], Spans: []bench.Span{}}
			if len(p.Rows) > 1 {
				c.Label += ", " + row
			}
			points(&c, result)
			if len(c.X) > 0 {
				d.Series = append(d.Series, c)
			}
		}
	}
	return d
}

func drawTime(r *bench.Record, p *bench.Plot, d drawing) (drawing, error) {
	titles := map[string]string{
		"opsPerSec": "operations/s", "p50Us": "p50 latency, µs", "p99Us": "p99 latency, µs", "maxUs": "highest latency, µs",
		"rssMiB": "RSS, MiB", "serverCpuPercent": "server CPU, % of a core",
	}
	d.XLabel, d.YLabel = "time, s", titles[p.Y]
	if d.YLabel == "" {
		return d, fmt.Errorf("the timeline has no %q", p.Y)
	}
	return drawEach(r, p, d, func(c *curve, result *bench.Result) {
		for i := range result.Timeline {
			at := &result.Timeline[i]
			c.add(at.Sec, map[string]float64{
				"opsPerSec": at.OpsPerSec, "p50Us": at.P50Us, "p99Us": at.P99Us, "maxUs": at.MaxUs,
				"rssMiB": bench.MiB(at.RSSBytes), "serverCpuPercent": at.CPUPercent,
			}[p.Y])
		}
		for _, s := range result.Snapshots { // within the picture
			c.Spans = append(c.Spans, bench.Span{FromSec: max(s.FromSec, 0), ToSec: min(s.ToSec, result.Seconds)})
		}
	}), nil
}

// drawXY makes one curve of each server and kind of work, through its rows in their order.
func drawXY(r *bench.Record, p *bench.Plot, d drawing) (drawing, error) {
	x, okX := bench.FindMetric(p.X)
	y, okY := bench.FindMetric(p.Y)
	if !okX || !okY {
		return d, fmt.Errorf("x %q or y %q is no metric", p.X, p.Y)
	}
	d.XLabel, d.YLabel = x.Title, y.Title
	titles := workIn(r, p.Rows)
	for color, server := range r.Servers {
		for i, title := range titles {
			c := curve{Label: server, Color: color, Dashed: i > 0, Spans: []bench.Span{}}
			if len(titles) > 1 {
				c.Label += ", " + title
			}
			for _, row := range p.Rows {
				result, ok := r.Median(server, row)
				if ok && result.Title == title && y.Value(result) != 0 {
					c.add(x.Value(result), y.Value(result))
				}
			}
			if len(c.X) > 0 {
				d.Series = append(d.Series, c)
			}
		}
	}
	return d, nil
}

// workIn lists the kinds of work of the rows.
func workIn(r *bench.Record, rows []string) (titles []string) {
	for i := range r.Samples {
		s := &r.Samples[i]
		if slices.Contains(rows, s.Row) && !slices.Contains(titles, s.Result.Title) {
			titles = append(titles, s.Result.Title)
		}
	}
	return titles
}
