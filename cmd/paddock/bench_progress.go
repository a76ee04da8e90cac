package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"paddock/bench"
)

// progress shows on a terminal how a run goes on. Elsewhere it says nothing: a log has no use for it.
type progress struct {
	out   io.Writer // nil: no terminal
	bar   *progressbar.ProgressBar
	phase string
}

func newProgress(errs io.Writer) *progress {
	p := &progress{}
	if f, ok := errs.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		p.out = errs
	}
	return p
}

// update begins a new bar with each phase: one that fills where its length is known, and one that spins elsewhere.
func (p *progress) update(s bench.Status) {
	if p.out == nil {
		return
	}
	if key := s.Title + s.Phase; p.bar == nil || key != p.phase {
		p.end()
		length := s.Total.Milliseconds()
		if length == 0 {
			length = -1
		}
		p.phase = key
		p.bar = progressbar.NewOptions64(length, progressbar.OptionSetWriter(p.out), progressbar.OptionClearOnFinish(),
			progressbar.OptionSetPredictTime(false), progressbar.OptionSetElapsedTime(false), progressbar.OptionSetWidth(30),
			progressbar.OptionSetSpinnerChangeInterval(0)) // or a goroutine would go on drawing it
	}
	p.bar.Describe(describe(&s))
	// A bar that cannot be drawn is no reason to stop measuring.
	_ = p.bar.Set64(min(s.Elapsed, max(s.Total-time.Millisecond, 0)).Milliseconds())
}

func describe(s *bench.Status) string {
	text := fmt.Sprintf("%s, %s %s", s.Title, s.Phase, s.Elapsed.Round(time.Second))
	if s.OpsPerS > 0 {
		text += fmt.Sprintf(": %s/s, p99 %s µs", bench.Thousands(s.OpsPerS), bench.Thousands(s.P99Us))
	}
	if s.RSSBytes > 0 {
		text += fmt.Sprintf(", %.0f MiB", bench.MiB(s.RSSBytes))
	}
	return text
}

func (p *progress) end() {
	if p.bar != nil {
		_ = p.bar.Clear()
		p.bar = nil
	}
}
