package suites

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"paddock/bench"
)

// Config of a run of a suite.
type Config struct {
	Programs   Programs
	Servers    []string
	JavaWarmup time.Duration // more warm-up for apache after each start, with mixed load
	Say        io.Writer     // one line per run
	Tell       func(bench.Status)
}

// Run takes every server through the suite.
func Run(ctx context.Context, s *Suite, cfg Config) (*bench.Record, error) {
	if len(cfg.Servers) == 0 {
		return nil, errors.New("suites: no server is named")
	}
	for i, name := range cfg.Servers {
		if err := CheckServer(name); err != nil {
			return nil, err
		}
		if slices.Contains(cfg.Servers[:i], name) {
			return nil, fmt.Errorf("suites: server %s is named twice", name)
		}
	}
	r := &runner{suite: s, cfg: cfg, record: &bench.Record{
		Machine: bench.Machine(), Title: s.Title, Servers: cfg.Servers, Rows: s.RowNames(), Plots: s.Plots,
	}}
	for round := 1; round <= s.Rounds; round++ {
		for g := range s.Groups {
			for _, name := range cfg.Servers {
				if slices.Contains(s.Groups[g].Skip, kindOf(name)) {
					continue
				}
				if err := r.visit(ctx, round, &s.Groups[g], name); err != nil {
					return nil, fmt.Errorf("round %d, %s: %w", round, name, err)
				}
			}
		}
	}
	return r.record, nil
}

// runner is a run of a suite under way.
type runner struct {
	suite  *Suite
	cfg    Config
	record *bench.Record
}

// visit takes one server through one group.
func (r *runner) visit(ctx context.Context, round int, g *Group, name string) error {
	s, err := startServer(ctx, &r.cfg.Programs, name, g.Config)
	if err != nil {
		return err
	}
	return errors.Join(r.rows(ctx, round, g, s), s.remove())
}

func (r *runner) rows(ctx context.Context, round int, g *Group, s *server) error {
	if !g.Cold {
		if err := r.warmUp(ctx, s); err != nil {
			return err
		}
	}
	trees := map[string]string{} // by row
	for i := range g.Rows {
		row := &g.Rows[i]
		if slices.Contains(row.Skip, kindOf(s.name)) || row.Restart && s.dir == "" {
			continue
		}
		if _, err := fmt.Fprintf(r.cfg.Say, "round %d of %d: %s, %s\n", round, r.suite.Rounds, row.Name, s.name); err != nil {
			return err
		}
		result, err := r.row(ctx, row, s, trees[row.Tree])
		if err != nil {
			return fmt.Errorf("row %s: %w", row.Name, err)
		}
		trees[row.Name] = result.Tree
		r.record.Samples = append(r.record.Samples, bench.Sample{Server: s.name, Round: round, Row: row.Name, Result: result})
	}
	return nil
}

func (r *runner) row(ctx context.Context, row *Row, s *server, tree string) (bench.Result, error) {
	if row.Restart {
		if tree == "" {
			tree = "/"
		}
		return s.restart(ctx, tree)
	}
	o := row.run
	o.Addr, o.ServerPID = s.addr, s.pid()
	if tree != "" {
		o.Tree = tree
	}
	if s.dir != "" {
		o.DataDir = s.dataDir()
	}
	if row.RateOf != nil {
		rate, err := r.rate(row.RateOf)
		if err != nil {
			return bench.Result{}, err
		}
		o.Rate = rate
	}
	return bench.Run(ctx, o, r.cfg.Tell)
}

// rate is a part of the median throughput so far.
func (r *runner) rate(of *RateOf) (float64, error) {
	v, ok := median(r.record, resolve(r.cfg.Servers, of.Server), of.Row, "opsPerSec")
	if !ok {
		return 0, fmt.Errorf("its rate is a part of row %s on server %s, which was not measured", of.Row, of.Server)
	}
	return max(1, of.Factor*v), nil
}

// warmUp gives Java's compiler something to compile.
func (r *runner) warmUp(ctx context.Context, s *server) error {
	if kindOf(s.name) != "apache" || r.cfg.JavaWarmup == 0 {
		return nil
	}
	mixes := []string{"get=50,set=50", "ephemeral=1", "multi=1"}
	for _, mix := range mixes {
		o := bench.DefaultOptions()
		o.Addr, o.ServerPID, o.Mix, o.Warmup = s.addr, s.pid(), mix, 0
		o.Duration = bench.Duration(r.cfg.JavaWarmup / time.Duration(len(mixes)))
		if _, err := bench.Run(ctx, o, r.cfg.Tell); err != nil {
			return fmt.Errorf("warm-up: %w", err)
		}
	}
	return nil
}

// median of a metric over the rounds; false if there is none.
func median(r *bench.Record, server, row, metric string) (float64, bool) {
	m, ok := bench.FindMetric(metric)
	if !ok {
		return 0, false
	}
	var values []float64
	for i := range r.Samples {
		if s := &r.Samples[i]; s.Server == server && s.Row == row {
			values = append(values, m.Value(&s.Result))
		}
	}
	if len(values) == 0 {
		return 0, false
	}
	return bench.Median(values), true
}
