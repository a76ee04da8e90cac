package loop

import (
	"bufio"
	"io"
	"net"
	"sync"
	"testing"

	"github.com/valyala/bytebufferpool"
)

// BenchmarkEcho16InFlight is one request and its reply, 100 bytes each, with 16 in flight on each of 50 connections.
// The processor answers as the real one does: one buffer per connection and batch. Client and server share the machine,
// and allocs/op counts both; the clients' side does not allocate.
func BenchmarkEcho16InFlight(b *testing.B) {
	const clients, inFlight, size = 50, 16, 100
	s, err := Listen(Config{Addrs: []string{"127.0.0.1:0"}, Loops: 1})
	if err != nil {
		b.Fatal(err)
	}
	if err := s.Start(); err != nil {
		b.Fatal(err)
	}
	quit, done := make(chan struct{}), make(chan struct{})
	go batchEcho(s, quit, done)
	conns := make([]net.Conn, clients)
	for i := range conns {
		conns[i] = must(net.Dial("tcp", s.Addrs()[0].String()))
	}
	b.ReportAllocs()
	b.ResetTimer()
	var wg sync.WaitGroup
	for i, c := range conns {
		wg.Go(func() {
			n := b.N / clients
			if i < b.N%clients {
				n++
			}
			pipeline(b, c, n, inFlight, size)
		})
	}
	wg.Wait()
	b.StopTimer()
	for _, c := range conns {
		if err := c.Close(); err != nil {
			b.Error(err)
		}
	}
	if err := s.Stop(b.Context()); err != nil {
		b.Error(err)
	}
	close(quit)
	<-done
}

// batchEcho is a processor: all frames of a connection that are in one batch are answered with one Out.
func batchEcho(s *Server, quit, done chan struct{}) {
	defer close(done)
	var events []Event
	outs := make([][]Out, s.Loops())
	for {
		select {
		case <-s.Ready():
		case <-quit:
			return
		}
		events = s.Take(events[:0])
		for i := range events {
			outs[events[i].Loop] = answer(outs[events[i].Loop], &events[i])
		}
		for i := range outs {
			s.Post(i, outs[i])
			clear(outs[i])
			outs[i] = outs[i][:0]
		}
		clear(events)
	}
}

func answer(outs []Out, ev *Event) []Out {
	if ev.Kind != Frame {
		return outs
	}
	// Frames of one connection come in runs, one per read.
	if n := len(outs); n == 0 || outs[n-1].Conn != ev.Conn {
		outs = append(outs, Out{Conn: ev.Conn, Established: true, Buf: bytebufferpool.Get()})
	}
	o := &outs[len(outs)-1]
	o.DoneBytes += 4 + len(ev.Frame)
	n := len(ev.Frame)
	o.Buf.B = append(o.Buf.B, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	o.Buf.B = append(o.Buf.B, ev.Frame...)
	return outs
}

// pipeline sends n frames with at most inFlight unanswered.
func pipeline(b *testing.B, c net.Conn, n, inFlight, size int) {
	frame := frameOf(make([]byte, size))
	out := bufio.NewWriterSize(c, inFlight*len(frame))
	in := bufio.NewReaderSize(c, 64<<10)
	reply := make([]byte, len(frame))
	for sent, got := 0, 0; got < n; {
		for sent < n && sent-got < inFlight {
			if _, err := out.Write(frame); err != nil {
				b.Error(err)
				return
			}
			sent++
		}
		if err := out.Flush(); err != nil {
			b.Error(err)
			return
		}
		for more := true; more && got < sent; more = in.Buffered() >= len(frame) {
			if _, err := io.ReadFull(in, reply); err != nil {
				b.Error(err)
				return
			}
			got++
		}
	}
}
