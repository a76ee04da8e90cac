package apply

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"paddock/codec"
	"paddock/zk"
)

// hand gives a request to the processor and does nothing more.
func (c *client) hand(op zk.Op, body []byte) {
	c.xid++
	header := codec.AppendRequestHeader(nil, codec.RequestHeader{Xid: c.xid, Op: op})
	c.h.p.Frame(c.id, append(header, body...))
}

// durable tells the processor that the log holds everything, and does one slice.
func (h *house) durable() {
	h.log.durable, h.log.queued = len(h.log.payloads), 0
	h.p.Committed(h.log.last)
}

// watchBody makes the request that sets one kind of watch.
func watchBody(kind int, path string) (zk.Op, []byte) {
	switch kind % 5 {
	case 0:
		return zk.OpGetData, pathWatch(path, true)
	case 1:
		return zk.OpExists, pathWatch(path, true)
	case 2:
		return zk.OpAddWatch, pathCode(path, codec.AddPersistent)
	case 3:
		return zk.OpAddWatch, pathCode(path, codec.AddRecursive)
	default:
		return zk.OpAddWatch, pathCode("/", codec.AddRecursive)
	}
}

func TestWhoSpeaksWhileOthersAreToldHearsTheEventFirst(t *testing.T) {
	h := newHouse(t)
	h.p.slices.steps = 1
	clients, writer := crowd(h, 60), h.client()
	writer.want(zk.ErrOK, zk.OpCreate, create("/hot", 0))
	for i, c := range clients {
		op, body := watchBody(i, "/hot")
		c.want(zk.ErrOK, op, body)
	}
	writer.hand(zk.OpSetData, setData("/hot", "new", -1))
	writer.hand(zk.OpSetData, setData("/hot", "newer", -1))
	h.durable()
	rest := len(h.p.news.conns) - h.p.news.next
	if rest < len(clients)-2 || h.p.Idle() {
		t.Fatalf("only %d of %d have not been told; idle %v", rest, len(clients), h.p.Idle())
	}
	for i := len(clients) - 1; i >= 0; i -= 2 { // from the end, where nobody has had a turn
		clients[i].hand(zk.OpGetData, pathWatch("/hot", false))
		h.emit()
		frames := clients[i].got()
		if len(frames) != 2 || frames[0].event == nil || frames[0].Zxid != h.p.applied || frames[1].text(t) != "new" {
			t.Fatalf("client %d got %+v", i, frames)
		}
	}
	h.flush()
	for i, c := range clients {
		first, persistent := 1-i%2, i%5 > 1
		want := []string{"changed /hot", "changed /hot"}[:first]
		if persistent {
			want = []string{"changed /hot", "changed /hot"}[:first+1]
		}
		if got := events(c.got()); len(got) != len(want) {
			t.Errorf("client %d got %v, want %d events", i, got, len(want))
		}
	}
	if frames := writer.got(); len(frames) != 2 || frames[0].Err != zk.ErrOK || frames[1].Err != zk.ErrOK {
		t.Errorf("the writer got %+v", frames)
	}
	if !h.p.Idle() || h.p.news.some() || h.p.stats.Outstanding != 0 {
		t.Errorf("idle %v, news %v, %d outstanding", h.p.Idle(), h.p.news.some(), h.p.stats.Outstanding)
	}
}

func TestWhoSpeaksHearsAllEventsOfAMultiInItsOrder(t *testing.T) {
	h := newHouse(t)
	h.p.slices.steps = 1
	writer, first, last := h.client(), h.client(), h.client()
	for _, path := range []string{"/a", "/b", "/c"} {
		writer.want(zk.ErrOK, zk.OpCreate, create(path, 0))
	}
	last.want(zk.ErrOK, zk.OpAddWatch, pathCode("/", codec.AddRecursive))
	first.want(zk.ErrOK, zk.OpAddWatch, pathCode("/", codec.AddRecursive)) // told ahead of last
	var body []byte
	for _, path := range []string{"/b", "/a", "/c"} {
		body = append(codec.AppendMultiHeader(body, codec.MultiHeader{Op: zk.OpSetData, Err: -1}), setData(path, "x", -1)...)
	}
	writer.hand(zk.OpMulti, codec.AppendMultiHeader(body, codec.MultiEnd()))
	h.durable()
	last.hand(zk.OpPing, nil)
	h.emit()
	var paths []string
	frames := last.got()
	for _, f := range frames[:len(frames)-1] {
		paths = append(paths, f.event.Path)
	}
	if fmt.Sprint(paths) != "[/b /a /c]" || !h.p.news.some() {
		t.Errorf("told %v, with news left: %v", paths, h.p.news.some())
	}
	h.commit()
	if n := len(first.got()); n != 3 || len(last.got()) != 0 {
		t.Errorf("in the end: %d events", n)
	}
}

