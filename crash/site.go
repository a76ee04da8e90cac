package main

import (
	"sync"
	"sync/atomic"
	"time"
)

// site is where workers learn which server to talk to. Lives count the starts of the server, from 1.
type site struct {
	start   time.Time
	answers atomic.Int64 // that workers have got

	mu   sync.Mutex
	cond *sync.Cond
	addr string
	life int // the newest one that has served
	shut bool
}

func newSite() *site {
	s := &site{start: time.Now()}
	s.cond = sync.NewCond(&s.mu)
	return s
}

func (s *site) now() time.Duration { return time.Since(s.start) }

// open tells the workers that a server serves.
func (s *site) open(addr string, life int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.addr, s.life = addr, life
	s.cond.Broadcast()
}

// shutDown sends the workers home.
func (s *site) shutDown() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shut = true
	s.cond.Broadcast()
}

func (s *site) closed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shut
}

// await gives the newest life once it is newer than the one given; false when there is no more work.
func (s *site) await(after int) (addr string, life int, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.life <= after && !s.shut {
		s.cond.Wait()
	}
	return s.addr, s.life, !s.shut
}

func (s *site) last() (addr string, life int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addr, s.life
}
