package apply

import (
	"math/rand/v2"
	"slices"
	"testing"

	"paddock/auth"
	"paddock/codec"
	"paddock/zk"
)

func requests(cfg RequestThrottleConfig) houseOption {
	return func(c *Config, _ *auth.Config) { c.Requests = cfg }
}

// commitOne makes the oldest transaction durable that is not.
func (h *house) commitOne() {
	h.t.Helper()
	if h.log.durable == len(h.log.payloads) {
		h.t.Fatal("nothing to commit")
	}
	payload := h.log.payloads[h.log.durable]
	h.log.durable++
	h.log.queued -= len(payload)
	header, _, _, err := codec.DecodeTxn(payload)
	if err != nil {
		h.t.Fatal(err)
	}
	h.p.Committed(header.Zxid)
	h.flush()
}

func (h *house) inLog() int { return len(h.log.payloads) - h.log.durable }

// xids takes the replies of a connection and gives their xids.
func (c *client) xids() []int32 {
	c.h.t.Helper()
	var xids []int32
	for _, f := range c.got() {
		if f.Err != zk.ErrOK {
			c.h.t.Errorf("reply %d: %v", f.Xid, f.Err)
		}
		xids = append(xids, f.Xid)
	}
	return xids
}

// O01: a connection may always have one request in work.
func TestAboveTheOutstandingLimitAConnectionWaitsForItsOwnAnswers(t *testing.T) {
	h := newHouse(t, requests(RequestThrottleConfig{OutstandingMax: 3}))
	a, b := h.client(), h.client()
	for range 10 {
		a.send(zk.OpSync, codec.AppendString(nil, "/")) // a read, answered at once: it is never in work
	}
	a.got()
	for i := range 10 {
		a.send(zk.OpCreate, create("/a"+string(rune('0'+i)), 0))
	}
	if n := h.inLog(); n != 4 {
		t.Errorf("%d in the log, want one more than the limit", n)
	}
	b.send(zk.OpCreate, create("/b", 0))
	b.send(zk.OpGetData, pathWatch("/b", false))
	if n := h.inLog(); n != 5 {
		t.Errorf("%d in the log, want the first of the other connection too", n)
	}
	for h.inLog() > 0 {
		h.commitOne()
		if h.p.Stats().Outstanding > 5 {
			t.Errorf("%d are in work", h.p.Stats().Outstanding)
		}
	}
	if got := a.xids(); !slices.Equal(got, []int32{11, 12, 13, 14, 15, 16, 17, 18, 19, 20}) {
		t.Errorf("replies %v", got)
	}
	if got := b.xids(); !slices.Equal(got, []int32{1, 2}) {
		t.Errorf("replies to the other %v", got)
	}
	h.checkReplay()
}

// O08.
func TestAboveTheMostInWorkAllRequestsWaitInTheOrderOfTheirArrival(t *testing.T) {
	h := newHouse(t, requests(RequestThrottleConfig{InWorkMax: 2}))
	a, b, late := h.client(), h.client(), h.dial("127.0.0.1:4009")
	a.send(zk.OpCreate, create("/1", 0))
	a.send(zk.OpCreate, create("/2", 0))
	b.send(zk.OpCreate, create("/3", 0))
	late.connect(codec.ConnectRequest{TimeoutMs: 1000})
	late.sendXid(1, zk.OpGetChildren, pathWatch("/", false))
	a.send(zk.OpCreate, create("/5", 0))
	b.send(zk.OpGetData, pathWatch("/3", false))
	b.send(zk.OpPing, nil)
	a.send(zk.OpCreate, create("/6", 0))
	if n := h.inLog(); n != 2 {
		t.Errorf("%d in the log, want 2", n)
	}
	var order []string
	for h.inLog() > 0 {
		if n := h.p.Stats().Outstanding; n > 2 {
			t.Errorf("%d are in work", n)
		}
		_, txn, _, err := codec.DecodeTxn(h.log.payloads[h.log.durable])
		if err != nil {
			t.Fatal(err)
		}
		order = append(order, txn.Path)
		h.commitOne()
	}
	if want := []string{"/1", "/2", "/3", "", "/5", "/6"}; !slices.Equal(order, want) {
		t.Errorf("order of the log %q, want %q: the session stands where its connect request came", order, want)
	}
	if got := a.xids(); !slices.Equal(got, []int32{1, 2, 3, 4}) {
		t.Errorf("replies %v", got)
	}
	if got := b.xids(); !slices.Equal(got, []int32{1, 2, zk.XidPing}) {
		t.Errorf("replies to the second %v", got)
	}
	if frames := late.raw(); len(frames) != 2 {
		t.Errorf("%d frames to the one that connects late, want response and reply", len(frames))
	}
	if h.p.held.tickets.len() != 0 || h.p.Stats().Outstanding != 0 {
		t.Errorf("%d tickets, %d in work at the end", h.p.held.tickets.len(), h.p.Stats().Outstanding)
	}
	h.checkReplay()
}

