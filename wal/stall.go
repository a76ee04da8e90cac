package wal

import (
	"log/slog"
	"sync"
	"time"
)

// stallMin is the least time after which a commit that lasts is told about: what takes less is told at its end, if at all.
const stallMin = time.Second

// stall tells about a commit while it lasts: once at the threshold, and each time when it has lasted twice as long. A disk that
// hangs never comes to an end at which it could be told. Whoever has the batch begins and ends; a timer tells.
type stall struct {
	log    *slog.Logger
	counts *counters
	least  time.Duration // until the first line

	mu    sync.Mutex
	timer *time.Timer // set from the first commit on
	since time.Time   // zero while there is none
	next  time.Duration
	bytes int
}

func newStall(cfg Config, counts *counters) *stall {
	return &stall{log: cfg.Log, counts: counts, least: max(cfg.SlowSync, stallMin)}
}

// begin notes that a commit of so many bytes is on its way to the disk.
func (s *stall) begin(bytes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.since, s.next, s.bytes = time.Now(), s.least, bytes
	if s.timer == nil {
		s.timer = time.AfterFunc(s.next, s.tell)
		return
	}
	s.timer.Reset(s.next)
}

// end notes that it is over.
func (s *stall) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.timer.Stop()
	s.since = time.Time{}
}

// tell is called by the timer. It may come late, when the commit that it was set for is over.
func (s *stall) tell() {
	s.mu.Lock()
	defer s.mu.Unlock()
	lasted := time.Since(s.since)
	if s.since.IsZero() || lasted < s.next {
		return
	}
	if s.next == s.least {
		s.counts.stalls.Add(1)
	}
	s.log.Warn("the disk has not taken a write of the transaction log yet; every write waits for it", "lasts", lasted.Round(time.Millisecond), "bytes", s.bytes)
	s.next = 2 * lasted
	s.timer.Reset(s.next - lasted)
}
