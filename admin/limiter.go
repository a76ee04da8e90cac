package admin

import (
	"context"
	"sync"
	"time"
)

// gate lets a few through at a time.
type gate chan struct{}

const (
	// longAnswersMax is how many answers that may be long are in memory at once, until the last byte is sent.
	longAnswersMax = 4
	// copiesMax is how many snapshots are made and sent at once: each is a file until its last byte is sent.
	copiesMax = 2
)

// longAnswers are the parts of which there can be any number.
const longAnswers = PartConns | PartSessions | PartEphemerals | PartWatches

// pass waits for room where parts may make a long answer. Who got an error must not leave.
func (g gate) pass(ctx context.Context, parts Parts) (leave func(), err error) {
	if parts&longAnswers == 0 {
		return func() {}, nil
	}
	select {
	case g <- struct{}{}:
		return g.leave, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// tryPass does not wait.
func (g gate) tryPass() bool {
	select {
	case g <- struct{}{}:
		return true
	default:
		return false
	}
}

func (g gate) leave() { <-g }

// limiter lets one call through per interval, the first one at once (RateLimiter, 3.9.5). It has a lock because calls come
// from the goroutines of HTTP.
type limiter struct {
	interval time.Duration
	now      func() time.Time

	mu   sync.Mutex
	last time.Time // when the last one was let through
}

func (l *limiter) allow() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if !l.last.IsZero() && now.Sub(l.last) <= l.interval {
		return false
	}
	l.last = now
	return true
}
