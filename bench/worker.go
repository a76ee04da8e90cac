package bench

import (
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"paddock/client"
	"paddock/zk"
)

// phase is where the run stands.
type phase = int32

const (
	phaseWarmup phase = iota
	phaseMeasure
	phaseStop
)

// Latencies are kept in nanoseconds, up to a minute, with three digits.
const (
	latencyNsMax  = int64(time.Minute)
	latencyDigits = 3
)

func newHistogram() *hdrhistogram.Histogram { return hdrhistogram.New(1, latencyNsMax, latencyDigits) }

// worker keeps a number of requests under way on one connection. Everything but done and answers belongs to the
// connection's reading goroutine until done is closed.
type worker struct {
	c       *client.Client
	source  source
	phase   *atomic.Int32
	epoch   time.Time
	handler client.Handler // answered, bound once
	done    chan struct{}  // closed when nothing is under way any more
	answers atomic.Int64   // so far, for the progress display

	started []int64 // by slot: when its request was sent, ns since epoch
	open    int     // requests under way
	reads   *hdrhistogram.Histogram
	writes  *hdrhistogram.Histogram
	refused int64
	err     error // the first refusal or loss
}

func newWorker(c *client.Client, src source, phase *atomic.Int32, epoch time.Time, inFlight int) *worker {
	w := &worker{
		c: c, source: src, phase: phase, epoch: epoch, done: make(chan struct{}),
		started: make([]int64, inFlight), reads: newHistogram(), writes: newHistogram(),
	}
	w.handler = w.answered
	return w
}

// start moves the work to the reading goroutine: the handler of one harmless request sends the first of each slot.
func (w *worker) start() error {
	err := w.c.SendRead(zk.OpExists, "/", false, 0, func(r *client.Reply) {
		if w.err = r.Lost; w.err == nil {
			now := w.now()
			for slot := range w.started {
				w.next(slot, now)
			}
		}
		w.endIfIdle()
	})
	w.c.Flush()
	return err
}

func (w *worker) now() int64 { return int64(time.Since(w.epoch)) }

func (w *worker) next(slot int, now int64) {
	w.started[slot] = now
	more, err := w.source.send(w.c, slot, w.handler)
	switch {
	case err != nil:
		w.fail(err)
	case more:
		w.open++
	}
}

func (w *worker) answered(r *client.Reply) {
	w.open--
	slot := int(r.Tag)
	now := w.now()
	current := w.phase.Load()
	switch {
	case r.Lost != nil:
		w.fail(r.Lost)
	case r.Code != zk.ErrOK:
		w.refused++
		w.fail(&client.Error{Op: r.Op, Code: r.Code})
	case current == phaseMeasure:
		w.record(r.Op, now-w.started[slot])
	}
	w.answers.Add(1)
	if current != phaseStop && r.Lost == nil {
		w.next(slot, now)
	}
	w.endIfIdle()
}

func (w *worker) record(op zk.Op, ns int64) {
	into := w.writes
	if op == zk.OpGetData {
		into = w.reads
	}
	if err := into.RecordValue(min(ns, latencyNsMax)); err != nil {
		w.fail(err)
	}
}

func (w *worker) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}

func (w *worker) endIfIdle() {
	if w.open == 0 {
		close(w.done)
	}
}
