package sasl

import (
	"crypto/sha256"
	"sync"
	"time"
)

// replays remembers authenticators for as long as their time is accepted, so that nobody can send one that he has overheard. It
// is shared by all exchanges.
type replays struct {
	mu         sync.Mutex // guards everything below
	young, old map[[sha256.Size]byte]struct{}
	youngSince time.Time
}

// isNew tells whether an authenticator has not been seen within the last 2 clockSkew, and remembers it. Two generations stand for
// times: whatever is in either is younger than twice an interval, and nothing is forgotten before one has passed.
func (r *replays) isNew(authenticator []byte, now time.Time) bool {
	key := sha256.Sum256(authenticator)
	r.mu.Lock()
	defer r.mu.Unlock()
	if age := now.Sub(r.youngSince); r.young == nil || age > 2*clockSkew || age < 0 {
		r.old, r.young, r.youngSince = r.young, map[[sha256.Size]byte]struct{}{}, now
	}
	_, young := r.young[key]
	_, old := r.old[key]
	r.young[key] = struct{}{}
	return !young && !old
}