// ZooKeeper's guarantee in one rule: the zxids that a connection is told never fall, and an event is told before every
// reply that has its zxid or a later one.
func TestInSlicesOfOneNobodySeesAChangeBeforeItsEvent(t *testing.T) {
	for seed := range uint64(20) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { randomSlices(t, rand.New(rand.NewPCG(seed, 1))) })
	}
}

func randomSlices(t *testing.T, r *rand.Rand) {
	h := newHouse(t)
	h.p.slices.steps = 1 + r.IntN(3)
	clients := crowd(h, 12)
	path := func() string { return fmt.Sprintf("/n%d", r.IntN(6)) }
	for range 3000 {
		switch c := clients[r.IntN(len(clients))]; r.IntN(16) {
		case 0:
			c.hand(zk.OpCreate, create(path(), 0))
		case 1:
			c.hand(zk.OpDelete, pathVersion(path(), -1))
		case 2, 3:
			c.hand(zk.OpSetData, setData(path(), "x", -1))
		case 4:
			c.hand(zk.OpGetChildren, pathWatch("/", true))
		case 5:
			c.hand(zk.OpRemoveWatches, pathCode(path(), codec.WatcherAny))
		case 6:
			c.hand(zk.OpSetWatches, rearmBody(h.p.applied, path(), path(), path()))
		case 7, 8, 9:
			op, body := watchBody(r.IntN(5), path())
			c.hand(op, body)
		case 10:
			h.durable()
		case 11:
			h.emit()
		case 12:
			part := []byte{}
			for range 3 {
				part = append(codec.AppendMultiHeader(part, codec.MultiHeader{Op: zk.OpSetData, Err: -1}), setData(path(), "y", -1)...)
			}
			c.hand(zk.OpMulti, codec.AppendMultiHeader(part, codec.MultiEnd()))
		default:
			h.p.Sweep()
		}
	}
	h.commit()
	if h.p.news.some() || !h.p.Idle() || h.p.stats.Outstanding != 0 || len(h.p.news.places) > 12 {
		t.Errorf("news %v, idle %v, %d outstanding", h.p.news.some(), h.p.Idle(), h.p.stats.Outstanding)
	}
	told := 0
	for i, c := range clients {
		told += checkZxids(t, i, c)
	}
	if told < 500 {
		t.Errorf("only %d events: nothing is proved", told)
	}
	h.checkReplay()
}

// checkZxids holds a connection's stream against the rule, and its replies against the order of its requests.
func checkZxids(t *testing.T, i int, c *client) (told int) {
	t.Helper()
	var replied, zxid int64
	var xid int32
	for _, f := range c.got() {
		switch {
		case f.event != nil && f.Zxid == zk.NoZxid: // of a setWatches
			continue
		case f.event != nil:
			told++
			if f.Zxid <= replied {
				t.Fatalf("client %d: the event of 0x%x comes behind a reply of 0x%x", i, f.Zxid, replied)
			}
		default:
			if xid++; f.Xid != xid {
				t.Fatalf("client %d: reply %d instead of %d", i, f.Xid, xid)
			}
			replied = f.Zxid
		}
		if f.Zxid < zxid {
			t.Fatalf("client %d: 0x%x comes behind 0x%x", i, f.Zxid, zxid)
		}
		zxid = f.Zxid
	}
	if xid != c.xid {
		t.Fatalf("client %d: %d replies to %d requests", i, xid, c.xid)
	}
	return told
}

// rearmBody makes a setWatches with the paths as data, exist and child watches in turn.
func rearmBody(relative int64, paths ...string) []byte {
	q := codec.SetWatches2{RelativeZxid: relative, Data: []string{}, Exist: []string{}, Child: []string{}}
	for i, path := range paths {
		list := []*[]string{&q.Data, &q.Exist, &q.Child}[i%3]
		*list = append(*list, path)
	}
	return codec.AppendSetWatches2(nil, zk.OpSetWatches, &q)
}

