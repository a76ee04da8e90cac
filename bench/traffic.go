package bench

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"paddock/zk"
)

// traffic is the connections of a run, on their engines, and what these share. Engines call arrived, refused and fail; the rest
// belongs to the goroutine that runs the run.
type traffic struct {
	o       Options
	began   time.Time
	engines []*engine
	tally   *tally
	stopped atomic.Bool // no further requests
	failed  chan error  // the first failure

	changeNs  atomic.Int64 // watch: when the change was asked for; 0: events are only counted
	toCome    atomic.Int64 // events that are due yet
	allEvents chan int64   // when the last of them was there

	timeout  time.Duration // what the server has granted
	patience time.Duration // at the end
	pingStop chan struct{}
	over     bool
}

func newTraffic(o Options) *traffic {
	return &traffic{
		o: o, began: time.Now(), tally: newTally(o.Rate > 0), failed: make(chan error, 1),
		allEvents: make(chan int64, 1), pingStop: make(chan struct{}), patience: hangUpPatience,
	}
}

func (t *traffic) nowNs() int64 { return int64(time.Since(t.began)) }

// arrived counts events down. More than were due is a server's mistake.
func (t *traffic) arrived(events, nowNs int64) {
	switch left := t.toCome.Add(-events); {
	case left == 0:
		t.allEvents <- nowNs
	case left < 0:
		t.fail(fmt.Errorf("%d events more than watches were set", -left))
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

// loopsDefault leaves half of the processors to the server.
func loopsDefault() int { return max(1, runtime.GOMAXPROCS(0)/2) }

// startEngines makes the engines. Connection i is in slot i/engines of engine i%engines.
func (t *traffic) startEngines() error {
	n := t.o.Loops
	if n == 0 {
		n = loopsDefault()
	}
	n = min(n, t.o.Connections)
	for i := range n {
		e, err := newEngine(t, i, (t.o.Connections-i+n-1)/n)
		if err != nil {
			return err
		}
		t.engines = append(t.engines, e)
		go e.run()
	}
	return nil
}

// open dials all connections. sources may be nil: sessions without requests. The engines ping from the beginning: the first
// sessions must not expire before the last is there.
func (t *traffic) open(ctx context.Context, sources func(worker int) *source) error {
	if err := checkDescriptors(t.o.Connections); err != nil {
		return err
	}
	if err := t.startEngines(); err != nil {
		return err
	}
	timeout, err := t.connect(ctx, 0, sources)
	if err != nil {
		return err
	}
	t.timeout = timeout
	go t.pingLoop()
	return inParallel(t.o.Connections-1, func(i int) error {
		_, err := t.connect(ctx, i+1, sources)
		return err
	})
}

func (t *traffic) connect(ctx context.Context, id int, sources func(worker int) *source) (time.Duration, error) {
	nc, timeout, err := dial(ctx, &t.o)
	c := &conn{id: id}
	if err == nil {
		c.fd, err = detach(nc)
	}
	if err != nil {
		return 0, fmt.Errorf("connection %d to %s: %w", id, t.o.Addr, err)
	}
	if sources != nil {
		c.source = sources(id)
	}
	c.engine, c.slot = t.engines[id%len(t.engines)], int32(id/len(t.engines))
	c.engine.post(func() { c.engine.adopt(c) }) // refused only by an engine that has failed, which is the end of the run
	return timeout, nil
}

// each lets every engine carry out a task and waits for all.
func (t *traffic) each(do func(*engine)) {
	var over sync.WaitGroup
	for _, e := range t.engines {
		over.Add(1)
		task := func() {
			defer over.Done()
			do(e)
		}
		if !e.post(task) {
			over.Done()
		}
	}
	over.Wait()
}

// eachConn carries out a task for every connection, on its engine.
func (t *traffic) eachConn(do func(*conn)) {
	t.each(func(e *engine) {
		for _, c := range e.conns {
			if c != nil {
				do(c)
			}
		}
	})
}

// start lets every connection of a closed loop send, and begins the schedule of an open one.
func (t *traffic) start() {
	if t.o.Rate > 0 {
		beginNs := t.nowNs()
		t.each(func(e *engine) { e.startPacing(beginNs) })
		return
	}
	t.each((*engine).begin)
}

// finish sends what has fallen due within the window, nothing more, and waits for the last answers.
func (t *traffic) finish(ctx context.Context) error {
	t.stopped.Store(true)
	untilNs := t.tally.untilNs.Load()
	t.each(func(e *engine) { e.stopPacing(untilNs) })
	return t.settle(ctx)
}

// pingSlices spreads the pings over time: thousands of sessions that ping at once would be a load of its own.
const pingSlices = 32

// pingLoop looks at every connection six times per session timeout, so that a ping leaves each silent one three times.
func (t *traffic) pingLoop() {
	ticker := time.NewTicker(max(t.timeout/6/pingSlices, time.Millisecond))
	defer ticker.Stop()
	for turn := 0; ; turn++ {
		select {
		case <-t.pingStop:
			return
		case <-ticker.C:
			for _, e := range t.engines {
				e.post(func() { e.ping(turn % pingSlices) })
			}
		}
	}
}

// ping looks at every connection of a slice.
func (e *engine) ping(slice int) {
	for slot := slice; slot < len(e.conns); slot += pingSlices {
		if c := e.conns[slot]; c != nil {
			c.ping()
		}
	}
}

// underWay counts the requests without an answer, and tells whether every source has ended.
func (t *traffic) underWay() (requests int, dry bool) {
	var open, ended atomic.Int64
	t.each(func(e *engine) {
		open.Add(int64(e.open))
		ended.Add(int64(e.dry))
	})
	return int(open.Load()), int(ended.Load()) == t.o.Connections
}

// answerPatience is how long the last answers may take: longer than any stall that ends.
const answerPatience = 60 * time.Second

// settle waits for the answers to what is under way.
func (t *traffic) settle(ctx context.Context) error {
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
		case <-time.After(time.Millisecond):
		}
	}
}

// hangUpPatience is how long no session at all may end before the connections are closed without the server's consent.
const hangUpPatience = 5 * time.Second

// hangUp ends all sessions, all connections and the engines. After a failure the failure is the news, and not what
// follows from it.
func (t *traffic) hangUp() {
	if t.over {
		return
	}
	t.over = true
	t.stopped.Store(true)
	close(t.pingStop)
	t.each((*engine).hangUp)
	for _, e := range t.engines {
		for living, ended := -1, false; !ended; {
			select {
			case <-e.done:
				ended = true
			case <-time.After(t.patience):
				if now := t.living(); now == living {
					t.each((*engine).abandon)
				} else {
					living = now
				}
			}
		}
	}
}

func (t *traffic) living() int {
	var sum atomic.Int64
	t.each(func(e *engine) { sum.Add(int64(e.living)) })
	return int(sum.Load())
}
