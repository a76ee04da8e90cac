package bench

import (
	"flag"
	"fmt"
	"strings"
	"time"
)

// Options of a run. DefaultOptions gives a good start.
type Options struct {
	Addr        string // host:port
	Workload    string // one of Workloads
	Connections int    // each with a session of its own
	InFlight    int    // requests under way per connection
	ValueBytes  int    // of each znode's data
	Keys        int    // znodes that get, set, mixed and multi draw from
	ReadShare   float64
	MultiParts  int // setData per multi
	Znodes      int // how many load creates
	Warmup      time.Duration
	Duration    time.Duration
	Settle      time.Duration // idle time before the server's memory is read a second time
	ServerPID   int           // process to account for; 0: none
	Root        string        // prefix of the znode that holds everything; the server adds a number
	Keep        bool          // leave the znodes there
}

// DefaultOptions measures getData with 50 connections, 16 requests in flight and 100-byte values.
func DefaultOptions() Options {
	return Options{
		Addr: "127.0.0.1:2181", Workload: "get", Connections: 50, InFlight: 16, ValueBytes: 100, Keys: 1000,
		ReadShare: 0.8, MultiParts: 10, Znodes: 1_000_000, Warmup: 2 * time.Second, Duration: 5 * time.Second,
		Root: "/paddock-bench-",
	}
}

// Flags lets a command line set the options.
func (o *Options) Flags(fs *flag.FlagSet) {
	fs.StringVar(&o.Addr, "addr", o.Addr, "server, as host:port")
	fs.StringVar(&o.Workload, "workload", o.Workload, "what to do: "+strings.Join(Workloads(), ", "))
	fs.IntVar(&o.Connections, "connections", o.Connections, "connections, each with its own session")
	fs.IntVar(&o.InFlight, "in-flight", o.InFlight, "requests under way per connection")
	fs.IntVar(&o.ValueBytes, "value-bytes", o.ValueBytes, "bytes of data per znode")
	fs.IntVar(&o.Keys, "keys", o.Keys, "znodes that get, set, mixed and multi draw from")
	fs.Float64Var(&o.ReadShare, "read-share", o.ReadShare, "part of reads in mixed, 0 to 1")
	fs.IntVar(&o.MultiParts, "multi-parts", o.MultiParts, "setData operations in each multi")
	fs.IntVar(&o.Znodes, "znodes", o.Znodes, "znodes that load creates")
	fs.DurationVar(&o.Warmup, "warmup", o.Warmup, "time before the measured window (not for load)")
	fs.DurationVar(&o.Duration, "duration", o.Duration, "length of the measured window (not for load)")
	fs.DurationVar(&o.Settle, "settle", o.Settle, "idle time before the server's memory is read a second time")
	fs.IntVar(&o.ServerPID, "server-pid", o.ServerPID, "process id of a local server, for its CPU and memory")
	fs.StringVar(&o.Root, "root", o.Root, "prefix of the znode that holds everything; the server adds a number")
	fs.BoolVar(&o.Keep, "keep", o.Keep, "leave the znodes there")
}

// Check says what is wrong with the options.
func (o *Options) Check() error {
	if _, ok := findWorkload(o.Workload); !ok {
		return fmt.Errorf("bench: no workload is called %q; there are %s", o.Workload, strings.Join(Workloads(), ", "))
	}
	for _, n := range []struct {
		name     string
		value    int
		min, max int
	}{
		{"connections", o.Connections, 1, 60_000}, // one source address has that many ports
		{"in-flight", o.InFlight, 1, 1 << 20},
		{"value-bytes", o.ValueBytes, 0, 1 << 20}, // servers refuse more by default
		{"keys", o.Keys, 1, 1 << 30},
		{"multi-parts", o.MultiParts, 1, 1 << 16},
		{"znodes", o.Znodes, 1, 1 << 30},
	} {
		if n.value < n.min || n.value > n.max {
			return fmt.Errorf("bench: %s is %d, must be %d to %d", n.name, n.value, n.min, n.max)
		}
	}
	switch {
	case o.ReadShare < 0 || o.ReadShare > 1:
		return fmt.Errorf("bench: read-share is %v, must be 0 to 1", o.ReadShare)
	case o.Duration <= 0:
		return fmt.Errorf("bench: duration is %v, must be more than 0", o.Duration)
	case o.Warmup < 0 || o.Settle < 0:
		return fmt.Errorf("bench: warmup (%v) and settle (%v) must not be negative", o.Warmup, o.Settle)
	}
	return nil
}
