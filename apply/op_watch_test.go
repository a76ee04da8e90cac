package apply

import (
	"fmt"
	"slices"
	"testing"

	"paddock/codec"
	"paddock/zk"
)

func pathCode(path string, code int32) []byte { return codec.AppendPathCode(nil, path, code) }

// watch sets a watch by addWatch.
func (c *client) watch(path string, mode int32) {
	c.h.t.Helper()
	c.want(zk.ErrOK, zk.OpAddWatch, pathCode(path, mode))
}

// types lists the types of watcher that checkWatches finds on a path.
func (c *client) types(path string) []int32 {
	c.h.t.Helper()
	found := []int32{}
	for typ := codec.WatcherChildren; typ <= codec.WatcherRecursive; typ++ {
		if c.do(zk.OpCheckWatches, pathCode(path, typ)).Err == zk.ErrOK {
			found = append(found, typ)
		}
	}
	return found
}

func (c *client) wantTypes(what, path string, want ...int32) {
	c.h.t.Helper()
	if got := c.types(path); !slices.Equal(got, want) {
		c.h.t.Errorf("%s: %q has watchers of types %v, want %v", what, path, got, want)
	}
}

// write does a write and leaves its reply for later.
func (c *client) write(op zk.Op, body []byte) {
	c.send(op, body)
	c.h.commit()
}

// ZooKeeper Programmer's Guide, "Persistent, Recursive Watches": they are not removed when triggered.
func TestPersistentWatchSeesDataAndChildrenForEver(t *testing.T) {
	h := newHouse(t)
	c, w := h.client(), h.client()
	w.watch("/a", codec.AddPersistent)
	for range 2 {
		c.do(zk.OpCreate, create("/a", 0))
		expect(t, "create", w, "1 /a")
		c.do(zk.OpSetData, setData("/a", "x", -1))
		expect(t, "setData", w, "3 /a")
		c.do(zk.OpCreate, create("/a/b", 0))
		expect(t, "create of a child", w, "4 /a")
		c.do(zk.OpSetData, setData("/a/b", "x", -1))
		expect(t, "setData of a child", w)
		c.do(zk.OpDelete, pathVersion("/a/b", -1))
		expect(t, "delete of a child", w, "4 /a")
		c.do(zk.OpDelete, pathVersion("/a", -1))
		expect(t, "delete, seen by the data and the child watch, is told once", w, "2 /a")
	}
	w.wantTypes("for ever", "/a", codec.WatcherAny, codec.WatcherPersistent)
}

func TestRecursiveWatchSeesTheWholeSubtreeAndNoChildrenEvents(t *testing.T) {
	h := newHouse(t)
	c, w, root := h.client(), h.client(), h.client()
	w.watch("/a", codec.AddRecursive)
	root.watch("/", codec.AddRecursive)
	for range 2 {
		for _, path := range []string{"/a", "/a/b", "/a/b/c"} {
			c.do(zk.OpCreate, create(path, 0))
			expect(t, "create", w, "1 "+path)
			expect(t, "create, at the root", root, "1 "+path)
		}
		c.do(zk.OpSetData, setData("/a/b/c", "x", -1))
		expect(t, "setData", w, "3 /a/b/c")
		c.do(zk.OpCreate, create("/ab", 0))
		c.do(zk.OpDelete, pathVersion("/ab", -1))
		expect(t, "a znode whose name begins the same", w)
		for _, path := range []string{"/a/b/c", "/a/b", "/a"} {
			c.do(zk.OpDelete, pathVersion(path, -1))
			expect(t, "delete", w, "2 "+path)
		}
		expect(t, "the rest, at the root", root, "3 /a/b/c", "1 /ab", "2 /ab", "2 /a/b/c", "2 /a/b", "2 /a")
	}
}

func TestAllModesOfOneClientShareOneEventAndOnlyTheOneShotEnds(t *testing.T) {
	h := newHouse(t)
	c := h.client()
	c.do(zk.OpCreate, create("/a", 0))
	c.do(zk.OpGetData, pathWatch("/a", true))
	c.do(zk.OpGetChildren, pathWatch("/a", true))
	c.watch("/a", codec.AddPersistent)
	c.watch("/a", codec.AddRecursive)
	c.watch("/", codec.AddRecursive)
	if n := h.p.watches.Count(); n != 3 {
		t.Errorf("%d watches; Apache counts one per path and kind, whatever its modes", n)
	}
	c.wantTypes("armed", "/a", 1, 2, 3, 4, 5)
	c.write(zk.OpSetData, setData("/a", "x", -1))
	expect(t, "setData", c, "3 /a", "reply Ok")
	c.wantTypes("after a data event", "/a", 1, 3, 4, 5)
	c.write(zk.OpCreate, create("/a/b", 0))
	expect(t, "create of a child", c, "1 /a/b", "4 /a", "reply Ok")
	c.wantTypes("after a child event", "/a", 3, 4, 5)
	c.write(zk.OpSetData, setData("/a", "x", -1))
	expect(t, "setData again", c, "3 /a", "reply Ok")
}

