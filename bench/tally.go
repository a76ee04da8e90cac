package bench

import (
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"paddock/zk"
)

// Latencies are kept in nanoseconds, up to ten minutes, with three digits; those of one second of the timeline with two.
const (
	latencyNsMax   = int64(10 * time.Minute)
	latencyDigits  = 3
	timelineDigits = 2
)

func newHistogram() *hdrhistogram.Histogram { return hdrhistogram.New(1, latencyNsMax, latencyDigits) }

// lanes spread the engines' recording over locks that hardly anybody waits for.
const lanes = 8

// sample is one answer.
type sample struct {
	dueNs int64 // when it was due (open loop) or sent (closed loop)
	nowNs int64 // when its answer was there
	kind  kind
}

// tally counts the answers of the measured window.
//
// In a closed loop those count whose answer comes within the window. In an open loop those count that fall due within it,
// whenever their answer comes: what a stall has delayed beyond the end would be missing otherwise.
type tally struct {
	byDue     bool
	fromNs    atomic.Int64 // the window
	untilNs   atomic.Int64
	lanes     [lanes]lane
	errorLock sync.Mutex
	errors    map[zk.Err]int64
}

type lane struct {
	mu      sync.Mutex
	byKind  [kinds]*hdrhistogram.Histogram // nil: none yet
	answers int64                          // since the beginning, warm-up included
	within  int64                          // answers that came within the window
	newest  int64                          // when the newest answer was there
	recent  *hdrhistogram.Histogram        // since the last look of the timeline
	_       [64]byte                       // keeps two lanes out of one cache line
}

func newTally(byDue bool) *tally {
	t := &tally{byDue: byDue, errors: map[zk.Err]int64{}}
	t.fromNs.Store(math.MaxInt64)
	t.untilNs.Store(math.MaxInt64)
	for i := range t.lanes {
		t.lanes[i].recent = hdrhistogram.New(1, latencyNsMax, timelineDigits)
	}
	return t
}

// add records a batch, in the lane of an engine or a goroutine.
func (t *tally) add(id int, batch []sample) {
	if len(batch) == 0 {
		return
	}
	fromNs, untilNs := t.fromNs.Load(), t.untilNs.Load()
	l := &t.lanes[id%lanes]
	l.mu.Lock()
	defer l.mu.Unlock()
	l.answers += int64(len(batch))
	for i := range batch {
		s := &batch[i]
		ns := min(max(s.nowNs-s.dueNs, 1), latencyNsMax)
		record(l.recent, ns)
		inside := s.nowNs >= fromNs && s.nowNs < untilNs
		if inside {
			l.within++
		}
		if t.byDue {
			inside = s.dueNs >= fromNs && s.dueNs < untilNs
		}
		if inside {
			if l.byKind[s.kind] == nil {
				l.byKind[s.kind] = newHistogram()
			}
			record(l.byKind[s.kind], ns)
		}
	}
	l.newest = batch[len(batch)-1].nowNs
}

// newestNs tells when the newest answer was there.
func (t *tally) newestNs() (ns int64) {
	for i := range t.lanes {
		l := &t.lanes[i]
		l.mu.Lock()
		ns = max(ns, l.newest)
		l.mu.Unlock()
	}
	return ns
}

func record(h *hdrhistogram.Histogram, ns int64) {
	if err := h.RecordValue(ns); err != nil {
		panic("bench: a latency outside of the histogram's range: " + err.Error()) // which min and max have excluded
	}
}

// answers counts all answers so far, warm-up included, and those that came within the window.
func (t *tally) answers() (all, within int64) {
	for i := range t.lanes {
		l := &t.lanes[i]
		l.mu.Lock()
		all += l.answers
		within += l.within
		l.mu.Unlock()
	}
	return all, within
}

// takeRecent merges and empties what came since its last call.
func (t *tally) takeRecent() *hdrhistogram.Histogram {
	sum := hdrhistogram.New(1, latencyNsMax, timelineDigits)
	for i := range t.lanes {
		l := &t.lanes[i]
		l.mu.Lock()
		if l.recent.TotalCount() > 0 {
			sum.Merge(l.recent)
			l.recent.Reset()
		}
		l.mu.Unlock()
	}
	return sum
}

// byKind merges the lanes. A kind without an answer is nil.
func (t *tally) byKind() (sums [kinds]*hdrhistogram.Histogram) {
	for i := range t.lanes {
		l := &t.lanes[i]
		l.mu.Lock()
		for k, h := range l.byKind {
			if h == nil {
				continue
			}
			if sums[k] == nil {
				sums[k] = newHistogram()
			}
			sums[k].Merge(h)
		}
		l.mu.Unlock()
	}
	return sums
}

func (t *tally) refuse(code zk.Err) {
	t.errorLock.Lock()
	t.errors[code]++
	t.errorLock.Unlock()
}

// refusals gives the counts by name.
func (t *tally) refusals() map[string]int64 {
	t.errorLock.Lock()
	defer t.errorLock.Unlock()
	named := map[string]int64{}
	for code, n := range t.errors {
		named[code.String()] = n
	}
	return named
}
