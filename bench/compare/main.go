package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// options are the command line.
type options struct {
	servers   []string
	workloads []string // empty: all
	rounds    int
	warmup    time.Duration
	javaWarm  time.Duration
	duration  time.Duration
	znodes    int
	settle    time.Duration
	dir       string
	jars      string
	java      string
	paddock   string
	json      bool
}

// floorVerb makes the program serve as the floor instead: compare starts itself with it.
const floorVerb = "serve-floor"

func main() {
	if err := run(os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 2 && args[0] == floorVerb {
		return serveFloor(args[1])
	}
	o, err := parse(args)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return compare(ctx, &o, os.Stdout, os.Stderr)
}

func parse(args []string) (options, error) {
	o := options{}
	fs := flag.NewFlagSet("compare", flag.ContinueOnError)
	servers := fs.String("servers", "apache,paddock", "servers, the first is what the others are compared with: apache, paddock, floor")
	only := fs.String("workloads", "", "which of "+strings.Join(rowNames(), ", ")+" (separated by commas); all if empty")
	fs.IntVar(&o.rounds, "rounds", 3, "rounds; the table shows medians")
	fs.DurationVar(&o.warmup, "warmup", 2*time.Second, "warm-up of each workload")
	fs.DurationVar(&o.javaWarm, "java-warmup", 15*time.Second, "more warm-up for apache after each start, with mixed load")
	fs.DurationVar(&o.duration, "duration", 5*time.Second, "measured time of each workload")
	fs.IntVar(&o.znodes, "znodes", 1_000_000, "znodes in the memory workload; 0 leaves it out")
	fs.DurationVar(&o.settle, "settle", 60*time.Second, "idle time before memory is read a second time")
	fs.StringVar(&o.dir, "dir", ".", "folder on the disk to measure; data directories are made in it and removed")
	fs.StringVar(&o.jars, "jars", defaultJars(), "folder with Apache ZooKeeper's jars")
	fs.StringVar(&o.java, "java-options", "-Xmx2g", "options of the Java machine, separated by blanks")
	fs.StringVar(&o.paddock, "paddock", "bin/paddock", "Paddock's binary")
	fs.BoolVar(&o.json, "json", false, "print every single result as JSON instead of the table")
	if err := fs.Parse(args); err != nil {
		return o, err
	}
	if fs.NArg() > 0 {
		return o, fmt.Errorf("compare: unexpected argument %q", fs.Arg(0))
	}
	o.servers = strings.Split(*servers, ",")
	if *only != "" {
		o.workloads = strings.Split(*only, ",")
	}
	if o.rounds < 1 || o.znodes < 0 {
		return o, fmt.Errorf("compare: rounds is %d and znodes is %d, must be at least 1 and 0", o.rounds, o.znodes)
	}
	for _, row := range o.workloads {
		if !slices.Contains(rowNames(), row) {
			return o, fmt.Errorf("compare: no workload is called %q; there are %s", row, strings.Join(rowNames(), ", "))
		}
	}
	return o, nil
}

// rowNames are all names that -workloads may hold.
func rowNames() []string {
	var names []string
	for _, e := range suite(&options{}) {
		names = append(names, e.name)
	}
	return append(names, memoryRow)
}

// defaultJars is where interop/install.sh puts them.
func defaultJars() string {
	if cache := os.Getenv("PADDOCK_TEST_CACHE"); cache != "" {
		return filepath.Join(cache, "apache", "lib")
	}
	return filepath.Join(".cache", "apache", "lib")
}
