package bench

import (
	"math"
	"strings"
	"testing"

	"paddock/codec"
	"paddock/zk"
)

func sourceOf(t *testing.T, change func(*Options)) *source {
	t.Helper()
	o := DefaultOptions()
	change(&o)
	if err := o.Check(); err != nil {
		t.Fatal(err)
	}
	p, err := newPlan(&o, "/r")
	if err != nil {
		t.Fatal(err)
	}
	return newSource(p, 2)
}

// next gives the opcode and path of the next request, read by our own decoders; of a multi those of its first part.
func next(t *testing.T, s *source) (op zk.Op, path string) {
	t.Helper()
	frame, _, more := s.append(nil, 7)
	if !more {
		t.Fatal("no request")
	}
	d := codec.NewDecoder(frame)
	if body := d.Buffer(); d.Remaining() != 0 || len(body) != len(frame)-codec.FrameLengthBytes {
		t.Fatalf("frame of %d bytes says %d", len(frame), len(body))
	}
	d = codec.NewDecoder(frame[codec.FrameLengthBytes:])
	h := d.RequestHeader()
	switch h.Op {
	case zk.OpGetData, zk.OpExists, zk.OpGetChildren2:
		path = d.PathWatch().Path
	case zk.OpSetData:
		path = d.SetDataRequest().Path
	case zk.OpCreate:
		path = d.CreateRequest(h.Op, nil).Path
	case zk.OpDelete:
		path = d.PathVersion().Path
	case zk.OpSync:
		path = d.Path()
	case zk.OpMulti:
		for m := d.MultiHeader(); !m.Done && d.Err() == nil; m = d.MultiHeader() {
			path = d.SetDataRequest().Path
		}
	}
	if d.Err() != nil || d.Remaining() != 0 || h.Xid != 7 {
		t.Fatalf("%v: %v, %d bytes left, xid %d", h.Op, d.Err(), d.Remaining(), h.Xid)
	}
	return h.Op, strings.Clone(path)
}

func TestRequestsAreWhatTheirKindSays(t *testing.T) {
	cases := map[string][]zk.Op{
		"get": {zk.OpGetData}, "set": {zk.OpSetData}, "exists": {zk.OpExists}, "children": {zk.OpGetChildren2}, "sync": {zk.OpSync},
		"multi": {zk.OpMulti}, "load": {zk.OpCreate}, "delete": {zk.OpDelete}, "create": {zk.OpCreate, zk.OpCreate},
		"ephemeral": {zk.OpCreate, zk.OpCreate, zk.OpDelete, zk.OpDelete, zk.OpCreate},
	}
	for workload, want := range cases {
		s := sourceOf(t, func(o *Options) { o.Workload, o.InFlight = workload, 2 })
		for i, op := range want {
			if got, _ := next(t, s); got != op {
				t.Errorf("%s: request %d is %v, want %v", workload, i, got, op)
			}
		}
	}
}

func TestMixKeepsItsRatio(t *testing.T) {
	s := sourceOf(t, func(o *Options) { o.Mix = "get=70,set=20,exists=10" })
	counts := map[zk.Op]int{}
	for range 100_000 {
		op, _ := next(t, s)
		counts[op]++
	}
	for op, want := range map[zk.Op]float64{zk.OpGetData: 70_000, zk.OpSetData: 20_000, zk.OpExists: 10_000} {
		if got := float64(counts[op]); math.Abs(got-want) > 1000 {
			t.Errorf("%v sent %v times, want about %v", op, got, want)
		}
	}
}

func TestCreateMakesParentsBeforeChildren(t *testing.T) {
	s := sourceOf(t, func(o *Options) { o.Workload, o.PerParent = "create", 2 })
	want := []string{
		"/r/w00002-00000", "/r/w00002-00000/n000000", "/r/w00002-00000/n000001",
		"/r/w00002-00001", "/r/w00002-00001/n000000",
	}
	for _, path := range want {
		if _, got := next(t, s); got != path {
			t.Errorf("got %s, want %s", got, path)
		}
	}
}

func TestDeleteInAMixTakesWhatTheMixHasCreated(t *testing.T) {
	s := sourceOf(t, func(o *Options) { o.Mix, o.PerParent = "create=1,delete=2", 5 })
	there := map[string]bool{}
	for i := range 10_000 {
		op, path := next(t, s)
		switch {
		case op == zk.OpCreate && there[path]:
			t.Fatalf("request %d creates %s a second time", i, path)
		case op == zk.OpDelete && !there[path]:
			t.Fatalf("request %d deletes %s, which is not there", i, path)
		}
		there[path] = op == zk.OpCreate
	}
}

func TestLoadSharesTheKeysOut(t *testing.T) {
	seen := map[string]bool{}
	for worker := range 3 {
		s := sourceOf(t, func(o *Options) { o.Workload, o.Keys, o.Connections, o.PerParent = "load", 10, 3, 4 })
		s.worker = worker
		for {
			frame, _, more := s.append(nil, 1)
			if !more {
				break
			}
			d := codec.NewDecoder(frame[codec.FrameLengthBytes+8:])
			seen[strings.Clone(d.CreateRequest(zk.OpCreate, nil).Path)] = true
		}
	}
	if len(seen) != 10 || !seen["/r/p00002/n000001"] {
		t.Errorf("created %v", seen)
	}
}

func TestValueSizesCoverTheirRange(t *testing.T) {
	s := sourceOf(t, func(o *Options) { o.Value = Size{10, 13} })
	counts := map[int]int{}
	for range 4000 {
		counts[len(s.data())]++
	}
	for size := 10; size <= 13; size++ {
		if counts[size] < 800 {
			t.Errorf("%d bytes came %d times of 4000", size, counts[size])
		}
	}
	if len(counts) != 4 {
		t.Errorf("sizes %v", counts)
	}
}

func TestRequestsAllocateNothing(t *testing.T) {
	for _, mix := range []string{"get=1", "set=1", "get=80,set=20", "multi=1", "ephemeral=1", "exists=1", "create=1,delete=1"} {
		s := sourceOf(t, func(o *Options) { o.Mix, o.Zipf, o.Value = mix, 0.99, Size{1, 100} })
		buf := make([]byte, 0, 1<<16)
		if n := testing.AllocsPerRun(1000, func() { _, _, _ = s.append(buf, 1) }); n != 0 {
			t.Errorf("%s: %v allocations per request", mix, n)
		}
	}
}

func TestRingKeepsOrderWhileItGrows(t *testing.T) {
	var q ring
	in, out := int64(0), int64(0)
	for round := range 100 {
		for range round {
			q.push(pending{dueNs: in})
			in++
		}
		for range round / 2 {
			p, ok := q.pop()
			if !ok || p.dueNs != out {
				t.Fatalf("got %v, %v, want %d", p, ok, out)
			}
			out++
		}
	}
	if q.count != int(in-out) {
		t.Errorf("%d left, want %d", q.count, in-out)
	}
}