func TestAConnectionThatHasGoneHoldsNobodyUp(t *testing.T) {
	h := newHouse(t, requests(RequestThrottleConfig{InWorkMax: 1}))
	a, b, opening := h.client(), h.client(), h.dial("127.0.0.1:4009")
	a.send(zk.OpCreate, create("/1", 0))
	for range 5 {
		a.send(zk.OpCreate, create("/never", 0))
	}
	opening.connect(codec.ConnectRequest{TimeoutMs: 1000})
	b.send(zk.OpCreate, create("/2", 0))
	h.p.Closed(a.id)
	h.p.Closed(opening.id)
	h.commit()
	if got := b.xids(); !slices.Equal(got, []int32{1}) {
		t.Errorf("replies %v", got)
	}
	if h.p.tree.Lookup("/never") != 0 || h.p.tree.Lookup("/1") == 0 || h.p.sessions.Len() != 2 {
		t.Errorf("requests that waited were served, or one in work was not; %d sessions", h.p.sessions.Len())
	}
}

func TestABlockedConnectionLosesItsPlaceAndGoesOnLater(t *testing.T) {
	h := newHouse(t, requests(RequestThrottleConfig{InWorkMax: 1}))
	a, b := h.client(), h.client()
	a.want(zk.ErrOK, zk.OpCreate, createWith("/big", make([]byte, 1<<20), 0, zk.OpenACL()))
	h.acks[a.id] = true // it does not read
	b.send(zk.OpCreate, create("/b1", 0))
	a.send(zk.OpGetData, pathWatch("/big", false))
	a.send(zk.OpGetData, pathWatch("/big", false))
	a.send(zk.OpGetData, pathWatch("/big", false))
	b.send(zk.OpCreate, create("/b2", 0))
	h.commit()
	h.commit()
	if got := b.xids(); !slices.Equal(got, []int32{1, 2}) {
		t.Errorf("replies %v: a client that does not read holds up another", got)
	}
	for range 3 {
		h.p.Drained(a.id)
		h.flush()
	}
	if got := a.xids(); !slices.Equal(got, []int32{2, 3, 4}) {
		t.Errorf("replies %v", got)
	}
	if h.p.held.tickets.len() != 0 {
		t.Errorf("%d tickets are left", h.p.held.tickets.len())
	}
}

// O10.
func TestWhoHasWaitedTooLongIsRefusedInItsTurn(t *testing.T) {
	h := newHouse(t, requests(RequestThrottleConfig{InWorkMax: 1, RefuseAfterMs: 50}))
	a, b := h.client(), h.client()
	a.send(zk.OpCreate, create("/a", 0))
	a.send(zk.OpCreate, create("/b", 0))
	h.pass(1)
	a.send(zk.OpCreate, create("/c", 0))
	a.send(zk.OpPing, nil)
	b.send(zk.OpCloseSession, nil)
	h.pass(50)
	used := h.p.assigned
	h.commit()
	frames := a.got()
	want := []zk.Err{zk.ErrOK, zk.ErrThrottledOp, zk.ErrOK, zk.ErrOK}
	for i, f := range frames {
		if i >= len(want) || f.Err != want[i] {
			t.Errorf("reply %d: %+v", i, f)
		}
	}
	if len(frames) != len(want) || frames[1].Zxid != used || len(frames[1].body) != 0 {
		t.Errorf("%d replies, %+v", len(frames), frames)
	}
	if f := b.one(); f.Err != zk.ErrOK {
		t.Errorf("closeSession is refused: %v", f.Err)
	}
	if n := h.p.Stats().Throttled; n != 1 {
		t.Errorf("%d refusals counted", n)
	}
	h.checkReplay()
}

