package bench

import (
	"context"
	"strings"
	"testing"
	"time"

	"paddock/zk"
)

func TestWatchesAreSetFiredAndSetAgain(t *testing.T) {
	s := startStub(t)
	o := smallRun(s.addr, "watches")
	o.Connections, o.Keys, o.Watches, o.Loops = 20, 25, 200, 2
	got := mustRun(t, o)
	if got.Ops != 200 || s.events != 200 || s.ops[zk.OpGetData] != 400 || s.ops[zk.OpSetData] != 25 {
		t.Errorf("%d operations, %d events, requests %v", got.Ops, s.events, s.ops)
	}
	if got.kindOf("register").Count != 400 || got.kindOf("set").Count != 25 {
		t.Errorf("kinds %+v", got.Kinds)
	}
	if got.RegisteredPerSec <= 0 || got.FiredPerSec <= 0 || got.ReregisteredPerSec <= 0 || got.EndSec <= 0 {
		t.Errorf("result %+v", got)
	}
}

func TestEachZnodeGetsItsShareOfTheWatches(t *testing.T) {
	p, err := newPlan(&Options{Workload: "watches", Connections: 10, Keys: 25, PerParent: 10, Watches: 50, Value: Size{1, 1}, InFlight: 1}, "/r")
	if err != nil {
		t.Fatal(err)
	}
	p.alone = kindRegister
	watchers := map[string]map[int]bool{}
	for worker := range 10 {
		s := newSource(p, worker)
		for {
			frame, k, more := s.append(nil, 1)
			if !more {
				break
			}
			path := string(s.path)
			if watchers[path] == nil {
				watchers[path] = map[int]bool{}
			}
			if k != kindRegister || frame[len(frame)-1] != 1 || watchers[path][worker] {
				t.Fatalf("worker %d: kind %v of %s, a second watch: %v", worker, k, path, watchers[path][worker])
			}
			watchers[path][worker] = true
		}
	}
	if len(watchers) != 25 {
		t.Errorf("%d znodes are watched, want 25", len(watchers))
	}
	for path, who := range watchers {
		if len(who) != 2 {
			t.Errorf("%s has %d watchers, want 2", path, len(who))
		}
	}
}

func TestEventsTooManyFailTheRun(t *testing.T) {
	for _, workload := range []string{"watch", "watches"} {
		s := startStub(t)
		s.addEvent = true
		_, err := Run(context.Background(), smallRun(s.addr, workload), nil)
		if err == nil || !strings.Contains(err.Error(), "more than watches were set") {
			t.Errorf("%s: got %v", workload, err)
		}
	}
}

// The event that is missing is missed at once when the run is given up, and otherwise after a minute.
func TestALostEventIsWaitedFor(t *testing.T) {
	for _, workload := range []string{"watch", "watches"} {
		s := startStub(t)
		s.loseEvent = 2
		o := smallRun(s.addr, workload)
		if workload == "watch" {
			o.Count = 1
		}
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() {
			_, err := Run(ctx, o, nil)
			ended <- err
		}()
		for lost := false; !lost; {
			s.lock.Lock()
			lost = s.events >= 2
			s.lock.Unlock()
			time.Sleep(time.Millisecond)
		}
		cancel()
		if err := <-ended; err == nil {
			t.Errorf("%s: ended well without its last event", workload)
		}
	}
}
