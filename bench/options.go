package bench

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Options of a run. DefaultOptions gives a good start. In JSON, what is left out keeps its default.
type Options struct {
	Addr        string `json:"addr,omitempty"` // host:port
	Workload    string `json:"workload"`       // one of Workloads
	Mix         string `json:"mix,omitempty"`  // operations with weights, instead of Workload: get=80,set=20
	Connections int    `json:"connections"`    // each with a session of its own
	InFlight    int    `json:"inFlight"`       // requests under way per connection, in a closed loop
	// Rate is the number of requests per second over all connections that fall due, whatever the server does (an open
	// loop). 0: the next request leaves when an answer comes (a closed loop).
	Rate       float64 `json:"rate,omitempty"`
	Value      Size    `json:"value"`             // bytes of each znode's data
	Keys       int     `json:"keys"`              // znodes that requests draw from
	PerParent  int     `json:"perParent"`         // keys below one parent
	Zipf       float64 `json:"zipf,omitempty"`    // exponent: some keys are drawn more often. 0: all alike
	MultiParts int     `json:"multiParts"`        // setData per multi
	Children   int     `json:"children"`          // of the znode that the workload children lists
	Watches    int     `json:"watches,omitempty"` // set beforehand by idle sessions, on paths that never change; of the workload watches: all
	Count      int64   `json:"count,omitempty"`   // requests to send instead of Duration
	Probe      bool    `json:"probe,omitempty"`   // one more connection reads a znode of its own: what other clients feel

	Loops int      `json:"loops,omitempty"` // the generator's engines; 0: half of the processors
	Pace  Duration `json:"pace"`            // open loop: what falls due within it leaves together

	Warmup         Duration `json:"warmup"`
	Duration       Duration `json:"duration"`
	Settle         Duration `json:"settle,omitempty"` // idle time before the server's memory is read a second time
	SessionTimeout Duration `json:"sessionTimeout"`   // to ask for; sessions without requests ping three times in it

	ServerPID   int    `json:"serverPid,omitempty"` // process to account for; 0: who listens there, if that is here; -1: none
	DataDir     string `json:"dataDir,omitempty"`   // of a local server: its snapshots are marked in the timeline
	Root        string `json:"root"`                // prefix of the znode that holds everything; the server adds a number
	Tree        string `json:"tree,omitempty"`      // an existing znode of an earlier load with as many keys, to be kept
	Keep        bool   `json:"keep,omitempty"`      // leave the znodes there
	AllowErrors bool   `json:"allowErrors,omitempty"`
}

// DefaultOptions measures getData with 50 connections, 16 requests in flight and 100-byte values.
func DefaultOptions() Options {
	return Options{
		Addr: "127.0.0.1:2181", Workload: "get", Connections: 50, InFlight: 16, Value: Size{100, 100}, Keys: 1000,
		PerParent:  10_000, // keeps a list of children far below jute.maxbuffer
		MultiParts: 10, Children: 1000, Warmup: Duration(2 * time.Second), Duration: Duration(5 * time.Second),
		Pace:           Duration(250 * time.Microsecond),
		SessionTimeout: Duration(40 * time.Second), // long: a stalled server is a measurement, not an error
		Root:           "/paddock-bench-",
	}
}

// Flags lets a command line set the options.
func (o *Options) Flags(fs *flag.FlagSet) {
	fs.StringVar(&o.Workload, "workload", o.Workload, "what to do: "+strings.Join(Workloads(), ", "))
	fs.StringVar(&o.Mix, "mix", o.Mix, "requests with their weights, instead of a workload: get=80,set=20")
	fs.IntVar(&o.Connections, "connections", o.Connections, "connections, each with its own session")
	fs.IntVar(&o.InFlight, "in-flight", o.InFlight, "requests under way per connection (closed loop)")
	fs.Float64Var(&o.Rate, "rate", o.Rate, "requests per second over all connections, due whatever the server does (open loop); 0: closed loop")
	fs.TextVar(&o.Value, "value-bytes", o.Value, "bytes of data per znode, as 100 or as 10-1000")
	fs.IntVar(&o.Keys, "keys", o.Keys, "znodes that requests draw from; how many load creates and delete deletes")
	fs.IntVar(&o.PerParent, "per-parent", o.PerParent, "keys below one parent")
	fs.Float64Var(&o.Zipf, "zipf", o.Zipf, "exponent of a zipf distribution of the keys, for example 0.99; 0: uniform")
	fs.IntVar(&o.MultiParts, "multi-parts", o.MultiParts, "setData operations in each multi")
	fs.IntVar(&o.Children, "children", o.Children, "children of the znode that children lists")
	fs.IntVar(&o.Watches, "watches", o.Watches, "watches set beforehand by idle sessions; how many the workload watches sets (0: 100 per connection)")
	fs.Int64Var(&o.Count, "count", o.Count, "send so many requests instead of sending for a time")
	fs.BoolVar(&o.Probe, "probe", o.Probe, "let one more connection read a znode of its own 1,000 times a second: what other clients feel")
	fs.IntVar(&o.Loops, "loops", o.Loops, "event loops of the generator; 0: half of the processors")
	fs.TextVar(&o.Pace, "pace", o.Pace, "with --rate: what falls due within this time leaves together; longer costs less CPU and adds to latency")
	fs.TextVar(&o.Warmup, "warmup", o.Warmup, "time before the measured window")
	fs.TextVar(&o.Duration, "duration", o.Duration, "length of the measured window")
	fs.TextVar(&o.Settle, "settle", o.Settle, "idle time before the server's memory is read a second time")
	fs.TextVar(&o.SessionTimeout, "session-timeout", o.SessionTimeout, "session timeout to ask for")
	fs.IntVar(&o.ServerPID, "server-pid", o.ServerPID, "process id of the server, for its CPU and memory; 0: found by its port; -1: none")
	fs.StringVar(&o.DataDir, "data-dir", o.DataDir, "data directory of a local server, to mark its snapshots in the timeline")
	fs.StringVar(&o.Root, "root", o.Root, "prefix of the znode that holds everything; the server adds a number")
	fs.StringVar(&o.Tree, "tree", o.Tree, "znode that an earlier load with --keep has left, to be used again")
	fs.BoolVar(&o.Keep, "keep", o.Keep, "leave the znodes there")
	fs.BoolVar(&o.AllowErrors, "allow-errors", o.AllowErrors, "go on when requests are refused: they are counted apart")
}