func TestRemoveWatchesTakesExactlyItsType(t *testing.T) {
	for typ, left := range map[int32][]int32{
		codec.WatcherChildren:   {2, 3, 4, 5},
		codec.WatcherData:       {1, 3, 4, 5},
		codec.WatcherAny:        {},
		codec.WatcherPersistent: {1, 2, 3, 5},
		codec.WatcherRecursive:  {1, 2, 3, 4},
	} {
		h := newHouse(t)
		c, other := h.client(), h.client()
		c.do(zk.OpCreate, create("/a", 0))
		for _, c := range []*client{c, other} {
			c.do(zk.OpGetData, pathWatch("/a", true))
			c.do(zk.OpGetChildren, pathWatch("/a", true))
			c.watch("/a", codec.AddPersistent)
			c.watch("/a", codec.AddRecursive)
		}
		what := fmt.Sprintf("removal of type %d", typ)
		c.want(zk.ErrOK, zk.OpRemoveWatches, pathCode("/a", typ))
		c.wantTypes(what, "/a", left...)
		other.wantTypes(what+" by another client", "/a", 1, 2, 3, 4, 5)
		c.want(zk.ErrNoWatcher, zk.OpRemoveWatches, pathCode("/a", typ))
		c.write(zk.OpSetData, setData("/a", "x", -1))
		want := []string{"3 /a", "reply Ok"}
		if typ == codec.WatcherAny {
			want = want[1:]
		}
		expect(t, what, c, want...)
	}
}

// What Apache 3.9.5 was seen to answer.
func TestWatchRequestsThatMakeNoSense(t *testing.T) {
	h := newHouse(t)
	c := h.client()
	for _, path := range []string{"", "/", "a", "/a/", "//", "/a\x00b", "/missing", zk.NullText} {
		for _, mode := range []int32{-1, 2} {
			c.want(zk.ErrMarshallingError, zk.OpAddWatch, pathCode(path, mode))
		}
		c.want(zk.ErrNoWatcher, zk.OpCheckWatches, pathCode(path, codec.WatcherAny))
		c.watch(path, codec.AddPersistent)
		c.watch(path, codec.AddRecursive)
		c.wantTypes("no rule for the path", path, 3, 4, 5)
		for _, typ := range []int32{-1, 0, 6} {
			c.want(zk.ErrMarshallingError, zk.OpCheckWatches, pathCode(path, typ))
			c.want(zk.ErrMarshallingError, zk.OpRemoveWatches, pathCode("/nobody", typ))
		}
		c.want(zk.ErrOK, zk.OpRemoveWatches, pathCode(path, codec.WatcherAny))
		c.wantTypes("removed", path)
	}
	for _, op := range []zk.Op{zk.OpAddWatch, zk.OpCheckWatches, zk.OpRemoveWatches} {
		c.want(zk.ErrMarshallingError, op, nil)
		c.want(zk.ErrMarshallingError, op, pathCode("/x", 1)[:5])
	}
	f := c.do(zk.OpAddWatch, append(pathCode("/t", codec.AddPersistent), "trailing"...))
	if f.Err != zk.ErrOK || string(f.body) != "\x00\x00\x00\x00" {
		t.Errorf("got %v, body %x: want an ErrorResponse of 0", f.Err, f.body)
	}
	if f := c.do(zk.OpCheckWatches, pathCode("/t", codec.WatcherPersistent)); len(f.body) != 0 {
		t.Errorf("body %x: want none", f.body)
	}
}

func TestWatchOpsNeedALiveSessionAndMoveNoZxid(t *testing.T) {
	h := newHouse(t)
	c := h.client()
	before := h.p.Applied()
	c.watch("/a", codec.AddPersistent)
	c.do(zk.OpCheckWatches, pathCode("/a", codec.WatcherAny))
	c.do(zk.OpRemoveWatches, pathCode("/a", codec.WatcherAny))
	if h.p.Applied() != before {
		t.Errorf("zxid moved from 0x%x to 0x%x", before, h.p.Applied())
	}
	c.send(zk.OpCloseSession, nil)
	c.send(zk.OpAddWatch, pathCode("/a", codec.AddPersistent))
	h.commit()
	if n := h.p.watches.Count(); n != 0 {
		t.Errorf("%d watches of a session that has ended", n)
	}
}

