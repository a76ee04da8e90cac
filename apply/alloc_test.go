package apply

import (
	"fmt"
	"testing"

	"github.com/valyala/bytebufferpool"

	"paddock/codec"
	"paddock/zk"
)

// quietLog is durable at once and keeps nothing.
type quietLog struct{ last int64 }

func (l *quietLog) Append(h *codec.TxnHeader, _ *codec.Txn, _ codec.TxnDigest) { l.last = h.Zxid }

func (l *quietLog) QueuedBytes() int { return 0 }

func multiOfSets(parts int) []byte {
	var b []byte
	for i := range parts {
		b = codec.AppendMultiHeader(b, codec.MultiHeader{Op: zk.OpSetData, Err: -1})
		b = append(b, setData(fmt.Sprintf("/m%d", i), "new", -1)...)
	}
	return codec.AppendMultiHeader(b, codec.MultiEnd())
}

// steady is a processor and one client, whose writes are durable at once, in steady state.
type steady struct {
	h       *house
	log     *quietLog
	client  uint64
	replies int
}

const steadyZnodes = 10

// steadyRequests are what must cost no memory.
func steadyRequests() map[string][]byte {
	frames := map[string][]byte{}
	for _, r := range []struct {
		name string
		op   zk.Op
		body []byte
	}{
		{"getData", zk.OpGetData, pathWatch("/m1", false)},
		{"exists", zk.OpExists, pathWatch("/m1", false)},
		{"getChildren2", zk.OpGetChildren2, pathWatch("/", false)},
		{"ping", zk.OpPing, nil},
		{"setData", zk.OpSetData, setData("/m1", "new", -1)},
		{"multi of one", zk.OpMulti, multiOfSets(1)},
		{"multi of ten", zk.OpMulti, multiOfSets(steadyZnodes)},
	} {
		frames[r.name] = append(codec.AppendRequestHeader(nil, codec.RequestHeader{Xid: 1, Op: r.op}), r.body...)
	}
	return frames
}

func newSteady(t testing.TB) *steady {
	h := newHouse(t)
	c := h.client()
	for i := range steadyZnodes {
		c.make(fmt.Sprintf("/m%d", i), "old")
	}
	s := &steady{h: h, log: &quietLog{last: h.p.Applied()}, client: c.id}
	h.p.log = s.log
	return s
}

func (s *steady) serve(frame []byte) {
	p := s.h.p
	p.Frame(s.client, frame)
	p.Committed(s.log.last)
	p.Flush(func(o Out) {
		if o.Buf != nil {
			s.replies++
			bytebufferpool.Put(o.Buf)
		}
		p.setUnsent(p.conns[o.Conn], 0)
	})
}

func TestInSteadyStateARequestCostsNoMemory(t *testing.T) {
	s := newSteady(t)
	const runs = 200
	for name, frame := range steadyRequests() {
		s.replies = 0
		if n := testing.AllocsPerRun(runs, func() { s.serve(frame) }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
		if s.replies != runs+1 {
			t.Errorf("%s: %d replies to %d requests", name, s.replies, runs+1)
		}
	}
	tree := s.h.p.Tree()
	if version := tree.Persisted(tree.Lookup("/m9")).Version; version != runs+1 {
		t.Errorf("/m9 has version %d after %d multis", version, runs+1)
	}
}

// BenchmarkProcessor is the processor's part of a request: check, record, commit and reply, without log and sockets.
func BenchmarkProcessor(b *testing.B) {
	for name, frame := range steadyRequests() {
		b.Run(name, func(b *testing.B) {
			s := newSteady(b)
			b.ReportAllocs()
			for b.Loop() {
				s.serve(frame)
			}
		})
	}
}

func TestALargeBatchIsAppliedInSlices(t *testing.T) {
	h := newHouse(t)
	c := h.client()
	c.make("/a", "")
	const writes = 3 * sliceSteps / commitSteps
	for range writes {
		c.hand(zk.OpSetData, setData("/a", "new", -1))
	}
	for slices := 1; slices < 3; slices++ {
		if slices == 1 {
			h.durable()
		} else {
			h.p.Sweep()
		}
		h.emit()
		if got, want := len(c.got()), sliceSteps/commitSteps; got != want || h.p.Idle() {
			t.Fatalf("slice %d brought %d replies instead of %d; idle %v", slices, got, want, h.p.Idle())
		}
	}
	h.flush()
	if got := len(c.got()); got != sliceSteps/commitSteps || !h.p.Idle() {
		t.Errorf("the last slice brought %d replies; idle %v", got, h.p.Idle())
	}
}

func TestMemoryOfMultisIsUsedAgainAndBounded(t *testing.T) {
	h := newHouse(t)
	c := h.client()
	c.make("/m0", "")
	for i := range 2 * roomSubsMax {
		c.hand(zk.OpMulti, multiOfSets(1+i%2)) // every other one fails: there is no /m1
	}
	c.hand(zk.OpMulti, multiOfSets(2*roomPartsMax))
	h.commit()
	if got := len(c.got()); got != 2*roomSubsMax+1 {
		t.Fatalf("%d replies", got)
	}
	room := &h.p.multis
	if n := len(room.subs); n == 0 || n > roomSubsMax {
		t.Errorf("parts of %d transactions are kept", n)
	}
	for _, sub := range room.subs {
		for _, part := range sub[:cap(sub)] {
			if cap(sub) > roomPartsMax || part.Path != "" || part.Data != nil {
				t.Fatalf("a kept part still refers to %q; room for %d", part.Path, cap(sub))
			}
		}
	}
	for _, op := range room.ops[:cap(room.ops)] {
		if op.Set.Path != "" || op.Set.Data != nil {
			t.Fatalf("a decoded part still refers to %q", op.Set.Path)
		}
	}
}
