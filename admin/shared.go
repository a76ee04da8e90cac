package admin

import (
	"context"
	"sync"
)

// shared makes answers for many: one at a time, and whoever comes while one is being made gets the next, which all who wait share.
// So nobody gets what is older than his question, and a flood of questions costs no more than one who asks again and again.
type shared[T any] struct {
	work func() T

	mu      sync.Mutex
	working bool
	next    *turn[T] // for those who have come since the last one began; nil if nobody has
}

// turn is one answer, which is there when done is closed.
type turn[T any] struct {
	done   chan struct{}
	answer T
}

// get waits for an answer until ctx ends.
func (s *shared[T]) get(ctx context.Context) (answer T, err error) {
	t := s.join()
	select {
	case <-t.done:
		return t.answer, nil
	case <-ctx.Done():
		return answer, ctx.Err()
	}
}

func (s *shared[T]) join() *turn[T] {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.next == nil {
		s.next = &turn[T]{done: make(chan struct{})}
	}
	if !s.working {
		s.working = true
		go s.run()
	}
	return s.next
}

// run works until nobody waits.
func (s *shared[T]) run() {
	for t := s.take(); t != nil; t = s.take() {
		t.answer = s.work()
		close(t.done)
	}
}

func (s *shared[T]) take() *turn[T] {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.next
	s.next, s.working = nil, t != nil
	return t
}
