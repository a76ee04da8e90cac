package server

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"paddock/client"
	"paddock/codec"
	"paddock/zk"
)

func TestSessionLivesFromSocketToDiskAndBack(t *testing.T) { inBothModes(t, sessionLives) }

func sessionLives(t *testing.T, newPlace placer) {
	p := newPlace(t)
	r := p.start(t)
	events := make(chan client.Event, 16)
	c := r.dial(client.Options{OnEvent: func(e client.Event) { events <- e }})

	_, err := c.Exists("/a", true)
	wantCode(t, err, zk.ErrNoNode)
	if _, err = c.Create("/a", []byte("one"), zk.OpenACL(), zk.ModePersistent); err != nil {
		t.Fatal(err)
	}
	wantEvent(t, events, zk.EventNodeCreated, "/a")
	data, stat, err := c.GetData("/a", true)
	check(t, err)
	if string(data) != "one" || stat.Version != 0 || stat.DataLength != 3 {
		t.Fatalf("read %q, %+v", data, stat)
	}
	writer := r.dial(client.Options{})
	stat, err = writer.SetData("/a", []byte("two"), 0)
	check(t, err)
	if stat.Version != 1 {
		t.Fatalf("version %d after the first setData", stat.Version)
	}
	wantEvent(t, events, zk.EventNodeDataChanged, "/a")
	_, err = writer.SetData("/a", nil, 0)
	wantCode(t, err, zk.ErrBadVersion)

	_, err = writer.Create("/e", nil, zk.OpenACL(), zk.ModeEphemeral)
	check(t, err)
	first, err := writer.Create("/a/s-", nil, zk.OpenACL(), zk.ModePersistentSequential)
	check(t, err)
	if first != "/a/s-0000000000" {
		t.Fatalf("sequential znode %s", first)
	}
	_, err = c.Exists("/e", true)
	check(t, err)
	check(t, writer.Close())
	wantEvent(t, events, zk.EventNodeDeleted, "/e")
	r.stop()
	same(t, "after a restart", p.peek(t), r.s.state(t))
}

func wantEvent(t *testing.T, events <-chan client.Event, typ zk.EventType, path string) {
	t.Helper()
	select {
	case e := <-events:
		if e.Type != typ || e.Path != path {
			t.Fatalf("event %v of %s, want %v of %s", e.Type, e.Path, typ, path)
		}
	case <-time.After(patience):
		t.Fatalf("no event of type %v for %s", typ, path)
	}
}

func TestSessionIsResumedAfterARestartOrExpiresWithItsEphemerals(t *testing.T) {
	p := newPlace(t)
	r := p.start(t)
	kept := r.dial(client.Options{})
	_, err := kept.Create("/kept", nil, zk.OpenACL(), zk.ModeEphemeral)
	check(t, err)
	gone := r.leaves("/left", 400*time.Millisecond)
	r.stop()
	<-kept.Done()

	r = p.start(t)
	wrong := kept.Session()
	wrong.Password = make([]byte, 16)
	_, err = client.Dial(context.Background(), r.addr(), client.Options{Resume: &wrong})
	wantCode(t, err, zk.ErrSessionExpired)

	mine, events := kept.Session(), make(chan client.Event, 4)
	again := r.dial(client.Options{
		Resume: &mine, LastZxidSeen: kept.LastZxid(), OnEvent: func(e client.Event) { events <- e },
	})
	if again.Session().ID != mine.ID {
		t.Fatalf("session 0x%x, want 0x%x", again.Session().ID, mine.ID)
	}
	if _, err = again.Exists("/left", true); err == nil {
		wantEvent(t, events, zk.EventNodeDeleted, "/left")
	} else {
		wantCode(t, err, zk.ErrNoNode) // expired before we came
	}
	stat, err := again.Exists("/kept", false)
	check(t, err)
	if stat.EphemeralOwner != mine.ID {
		t.Fatalf("owner 0x%x, want 0x%x", stat.EphemeralOwner, mine.ID)
	}
	_, err = client.Dial(context.Background(), r.addr(), client.Options{Resume: &gone})
	wantCode(t, err, zk.ErrSessionExpired)

	check(t, again.Close())
	other := r.dial(client.Options{})
	_, err = other.Exists("/kept", false)
	wantCode(t, err, zk.ErrNoNode)
}