// family fills a house with a znode of many children, and returns one client.
func family(t *testing.T, steps int) (*house, *client) {
	h := newHouse(t)
	h.p.slices.steps = steps
	c := h.client()
	c.want(zk.ErrOK, zk.OpCreate, create("/f", 0))
	for i := range 300 {
		c.want(zk.ErrOK, zk.OpCreate, create(fmt.Sprintf("/f/child-%d", i), 0))
		if i%3 == 0 {
			c.want(zk.ErrOK, zk.OpCreate, create(fmt.Sprintf("/f/child-%d/below", i), 0))
		}
	}
	return h, c
}

// longReads are requests that take some slices of one step in that house.
func longReads() map[zk.Op][]byte {
	var parts []byte
	for i := range 12 {
		op := []zk.Op{zk.OpGetData, zk.OpGetChildren, zk.OpGetChildren}[i%3]
		parts = codec.AppendMultiHeader(parts, codec.MultiHeader{Op: op, Err: -1})
		parts = codec.AppendString(parts, []string{"/f/child-7", "/f", "/nobody"}[i%3])
		parts = codec.AppendBool(parts, false)
	}
	paths := make([]string, 40)
	for i := range paths {
		paths[i] = fmt.Sprintf("/f/child-%d", i*5)
	}
	return map[zk.Op][]byte{
		zk.OpGetChildren:          pathWatch("/f", true),
		zk.OpGetChildren2:         pathWatch("/f", true),
		zk.OpGetAllChildrenNumber: codec.AppendString(nil, "/f"),
		zk.OpMultiRead:            codec.AppendMultiHeader(parts, codec.MultiEnd()),
		zk.OpSetWatches:           rearmBody(20, paths...),
	}
}

func TestALongReadAnswersInSlicesWhatItAnswersAtOnce(t *testing.T) {
	_, atOnce := family(t, sliceSteps)
	_, sliced := family(t, 1)
	for op, body := range longReads() {
		atOnce.send(op, body)
		want := atOnce.raw()
		sliced.hand(op, body)
		sliced.xid = atOnce.xid
		slices := 0
		for ; sliced.h.p.Sweep(); slices++ {
			sliced.h.emit()
		}
		got := sliced.raw()
		if slices < 5 || len(want) == 0 || len(got) != len(want) {
			t.Fatalf("%v: %d frames after %d slices, want %d", op, len(got), slices, len(want))
		}
		for i := range want {
			if !bytes.Equal(got[i], want[i]) {
				t.Errorf("%v: frame %d is %.100x, want %.100x", op, i, got[i], want[i])
			}
		}
		if a, b := sliced.h.p.watches.Count(), atOnce.h.p.watches.Count(); a != b {
			t.Errorf("%v: %d watches, want %d", op, a, b)
		}
		if n := sliced.h.p.stats.Outstanding; n != 0 {
			t.Errorf("%v: %d outstanding", op, n)
		}
	}
}

// Others are served meanwhile, but the tree stands still.
func TestWhileALongReadIsUnderWayReadsAreServedAndWritesWait(t *testing.T) {
	for op, body := range longReads() {
		h, c := family(t, 1)
		other := h.client()
		c.hand(op, body)
		c.hand(zk.OpPing, nil) // behind it
		other.hand(zk.OpGetData, pathWatch("/f", false))
		other.hand(zk.OpDelete, pathVersion("/f/child-299", -1))
		h.durable()
		h.emit()
		if f := other.one(); f.text(t) != "data" {
			t.Errorf("%v: the other client got %+v", op, f)
		}
		if n := h.p.tree.Lookup("/f/child-299"); n == 0 || len(c.got()) != 0 && op != zk.OpSetWatches {
			t.Errorf("%v: the tree has changed meanwhile, or it is answered", op)
		}
		h.flush()
		frames := c.got()
		for len(frames) > 0 && frames[0].event != nil {
			frames = frames[1:]
		}
		if len(frames) < 2 || frames[0].Xid != c.xid-1 || frames[1].Xid != zk.XidPing && frames[2].Xid != zk.XidPing {
			t.Errorf("%v: got %+v", op, frames)
		}
		if f := other.one(); f.Err != zk.ErrOK || h.p.tree.Lookup("/f/child-299") != 0 {
			t.Errorf("%v: the write got %+v", op, f)
		}
	}
}

