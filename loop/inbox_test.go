package loop

import (
	"testing"
	"testing/synctest"
)

func TestALoopWaitsForRoomAndControlEventsDoNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := newInbox(make(chan struct{}, 1), 1000)
		big := [][]byte{make([]byte, 2000)}
		in.putFrames(1, 0, Frame, big)
		through := false
		go func() {
			in.putFrames(1, 0, Frame, big)
			through = true
		}()
		synctest.Wait()
		if through {
			t.Error("a second frame went into a full inbox")
		}
		in.put(Event{Kind: Closed, Conn: 2})
		if got := in.take(nil); len(got) != 2 || got[0].Kind != Frame || got[1].Kind != Closed {
			t.Errorf("took %v", got)
		}
		synctest.Wait()
		if !through {
			t.Error("the loop still waits though there is room")
		}
		if got := in.take(nil); len(got) != 1 {
			t.Errorf("took %v", got)
		}
	})
}

func TestOpenGatesEndTheWaitAndLoseNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := newInbox(make(chan struct{}, 1), 10)
		for range 3 {
			go in.putFrames(1, 0, Frame, [][]byte{make([]byte, 100)})
		}
		synctest.Wait()
		in.openGates()
		synctest.Wait()
		if got := in.take(nil); len(got) != 3 {
			t.Errorf("took %d events of 3", len(got))
		}
	})
}

func TestTheProcessorIsWokenOncePerTake(t *testing.T) {
	ready := make(chan struct{}, 1)
	in := newInbox(ready, 1000)
	signals := func() (n int) {
		select {
		case <-ready:
			n++
		default:
		}
		return n
	}
	in.put(Event{Kind: Opened})
	if signals() != 1 {
		t.Error("no signal for the first event")
	}
	in.put(Event{Kind: Closed})
	if signals() != 0 {
		t.Error("a second signal before the take")
	}
	in.take(nil)
	in.put(Event{Kind: Opened})
	if signals() != 1 {
		t.Error("no signal after the take")
	}
}

func TestACarriedInboxNeitherWaitsNorSignals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ready := make(chan struct{}, 1)
		in := newInbox(ready, 10)
		big := [][]byte{make([]byte, 100)}
		in.carry()
		in.putFrames(1, 0, Frame, big)
		in.putFrames(1, 0, Frame, big)
		if len(ready) != 0 {
			t.Error("a signal")
		}
		if !in.waiting() || !in.full() {
			t.Error("two frames neither wait nor are too much")
		}
		in.putDown()
		if len(ready) != 1 {
			t.Error("no signal for what is left")
		}
		through := false
		go func() {
			in.putFrames(1, 0, Frame, big)
			through = true
		}()
		synctest.Wait()
		if through {
			t.Error("a frame went into a full inbox that is not carried")
		}
		in.carry()
		synctest.Wait()
		if got := in.take(nil); !through || len(got) != 3 {
			t.Errorf("through: %v, took %d events of 3", through, len(got))
		}
		in.putDown()
		<-ready
		if in.put(Event{Kind: Opened}); len(ready) != 1 {
			t.Error("no signal for the first event after the change")
		}
	})
}
