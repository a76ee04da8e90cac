package floor

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"paddock/bench"
	"paddock/client"
	"paddock/codec"
	"paddock/zk"
)

func modes() map[string]bool { return map[string]bool{"loop": false, "owner": true} }

// serve runs a floor until the test ends.
func serve(t *testing.T, owner bool) (addr string) {
	t.Helper()
	port, held, err := bench.ReservePort()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = held.Close() }) // nothing is lost
	addr = fmt.Sprintf("127.0.0.1:%d", port)
	ctx, cancel := context.WithCancel(context.Background())
	served, ready := make(chan error, 1), make(chan struct{})
	go func() {
		served <- Serve(ctx, Config{Addr: addr, Dir: t.TempDir(), Owner: owner, Value: []byte("value"), Loops: 2, FileBytes: 300_000}, func() { close(ready) })
	}()
	select {
	case err := <-served:
		t.Fatal(err)
	case <-ready:
	}
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return addr
}

func dial(t *testing.T, addr string) *client.Client {
	t.Helper()
	c, err := client.Dial(context.Background(), addr, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Disconnect)
	return c
}

func TestFloorAnswersWhatTheGeneratorAsks(t *testing.T) {
	for name, owner := range modes() {
		t.Run(name, func(t *testing.T) {
			c := dial(t, serve(t, owner))
			if data, _, err := c.GetData("/a", false); err != nil || string(data) != "value" {
				t.Errorf("getData: %q, %v", data, err)
			}
			if path, err := c.Create("/a", nil, zk.OpenACL(), zk.ModePersistent); err != nil || path != "/a" {
				t.Errorf("create: %q, %v", path, err)
			}
			if _, err := c.SetData("/a", []byte("b"), -1); err != nil {
				t.Errorf("setData: %v", err)
			}
			if _, err := c.Exists("/a", false); err != nil {
				t.Errorf("exists: %v", err)
			}
			if names, _, err := c.GetChildren2("/", false); err != nil || len(names) != 0 {
				t.Errorf("getChildren2: %v, %v", names, err)
			}
			set := client.Part{Op: zk.OpSetData, Path: "/a", Version: -1}
			if results, err := c.Multi(set, set); err != nil || len(results) != 2 {
				t.Errorf("multi: %v, %v", results, err)
			}
			if err := errors.Join(c.Delete("/a", -1), c.Sync("/"), c.Close()); err != nil {
				t.Errorf("delete, sync, close: %v", err)
			}
		})
	}
}