func TestALongReadKeepsItsPlaceAmongTheWritesOfItsSession(t *testing.T) {
	for op, body := range longReads() {
		h, c := family(t, 1)
		other := h.client()
		other.hand(zk.OpGetChildren, pathWatch("/f", false)) // goes first: c's read has to wait
		c.hand(zk.OpSetData, setData("/f", "a", -1))
		c.hand(op, body)
		c.hand(zk.OpSetData, setData("/f", "b", -1))
		c.hand(zk.OpGetData, pathWatch("/f", false))
		first := c.xid - 3
		h.commit()
		var xids []int32
		var zxids []int64
		for _, f := range c.got() {
			if f.event == nil {
				xids, zxids = append(xids, f.Xid), append(zxids, f.Zxid)
			}
		}
		if fmt.Sprint(xids) != fmt.Sprint([]int32{first, first + 1, first + 2, first + 3}) ||
			zxids[1] != zxids[0] || zxids[2] != zxids[0]+1 {
			t.Errorf("%v: replies to %v at %x", op, xids, zxids)
		}
		if len(other.got()) != 1 || h.p.stats.Outstanding != 0 {
			t.Errorf("%v: %d outstanding", op, h.p.stats.Outstanding)
		}
	}
}

func TestLongReadsInARowLetWritesThrough(t *testing.T) {
	h, c := family(t, 1)
	readers := crowd(h, 5)
	c.hand(zk.OpSetData, setData("/f", "a", -1))
	for _, reader := range readers {
		reader.hand(zk.OpGetChildren, pathWatch("/f", false))
	}
	before := h.p.applied
	h.durable()
	h.commit()
	for i, reader := range readers {
		if f := reader.one(); f.Zxid != min(before+int64(i), before+1) {
			t.Errorf("reader %d sees 0x%x, the write was 0x%x", i, f.Zxid, before+1)
		}
	}
}

func TestALongReadThatWasHeldBeginsWhenTheOneBeforeItGoes(t *testing.T) {
	for op, body := range longReads() {
		h, c := family(t, 1)
		other := h.client()
		h.p.cfg.Requests.InWorkMax = 1
		c.hand(op, body)
		other.hand(op, body) // held: c's is in work
		h.p.Sweep()
		h.emit()
		h.p.Closed(c.id)
		for h.p.Sweep() { // nobody else comes to wake it
			h.emit()
		}
		if frames := other.got(); len(frames) == 0 || frames[len(frames)-1].Xid != other.xid {
			t.Errorf("%v: got %d frames", op, len(frames))
		}
	}
}

func TestLargeRequestsOfLongReadsDoNotPileUp(t *testing.T) {
	h := newHouse(t)
	h.p.slices.steps = 1
	clients := crowd(h, 24)
	paths := make([]string, 4)
	for i := range paths {
		paths[i] = fmt.Sprintf("/%d", i) + string(bytes.Repeat([]byte("x"), 250_000)) // 1 MB in all
	}
	waiting := func() (bytes int) {
		for _, c := range h.p.conns {
			if c.long != nil {
				bytes += len(c.long.req.body)
			}
		}
		return bytes
	}
	for _, c := range clients {
		c.hand(zk.OpSetWatches, rearmBody(0, paths...))
		c.hand(zk.OpPing, nil)
	}
	if n := waiting(); n > waitingBytesMax || n < waitingBytesMax/2 {
		t.Errorf("%d bytes wait, may be %d", n, waitingBytesMax)
	}
	h.p.Closed(clients[3].id) // while it waits
	h.commit()
	for i, c := range clients {
		frames := c.got()
		for len(frames) > 0 && frames[0].event != nil {
			frames = frames[1:]
		}
		if i != 3 && (len(frames) != 2 || frames[0].Xid != 1 || frames[1].Xid != zk.XidPing) {
			t.Errorf("client %d got %d replies", i, len(frames))
		}
	}
	if s := &h.p.slices; s.waitingBytes != 0 || waiting() != 0 || h.p.stats.Outstanding != 0 {
		t.Errorf("%d bytes are counted, %d wait, %d outstanding", s.waitingBytes, waiting(), h.p.stats.Outstanding)
	}
}

func TestAConnectionThatGoesEndsItsLongRead(t *testing.T) {
	for op, body := range longReads() {
		h, c := family(t, 1)
		other := h.client()
		c.hand(op, body)
		other.hand(zk.OpGetChildren, pathWatch("/f", false)) // waits for it
		other.hand(zk.OpSetData, setData("/f", "a", -1))
		for range 3 {
			h.p.Sweep()
		}
		h.p.Closed(c.id)
		h.commit()
		if frames := other.got(); len(frames) != 2 || frames[1].Err != zk.ErrOK {
			t.Errorf("%v: the other client got %d frames", op, len(frames))
		}
		if h.p.stats.Outstanding != 0 || h.p.watches.Count() != 0 {
			t.Errorf("%v: %d outstanding, %d watches", op, h.p.stats.Outstanding, h.p.watches.Count())
		}
	}
}
