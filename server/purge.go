package server

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"paddock/purge"
)

// purgeReadBytesPerSecond is how fast a purge reads the snapshots that are to stay, to verify them: as fast as they are
// written, so that nobody notices.
const purgeReadBytesPerSecond = 64 << 20

// purgeHoursMax keeps the interval within what a time.Duration can hold: 228 years.
const purgeHoursMax = 2_000_000

// purger removes old snapshots and logs at the start and then every so often (autopurge.*; DatadirCleanupManager, 3.9.5). It
// runs on a goroutine of its own and shares nothing with the others but the folders.
type purger struct {
	cfg   purge.Config
	every time.Duration
	log   *slog.Logger
	done  chan struct{} // closed when run has ended

	// Counted for monitoring.
	runs, failures, files, bytes atomic.Int64
}

func newPurger(cfg purge.Config, every time.Duration, log *slog.Logger) *purger {
	return &purger{cfg: cfg, every: every, log: log, done: make(chan struct{})}
}

// startPurger starts one if the configuration asks for it; nil otherwise. It ends with ctx.
func (s *Server) startPurger(ctx context.Context) *purger {
	if s.cfg.PurgeIntervalHours <= 0 {
		return nil
	}
	p := newPurger(purge.Config{
		FS: s.dirs.fs, SnapDir: s.dirs.snap, LogDir: s.dirs.log, Keep: s.cfg.SnapRetainCount, Log: s.log,
	}, time.Duration(min(s.cfg.PurgeIntervalHours, purgeHoursMax))*time.Hour, s.log)
	go p.run(ctx)
	return p
}

// run purges at once and then at every interval. What fails is tried again at the next.
func (p *purger) run(ctx context.Context) {
	defer close(p.done)
	p.cfg.Pace = func(bytes int) error {
		return pause(ctx, time.Duration(bytes)*time.Second/purgeReadBytesPerSecond)
	}
	tick := time.NewTicker(p.every)
	defer tick.Stop()
	for ctx.Err() == nil {
		p.once(ctx)
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}

// once is one purge.
func (p *purger) once(ctx context.Context) {
	p.runs.Add(1)
	plan, err := purge.Survey(p.cfg)
	if ctx.Err() != nil {
		return // nothing was removed yet
	}
	before := p.files.Load()
	if err == nil {
		err = purge.Remove(p.cfg, plan, func(f purge.File) {
			p.files.Add(1)
			p.bytes.Add(f.Bytes)
			p.log.Debug("removed", "file", f.Path, "bytes", f.Bytes)
		})
	}
	if err != nil {
		p.failures.Add(1)
		p.log.Error("purging old snapshots and logs failed; it is tried again", "in", p.every, "err", err)
	}
	if removed := p.files.Load() - before; removed > 0 || len(plan.Aside) > 0 {
		p.log.Info("purged", "files", removed, "snapshotsKept", len(plan.Keep), "logsKept", len(plan.Logs),
			"cutOffEndsKept", len(plan.Aside))
	}
}

// stop waits for the end of a purger whose context has ended. It may be nil.
func (p *purger) stop() {
	if p != nil {
		<-p.done
	}
}

// pause waits, unless ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
