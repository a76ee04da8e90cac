package bench

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// pacer sends the requests of an open loop when they fall due: request n at n/rate seconds, on connection n modulo their
// number. A request that leaves late, because this machine was busy or because the server does not read, counts from when
// it was due all the same.
type pacer struct {
	traffic *traffic
	beginNs int64 // of the schedule, since the run's beginning
	sent    int64
	woken   []*conn // that have something to write
}

// run paces until the traffic is stopped. It keeps a thread of its own, because Go's timers are as coarse as a
// millisecond when nothing else runs (epoll_wait's unit), and a thread's sleep is exact to some microseconds once its
// timer slack, 50 µs by default, is taken away.
func (p *pacer) run() error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("pace: timer slack: %w", err)
	}
	p.beginNs = p.traffic.nowNs()
	for !p.traffic.stopped.Load() {
		p.sendDue(p.traffic.nowNs())
		if wait := p.dueNs(p.sent) - p.traffic.nowNs(); wait > 0 {
			if err := sleep(min(wait, int64(10*time.Millisecond))); err != nil {
				return err
			}
		}
	}
	// What fell due within the window is sent, even if this thread got no time before its end.
	for untilNs := p.traffic.tally.untilNs.Load(); untilNs != math.MaxInt64 && p.dueNs(p.sent) < untilNs; {
		p.sendDue(untilNs)
	}
	return nil
}

func (p *pacer) dueNs(n int64) int64 { return p.beginNs + int64(float64(n)*1e9/p.traffic.o.Rate) }

// sendBurst bounds what one round appends, so that a pacer that has fallen behind sends while it catches up.
const sendBurst = 4096

// sendDue appends all that is due, then writes to each connection once.
func (p *pacer) sendDue(nowNs int64) {
	conns := p.traffic.conns
	for range sendBurst {
		dueNs := p.dueNs(p.sent)
		if dueNs > nowNs {
			break
		}
		c := conns[p.sent%int64(len(conns))]
		p.sent++
		c.mu.Lock()
		if len(c.out) == 0 {
			p.woken = append(p.woken, c)
		}
		c.append(dueNs)
		c.mu.Unlock()
	}
	for _, c := range p.woken {
		c.mu.Lock()
		c.flush()
		c.mu.Unlock()
	}
	p.woken = p.woken[:0]
}

func sleep(ns int64) error {
	ts := unix.NsecToTimespec(ns)
	if err := unix.Nanosleep(&ts, nil); err != nil && !errors.Is(err, unix.EINTR) {
		return fmt.Errorf("pace: sleep: %w", err)
	}
	return nil
}
