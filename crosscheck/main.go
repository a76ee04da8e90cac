package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

func main() {
	seed := flag.Uint64("seed", 1, "first `seed`")
	seeds := flag.Uint64("seeds", 1, "`number` of seeds, each on fresh servers")
	ops := flag.Int("ops", 5000, "`requests` per seed")
	nulls := flag.Bool("nulls", false, "send null strings as well: paths, schemes, ids")
	paddock := flag.String("paddock", "", "`binary` to check instead of a fresh build")
	minimise := flag.Duration("minimise", time.Minute, "`time` for finding the shortest stream that differs")
	noMinimise := flag.Bool("no-minimise", false, "do not look for it at all")
	minutes := flag.Float64("minutes", 0, "go on with new seeds for so many `minutes`")
	path := flag.String("script", "", "send a `file` that an earlier run has printed instead of a random stream")
	config := flag.String("config", "", "`name` of the configuration instead of the seed's: "+strings.Join(variantNames(), ", "))
	verbose := flag.Bool("v", false, "print every request and answer")
	flag.Parse()
	o := options{ops: *ops, paddock: *paddock, nulls: *nulls, minimise: *minimise, script: *path, config: *config}
	if *noMinimise {
		o.minimise = 0
	}
	if *minutes > 0 {
		o.until, *seeds = time.Now().Add(time.Duration(*minutes*float64(time.Minute))), 1<<32
	}
	if *verbose {
		o.say = func(text string) { fmt.Fprintln(os.Stderr, text) }
	}
	if err := crossCheck(os.Stdout, *seed, *seeds, o); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// options are the same for every seed of a run.
type options struct {
	ops     int    // requests per seed
	paddock string // binary; empty to build one
	nulls   bool

	minimise time.Duration // to spend on making a difference small
	until    time.Time     // no new seed after this, unless zero
	script   string        // file to send instead of a stream, if not empty
	config   string        // name of a variant; empty for the seed's own

	say func(text string) // told of every request and answer, if not nil
}

// crossCheck runs seeds one after the other, and ends with the first that differs.
func crossCheck(out io.Writer, first, count uint64, o options) (err error) {
	dir, err := os.MkdirTemp("", "crosscheck-")
	if err != nil {
		return fmt.Errorf("crosscheck: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	paddock := o.paddock
	if paddock == "" {
		if paddock, err = buildPaddock(dir); err != nil {
			return err
		}
	}
	if o.script != "" {
		return checkScript(dir, paddock, o)
	}
	totals := totals{}
	for seed := first; seed < first+count && (o.until.IsZero() || time.Now().Before(o.until)); seed++ {
		v, err := variantOf(seed, o.config)
		if err != nil {
			return err
		}
		home := filepath.Join(dir, fmt.Sprintf("seed-%d", seed))
		requests, got, err := checkSeed(home, paddock, seed, v, o)
		totals.add(v.name, requests, got)
		if err != nil {
			return errors.Join(err, totals.print(out))
		}
		if _, err := fmt.Fprintf(out, "seed %d, %s: no difference, %d requests so far\n", seed, v.name, totals.requests()); err != nil {
			return fmt.Errorf("crosscheck: %w", err)
		}
	}
	return totals.print(out)
}

// checkScript sends a script to fresh servers, and makes a difference that it shows smaller still.
func checkScript(dir, paddock string, o options) (err error) {
	text, err := os.ReadFile(o.script)
	if err != nil {
		return fmt.Errorf("crosscheck: %w", err)
	}
	settings, s, err := parseScript(string(text))
	if err != nil {
		return err
	}
	p, err := startPair(filepath.Join(dir, "script"), paddock, settings)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	r := newRun(p, 1, variant{}, o)
	defer r.close()
	if err := r.play(s); err != nil {
		return errors.Join(err, explain(dir, paddock, settings, s, o))
	}
	return nil
}

// checkSeed runs one seed on fresh servers below dir.
func checkSeed(dir, paddock string, seed uint64, v variant, o options) (requests int, got tally, err error) {
	p, err := startPair(dir, paddock, v.settings)
	if err != nil {
		return 0, nil, err
	}
	defer func() { err = errors.Join(err, p.stop(), os.RemoveAll(dir)) }()
	r := newRun(p, seed, v, o)
	defer r.close()
	if err := r.stream(o.ops); err != nil {
		err = fmt.Errorf("seed %d, configuration %s %q, after %d requests:\n%w", seed, v.name, v.settings, r.done, err)
		return r.done, r.history.tally, errors.Join(err, explain(dir, paddock, v.settings, r.script, o))
	}
	r.history.tell(r.history.tally.String())
	return r.done, r.history.tally, nil
}

// explain makes a difference small, and prints it as a script.
func explain(dir, paddock string, settings []string, s script, o options) error {
	if o.minimise == 0 {
		return nil
	}
	shortest, tries, found := minimise(dir, paddock, settings, s, o)
	if found == nil {
		return errors.New("=== the same requests, sent again, show no difference: it depends on timing, or on a session that expires")
	}
	return fmt.Errorf("=== the shortest stream in %d attempts, to be sent again with -script or put into crosscheck/testdata\n%s%w",
		tries, shortest.text(settings), found)
}

func (r *run) close() {
	for n := range r.slots {
		r.hangUp(n)
	}
}
