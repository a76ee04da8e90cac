package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Point is a piece of the timeline. Latencies are of the answers that came in it.
type Point struct {
	Sec        float64 `json:"sec"` // its end, since the window opened
	OpsPerSec  float64 `json:"opsPerSec"`
	P50Us      float64 `json:"p50Us"`
	P99Us      float64 `json:"p99Us"`
	MaxUs      float64 `json:"maxUs"`
	RSSBytes   int64   `json:"rssBytes,omitempty"`
	CPUPercent float64 `json:"cpuPercent,omitempty"` // of one core
}

// Span is a time within the window.
type Span struct {
	FromSec float64 `json:"fromSec"`
	ToSec   float64 `json:"toSec"`
}

// point is what the last point of the timeline ended with.
type point struct {
	at      time.Time
	cpu     time.Duration
	answers int64
}

// note tells how the run goes on and, within the window, adds a point to the timeline.
func (w *window) note(phase string, elapsed, total time.Duration) error {
	recent := w.traffic.tally.takeRecent()
	answers, _ := w.traffic.tally.answers()
	now := point{at: time.Now(), answers: answers}
	seconds := now.at.Sub(w.lastPoint.at).Seconds()
	us := func(ns int64) float64 { return float64(ns) / 1e3 }
	p := Point{
		OpsPerSec: float64(now.answers-w.lastPoint.answers) / seconds,
		P50Us:     us(recent.ValueAtQuantile(50)), P99Us: us(recent.ValueAtQuantile(99)), MaxUs: us(recent.Max()),
	}
	if pid := w.o.ServerPID; pid > 0 {
		cpu, err := processCPU(pid)
		if err != nil {
			return fmt.Errorf("the server's process %d has ended: %w", pid, err)
		}
		now.cpu = cpu
		p.CPUPercent = 100 * (cpu - w.lastPoint.cpu).Seconds() / seconds
		if p.RSSBytes, _, err = processMemory(pid); err != nil {
			return err
		}
	}
	if !w.opened.IsZero() {
		p.Sec = now.at.Sub(w.opened).Seconds()
		w.result.Timeline = append(w.result.Timeline, p)
	}
	w.lastPoint = now
	w.tell(Status{
		Title: w.o.Title(), Phase: phase, Elapsed: elapsed, Total: total, Answers: answers,
		OpsPerS: p.OpsPerSec, P99Us: p.P99Us, RSSBytes: p.RSSBytes,
	})
	return nil
}

// snapshotSpans tells when snapshots were written: from the birth of each file to its last change. A server that writes
// under another name and renames keeps the file, and with it the birth. A file system that knows no birth gives the end
// only.
func snapshotSpans(dataDir string, opened time.Time, seconds float64) (spans []Span) {
	files, err := filepath.Glob(filepath.Join(dataDir, "version-2", "snapshot.*"))
	if err != nil { // only of a bad pattern: then there is nothing to mark
		return nil
	}
	for _, file := range files {
		if strings.Contains(filepath.Base(file), "tmp") {
			continue
		}
		var st unix.Statx_t
		if err := unix.Statx(unix.AT_FDCWD, file, 0, unix.STATX_BTIME|unix.STATX_MTIME, &st); err != nil {
			continue // removed in between
		}
		at := func(ts unix.StatxTimestamp) float64 { return time.Unix(ts.Sec, int64(ts.Nsec)).Sub(opened).Seconds() }
		s := Span{FromSec: at(st.Mtime), ToSec: at(st.Mtime)}
		if st.Mask&unix.STATX_BTIME != 0 {
			s.FromSec = at(st.Btime)
		}
		if s.ToSec >= 0 && s.FromSec <= seconds {
			spans = append(spans, s)
		}
	}
	return spans
}

// FindServer gives the process that listens on the address's port, if it is on this machine and this user may see it,
// and 0 otherwise.
func FindServer(addr string) int {
	inode := listener(addr)
	if inode == "" {
		return 0
	}
	links, err := filepath.Glob("/proc/[0-9]*/fd/*")
	if err != nil {
		return 0
	}
	for _, link := range links {
		if target, err := os.Readlink(link); err == nil && target == "socket:["+inode+"]" {
			return pidOf(link)
		}
	}
	return 0
}
