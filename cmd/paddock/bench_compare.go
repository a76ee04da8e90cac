package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"paddock/bench"
	"paddock/bench/suites"
)

// compareOptions are the command line of bench compare.
type compareOptions struct {
	run        bench.Options
	suite      string
	rows       []string
	rounds     int
	quick      bool
	out        string
	javaWarmup time.Duration
	programs   suites.Programs
	form       outputForm
}

// compareCommand measures several servers, interleaved in one run.
func compareCommand() *cobra.Command {
	o := compareOptions{run: bench.DefaultOptions()}
	cmd := &cobra.Command{
		Use:   "compare [SERVER ...]",
		Short: "Measure several servers in turns and print ratios.",
		Long: "Measure several servers in turns (A B A B ...) and print medians and ratios to the first. A server is\n" +
			"  paddock      this program, started on a fresh directory; paddock=FILE another binary of it\n" +
			"  apache       Apache ZooKeeper, from --apache-jars; apache=DIR from another folder of jars\n" +
			"  floor        the stub of paddock bench floor, answering on its loops; floor-owner through one goroutine\n" +
			"  HOST:PORT    whatever runs there\n\n" +
			"With --suite, rows and targets come from a file or a built-in suite (" + strings.Join(suites.BuiltIn(), ", ") + "), and so do\n" +
			"the servers unless they are named. Otherwise the flags of paddock bench describe the one row.",
		Example: "  paddock bench compare --suite table\n" +
			"  paddock bench compare paddock=./old paddock --workload set --rounds 5\n" +
			"  paddock bench compare apache paddock --suite table --rows get-16,set-16 --quick",
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			return runCompare(ctx, &o, args, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.suite, "suite", "", "suite: a file, or one of "+strings.Join(suites.BuiltIn(), ", "))
	f.StringSliceVar(&o.rows, "rows", nil, "rows of the suite to run, with those that they need; all if empty")
	f.IntVar(&o.rounds, "rounds", 0, "rounds; 0: as the suite says, or 3")
	f.BoolVar(&o.quick, "quick", false, "one short round: shows that it works, and no figure to believe")
	f.StringVar(&o.out, "out", "", "file for all results as JSON, for paddock bench report")
	f.DurationVar(&o.javaWarmup, "java-warmup", 15*time.Second, "more warm-up for apache after each start, with mixed load")
	f.StringVar(&o.programs.Jars, "apache-jars", defaultJars(), "folder with Apache ZooKeeper's jars")
	f.StringVar(&o.programs.JavaOptions, "java-options", "-Xmx2g", "options of the Java machine, separated by blanks")
	f.StringVar(&o.programs.Dir, "dir", ".", "folder on the disk to measure, made if it is not there; data directories are made in it and removed")
	for _, name := range benchFlags(cmd, &o.run) { // what a row is stands either in the suite or on the command line
		cmd.MarkFlagsMutuallyExclusive("suite", name)
	}
	o.form.flags(cmd)
	return cmd
}

// defaultJars is where interop/install.sh puts them.
func defaultJars() string {
	return filepath.Join(cmp.Or(os.Getenv("PADDOCK_TEST_CACHE"), ".cache"), "apache", "lib")
}

// load finds the suite and cuts it to what is asked for.
func (o *compareOptions) load() (s *suites.Suite, err error) {
	if o.suite == "" {
		s, err = suites.Single(o.run, cmp.Or(o.rounds, 3))
	} else {
		s, err = suites.Load(o.suite)
	}
	if err != nil {
		return nil, err
	}
	if o.rounds < 0 {
		return nil, fmt.Errorf("bench compare: rounds is %d, must not be negative", o.rounds)
	}
	if o.quick {
		if err := s.Quick(); err != nil {
			return nil, err
		}
		o.javaWarmup = min(o.javaWarmup, 3*time.Second)
	}
	s.Rounds = cmp.Or(o.rounds, s.Rounds)
	if len(o.rows) == 0 {
		return s, nil
	}
	return s, s.Only(o.rows)
}

func runCompare(ctx context.Context, o *compareOptions, servers []string, out, errs io.Writer) error {
	s, err := o.load()
	if err != nil {
		return err
	}
	if len(servers) == 0 {
		servers = s.Servers
	}
	if o.programs.Self, err = os.Executable(); err != nil {
		return err
	}
	if o.programs.Jars, err = filepath.Abs(o.programs.Jars); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(errs, "%d rows, %d rounds, servers %s: about %v\n", len(s.RowNames()), s.Rounds,
		strings.Join(servers, ", "), s.Estimate(servers, o.javaWarmup)); err != nil {
		return err
	}
	show := newProgress(errs)
	record, err := suites.Run(ctx, s, suites.Config{
		Programs: o.programs, Servers: servers, JavaWarmup: o.javaWarmup, Say: &lines{show, errs}, Tell: show.update,
	})
	show.end()
	if err != nil {
		return err
	}
	if o.out != "" {
		if err := writeRecord(o.out, record); err != nil {
			return err
		}
	}
	switch {
	case o.form.json:
		return record.Write(out)
	case o.form.csv:
		return bench.WriteCSV(out, record.Samples)
	}
	return suites.WriteTables(out, s, record)
}

// lines writes between two bars.
type lines struct {
	show *progress
	to   io.Writer
}

// Write clears the bar first.
func (l *lines) Write(b []byte) (int, error) {
	l.show.end()
	return l.to.Write(b)
}

func writeRecord(path string, record *bench.Record) error {
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("bench compare: %w", err)
	}
	if err := record.Write(f); err != nil {
		_ = f.Close() // the first error is the news
		return fmt.Errorf("bench compare: write %s: %w", path, err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("bench compare: write %s: %w", path, err)
	}
	return nil
}
