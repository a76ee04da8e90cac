package bench

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"paddock/zk"
)

// traffic is the connections of a run and what they share. The connections call granted, event, refused and fail from their
// goroutines; the rest belongs to the goroutine that runs the run.
type traffic struct {
	o       Options
	began   time.Time
	conns   []*conn
	tally   *tally
	stopped atomic.Bool // no further requests
	failed  chan error  // the first failure

	changeNs  atomic.Int64  // watch: when the change was asked for
	eventNs   atomic.Int64  // watch: when the newest event came
	toCome    atomic.Int64  // watch: events of this change that are due yet
	allEvents chan struct{} // watch: none is due any more

	started   bool
	timeoutMs atomic.Int64 // the shortest that the server has granted
	pingStop  chan struct{}
}

func newTraffic(o Options) *traffic {
	return &traffic{
		o: o, began: time.Now(), tally: newTally(o.Rate > 0), failed: make(chan error, 1),
		allEvents: make(chan struct{}, 1), pingStop: make(chan struct{}),
	}
}

func (t *traffic) nowNs() int64 { return int64(time.Since(t.began)) }

func (t *traffic) granted(timeout time.Duration) {
	if ms := t.timeoutMs.Load(); ms == 0 || timeout.Milliseconds() < ms {
		t.timeoutMs.Store(timeout.Milliseconds())
	}
}

func (t *traffic) event(nowNs int64) {
	t.eventNs.Store(nowNs)
	if t.toCome.Add(-1) == 0 {
		t.allEvents <- struct{}{}
	}
}

// refused counts a refusal; it is the end unless the user allows it.
func (t *traffic) refused(k kind, code zk.Err) error {
	t.tally.refuse(code)
	if t.o.AllowErrors {
		return nil
	}
	return fmt.Errorf("%s was refused: %s (%d); --allow-errors would count it and go on", k, code, int32(code))
}

func (t *traffic) fail(err error) {
	select {
	case t.failed <- err:
	default: // one reason is enough
	}
}

// open dials all connections. sources may be nil: sessions without requests.
func (t *traffic) open(ctx context.Context, sources func(worker int) *source) error {
	for i := range t.o.Connections {
		c, err := dial(ctx, t, i)
		if err != nil {
			return fmt.Errorf("connection %d to %s: %w", i, t.o.Addr, err)
		}
		if sources != nil {
			c.source = sources(i)
		}
		t.conns = append(t.conns, c)
		if i%100 == 99 { // those that came first must not expire before the last is there
			t.pingAll()
		}
	}
	return nil
}

// start lets every connection read and, in a closed loop, send.
func (t *traffic) start() {
	t.started = true
	for _, c := range t.conns {
		c.start()
	}
	go t.pingLoop()
}

// flush sends what was appended to the connections.
func (t *traffic) flush() {
	for _, c := range t.conns {
		c.mu.Lock()
		c.flush()
		c.mu.Unlock()
	}
}

func (t *traffic) pingAll() {
	for _, c := range t.conns {
		c.ping()
	}
}

// pingLoop looks at every connection six times per session timeout, so that a ping leaves each silent one three times.
func (t *traffic) pingLoop() {
	ticker := time.NewTicker(max(time.Duration(t.timeoutMs.Load())*time.Millisecond/6, 10*time.Millisecond))
	defer ticker.Stop()
	for {
		select {
		case <-t.pingStop:
			return
		case <-ticker.C:
			t.pingAll()
		}
	}
}

// underWay counts the requests without an answer, and tells whether every source has ended.
func (t *traffic) underWay() (requests int, dry bool) {
	dry = true
	for _, c := range t.conns {
		c.mu.Lock()
		requests += c.open.count
		dry = dry && c.dry
		c.mu.Unlock()
	}
	return requests, dry
}

// answerPatience is how long the last answers may take: longer than any stall that ends.
const answerPatience = 60 * time.Second

// settle stops sending and waits for the answers to what is under way.
func (t *traffic) settle(ctx context.Context) error {
	t.stopped.Store(true)
	deadline := time.After(answerPatience)
	for {
		requests, _ := t.underWay()
		if requests == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-t.failed:
			return err
		case <-deadline:
			return fmt.Errorf("%d requests are without an answer %v after the end", requests, answerPatience)
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// hangUp ends all sessions and all connections. After a failure the failure is the news, and not what follows from it.
func (t *traffic) hangUp() {
	t.stopped.Store(true)
	close(t.pingStop)
	for _, c := range t.conns {
		if !t.started {
			go c.read()
		}
		c.hangUp()
	}
	patience := time.After(5 * time.Second)
	for _, c := range t.conns {
		select {
		case <-c.done:
		case <-patience:
			patience = closed()
		}
		_ = c.nc.Close() // the session is ended, or the server does not answer
	}
}

// closed is a channel that is always ready.
func closed() <-chan time.Time {
	ch := make(chan time.Time)
	close(ch)
	return ch
}
