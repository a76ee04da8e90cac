package session

// bucket is the list of sessions that end at the same tick, in the order in which they came.
type bucket struct {
	atMs       int64
	head, tail *Session
}

// roundUp gives the time of the bucket for a session that ends at ms: the next multiple of the tick that is larger
// (ExpiryQueue.roundToNextInterval). A client thus lives up to one tick longer than it asked for.
func (t *Tracker) roundUp(ms int64) int64 {
	tick := int64(t.cfg.TickMs)
	return (ms/tick + 1) * tick
}

func (t *Tracker) link(s *Session, atMs int64) {
	b := t.buckets[atMs]
	if b == nil {
		b = &bucket{atMs: atMs}
		t.buckets[atMs] = b
		t.quietMs = min(t.quietMs, atMs) // a touch with an older time than the last Expire
	}
	s.in, s.prev, s.next = b, b.tail, nil
	if b.tail == nil {
		b.head = s
	} else {
		b.tail.next = s
	}
	b.tail = s
}

func (t *Tracker) unlink(s *Session) {
	b := s.in
	if s.prev == nil {
		b.head = s.next
	} else {
		s.prev.next = s.next
	}
	if s.next == nil {
		b.tail = s.prev
	} else {
		s.next.prev = s.prev
	}
	s.in, s.prev, s.next = nil, nil, nil
	if b.head == nil && t.buckets[b.atMs] == b {
		delete(t.buckets, b.atMs)
	}
}
