package loop

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/valyala/bytebufferpool"
)

// patience is how long a test waits for something that must happen. It is not a time that anything is measured against.
const patience = 60 * time.Second

// rig is a server with a processor that calls handle for each event, on a goroutine of its own or carried by the loop.
type rig struct {
	*Server
	t   testing.TB
	log *lockedBuffer

	handle func(Event) (Out, bool) // on the processor's goroutine
	taken  []Event                 // scratch of turn
	outs   [][]Out                 // scratch of turn
	stall  sync.Mutex              // held by a test that wants the processor to stand still

	mu     sync.Mutex
	events []Event // all of them if keep is set, else all but frames
	frames atomic.Int64
	quit   chan struct{}
	done   chan struct{}
	stop   sync.Once
}

// lockedBuffer collects log lines.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// echo answers each frame with itself and each word with "<word>!" and a close.
func echo(ev Event) (Out, bool) {
	switch ev.Kind {
	case Frame:
		return Out{Conn: ev.Conn, DoneBytes: 4 + len(ev.Frame), Established: true, Buf: framed(ev.Frame)}, true
	case Word:
		return Out{Conn: ev.Conn, Buf: raw(append(bytes.Clone(ev.Frame), '!')), Close: true}, true
	default:
		return Out{}, false
	}
}

func framed(payload []byte) *bytebufferpool.ByteBuffer {
	b := bytebufferpool.Get()
	b.B = append(binary.BigEndian.AppendUint32(b.B, uint32(len(payload))), payload...)
	return b
}

func raw(p []byte) *bytebufferpool.ByteBuffer {
	b := bytebufferpool.Get()
	b.B = append(b.B, p...)
	return b
}

func bound(t testing.TB, cfg Config, handle func(Event) (Out, bool)) *rig {
	t.Helper()
	if cfg.Addrs == nil {
		cfg.Addrs = []string{"127.0.0.1:0"}
	}
	log := &lockedBuffer{}
	cfg.Log = slog.New(slog.NewTextHandler(log, nil))
	s, err := Listen(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return &rig{
		Server: s, t: t, log: log, handle: handle, outs: make([][]Out, len(s.loops)),
		quit: make(chan struct{}), done: make(chan struct{}),
	}
}

func started(t testing.TB, cfg Config, handle func(Event) (Out, bool)) *rig {
	t.Helper()
	r := bound(t, cfg, handle)
	r.start()
	return r
}

func (r *rig) start() {
	r.t.Helper()
	if err := r.Start(); err != nil {
		r.t.Fatal(err)
	}
	go r.process()
	r.t.Cleanup(r.shutdown)
}

// carried starts a rig whose only loop carries the processor, until it stops.
func carried(t testing.TB, cfg Config, handle func(Event) (Out, bool)) *rig {
	t.Helper()
	cfg.Loops = 1
	r := bound(t, cfg, handle)
	if err := r.Start(); err != nil {
		t.Fatal(err)
	}
	r.carry()
	go func() {
		defer close(r.done)
		<-r.quit
		r.turn()
	}()
	t.Cleanup(r.shutdown)
	return r
}

// carry gives the processor to the loop.
func (r *rig) carry() {
	r.t.Helper()
	ok, err := r.Carry(func() bool {
		r.turn()
		return false
	}, -1)
	if !ok || err != nil {
		r.t.Fatalf("the loop carries: %v, %v", ok, err)
	}
}

func (r *rig) shutdown() {
	r.stop.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := r.Stop(ctx); err != nil {
			r.t.Errorf("stop: %v", err)
		}
		close(r.quit)
		<-r.done
		if n := r.Stats().Connections; n != 0 {
			r.t.Errorf("%d connections after the stop", n)
		}
		if n := r.Stats().BytesInFlight; n != 0 {
			r.t.Errorf("%d bytes in flight after the stop", n)
		}
	})
}

func (r *rig) process() {
	defer close(r.done)
	for over := false; !over; {
		select {
		case <-r.Ready():
		case <-r.quit:
			over = true
		}
		r.stall.Lock()
		r.turn()
		r.stall.Unlock()
	}
}

// turn takes everything and posts what it comes to.
func (r *rig) turn() {
	r.taken = r.Take(r.taken[:0])
	for _, ev := range r.taken {
		r.note(ev)
		if o, ok := r.handle(ev); ok {
			r.outs[ev.Loop] = append(r.outs[ev.Loop], o)
		}
	}
	for i, outs := range r.outs {
		r.Post(i, outs)
		clear(outs)
		r.outs[i] = outs[:0]
	}
	clear(r.taken)
}

func (r *rig) note(ev Event) {
	if ev.Kind == Frame {
		r.frames.Add(1)
		return
	}
	r.mu.Lock()
	r.events = append(r.events, ev)
	r.mu.Unlock()
}

// all returns the events of a kind so far.
func (r *rig) all(kind Kind) (found []Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, ev := range r.events {
		if ev.Kind == kind {
			found = append(found, ev)
		}
	}
	return found
}

// await returns the events of a kind when there are n.
func (r *rig) await(kind Kind, n int) []Event {
	r.t.Helper()
	eventually(r.t, kind.String(), func() bool { return len(r.all(kind)) >= n })
	found := r.all(kind)
	if len(found) != n {
		r.t.Fatalf("%d events %v, want %d", len(found), kind, n)
	}
	return found
}

func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("never happened: %s", what)
}

func (r *rig) dial() *net.TCPConn {
	r.t.Helper()
	c, err := net.Dial("tcp", r.Addrs()[0].String())
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = c.Close() })
	if err := c.SetDeadline(time.Now().Add(3 * patience)); err != nil {
		r.t.Fatal(err)
	}
	return c.(*net.TCPConn)
}

func write(t testing.TB, c net.Conn, p []byte) {
	t.Helper()
	if _, err := c.Write(p); err != nil {
		t.Fatal(err)
	}
}

func readFrame(t testing.TB, c io.Reader) []byte {
	t.Helper()
	var head [4]byte
	if _, err := io.ReadFull(c, head[:]); err != nil {
		t.Fatalf("reading a length: %v", err)
	}
	p := make([]byte, binary.BigEndian.Uint32(head[:]))
	if _, err := io.ReadFull(c, p); err != nil {
		t.Fatalf("reading %d bytes: %v", len(p), err)
	}
	return p
}

// readEnd reads to the end of the stream, which must be an orderly one.
func readEnd(t testing.TB, c io.Reader) string {
	t.Helper()
	p, err := io.ReadAll(c)
	if err != nil {
		t.Fatalf("after %q: %v", p, err)
	}
	return string(p)
}

// readGone reads until the connection is gone, by end or by reset.
func readGone(t testing.TB, c net.Conn) {
	t.Helper()
	_, err := io.Copy(io.Discard, c)
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		t.Fatal("the server did not close the connection")
	}
}