// Check says what is wrong with the options.
func (o *Options) Check() error {
	if _, err := o.weights(); err != nil {
		return err
	}
	for _, n := range []struct {
		name            string
		value, min, max int
	}{
		{"connections", o.Connections, 1, 60_000}, // one source address has that many ports
		{"in-flight", o.InFlight, 1, 1 << 20},
		{"keys", o.Keys, 1, 100_000 * o.PerParent}, // parents have five digits
		{"per-parent", o.PerParent, 1, 1_000_000},  // children have six
		{"multi-parts", o.MultiParts, 1, 1 << 16},
		{"children", o.Children, 0, 10_000_000},
		{"watches", o.Watches, 0, 100_000_000},
		{"loops", o.Loops, 0, 64},
		{"count", int(o.Count), 0, 1 << 40},
		{"server-pid", o.ServerPID, -1, 1 << 30},
	} {
		if n.value < n.min || n.value > n.max {
			return fmt.Errorf("bench: %s is %d, must be %d to %d", n.name, n.value, n.min, n.max)
		}
	}
	switch {
	case o.Duration <= 0:
		return fmt.Errorf("bench: duration is %v, must be more than 0", o.Duration)
	case o.Warmup < 0 || o.Settle < 0:
		return fmt.Errorf("bench: warmup (%v) and settle (%v) must not be negative", o.Warmup, o.Settle)
	case time.Duration(o.SessionTimeout) < time.Second:
		return fmt.Errorf("bench: session-timeout is %v, must be at least 1s", o.SessionTimeout)
	case o.Pace < 0 || time.Duration(o.Pace) > 100*time.Millisecond:
		return fmt.Errorf("bench: pace is %v, must be 0 to 100ms", o.Pace)
	case o.Rate < 0 || o.Rate > 1e7:
		return fmt.Errorf("bench: rate is %v, must be 0 (closed loop) to 10,000,000 per second", o.Rate)
	case o.Zipf < 0 || o.Zipf > 10:
		return fmt.Errorf("bench: zipf is %v, must be 0 (uniform) to 10", o.Zipf)
	case !strings.HasPrefix(o.Root, "/") || o.Tree != "" && !strings.HasPrefix(o.Tree, "/"):
		return fmt.Errorf("bench: root is %q and tree is %q, must begin with /", o.Root, o.Tree)
	}
	return o.checkTogether()
}

// checkTogether looks at options that exclude each other.
func (o *Options) checkTogether() error {
	paced := o.Mix != "" || !slices.Contains([]string{"load", "delete", "connect", "watch", "idle", "watches"}, o.Workload)
	switch {
	case o.Rate > 0 && !paced:
		return fmt.Errorf("bench: %s knows no rate", o.Workload)
	case o.Count > 0 && o.Rate > 0:
		return fmt.Errorf("bench: count (%d) and rate (%v) exclude each other", o.Count, o.Rate)
	case o.Count > 0 && o.Mix == "" && slices.Contains([]string{"idle", "load", "delete", "watches"}, o.Workload):
		return fmt.Errorf("bench: %s knows no count; load and delete take keys, watches takes watches", o.Workload)
	case o.Workload == "watches" && o.Mix == "" && (o.Watches%o.Connections != 0 || o.Watches > o.Connections*o.Keys):
		return fmt.Errorf("bench: %d watches of %d connections on %d keys: expected a multiple of the connections, and at most one per connection and key",
			o.Watches, o.Connections, o.Keys)
	case o.Tree != "" && (o.Workload == "load" || o.Workload == "delete") && o.Mix == "":
		return fmt.Errorf("bench: %s makes its own tree, and takes none", o.Workload)
	}
	return nil
}

// watchesEach is how many watches each connection of the workload watches sets.
func (o *Options) watchesEach() int {
	if o.Watches == 0 {
		return min(100, o.Keys)
	}
	return o.Watches / o.Connections
}

// Title says in a few words what is measured.
func (o *Options) Title() string {
	if o.Mix != "" {
		return o.Mix
	}
	return o.Workload
}
