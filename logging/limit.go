package logging

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// kind is what is limited on its own.
type kind struct {
	level   slog.Level
	message string
}

// held is what an interval has kept back so far.
type held struct {
	last  slog.Record // the latest
	to    slog.Handler
	times int // 0: nothing was kept back
}

// limiter is shared by a handler and all that are made of it.
type limiter struct {
	interval time.Duration
	mu       sync.Mutex
	open     map[kind]*held // kinds of which a line was written less than an interval ago
}

// limit is a handler with a limiter in front of another one.
type limit struct {
	to slog.Handler
	by *limiter
}

// Limit gives a logger with at most one line per interval and kind, and one at the end of it for all that it has left out.
func Limit(log *slog.Logger, interval time.Duration) *slog.Logger {
	return slog.New(&limit{to: log.Handler(), by: &limiter{interval: interval, open: map[kind]*held{}}})
}

// Enabled implements slog.Handler.
func (l *limit) Enabled(ctx context.Context, level slog.Level) bool { return l.to.Enabled(ctx, level) }

// WithAttrs implements slog.Handler.
func (l *limit) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &limit{to: l.to.WithAttrs(attrs), by: l.by}
}

// WithGroup implements slog.Handler.
func (l *limit) WithGroup(name string) slog.Handler {
	return &limit{to: l.to.WithGroup(name), by: l.by}
}

// Handle implements slog.Handler.
func (l *limit) Handle(ctx context.Context, r slog.Record) error {
	if l.by.holds(r, l.to) {
		return nil
	}
	return l.to.Handle(ctx, r)
}

// holds keeps a record back, or begins an interval with it.
func (b *limiter) holds(r slog.Record, to slog.Handler) bool {
	k := kind{r.Level, r.Message}
	b.mu.Lock()
	defer b.mu.Unlock()
	if h := b.open[k]; h != nil {
		h.last, h.to = r.Clone(), to
		h.times++
		return true
	}
	b.open[k] = &held{}
	time.AfterFunc(b.interval, func() { b.end(k) })
	return false
}

// end ends an interval. The line for what was kept back begins the next one.
func (b *limiter) end(k kind) {
	b.mu.Lock()
	h := b.open[k]
	if h.times == 0 {
		delete(b.open, k)
		b.mu.Unlock()
		return
	}
	b.open[k] = &held{}
	b.mu.Unlock()
	time.AfterFunc(b.interval, func() { b.end(k) })
	h.last.AddAttrs(slog.Int("leftOut", h.times-1))
	_ = h.to.Handle(context.Background(), h.last) // there is nobody to tell
}
