package loop

import (
	"sync"
	"time"
)

// logInterval is how often one kind of line may be logged; a client can cause any number of them.
const logInterval = time.Second

// rateLimit lets one line through per interval and counts the others.
type rateLimit struct {
	mu     sync.Mutex
	next   time.Time
	missed int
}

// allow reports whether a line may be logged now, and how many were left out before it.
func (r *rateLimit) allow(now time.Time) (missed int, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now.Before(r.next) {
		r.missed++
		return 0, false
	}
	missed, r.missed = r.missed, 0
	r.next = now.Add(logInterval)
	return missed, true
}
