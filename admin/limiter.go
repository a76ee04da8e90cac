package admin

import (
	"sync"
	"time"
)

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
