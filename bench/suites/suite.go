package suites

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"paddock/bench"
)

// files are the built-in suites. Nothing but a package variable can be embedded into; this one never changes.
//
//go:embed *.json
var files embed.FS

// Suite is what a suite file says.
type Suite struct {
	Title    string          `json:"title"`
	Rounds   int             `json:"rounds"`
	Servers  []string        `json:"servers"` // unless the user names others
	Defaults json.RawMessage `json:"defaults,omitempty"`
	Groups   []Group         `json:"groups"`
	Plots    []bench.Plot    `json:"plots,omitempty"`
}

// Group is rows that one server process goes through.
type Group struct {
	Name   string   `json:"name"`
	Skip   []string `json:"skip,omitempty"`   // kinds of servers that have nothing to show here
	Config []string `json:"config,omitempty"` // lines of zoo.cfg
	Cold   bool     `json:"cold,omitempty"`   // no warm-up after the start: its garbage would hide what the rows take
	Rows   []Row    `json:"rows"`
}

// Row is one measurement.
type Row struct {
	Name    string          `json:"name"`
	Options json.RawMessage `json:"options,omitempty"` // of bench, over the defaults
	Quick   json.RawMessage `json:"quick,omitempty"`   // over the options, with Config.Quick
	Tree    string          `json:"tree,omitempty"`    // row of this group whose znodes are used
	Restart bool            `json:"restart,omitempty"` // stop the server, start it again, wait for the first answer
	Skip    []string        `json:"skip,omitempty"`
	RateOf  *RateOf         `json:"rateOf,omitempty"`
	Metrics []string        `json:"metrics,omitempty"` // to be shown where no target names one
	Targets []Target        `json:"targets,omitempty"`

	run bench.Options // options, put together
}

// RateOf sets an open loop's rate to a part of a throughput that was measured before.
type RateOf struct {
	Server string  `json:"server"`
	Row    string  `json:"row"`
	Factor float64 `json:"factor"`
}

// Target is what a server must reach: a value, or a ratio to another one.
type Target struct {
	Metric   string  `json:"metric"`
	Of       string  `json:"of,omitempty"`       // the other server; empty: absolute, or the same server's other row
	OfRow    string  `json:"ofRow,omitempty"`    // the other row; empty: the same
	OfMetric string  `json:"ofMetric,omitempty"` // the other metric; empty: the same
	Min      float64 `json:"min,omitempty"`
	Max      float64 `json:"max,omitempty"`
}

// Load reads a suite: one that is built in, by its name, or a file.
func Load(name string) (*Suite, error) {
	text, err := files.ReadFile(name + ".json")
	if err != nil {
		if text, err = os.ReadFile(name); err != nil {
			return nil, fmt.Errorf("suites: there is no built-in suite %q (there is %s), and no such file: %w",
				name, strings.Join(BuiltIn(), ", "), err)
		}
	}
	return parse(name, text)
}

// BuiltIn names the suites that come with the program.
func BuiltIn() (names []string) {
	entries, err := files.ReadDir(".")
	if err != nil {
		return nil // an embedded folder is always there
	}
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".json"))
	}
	return names
}

// Single is a suite of one row.
func Single(o bench.Options, rounds int) (*Suite, error) {
	text, err := json.Marshal(o)
	if err != nil {
		return nil, fmt.Errorf("suites: %w", err)
	}
	s := &Suite{Title: o.Title(), Rounds: rounds, Groups: []Group{{Name: o.Title(), Rows: []Row{{Name: o.Title(), Options: text}}}}}
	return s, s.prepare(false)
}

func parse(name string, text []byte) (*Suite, error) {
	var s Suite
	if err := strictly(text, &s); err != nil {
		return nil, fmt.Errorf("suites: %s: %w", name, err)
	}
	if err := s.prepare(false); err != nil {
		return nil, fmt.Errorf("suites: %s: %w", name, err)
	}
	return &s, nil
}

