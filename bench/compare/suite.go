package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
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

// compare runs everything and prints it.
func compare(ctx context.Context, o options) error {
	machine, err := describeMachine()
	if err != nil {
		return err
	}
	var samples []sample
	for round := 1; round <= o.rounds; round++ {
		for _, name := range o.servers {
			got, err := visit(ctx, &o, name, round)
			if err != nil {
				return fmt.Errorf("round %d, %s: %w", round, name, err)
			}
			samples = append(samples, got...)
		}
	}
	if o.json {
		return json.NewEncoder(os.Stdout).Encode(struct {
			Machine string   `json:"machine"`
			Samples []sample `json:"samples"`
		}{machine, samples})
	}
	return writeTables(os.Stdout, machine, &o, samples)
}

// visit takes one server through one round: the rows on one process, the memory row on another.
func visit(ctx context.Context, o *options, name string, round int) ([]sample, error) {
	var samples []sample
	add := func(e entry, s *server) error {
		fmt.Fprintf(os.Stderr, "round %d, %s, %s\n", round, name, e.name)
		e.options.Addr, e.options.ServerPID = s.addr, s.pid()
		result, err := bench.Run(ctx, e.options, os.Stderr)
		samples = append(samples, sample{Server: name, Round: round, Row: e.name, Result: result})
		return err
	}
	rows := suite(o)
	if len(rows) > 0 {
		err := withServer(ctx, o, name, func(s *server) error {
			if err := warmUp(ctx, o, s); err != nil {
				return err
			}
			for _, e := range rows {
				if err := add(e, s); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	if o.znodes > 0 && o.wants(memoryRow) && name != "floor" { // the floor remembers nothing
		if err := withServer(ctx, o, name, func(s *server) error { return add(memoryEntry(o), s) }); err != nil {
			return nil, err
		}
	}
	return samples, nil
}

func withServer(ctx context.Context, o *options, name string, use func(*server) error) error {
	s, err := startServer(ctx, o, name)
	if err != nil {
		return err
	}
	return errors.Join(use(s), s.stop())
}

// warmUp gives Java's compiler something to compile: reads and writes, then multis and ephemerals.
func warmUp(ctx context.Context, o *options, s *server) error {
	if s.name != "apache" || o.javaWarm < time.Second {
		return nil
	}
	for _, workload := range []string{"mixed", "ephemeral", "multi"} {
		b := bench.DefaultOptions()
		b.Addr, b.Workload, b.Warmup, b.Duration, b.ReadShare = s.addr, workload, 0, o.javaWarm/3, 0.5
		if _, err := bench.Run(ctx, b, os.Stderr); err != nil {
			return fmt.Errorf("warm-up: %w", err)
		}
	}
	return nil
}
