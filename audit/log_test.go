package audit

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// paper is an output whose writes wait for a permission, and may fail.
type paper struct {
	mu      sync.Mutex
	text    bytes.Buffer
	permits chan error // one for each write; closed: all may go
	takes   int        // bytes that a write which fails takes before
	closed  bool
}

func freePaper() *paper {
	p := &paper{permits: make(chan error)}
	close(p.permits)
	return p
}

func (p *paper) Write(b []byte) (int, error) {
	err := <-p.permits
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil {
		p.text.Write(b[:p.takes])
		return p.takes, err
	}
	return p.text.Write(b)
}

func (p *paper) Close() error { p.closed = true; return nil }

// operations lists the operation of each line.
func (p *paper) operations() (all []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range strings.Lines(p.text.String()) {
		_, rest, _ := strings.Cut(l, "operation=")
		name, _, _ := strings.Cut(rest, "\t")
		all = append(all, name)
	}
	return all
}

// told is what the operator is told.
type told struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (w *told) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.Write(b)
}

func (w *told) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

func newLog(p *paper) (*Log, *told) {
	w := &told{}
	return New(p, slog.New(slog.NewTextHandler(w, nil)), time.UTC), w
}

func event(operation string) *Event { return &Event{Operation: operation, Result: Success} }

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestLinesAreWrittenInOrderAndAllOfThemBeforeTheEnd(t *testing.T) {
	p := freePaper()
	l, told := newLog(p)
	const lines = 10_000
	for i := range lines {
		l.Record(event(fmt.Sprint(i)))
	}
	check(t, l.Close())
	check(t, l.Close())
	l.Record(event("late"))
	got := p.operations()
	if len(got) != lines || !p.closed {
		t.Fatalf("%d lines, closed %v", len(got), p.closed)
	}
	for i, operation := range got {
		if operation != fmt.Sprint(i) {
			t.Fatalf("line %d is of %s", i, operation)
		}
	}
	if l.Lost() != 0 || told.String() != "" {
		t.Errorf("lost %d, told %s", l.Lost(), told)
	}
}

func TestNobodyWaitsForASlowDiskAndWhatIsLeftOutIsCountedAndTold(t *testing.T) {
	p := &paper{permits: make(chan error)}
	l, told := newLog(p)
	long := &Event{Operation: "x", Znode: strings.Repeat("a", queueBytesMax/4), Result: Success}
	l.Record(event("first"))
	p.permits <- nil // the writer is awake, and its next write hangs
	l.Record(event("hanging"))
	recorded := 2
	for l.Lost() < 5 { // one or two queues full
		l.Record(long)
		recorded++
		if recorded > 100 {
			t.Fatal("the queue has no bound")
		}
	}
	lost := l.Lost()
	close(p.permits)
	check(t, l.Close())
	if got := int64(len(p.operations())); got+lost != int64(recorded) || lost != l.Lost() {
		t.Errorf("%d lines written and %d lost of %d", got, lost, recorded)
	}
	if !strings.Contains(told.String(), "level=ERROR") || !strings.Contains(told.String(), fmt.Sprintf("inAll=%d", lost)) {
		t.Errorf("told: %s", told)
	}
}

func TestALineLongerThanTheQueueIsWritten(t *testing.T) {
	p := freePaper()
	l, _ := newLog(p)
	l.Record(&Event{Operation: "long", Znode: strings.Repeat("a", 2*queueBytesMax), Result: Success})
	check(t, l.Close())
	if got := p.operations(); len(got) != 1 || l.Lost() != 0 {
		t.Errorf("%v, lost %d", got, l.Lost())
	}
}

func TestAFullDiskLosesLinesAndTellsAndATornLineIsEnded(t *testing.T) {
	p := &paper{permits: make(chan error, 3), takes: 10}
	l, told := newLog(p)
	p.permits <- errors.New("no space left on device")
	l.Record(event("torn"))
	for l.Lost() == 0 { // until the write has failed
		time.Sleep(time.Millisecond)
	}
	p.permits <- nil // the end of the torn line
	p.permits <- nil
	l.Record(event("next"))
	check(t, l.Close())
	if got := p.operations(); len(got) != 2 || got[1] != "next" || l.Lost() != 1 {
		t.Errorf("%q, lost %d", got, l.Lost())
	}
	if !strings.Contains(told.String(), "no space left on device") || !strings.Contains(told.String(), "lines=1") {
		t.Errorf("told: %s", told)
	}
}

func TestManyMayRecordAtOnce(t *testing.T) {
	p := freePaper()
	l, _ := newLog(p)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for range 500 {
				l.Record(event(fmt.Sprint(i)))
			}
		})
	}
	all.Wait()
	check(t, l.Close())
	count := map[string]int{}
	for _, operation := range p.operations() {
		count[operation]++
	}
	for i := range 8 {
		if count[fmt.Sprint(i)] != 500 {
			t.Errorf("%d has %d lines", i, count[fmt.Sprint(i)])
		}
	}
}

func TestADiskThatHangsDoesNotKeepTheServerFromEndingAndTheLinesAreTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &paper{permits: make(chan error)}
		l, told := newLog(p)
		l.Record(event("hanging"))
		synctest.Wait() // it is on its way to the disk
		for range 3 {
			l.Record(event("queued"))
		}
		start := time.Now()
		if err := l.Close(); !errors.Is(err, ErrNotWritten) || time.Since(start) != closePatience {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		if text := told.String(); l.Lost() != 4 || strings.Count(text, "level=ERROR") != 1 || !strings.Contains(text, "lines=4") {
			t.Errorf("lost %d, told %s", l.Lost(), text)
		}
		check(t, l.Close())
		close(p.permits) // the disk comes back: the writer ends, too
	})
}