// strictly refuses names that mean nothing: a misspelt option would measure something else.
func strictly(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

// prepare puts every row's options together and checks all that can be checked before anything is started.
func (s *Suite) prepare(quick bool) error {
	if s.Rounds < 1 {
		return fmt.Errorf("rounds is %d, must be at least 1", s.Rounds)
	}
	names := map[string]bool{}
	for g := range s.Groups {
		for i := range s.Groups[g].Rows {
			r := &s.Groups[g].Rows[i]
			if r.Name == "" || names[r.Name] {
				return fmt.Errorf("group %s: row name %q is empty or there twice", s.Groups[g].Name, r.Name)
			}
			if err := r.prepare(s.Defaults, quick); err != nil {
				return fmt.Errorf("row %s: %w", r.Name, err)
			}
			if err := r.check(names); err != nil {
				return fmt.Errorf("row %s: %w", r.Name, err)
			}
			names[r.Name] = true
		}
	}
	return nil
}

func (r *Row) prepare(defaults json.RawMessage, quick bool) error {
	r.run = bench.DefaultOptions()
	layers := []json.RawMessage{defaults, r.Options}
	if quick {
		layers = append(layers, json.RawMessage(quickOptions), r.Quick)
	}
	for _, layer := range layers {
		if len(layer) == 0 {
			continue
		}
		if err := strictly(layer, &r.run); err != nil {
			return fmt.Errorf("options: %w", err)
		}
	}
	return r.run.Check()
}

// quickOptions make every row short: enough to see that it works, too little to believe it.
const quickOptions = `{"warmup": "300ms", "duration": "1s", "settle": "0s"}`

func (r *Row) check(earlier map[string]bool) error {
	for _, needed := range []string{r.Tree, r.rateRow()} {
		if needed != "" && !earlier[needed] {
			return fmt.Errorf("needs row %q, which does not come before it", needed)
		}
	}
	for _, t := range r.Targets {
		if (t.Min == 0) == (t.Max == 0) {
			return fmt.Errorf("target %s: expected either min or max", t.Metric)
		}
		for _, name := range []string{t.Metric, t.OfMetric} {
			if _, ok := bench.FindMetric(name); !ok && name != "" {
				return fmt.Errorf("target: no metric is called %q", name)
			}
		}
	}
	for _, name := range r.Metrics {
		if _, ok := bench.FindMetric(name); !ok {
			return fmt.Errorf("no metric is called %q", name)
		}
	}
	return nil
}

func (r *Row) rateRow() string {
	if r.RateOf == nil {
		return ""
	}
	return r.RateOf.Row
}

// Quick makes every row short and leaves one round.
func (s *Suite) Quick() error {
	s.Rounds = 1
	return s.prepare(true)
}

// RowNames lists all rows.
func (s *Suite) RowNames() (names []string) {
	for _, g := range s.Groups {
		for _, r := range g.Rows {
			names = append(names, r.Name)
		}
	}
	return names
}

// Only keeps the named rows, and the rows that they need.
func (s *Suite) Only(names []string) error {
	for _, name := range names {
		if !slices.Contains(s.RowNames(), name) {
			return fmt.Errorf("suites: no row is called %q; there are %s", name, strings.Join(s.RowNames(), ", "))
		}
	}
	wanted := slices.Clone(names)
	for g := len(s.Groups) - 1; g >= 0; g-- { // backwards: what is needed comes before
		rows := s.Groups[g].Rows
		for i := len(rows) - 1; i >= 0; i-- {
			if slices.Contains(wanted, rows[i].Name) {
				wanted = append(wanted, rows[i].Tree, rows[i].rateRow())
				for _, t := range rows[i].Targets {
					wanted = append(wanted, t.OfRow)
				}
			}
		}
		s.Groups[g].Rows = slices.DeleteFunc(rows, func(r Row) bool { return !slices.Contains(wanted, r.Name) })
	}
	s.Groups = slices.DeleteFunc(s.Groups, func(g Group) bool { return len(g.Rows) == 0 })
	return nil
}

// Estimate is about how long it all takes: the times of the rows, the loading at a pace between the servers', and the starts.
func (s *Suite) Estimate(servers []string, javaWarmup time.Duration) time.Duration {
	const (
		startTime  = 2 * time.Second
		znodesPerS = 50_000 // a watch set or fired takes about half of a znode's time
	)
	var sum time.Duration
	for _, g := range s.Groups {
		for _, server := range servers {
			if slices.Contains(g.Skip, kindOf(server)) {
				continue
			}
			sum += startTime
			if kindOf(server) == "apache" && !g.Cold {
				sum += javaWarmup
			}
			for _, r := range g.Rows {
				if slices.Contains(r.Skip, kindOf(server)) {
					continue
				}
				sum += r.estimate(startTime, znodesPerS)
			}
		}
	}
	return (sum * time.Duration(s.Rounds)).Round(time.Second)
}

func (r *Row) estimate(startTime time.Duration, znodesPerS int) time.Duration {
	o := &r.run
	switch {
	case r.Restart:
		return 2 * startTime
	case o.Workload == "load" && o.Mix == "":
		return time.Second*time.Duration(o.Keys)/time.Duration(znodesPerS) + time.Duration(o.Settle)
	}
	if o.Workload == "watches" && o.Mix == "" {
		return time.Second * time.Duration(3*o.Watches/2+2*o.Keys) / time.Duration(znodesPerS)
	}
	made := o.Watches
	if o.Workload == "children" {
		made += 2 * o.Children
	} else if o.Tree == "" && r.Tree == "" {
		made += 2 * o.Keys // made and removed
	}
	return time.Duration(o.Warmup+o.Duration+o.Settle) + time.Second*time.Duration(made)/time.Duration(znodesPerS)
}