// O09, with request_stale_latency_check.
func TestAStaleRequestEndsItsConnectionOnlyIfAskedFor(t *testing.T) {
	for _, drop := range []bool{true, false} {
		h := newHouse(t, requests(RequestThrottleConfig{InWorkMax: 1, DropStale: drop}))
		a, b := h.client(), h.client()
		b.send(zk.OpCreate, create("/b", 0))
		a.send(zk.OpCreate, create("/a", 0))
		h.pass(1001) // the timeout is 1000; the session lives, because its request waits
		h.commit()
		if b.got(); b.ended() {
			t.Error("the one in work has ended")
		}
		if frames := a.got(); a.ended() != drop || (len(frames) == 0) != drop || (h.p.Stats().StaleDropped == 1) != drop {
			t.Errorf("drop %v: ended %v, %+v", drop, a.ended(), frames)
		}
	}
}

// O12.
func TestTooManyBytesOfLargeRequestsEndTheConnection(t *testing.T) {
	h := newHouse(t, requests(RequestThrottleConfig{LargeBytes: 1000, LargeBytesMax: 4000}))
	large := func(path string) []byte { return createWith(path, make([]byte, 1500), 0, zk.OpenACL()) }
	a, b, c := h.client(), h.client(), h.client()
	a.send(zk.OpCreate, large("/a"))
	a.send(zk.OpCreate, create("/small", 0))
	b.send(zk.OpCreate, large("/b"))
	c.send(zk.OpCreate, create("/small2", 0))
	c.send(zk.OpCreate, large("/c"))
	if !c.ended() || a.ended() || b.ended() || h.p.Stats().LargeRejected != 1 {
		t.Errorf("ended: %v %v %v", a.ended(), b.ended(), c.ended())
	}
	h.p.Closed(b.id) // what it has in work counts no more
	d := h.client()
	d.want(zk.ErrOK, zk.OpCreate, large("/d"))
	for range 5 {
		d.want(zk.ErrNodeExists, zk.OpCreate, large("/d"))
	}
	if got := a.xids(); !slices.Equal(got, []int32{1, 2}) {
		t.Errorf("replies %v", got)
	}
	if h.p.largeBytes != 0 {
		t.Errorf("%d bytes in work at the end", h.p.largeBytes)
	}
}

// Whatever happens: never more in work than allowed, and everybody who stays is answered, in order.
func TestNobodyWaitsForEver(t *testing.T) {
	for seed := range uint64(150) {
		r := rand.New(rand.NewPCG(seed, 0))
		most := 1 + r.IntN(3)
		h := newHouse(t, requests(RequestThrottleConfig{InWorkMax: most, OutstandingMax: r.IntN(3)}),
			func(c *Config, _ *auth.Config) { c.LogBytesMax, c.OutBytesMax = 300, 400 })
		clients := make([]*client, 4)
		for i := range clients {
			clients[i] = h.client()
		}
		sent := map[*client]int32{}
		for range 200 {
			i := r.IntN(len(clients))
			c := clients[i]
			switch r.IntN(12) {
			case 0:
				h.p.Closed(c.id)
				clients[i] = h.client()
			case 1:
				h.acks[c.id] = !h.acks[c.id]
				h.p.Drained(c.id)
				h.flush()
			case 2, 3, 4:
				if h.inLog() > 0 {
					h.commitOne()
				}
			case 5, 6, 7:
				sent[c] = c.send(zk.OpGetData, pathWatch("/", false))
			default:
				sent[c] = c.send(zk.OpSetData, setData("/", "0123456789012345678901234567890123456789", -1))
			}
			if n := h.p.Stats().Outstanding; n > most {
				t.Fatalf("seed %d: %d are in work, at most %d may be", seed, n, most)
			}
		}
		for range 500 {
			h.commit()
			for _, c := range clients {
				h.acks[c.id] = false
				h.p.Drained(c.id)
			}
			h.flush()
		}
		for _, c := range clients {
			if got := c.xids(); int32(len(got)) != sent[c] || !slices.IsSorted(got) {
				t.Fatalf("seed %d: %d replies %v to %d requests", seed, len(got), got, sent[c])
			}
		}
		if h.p.held.tickets.len() != 0 || h.p.Stats().Outstanding != 0 {
			t.Fatalf("seed %d: %d tickets and %d requests are left", seed, h.p.held.tickets.len(), h.p.Stats().Outstanding)
		}
	}
}
