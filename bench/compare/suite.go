package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"paddock/bench"
)

// entry is one row of the suite.
type entry struct {
	name    string
	options bench.Options
}

// suite is what every server goes through, in this order.
func suite(o *options) []entry {
	row := func(name, workload string, connections, inFlight int) entry {
		b := bench.DefaultOptions()
		b.Workload, b.Connections, b.InFlight = workload, connections, inFlight
		b.Warmup, b.Duration = o.warmup, o.duration
		return entry{name: name, options: b}
	}
	all := []entry{
		row("get-1", "get", 50, 1),
		row("get-16", "get", 50, 16),
		row("set-1", "set", 50, 1),
		row("set-16", "set", 50, 16),
		row("get-single", "get", 1, 1),
		row("set-single", "set", 1, 1),
		row("mixed-16", "mixed", 50, 16),
		row("ephemeral-4", "ephemeral", 50, 4),
		row("multi-4", "multi", 20, 4),
	}
	return slices.DeleteFunc(all, func(e entry) bool { return !o.wants(e.name) })
}

// memoryRow is the name of the workload that has a server of its own.
const memoryRow = "memory"

func (o *options) wants(row string) bool {
	return len(o.workloads) == 0 || slices.Contains(o.workloads, row)
}

func memoryEntry(o *options) entry {
	b := bench.DefaultOptions()
	b.Workload, b.Znodes, b.Settle, b.Keep = "load", o.znodes, o.settle, true
	return entry{name: memoryRow, options: b}
}

// sample is one run of one row.
type sample struct {
	Server string       `json:"server"`
	Round  int          `json:"round"`
	Row    string       `json:"row"`
	Result bench.Result `json:"result"`
}

// compare runs everything and prints it to out.
func compare(ctx context.Context, o *options, out, progress io.Writer) error {
	machine, err := describeMachine()
	if err != nil {
		return err
	}
	var samples []sample
	for round := 1; round <= o.rounds; round++ {
		for _, name := range o.servers {
			v := visit{o: o, name: name, round: round, progress: progress}
			if err := v.all(ctx); err != nil {
				return fmt.Errorf("round %d, %s: %w", round, name, err)
			}
			samples = append(samples, v.samples...)
		}
	}
	if o.json {
		return json.NewEncoder(out).Encode(struct {
			Machine string   `json:"machine"`
			Samples []sample `json:"samples"`
		}{machine, samples})
	}
	return writeTables(out, machine, o, samples)
}

// visit takes one server through one round.
type visit struct {
	o        *options
	name     string
	round    int
	progress io.Writer
	samples  []sample
}

// all runs the rows on one process and the memory row on another.
func (v *visit) all(ctx context.Context) error {
	if rows := suite(v.o); len(rows) > 0 {
		err := withServer(ctx, v.o, v.name, func(s *server) error {
			if err := v.warmUp(ctx, s); err != nil {
				return err
			}
			return v.measure(ctx, s, rows...)
		})
		if err != nil {
			return err
		}
	}
	if v.o.znodes == 0 || !v.o.wants(memoryRow) || v.name == "floor" { // the floor remembers nothing
		return nil
	}
	return withServer(ctx, v.o, v.name, func(s *server) error { return v.measure(ctx, s, memoryEntry(v.o)) })
}

func (v *visit) measure(ctx context.Context, s *server, rows ...entry) error {
	for _, e := range rows {
		if _, err := fmt.Fprintf(v.progress, "round %d, %s, %s\n", v.round, v.name, e.name); err != nil {
			return err
		}
		e.options.Addr, e.options.ServerPID = s.addr, s.pid()
		result, err := bench.Run(ctx, e.options, v.progress)
		if err != nil {
			return err
		}
		v.samples = append(v.samples, sample{Server: v.name, Round: v.round, Row: e.name, Result: result})
	}
	return nil
}

// warmUp gives Java's compiler something to compile.
func (v *visit) warmUp(ctx context.Context, s *server) error {
	if v.name != "apache" || v.o.javaWarm == 0 {
		return nil
	}
	workloads := []string{"mixed", "ephemeral", "multi"}
	for _, workload := range workloads {
		b := bench.DefaultOptions()
		b.Addr, b.Workload, b.ReadShare = s.addr, workload, 0.5
		b.Warmup, b.Duration = 0, v.o.javaWarm/time.Duration(len(workloads))
		if _, err := bench.Run(ctx, b, v.progress); err != nil {
			return fmt.Errorf("warm-up: %w", err)
		}
	}
	return nil
}

func withServer(ctx context.Context, o *options, name string, use func(*server) error) error {
	s, err := startServer(ctx, o, name)
	if err != nil {
		return err
	}
	return errors.Join(use(s), s.stop())
}