// The client ends a connection whose answers come in another order.
func TestPipelinedReadsAndWritesAreAnsweredInOrder(t *testing.T) {
	for name, owner := range modes() {
		t.Run(name, func(t *testing.T) {
			addr := serve(t, owner)
			const n = 3000
			answers := make(chan error, 4*n)
			for range 4 {
				c := dial(t, addr)
				done := func(r *client.Reply) { answers <- r.Lost }
				for i := range n {
					var err error
					if i%3 == 0 {
						err = c.SendSetData("/a", []byte("data"), -1, 0, done)
					} else {
						err = c.SendRead(zk.OpGetData, "/a", false, 0, done)
					}
					if err != nil {
						t.Fatal(err)
					}
				}
				c.Flush()
			}
			for range 4 * n {
				if err := <-answers; err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func TestFrameLongerThanTheReadBufferIsAnswered(t *testing.T) {
	for name, owner := range modes() {
		if _, err := dial(t, serve(t, owner)).SetData("/a", make([]byte, 500_000), -1); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFloorEndsAConnectionThatSendsGarbage(t *testing.T) {
	for mode, owner := range modes() {
		addr := serve(t, owner)
		for name, frame := range map[string][]byte{
			"a body that is cut short": codec.AppendInt32(nil, 5),
			"a frame beyond the limit": make([]byte, frameBytesMax+1),
		} {
			if _, err := dial(t, addr).Call(zk.OpSetData, frame); err == nil {
				t.Errorf("%s: %s was answered", mode, name)
			}
		}
	}
}

func TestAFloorWithoutAFolderOrAPortSaysSo(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "none")
	if err := Serve(context.Background(), Config{Addr: "127.0.0.1:1", Dir: missing}, nil); err == nil {
		t.Error("served without a folder")
	}
	taken := serve(t, false)
	if err := Serve(context.Background(), Config{Addr: taken, Dir: t.TempDir(), Owner: true}, nil); err == nil {
		t.Error("served on a port that is taken")
	}
}

// harness is a stub whose log is the test.
type harness struct {
	stub
	group []byte // the one under way
	done  func()
	syncs int
}

func newHarness() *harness {
	h := &harness{stub: stub{watched: map[string]*watchers{}}}
	h.submit = func(records []byte, done func()) {
		h.group, h.done = records, done
		h.syncs++
	}
	h.landed = h.synced
	return h
}

func request(op zk.Op, xid int32) []byte {
	b, at := codec.BeginFrame(nil)
	b = codec.AppendRequestHeader(b, codec.RequestHeader{Xid: xid, Op: op})
	switch op {
	case zk.OpGetData:
		b = codec.AppendPathWatch(b, "/a", false)
	case zk.OpSetData:
		b = codec.AppendSetDataRequest(b, "/a", fmt.Appendf(nil, "data %d", xid), -1)
	}
	codec.EndFrame(b, at)
	return b
}

// xids of the answers that may leave.
func xidsOf(c *peerState) (xids []int32) {
	for b := c.ready; len(b) > 0; {
		d := codec.NewDecoder(b)
		frame := d.Buffer()
		inner := codec.NewDecoder(frame)
		xids = append(xids, inner.ReplyHeader().Xid)
		b = b[codec.FrameLengthBytes+len(frame):]
	}
	c.ready = nil
	return xids
}

func TestWritesWaitForTheirSyncAndOneSyncServesAll(t *testing.T) {
	h := newHarness()
	one, two := &peerState{greeted: true}, &peerState{greeted: true}
	ask := func(c *peerState, op zk.Op, xid int32) {
		h.frames(c, request(op, xid))
		h.kick()
	}
	expect := func(c *peerState, what string, want ...int32) {
		t.Helper()
		if got := xidsOf(c); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: answers %v left, want %v", what, got, want)
		}
	}
	ask(one, zk.OpGetData, 1)
	expect(one, "a read alone", 1)
	ask(one, zk.OpSetData, 2)
	ask(one, zk.OpGetData, 3)
	ask(one, zk.OpSetData, 4)
	ask(two, zk.OpSetData, 1)
	ask(two, zk.OpGetData, 2)
	expect(one, "before the sync")
	expect(two, "before the sync")
	if h.syncs != 1 {
		t.Errorf("%d syncs under way, want 1", h.syncs)
	}
	h.done()
	expect(one, "after the first sync", 2)
	expect(two, "after the first sync")
	if h.syncs != 2 {
		t.Errorf("%d syncs, want a second one for all that queued up", h.syncs)
	}
	h.done()
	expect(one, "after the second sync", 3, 4)
	expect(two, "after the second sync", 1, 2)
	ask(two, zk.OpGetData, 3)
	expect(two, "a read when all is quiet", 3)
	if h.syncs != 2 {
		t.Errorf("%d syncs, want no further one", h.syncs)
	}
}

// watchRequest is a getData that sets a watch.
func watchRequest() []byte {
	b, at := codec.BeginFrame(nil)
	b = codec.AppendRequestHeader(b, codec.RequestHeader{Xid: 1, Op: zk.OpGetData})
	b = codec.AppendPathWatch(b, "/a", true)
	codec.EndFrame(b, at)
	return b
}

func TestWatchersOfAnOwnersFloorHearOfOneChangeAfterItsSync(t *testing.T) {
	h := newHarness()
	setter, watcher, ended := &peerState{greeted: true}, &peerState{greeted: true}, &peerState{greeted: true}
	take := func(c *peerState, b []byte) {
		h.frames(c, b)
		clear(b) // the next read takes its place
	}
	for _, step := range []struct {
		watch           bool
		xid             int32
		setter, watcher string
	}{{true, 2, "[2 -1]", "[-1]"}, {false, 3, "[3]", "[]"}, {true, 4, "[4 -1]", "[-1]"}, {true, 5, "[5 -1]", "[-1]"}} {
		ended.ended = false
		for _, c := range []*peerState{setter, watcher, ended} {
			if !step.watch {
				break
			}
			take(c, watchRequest())
			if got := xidsOf(c); fmt.Sprint(got) != "[1]" {
				t.Fatalf("getData: answers %v", got)
			}
		}
		ended.ended = true
		take(setter, request(zk.OpSetData, step.xid))
		h.kick()
		if len(setter.ready) > 0 || len(watcher.ready) > 0 {
			t.Fatal("told before the sync")
		}
		h.done()
		if a, b := fmt.Sprint(xidsOf(setter)), fmt.Sprint(xidsOf(watcher)); a != step.setter || b != step.watcher || len(ended.ready) > 0 {
			t.Errorf("change %d: the setter got %s, the watcher %s, want %s and %s", step.xid, a, b, step.setter, step.watcher)
		}
	}
}

// Whatever a client sends, the floor takes or refuses it without a panic, and answers in whole frames.
func FuzzFrames(f *testing.F) {
	hello, at := codec.BeginFrame(nil)
	hello = codec.AppendConnectRequest(hello, &codec.ConnectRequest{})
	codec.EndFrame(hello, at)
	f.Add(hello)
	f.Add([]byte{0xff, 0xff, 0xff, 0xff})
	f.Add(request(zk.OpSetData, 1))
	f.Fuzz(func(t *testing.T, input []byte) {
		for _, greeted := range []bool{false, true} {
			h := newHarness()
			c := &peerState{greeted: greeted}
			if used := h.frames(c, input); used > len(input) {
				t.Fatalf("used %d of %d bytes", used, len(input))
			}
			h.kick()
			for h.done != nil {
				done := h.done
				h.done = nil
				done()
			}
			if len(c.held) > 0 || len(c.flying) > 0 {
				t.Fatal("answers are held for ever")
			}
			for b := c.ready; len(b) > 0; {
				d := codec.NewDecoder(b)
				b = b[codec.FrameLengthBytes+len(d.Buffer()):]
				if d.Err() != nil {
					t.Fatal(d.Err())
				}
			}
		}
	})
}
