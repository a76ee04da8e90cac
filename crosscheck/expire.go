package main

import (
	"fmt"
	"time"

	"paddock/interop"
	"paddock/zk"
)

// shortTimeouts are those that the servers raise to minSessionTimeout.
func shortTimeouts() []int32 { return []int32{0, -1, 1, 999, -1 << 31} }

// expire lets a session of the shortest timeout die, of silence or of a lost connection, and looks at what it leaves.
func (r *run) expire(n int) error {
	if err := r.drop(n); err != nil {
		return err
	}
	count, err := r.pair[0].sessionCount()
	if err != nil {
		return err
	}
	r.slots[n].memory = nil
	h := hello{tail: []byte{0}, timeout: pick(r.plan, shortTimeouts())}
	if err := r.arrive(n, h); err != nil {
		return err
	}
	for range 3 {
		q := r.plan.on(zk.OpCreate, r.plan.freshPath())
		q.body = ephemeralBody(q.path)
		if err := r.ask(n, []request{q}); err != nil {
			return err
		}
	}
	if err := r.settle(n); err != nil { // so that the plan knows the last zxid
		return err
	}
	r.orders.closes[r.plan.lastZxid+1] = true // the closeSession to come
	dies := r.slots[n].memory
	if r.plan.rng.IntN(2) == 0 {
		r.record(act{kind: "hangup", slot: n})
		r.hangUp(n)
	}
	if err := r.awaitSessions(count); err != nil {
		return err
	}
	if r.slots[n].conns[0] != nil {
		if err := r.expectEnd(n); err != nil {
			return err
		}
	}
	h.old, h.timeout = dies, 400_000
	r.slots[n].memory = nil
	return r.connect(n, h) // and is refused
}

// freeSlot finds a slot without a connection, or -1.
func (r *run) freeSlot() int {
	free := -1
	for n := range r.slots {
		if r.slots[n].conns[0] == nil {
			free = n
		}
	}
	return free
}

// awaitSessions waits until both servers know no more than count sessions.
func (r *run) awaitSessions(count string) error {
	for _, s := range r.pair {
		for deadline := time.Now().Add(patienceMax); ; time.Sleep(20 * time.Millisecond) {
			now, err := s.sessionCount()
			if err != nil {
				return err
			}
			if now == count {
				break
			}
			if time.Now().After(deadline) {
				return &mismatch{text: fmt.Sprintf("%s has %s sessions and should have %s: one does not expire", s.name, now, count)}
			}
		}
	}
	return nil
}

func (s *side) sessionCount() (string, error) {
	answer, err := s.server.Word("mntr")
	if err != nil {
		return "", err
	}
	return chosen(answer, []string{"zk_global_sessions"}), nil
}

// ephemeralBody creates an open ephemeral.
func ephemeralBody(path string) interop.Body {
	return interop.CreateBody(path, nil, interop.Open(), interop.Ephemeral)
}
