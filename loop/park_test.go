package loop

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"
)

// numbered answers the n-th frame of a connection, which must hold n, with n.
func numbered(t *testing.T) func(Event) (Out, bool) {
	next := map[ConnID]uint64{}
	return func(ev Event) (Out, bool) {
		if ev.Kind != Frame {
			return Out{}, false
		}
		if got := binary.BigEndian.Uint64(ev.Frame); got != next[ev.Conn] {
			t.Errorf("connection %d: frame %d where %d was due", ev.Conn, got, next[ev.Conn])
		}
		next[ev.Conn]++
		return Out{Conn: ev.Conn, DoneBytes: 4 + len(ev.Frame), Established: true, Buf: framed(ev.Frame[:8])}, true
	}
}

// pump sends n numbered frames of size bytes.
func pump(t *testing.T, c net.Conn, n, size int) {
	out := bufio.NewWriterSize(c, 1<<16)
	frame := frameOf(make([]byte, size))
	for i := range n {
		binary.BigEndian.PutUint64(frame[4:], uint64(i))
		if _, err := out.Write(frame); err != nil {
			t.Errorf("sending frame %d: %v", i, err)
			return
		}
	}
	if err := out.Flush(); err != nil {
		t.Errorf("flush: %v", err)
	}
}

// expect reads n numbered replies.
func expect(t *testing.T, c net.Conn, n int) {
	in := bufio.NewReaderSize(c, 1<<16)
	for i := range n {
		if got := binary.BigEndian.Uint64(readFrame(t, in)); got != uint64(i) {
			t.Errorf("reply %d where %d was due", got, i)
			return
		}
	}
}

func TestAClientThatSendsTooFastIsSlowedAndLosesNothing(t *testing.T) {
	const frames, size = 200_000, 1000 // 200 MB
	r := started(t, Config{}, numbered(t))
	c := r.dial()
	r.await(Opened, 1)
	r.stall.Lock()
	before := heapBytes()
	var wg sync.WaitGroup
	wg.Go(func() { pump(t, c, frames, size) })
	eventually(t, "parked", func() bool { return r.Stats().Parked == 1 })
	time.Sleep(100 * time.Millisecond) // more would come in now if anything still read
	// The limit plus one read, plus the events, is about 1.3 MiB; the rest is for the test's own buffers.
	if grown := heapBytes() - before; grown > 6<<20 {
		t.Errorf("a parked client holds %d bytes", grown)
	}
	if n := r.Stats().BytesInFlight; n > inFlightBytesMaxDefault+chunkBytes {
		t.Errorf("%d bytes in flight", n)
	}
	r.stall.Unlock()
	expect(t, c, frames)
	wg.Wait()
	if n := r.frames.Load(); n != frames {
		t.Errorf("%d frames arrived, want %d", n, frames)
	}
	st := r.Stats()
	if st.Parked != 0 || st.Parks == 0 || st.BytesInFlight != 0 {
		t.Errorf("afterwards: %+v", st)
	}
	if len(r.all(Closed)) != 0 {
		t.Error("the client was closed")
	}
}

func TestAllTogetherAreBoundedWhileEachHasItsShare(t *testing.T) {
	const clients, frames, size = 8, 4000, 1000
	cfg := Config{Loops: 2, InFlightBytesMax: 1 << 20, InFlightBytesGlobalMax: 1 << 20, InFlightShare: 64 << 10}
	r := started(t, cfg, numbered(t))
	var conns []net.Conn
	for range clients {
		conns = append(conns, r.dial())
	}
	r.await(Opened, clients)
	r.stall.Lock()
	var wg sync.WaitGroup
	for _, c := range conns {
		wg.Go(func() { pump(t, c, frames, size) })
	}
	eventually(t, "all are parked", func() bool { return r.Stats().Parked == clients })
	// Above the global limit each connection may have its share and one read more.
	if n, most := r.Stats().BytesInFlight, int64(1<<20+clients*(64<<10+chunkBytes)); n > most {
		t.Errorf("%d bytes in flight, at most %d allowed", n, most)
	}
	r.stall.Unlock()
	for _, c := range conns {
		expect(t, c, frames)
	}
	wg.Wait()
	if st := r.Stats(); st.Parked != 0 || st.BytesInFlight != 0 {
		t.Errorf("afterwards: %+v", st)
	}
}

func TestRepliesReachAParkedClient(t *testing.T) {
	var conn Event
	r := started(t, Config{InFlightBytesMax: 1000}, func(ev Event) (Out, bool) {
		return Out{Conn: ev.Conn, Buf: framed(fmt.Append(nil, len(ev.Frame)))}, ev.Kind == Frame // never done
	})
	c := r.dial()
	write(t, c, frameOf(make([]byte, 2000)))
	if got := readFrame(t, c); string(got) != "2000" {
		t.Errorf("got %q", got)
	}
	eventually(t, "parked", func() bool { return r.Stats().Parked == 1 })
	conn = r.await(Opened, 1)[0]
	// More than the socket takes at once, so that epoll has to watch a parked connection for writing.
	for i := range 64 {
		r.Post(conn.Loop, []Out{{Conn: conn.Conn, Buf: framed(make([]byte, 100_000+i))}})
	}
	write(t, c, frameOf(make([]byte, 10)))
	for i := range 64 {
		if got := len(readFrame(t, c)); got != 100_000+i {
			t.Errorf("reply %d has %d bytes", i, got)
		}
	}
	if n := r.frames.Load(); n != 1 {
		t.Errorf("%d frames were read from a parked connection", n)
	}
	r.Post(conn.Loop, []Out{{Conn: conn.Conn, DoneBytes: 2004}})
	if got := readFrame(t, c); string(got) != "10" {
		t.Errorf("after unparking: %q", got)
	}
}

func TestThePeersCloseIsNoticedAfterUnparking(t *testing.T) {
	r := started(t, Config{InFlightBytesMax: 1000}, func(Event) (Out, bool) { return Out{}, false })
	c := r.dial()
	write(t, c, append(frameOf(make([]byte, 2000)), frameOf(make([]byte, 20))...))
	eventually(t, "parked", func() bool { return r.Stats().Parked == 1 })
	write(t, c, frameOf(make([]byte, 30)))
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	seen := r.frames.Load()
	r.await(Closed, 0)
	conn := r.await(Opened, 1)[0]
	r.Post(conn.Loop, []Out{{Conn: conn.Conn, DoneBytes: 2004}})
	if ev := r.await(Closed, 1)[0]; ev.Reason != ReasonPeer {
		t.Errorf("closed for %q", ev.Reason)
	}
	if n := r.frames.Load(); n != 3 {
		t.Errorf("%d frames of 3 (%d before unparking)", n, seen)
	}
}

func TestAParkedClientCanBeClosed(t *testing.T) {
	r := started(t, Config{InFlightBytesMax: 1000}, func(Event) (Out, bool) { return Out{}, false })
	c := r.dial()
	write(t, c, frameOf(make([]byte, 2000)))
	eventually(t, "parked", func() bool { return r.Stats().Parked == 1 })
	conn := r.await(Opened, 1)[0]
	r.Post(conn.Loop, []Out{{Conn: conn.Conn, Buf: raw([]byte("bye")), Close: true}})
	if got := readEnd(t, c); got != "bye" {
		t.Errorf("got %q", got)
	}
	r.await(Closed, 1)
	if st := r.Stats(); st.Parked != 0 || st.BytesInFlight != 0 {
		t.Errorf("afterwards: %+v", st)
	}
}
