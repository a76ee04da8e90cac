package apply

import (
	"fmt"
	"testing"
	"time"

	"paddock/codec"
	"paddock/zk"
)

// crowd opens n sessions that are durable.
func crowd(h *house, n int) []*client {
	clients := make([]*client, n)
	for i := range clients {
		clients[i] = h.dial("127.0.0.1:4000")
		clients[i].connect(codec.ConnectRequest{TimeoutMs: 1000, HasReadOnly: true})
	}
	h.commit()
	for _, c := range clients {
		c.welcome()
	}
	return clients
}

// One change reaches everybody who watches, once, before the writer's reply; a second change nobody, until they have
// armed their watches again.
func TestOneChangeReachesEveryWatcher(t *testing.T) {
	h := newHouse(t)
	clients := crowd(h, 2000)
	writer := h.client()
	writer.want(zk.ErrOK, zk.OpCreate, create("/hot", 0))
	for round := range 3 {
		for _, c := range clients {
			c.want(zk.ErrOK, zk.OpGetData, pathWatch("/hot", true))
		}
		writer.want(zk.ErrOK, zk.OpSetData, setData("/hot", fmt.Sprint(round), -1))
		for i, c := range clients {
			if frames := c.got(); len(frames) != 1 || frames[0].event == nil || frames[0].event.Type != zk.EventNodeDataChanged {
				t.Fatalf("round %d: client %d got %+v", round, i, frames)
			}
		}
		writer.want(zk.ErrOK, zk.OpSetData, setData("/hot", "again", -1))
		for i, c := range clients {
			if frames := c.got(); len(frames) != 0 {
				t.Fatalf("round %d: client %d got %+v for a change that it does not watch", round, i, frames)
			}
		}
	}
	if n := h.p.watches.Count(); n != 0 {
		t.Errorf("%d watches are left", n)
	}
}

// BenchmarkAMillionWatches registers, fires and registers again a million watches of 10,000 sessions, a hundred each,
// and reports the longest time that the processor was busy with one request, and what a session's end costs at once.
func BenchmarkAMillionWatches(b *testing.B) {
	const sessions, each = 10_000, 100
	h := newHouse(b)
	clients := crowd(h, sessions)
	var longest time.Duration
	var fired []uint64
	timed := func(f func()) {
		start := time.Now()
		f()
		longest = max(longest, time.Since(start))
	}
	for b.Loop() {
		for i, c := range clients {
			for j := range each {
				body := pathWatch(fmt.Sprintf("/w/%05d/%02d", i, j), true)
				timed(func() { c.send(zk.OpExists, body) })
			}
			c.raw()
		}
		var paths int
		for i, c := range clients {
			for j := range each {
				path := fmt.Sprintf("/w/%05d/%02d", i, j)
				timed(func() { fired = h.p.watches.Take(path, 1, fired[:0]) })
				paths += len(fired)
			}
			c.raw()
		}
		if paths != sessions*each {
			b.Fatalf("%d watches fired", paths)
		}
	}
	b.ReportMetric(float64(longest.Microseconds()), "longest-µs")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(2*sessions*each), "ns/watch-op")
}