// CVE-2024-23944: whoever watches a subtree still learns only of the znodes that he may read.
func TestRecursiveWatchTellsNothingOfZnodesThatAreClosedToIt(t *testing.T) {
	h := newHouse(t)
	owner, guest := h.client(), h.client()
	owner.do(zk.OpAuth, codec.AppendAuthPacket(nil, "digest", []byte("u:p")))
	owner.watch("/", codec.AddRecursive)
	guest.watch("/", codec.AddRecursive)
	guest.watch("/s", codec.AddPersistent)
	only := digestACL(t, zk.PermAll, "u:p")
	owner.write(zk.OpCreate, createWith("/s", nil, 0, only))
	expect(t, "owner", owner, "1 /s", "reply Ok")
	owner.sees(t, "1 /s/open", zk.OpCreate, create("/s/open", 0))
	owner.sees(t, "3 /s", zk.OpSetData, setData("/s", "x", -1))
	owner.sees(t, "3 /s/open", zk.OpSetData, setData("/s/open", "x", -1))
	owner.sees(t, "2 /s/open", zk.OpDelete, pathVersion("/s/open", -1))
	owner.sees(t, "2 /s", zk.OpDelete, pathVersion("/s", -1))
	expect(t, "guest sees the open znode inside the closed one", guest, "1 /s/open", "3 /s/open", "2 /s/open")
}

// sees does a write whose client gets one event before the reply.
func (c *client) sees(t *testing.T, event string, op zk.Op, body []byte) {
	c.h.t.Helper()
	c.write(op, body)
	expect(t, op.String(), c, event, "reply Ok")
}

func TestAMultiTellsPersistentWatchesOfEveryPart(t *testing.T) {
	h := newHouse(t)
	c, per, rec := h.client(), h.client(), h.client()
	c.do(zk.OpCreate, create("/a", 0))
	per.watch("/a", codec.AddPersistent)
	rec.watch("/a", codec.AddRecursive)
	c.do(zk.OpMulti, multiBody(zk.OpCreate, create("/a/b", 0), zk.OpSetData, setData("/a", "x", -1),
		zk.OpCreate, create("/a/b/c", 0), zk.OpDelete, pathVersion("/a/b/c", -1), zk.OpDelete, pathVersion("/a/b", -1)))
	expect(t, "persistent", per, "4 /a", "3 /a", "4 /a")
	expect(t, "recursive", rec, "1 /a/b", "3 /a", "1 /a/b/c", "2 /a/b/c", "2 /a/b")
	c.do(zk.OpMulti, multiBody(zk.OpCreate, create("/a/b", 0), zk.OpDelete, pathVersion("/none", -1)))
	expect(t, "a multi that fails", per)
	expect(t, "a multi that fails", rec)
}

func TestTheEndOfASessionTellsPersistentWatchesOfItsEphemerals(t *testing.T) {
	h := newHouse(t)
	c, per, rec := h.client(), h.client(), h.client()
	per.watch("/e", codec.AddPersistent)
	rec.watch("/", codec.AddRecursive)
	c.do(zk.OpCreate, create("/e", zk.ModeEphemeral))
	c.write(zk.OpCloseSession, nil)
	expect(t, "persistent", per, "1 /e", "2 /e")
	expect(t, "recursive", rec, "1 /e", "2 /e")
}

func TestSetWatches2ArmsPersistentWatchesWhateverHasChanged(t *testing.T) {
	h := newHouse(t)
	c, back := h.client(), h.client()
	c.do(zk.OpCreate, create("/a", 0))
	c.do(zk.OpCreate, create("/same", 0))
	back.sendXid(zk.XidSetWatches, zk.OpSetWatches2, codec.AppendSetWatches2(nil, zk.OpSetWatches2, &codec.SetWatches2{
		Data: []string{"/a", "/gone"}, Exist: []string{"/a", "/unborn"}, Child: []string{"/a", "/gone"},
		Persistent: []string{"/a", "/p"}, Recursive: []string{"/a", "/r"},
	}))
	frames := back.got()
	want := []string{"3 /a", "2 /gone", "1 /a", "4 /a", "2 /gone", "reply Ok"}
	if got := events(frames); !slices.Equal(got, want) {
		t.Fatalf("got %v, want %v", got, want)
	}
	if frames[0].Zxid != zk.NoZxid || frames[5].Xid != zk.XidSetWatches || frames[5].Zxid != h.p.Applied() {
		t.Errorf("headers %+v %+v", frames[0].ReplyHeader, frames[5].ReplyHeader)
	}
	back.wantTypes("armed", "/a", 3, 4, 5)
	back.wantTypes("armed", "/unborn", 2, 3)
	back.wantTypes("armed", "/p", 3, 4)
	back.wantTypes("armed", "/r", 3, 5)
	back.wantTypes("fired", "/gone")
	for range 2 {
		c.do(zk.OpSetData, setData("/a", "x", -1))
		c.do(zk.OpCreate, create("/r", 0))
		c.do(zk.OpCreate, create("/r/x", 0))
		c.do(zk.OpDelete, pathVersion("/r/x", -1))
		c.do(zk.OpDelete, pathVersion("/r", -1))
		expect(t, "armed", back, "3 /a", "1 /r", "1 /r/x", "2 /r/x", "2 /r")
	}
}

