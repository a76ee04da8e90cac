package loop

import "sync"

// eventBytes is what an event counts besides its frame, so that a million empty frames are bounded as well. It is about
// the size of an Event.
const eventBytes = 96

// spareEventsMax is how large an emptied queue may be to be used again. A burst should not be paid for for ever.
const spareEventsMax = 16 << 10

// inbox is the door from one loop to the processor.
type inbox struct {
	ready    chan<- struct{} // shared by all loops, capacity 1
	bytesMax int

	mu      sync.Mutex
	room    sync.Cond // someone took everything, or gates were opened
	events  []Event
	bytes   int
	told    bool // ready was signalled since the last take
	open    bool // do not wait for room any more (the server is stopping)
	carried bool // the loop itself takes: it neither waits for room nor signals

	spare []Event // belongs to take
}

func newInbox(ready chan<- struct{}, bytesMax int) *inbox {
	in := &inbox{ready: ready, bytesMax: bytesMax}
	in.room.L = &in.mu
	return in
}

// put appends events that may not wait: there are few of them and they must not get lost.
func (in *inbox) put(ev Event) {
	in.mu.Lock()
	in.events = append(in.events, ev)
	in.bytes += eventBytes
	in.unlockAndTell()
}

// putFrames appends what one read has brought. It waits for room first, the only wait of a loop.
func (in *inbox) putFrames(c ConnID, loop int, kind Kind, frames [][]byte) {
	in.mu.Lock()
	for in.bytes > in.bytesMax && !in.open && !in.carried {
		in.room.Wait()
	}
	for _, f := range frames {
		in.events = append(in.events, Event{Kind: kind, Conn: c, Loop: loop, Frame: f})
		in.bytes += eventBytes + len(f)
	}
	in.unlockAndTell()
}

// unlockAndTell wakes the processor, at most once until it takes.
func (in *inbox) unlockAndTell() {
	tell := !in.told && !in.carried
	in.told = in.told || tell
	in.mu.Unlock()
	if !tell {
		return
	}
	select {
	case in.ready <- struct{}{}:
	default: // somebody else's signal is still there, and take empties every inbox
	}
}

// take appends everything to into. Only one goroutine may take.
func (in *inbox) take(into []Event) []Event {
	in.mu.Lock()
	got := in.events
	in.events = in.spare
	in.bytes = 0
	in.told = false
	in.room.Broadcast()
	in.mu.Unlock()

	into = append(into, got...)
	clear(got) // the frames belong to the taker now
	in.spare = got[:0]
	if cap(got) > spareEventsMax {
		in.spare = nil
	}
	return into
}

// waiting tells whether there is something to take.
func (in *inbox) waiting() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return len(in.events) > 0
}

// full tells whether putFrames would wait, if nobody else were to take.
func (in *inbox) full() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.bytes > in.bytesMax
}

// carry says that the loop takes from now on; a wait of that loop for room is over.
func (in *inbox) carry() {
	in.mu.Lock()
	in.carried = true
	in.room.Broadcast()
	in.mu.Unlock()
}

// putDown says that somebody else takes again, and signals what is there.
func (in *inbox) putDown() {
	in.mu.Lock()
	in.carried, in.told = false, false
	if len(in.events) == 0 {
		in.mu.Unlock()
		return
	}
	in.unlockAndTell()
}

// openGates ends the waiting for room, now and later.
func (in *inbox) openGates() {
	in.mu.Lock()
	in.open = true
	in.room.Broadcast()
	in.mu.Unlock()
}
