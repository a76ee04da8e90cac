package session

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"unsafe"

	"paddock/zk"
)

// Config holds the numbers that a Tracker needs.
type Config struct {
	ServerID     int64 // top byte of new session ids; 1 for a standalone server
	TickMs       int32 // width of a bucket, above 0
	MinTimeoutMs int32
	MaxTimeoutMs int32
}

// Session is one client's session. Its owner is the owner of the Tracker.
type Session struct {
	ID        int64
	TimeoutMs int32
	// LoggedTimeoutMs is the timeout that the log and the snapshots hold: a renewal does not change it. Logged says that
	// they do: the createSession is applied.
	LoggedTimeoutMs int32
	Logged          bool
	Closing         bool   // set by the caller once a closeSession is under way: no touch revives it any more
	gone            bool   // removed from the tracker; a late Touch must not link it again
	Conn            uint64 // number of the connection that holds it, 0 for none

	in         *bucket // nil when Expire has named it or Remove has dropped it
	prev, next *Session
}

// Log notes that the log holds the session, with this timeout.
func (s *Session) Log(timeoutMs int32) { s.LoggedTimeoutMs, s.Logged = timeoutMs, true }

// ExpiresMs is when the session ends unless its client is heard of, by the monotonic clock; 0 once Expire has named it.
func (s *Session) ExpiresMs() int64 {
	if s.in == nil {
		return 0
	}
	return s.in.atMs
}

// Tracker keeps the sessions of one server.
type Tracker struct {
	cfg      Config
	nextID   int64
	sessions map[int64]*Session
	buckets  map[int64]*bucket // by the time at which they pass, ms
	quietMs  int64             // no bucket passes before this time
}

// New returns a tracker without sessions. startMonoMs is the monotonic clock at the start of the server: the ids of
// new sessions begin there.
func New(cfg Config, startMonoMs int64) *Tracker {
	if cfg.TickMs <= 0 {
		panic(fmt.Sprintf("session: tick of %d ms", cfg.TickMs))
	}
	return &Tracker{
		cfg:      cfg,
		nextID:   firstID(cfg.ServerID, startMonoMs),
		sessions: make(map[int64]*Session),
		buckets:  make(map[int64]*bucket),
	}
}

// Clamp brings the timeout that a client asks for into the server's bounds.
func (t *Tracker) Clamp(timeoutMs int32) int32 {
	return min(max(timeoutMs, t.cfg.MinTimeoutMs), t.cfg.MaxTimeoutMs)
}

// Add makes a session known, be it new or read from disk, and gives it one full timeout from nowMs. An id that is
// known already keeps its Session and takes the timeout.
func (t *Tracker) Add(id int64, timeoutMs int32, nowMs int64) *Session {
	s := t.sessions[id]
	if s == nil {
		s = &Session{ID: id}
		t.sessions[id] = s
	}
	t.SetTimeout(s, timeoutMs, nowMs)
	return s
}

// Get returns the session, or nil if the id is unknown.
func (t *Tracker) Get(id int64) *Session { return t.sessions[id] }

// Len returns the number of known sessions, closing ones included.
func (t *Tracker) Len() int { return len(t.sessions) }

// MemoryBytes is about how much memory the sessions take: each its struct and an entry of a Go map.
func (t *Tracker) MemoryBytes() int64 {
	const mapBytes = 24
	return int64(len(t.sessions)) * (int64(unsafe.Sizeof(Session{})) + mapBytes)
}

// All walks every known session, closing ones included, in no particular order. The walk may remove sessions.
func (t *Tracker) All() iter.Seq[*Session] { return maps.Values(t.sessions) }

// SetTimeout changes the timeout and touches the session: a client that reconnects may ask for another one.
func (t *Tracker) SetTimeout(s *Session, timeoutMs int32, nowMs int64) {
	s.TimeoutMs = timeoutMs
	t.Touch(s, nowMs)
}

// Touch notes that the client was heard of. It is called for every request, and moves the session only when its
// bucket changes, which is at most once per tick. A closing session stays where it is.
func (t *Tracker) Touch(s *Session, nowMs int64) {
	if s.Closing || s.gone {
		return
	}
	at := t.roundUp(nowMs + int64(s.TimeoutMs))
	if s.in != nil {
		if s.in.atMs == at {
			return
		}
		t.unlink(s)
	}
	t.link(s, at)
}

// Remove forgets the session. An unknown id is no harm.
func (t *Tracker) Remove(id int64) {
	s := t.sessions[id]
	if s == nil {
		return
	}
	delete(t.sessions, id)
	s.gone = true
	if s.in != nil {
		t.unlink(s)
	}
}

// Expire calls fn for every session whose bucket has passed, oldest bucket first, except those that are closing
// already. A named session stays known until Remove, and is not named again unless it is touched. fn may touch, add
// and remove sessions.
func (t *Tracker) Expire(nowMs int64, fn func(*Session)) {
	if nowMs < t.quietMs {
		return
	}
	t.quietMs = t.roundUp(nowMs)
	for _, at := range slices.Sorted(maps.Keys(t.buckets)) {
		if at > nowMs {
			break
		}
		b := t.buckets[at]
		if b == nil {
			continue // fn has emptied it
		}
		delete(t.buckets, at) // what fn links now waits for the next call: no endless round
		for s := b.head; s != nil; s = b.head {
			t.unlink(s)
			if !s.Closing {
				fn(s)
			}
		}
	}
}

// Renew gives every session a fresh interval, as after a gap in which the machine was stopped and no client could
// have been heard.
func (t *Tracker) Renew(nowMs int64) {
	for _, id := range slices.Sorted(maps.Keys(t.sessions)) { // sorted: the same order of expiry on every run
		t.Touch(t.sessions[id], nowMs)
	}
}

// NextID returns the id for a new session. Apache trusts its clock alone; ids that were read from disk are skipped
// here, so that a clock that starts again at zero cannot hand out an id that is in use.
func (t *Tracker) NextID() int64 {
	for {
		id := t.nextID
		t.nextID++
		if t.sessions[id] == nil && id != 0 && id != zk.OwnerContainer {
			return id
		}
	}
}
