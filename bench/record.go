package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
)

// Record is what a file of results holds: samples, and where they come from.
type Record struct {
	Machine string   `json:"machine"`
	Title   string   `json:"title"`
	Servers []string `json:"servers"` // in the order that the user gave
	Rows    []string `json:"rows"`
	Plots   []Plot   `json:"plots,omitempty"`
	Samples []Sample `json:"samples"`
}

// Sample is one run of one row against one server.
type Sample struct {
	Server string `json:"server"`
	Round  int    `json:"round"`
	Row    string `json:"row"`
	Result Result `json:"result"`
}

// Plot says which rows make a picture of the report.
type Plot struct {
	Title string   `json:"title"`
	Kind  string   `json:"kind"`        // "xy", "percentiles" or "time"
	X     string   `json:"x,omitempty"` // of xy: a metric or parameter
	Y     string   `json:"y,omitempty"`
	LogX  bool     `json:"logX,omitempty"`
	LogY  bool     `json:"logY,omitempty"`
	Rows  []string `json:"rows"`
}

// Write writes the record as indented JSON.
func (r *Record) Write(w io.Writer) error {
	out := json.NewEncoder(w)
	out.SetIndent("", " ")
	return out.Encode(r)
}

// ReadRecord reads a file of results.
func ReadRecord(path string) (*Record, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("bench: results: %w", err)
	}
	return decodeRecord(path, text)
}

func decodeRecord(name string, text []byte) (*Record, error) {
	var r Record
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, fmt.Errorf("bench: results in %s: %w", name, err)
	}
	if len(r.Samples) == 0 {
		return nil, fmt.Errorf("bench: results in %s: no samples; expected what paddock bench --json has written", name)
	}
	return &r, nil
}

// Median gives the sample in the middle of a row's rounds, by throughput or, without any, by CPU. The figures of one
// sample belong together.
func (r *Record) Median(server, row string) (*Result, bool) {
	var rounds []*Result
	for i := range r.Samples {
		if s := &r.Samples[i]; s.Server == server && s.Row == row {
			rounds = append(rounds, &s.Result)
		}
	}
	return medianResult(rounds)
}

// Machine says where figures come from: processor, cores, kernel, commit of the program.
func Machine() string {
	model := "unknown processor"
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(info)) {
			if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
				model = strings.TrimSpace(value)
				break
			}
		}
	}
	kernel, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		kernel = []byte("unknown")
	}
	return fmt.Sprintf("%s, %d cores, Linux %s, %s, commit %s",
		model, runtime.NumCPU(), strings.TrimSpace(string(kernel)), runtime.Version(), commit())
}

// commit is what go build noted; go run notes nothing.
func commit() string {
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	revision, dirty := "unknown", ""
	for _, s := range build.Settings {
		switch {
		case s.Key == "vcs.revision":
			revision = s.Value[:min(12, len(s.Value))]
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = " with changes"
		}
	}
	return revision + dirty
}