// leaves makes an ephemeral in a session that nobody keeps alive. Both are asked for in one write, because the session's time
// may be over before a busy machine gets to a second one.
func (r *runner) leaves(path string, timeout time.Duration) client.Session {
	r.t.Helper()
	w := r.wire()
	create := codec.CreateRequest{Path: path, ACL: zk.OpenACL(), Mode: zk.ModeEphemeral}
	w.write(append(connectFrame(timeout), request(1, zk.OpCreate, codec.AppendCreateRequest(nil, zk.OpCreate, &create))...))
	b, err := w.frame()
	check(r.t, err)
	session, err := codec.DecodeConnectResponse(b)
	check(r.t, err)
	if h, err := w.reply(); err != nil || h.Err != zk.ErrOK {
		r.t.Fatalf("create: %+v, %v", h, err)
	}
	return client.Session{ID: session.SessionID, Password: session.Password}
}

// The burst is small enough for one write and one read, so with its first answer all of it has been accepted.
func TestStopAnswersWhatWasAccepted(t *testing.T) {
	const burst = 200
	p := newPlace(t)
	r := p.start(t)
	c := r.dial(client.Options{})
	_, err := c.Create("/a", nil, zk.OpenACL(), zk.ModePersistent)
	check(t, err)
	first := make(chan struct{})
	answered := 0
	for i := range burst {
		check(t, c.SendSetData("/a", fmt.Append(nil, i), int32(i), 0, func(reply *client.Reply) {
			if i == 0 {
				close(first)
			}
			if reply.Lost != nil || reply.Code != zk.ErrOK {
				t.Errorf("write %d: %v, %v", i, reply.Code, reply.Lost)
				return
			}
			answered++
		}))
	}
	c.Flush()
	<-first
	r.stop()
	<-c.Done()
	if answered != burst {
		t.Errorf("%d of %d writes were answered", answered, burst)
	}
	if got := p.peek(t).znodes["/a"].data; got != fmt.Sprint(burst-1) {
		t.Errorf("after a restart the data is %q", got)
	}
}

func TestStopUnderLoadLosesNothingThatWasAcknowledged(t *testing.T) { inBothModes(t, stopUnderLoad) }

func stopUnderLoad(t *testing.T, newPlace placer) {
	p := newPlace(t)
	r := p.start(t)
	var crowd sync.WaitGroup
	var acked, sent [8]atomic.Int64
	for i := range acked {
		c := r.dial(client.Options{})
		path := fmt.Sprintf("/n%d", i)
		_, err := c.Create(path, []byte("0"), zk.OpenACL(), zk.ModePersistent)
		check(t, err)
		crowd.Go(func() {
			for n := int64(1); ; n++ {
				sent[i].Store(n)
				if _, err := c.SetData(path, fmt.Append(nil, n), -1); err != nil {
					return
				}
				acked[i].Store(n)
			}
		})
	}
	waitFor(t, "some writes of everybody", func() bool {
		for i := range acked {
			if acked[i].Load() < 20 {
				return false
			}
		}
		return true
	})
	r.stop()
	crowd.Wait()
	found := p.peek(t)
	same(t, "after a restart", found, r.s.state(t))
	for i := range acked {
		var n int64
		if _, err := fmt.Sscan(found.znodes[fmt.Sprintf("/n%d", i)].data, &n); err != nil {
			t.Fatal(err)
		}
		if n < acked[i].Load() || n > sent[i].Load() {
			t.Errorf("znode %d holds %d; acknowledged %d, sent %d", i, n, acked[i].Load(), sent[i].Load())
		}
	}
}

// TestServerThatHasEndedLeavesNothingBehind counts descriptors and goroutines, also of servers that were refused.
func TestServerThatHasEndedLeavesNothingBehind(t *testing.T) { inBothModes(t, nothingIsLeftBehind) }

func nothingIsLeftBehind(t *testing.T, newPlace placer) {
	cycle := func() {
		p := newPlace(t)
		r := p.start(t)
		for range 3 {
			p.refused(t, true, "in use")
		}
		c := r.dial(client.Options{})
		_, err := c.Create("/a", nil, zk.OpenACL(), zk.ModeEphemeral)
		check(t, err)
		r.wire().write([]byte("ruok"))
		r.wire().hello(longSession)
		r.stop()
		<-c.Done()
	}
	cycle() // what the first needs for ever is not counted
	runtime.GC()
	files, _ := descriptors()
	goroutines := runtime.NumGoroutine()
	const cycles = 10
	for range cycles {
		cycle()
	}
	// The test's own raw connections are closed at its end: two per cycle.
	waitFor(t, "descriptors to be closed", func() bool { n, _ := descriptors(); return n <= files+2*cycles })
	waitFor(t, "goroutines to end", func() bool { return runtime.NumGoroutine() <= goroutines })
}