// DataTree.setWatches walks the lists and dies at the first null that it cannot look up (3.9.5, as seen).
func TestSetWatches2StopsAtWhatIsNull(t *testing.T) {
	for i, armed := range []int{0, 0, 0, 0, 1} {
		h := newHouse(t)
		c := h.client()
		lists := [5][]string{{"/gone"}, {"/zookeeper"}, {"/gone"}, {"/p"}, {"/r"}}
		fired := []string{"2 /gone", "1 /zookeeper", "2 /gone"}[:min(i, 3)]
		lists[i] = nil
		c.setWatches2(lists)
		expect(t, fmt.Sprintf("list %d is null", i), c, append(slices.Clone(fired), "reply MarshallingError")...)
		if n := len(c.types("/p")) / 2; n != armed {
			t.Errorf("list %d is null: persistent watch armed: %d, want %d", i, n, armed)
		}
		c.wantTypes("the last list was not reached", "/r")

		lists[i] = []string{zk.NullText, "/after"}
		c.setWatches2(lists)
		if i < 3 {
			expect(t, fmt.Sprintf("list %d has a null path", i), c, append(fired, "reply MarshallingError")...)
			c.wantTypes("behind it", "/after")
			continue
		}
		expect(t, fmt.Sprintf("list %d has a null path", i), c, append(fired, "reply Ok")...)
		c.wantTypes("behind it", "/after", []int32{3, int32(i) + 1}...)
	}
}

func (c *client) setWatches2(l [5][]string) {
	c.sendXid(zk.XidSetWatches, zk.OpSetWatches2, codec.AppendSetWatches2(nil, zk.OpSetWatches2,
		&codec.SetWatches2{Data: l[0], Exist: l[1], Child: l[2], Persistent: l[3], Recursive: l[4]}))
}

func TestAClosedConnectionLeavesNoPersistentWatches(t *testing.T) {
	h := newHouse(t)
	c, writer := h.client(), h.client()
	for i := range 100 {
		c.watch(fmt.Sprintf("/a/%d", i), codec.AddPersistent)
	}
	c.watch("/", codec.AddRecursive)
	h.p.Closed(c.id)
	if n := h.p.watches.Count(); n != 0 {
		t.Errorf("%d watches are left", n)
	}
	writer.do(zk.OpCreate, create("/a", 0))
	writer.do(zk.OpCreate, create("/a/99", 0))
	expect(t, "closed", c)
}

// A watch set behind an unfinished write sees what comes after that write, not the write itself.
func TestAddWatchKeepsItsPlaceBehindAWrite(t *testing.T) {
	h := newHouse(t)
	c := h.client()
	c.send(zk.OpCreate, create("/a", 0))
	c.send(zk.OpAddWatch, pathCode("/a", codec.AddPersistent))
	c.send(zk.OpSetData, setData("/a", "x", -1))
	if frames := c.got(); len(frames) != 0 {
		t.Fatalf("%v before anything is durable", events(frames))
	}
	h.commit()
	expect(t, "in order", c, "reply Ok", "reply Ok", "3 /a", "reply Ok")
}

// BenchmarkFireTenThousand is one setData with ten thousand persistent watchers, from the commit to the last buffer.
func BenchmarkFireTenThousand(b *testing.B) {
	h := newHouse(b)
	c := h.client()
	c.do(zk.OpCreate, create("/a", 0))
	for range 10_000 {
		h.client().watch("/a", codec.AddPersistent)
	}
	for b.Loop() {
		b.StopTimer()
		for id := range h.outs {
			(&client{h: h, id: id}).raw()
			h.outs[id] = h.outs[id][:0]
		}
		c.send(zk.OpSetData, setData("/a", "x", -1))
		b.StartTimer()
		h.log.durable, h.log.queued = len(h.log.payloads), 0
		h.p.Committed(h.log.last)
		b.StopTimer()
		h.flush()
		b.StartTimer()
	}
}
