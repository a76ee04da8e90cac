package bench

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"paddock/client"
	"paddock/zk"
)

// lastWorker has open requests under way and sends no more, whatever the phase: its source is dry.
func lastWorker(open int, now phase) *worker {
	var p atomic.Int32
	p.Store(now)
	w := newWorker(nil, dry{}, &p, time.Now().Add(-time.Second), open)
	w.open = open
	return w
}

type dry struct{}

func (dry) send(*client.Client, int, client.Handler) (bool, error) { return false, nil }

func TestOnlyAnswersWithinTheWindowCount(t *testing.T) {
	for p, want := range map[phase]int64{phaseWarmup: 0, phaseMeasure: 1, phaseStop: 0} {
		w := lastWorker(2, p)
		w.answered(&client.Reply{Op: zk.OpGetData, Tag: 1})
		if got := w.reads.TotalCount(); got != want || w.writes.TotalCount() != 0 {
			t.Errorf("phase %d: %d reads and %d writes recorded, want %d and 0", p, got, w.writes.TotalCount(), want)
		}
	}
}

func TestLatencyCountsFromTheSendOfTheSlot(t *testing.T) {
	w := lastWorker(2, phaseMeasure)
	w.started[1] = int64(900 * time.Millisecond)
	w.answered(&client.Reply{Op: zk.OpSetData, Tag: 1})
	w.answered(&client.Reply{Op: zk.OpSetData, Tag: 0})
	if low, high := w.writes.Min(), w.writes.Max(); low < int64(99*time.Millisecond) || high-low < int64(890*time.Millisecond) {
		t.Errorf("latencies %v and %v, want about 100 ms and 900 ms more", time.Duration(low), time.Duration(high))
	}
}

func TestLatencyBeyondTheScaleIsKeptAsItsEnd(t *testing.T) {
	w := lastWorker(1, phaseMeasure)
	w.record(zk.OpCreate, 2*latencyNsMax)
	if w.err != nil || w.writes.Max() < latencyNsMax {
		t.Errorf("max %v, %v", time.Duration(w.writes.Max()), w.err)
	}
}

func TestWorkerIsDoneWithItsLastAnswer(t *testing.T) {
	w := lastWorker(2, phaseStop)
	w.answered(&client.Reply{Op: zk.OpGetData})
	select {
	case <-w.done:
		t.Fatal("done while a request is under way")
	default:
	}
	lost := errors.New("lost")
	w.answered(&client.Reply{Op: zk.OpGetData, Lost: lost})
	<-w.done
	if !errors.Is(w.err, lost) {
		t.Errorf("error %v", w.err)
	}
}

func TestFirstRefusalIsKept(t *testing.T) {
	w := lastWorker(2, phaseMeasure)
	w.answered(&client.Reply{Op: zk.OpSetData, Code: zk.ErrNoNode})
	w.answered(&client.Reply{Op: zk.OpSetData, Code: zk.ErrBadVersion})
	if client.Code(w.err) != zk.ErrNoNode || w.refused != 2 || w.writes.TotalCount() != 0 {
		t.Errorf("%v, %d refused, %d counted", w.err, w.refused, w.writes.TotalCount())
	}
}
