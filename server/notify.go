package server

import (
	"context"
	"fmt"
	"time"
)

// readyPoll is how often a server that is about to serve is looked at.
const readyPoll = 10 * time.Millisecond

// Notify keeps a service manager informed in the words of sd_notify(3), through send, until ctx ends or the server does:
// READY=1 once clients are served, WATCHDOG=1 three times per watchdog (never, if that is 0) for as long as the processor
// answers, STOPPING=1 at the end of ctx. It is to be called beside Run, on a goroutine of its own.
func (s *Server) Notify(ctx context.Context, send func(state string) error, watchdog time.Duration) {
	tell := func(state string) {
		if err := send(state); err != nil {
			s.log.Warn("the service manager was not told", "state", state, "err", err)
		}
	}
	defer tell("STOPPING=1")
	znodes := 0
	count := func() { znodes = s.proc.Tree().Count() }
	for s.ask(ctx, count) != nil {
		select {
		case <-ctx.Done():
			return
		case <-time.After(readyPoll):
		}
	}
	tell(fmt.Sprintf("READY=1\nSTATUS=Serving ZooKeeper clients; began with %d znodes.", znodes))
	if watchdog == 0 {
		select {
		case <-ctx.Done():
		case <-s.ended:
		}
		return
	}
	// A third to wait, a third to be answered: whoever is on time for both is not late for the whole.
	tick := time.NewTicker(watchdog / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.ended:
			return
		case <-tick.C:
			s.answers(ctx, watchdog/3, func() { tell("WATCHDOG=1") })
		}
	}
}

// answers calls then if the processor takes a question within patience.
func (s *Server) answers(ctx context.Context, patience time.Duration, then func()) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if s.ask(ctx, func() {}) == nil {
		then()
	}
}
