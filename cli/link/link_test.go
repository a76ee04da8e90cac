package link

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"paddock/codec"
	"paddock/zk"
)

func ok(c *fakeConn, h codec.RequestHeader, _ []byte) {
	body := []byte(nil)
	if h.Op == zk.OpGetData {
		body = codec.AppendStat(codec.AppendBuffer(nil, []byte("x")), &zk.Stat{})
	}
	c.reply(h.Xid, zk.ErrOK, body)
}

func TestALostConnectionIsReplacedAndTheSessionGoesOn(t *testing.T) {
	var mu sync.Mutex
	var asked []codec.ConnectRequest
	var rearmed []codec.SetWatches2
	var auths int
	f := newFake(t, func(n int, r codec.ConnectRequest) codec.ConnectResponse {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, r)
		return welcome(n, r)
	}, func(c *fakeConn, h codec.RequestHeader, body []byte) {
		mu.Lock()
		defer mu.Unlock()
		switch h.Op {
		case zk.OpSetWatches, zk.OpSetWatches2:
			d := codec.NewDecoder(body)
			r := d.SetWatches2(h.Op)
			r.Data, r.Recursive = slices.Clone(r.Data), slices.Clone(r.Recursive)
			rearmed = append(rearmed, r)
		case zk.OpAuth:
			auths++
		case zk.OpSync: // pulls the plug
			_ = c.Close()
			return
		}
		ok(c, h, body)
	})
	l, events := open(t, f.addr+"/root")
	expect(t, events, "SyncConnected")
	ctx := within(t)
	if _, _, err := l.Get(ctx, "/a", true); err != nil {
		t.Fatal(err)
	}
	if err := l.AddWatch(ctx, "/r", ModeRecursive); err != nil {
		t.Fatal(err)
	}
	if err := l.AddAuth(ctx, "digest", []byte("a:b")); err != nil {
		t.Fatal(err)
	}
	if err := l.Sync(ctx, "/a"); Code(err) != ErrConnectionLoss || err.Error() != "KeeperErrorCode = ConnectionLoss for /a" {
		t.Errorf("the request under way ended with %v", err)
	}
	expect(t, events, "Disconnected")
	expect(t, events, "SyncConnected")
	if _, _, err := l.Get(ctx, "/b", false); err != nil {
		t.Errorf("after the reconnect: %v", err)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(asked) != 2 || asked[0].SessionID != 0 || asked[1].SessionID != 1 || asked[1].LastZxidSeen != 5 {
		t.Errorf("connect requests: %+v", asked)
	}
	if len(rearmed) != 1 || !slices.Equal(rearmed[0].Data, []string{"/root/a"}) || !slices.Equal(rearmed[0].Recursive, []string{"/root/r"}) {
		t.Errorf("watches armed again: %+v", rearmed)
	}
	if auths != 2 {
		t.Errorf("the identity was presented %d times, want once per connection", auths)
	}
}

func TestAnExpiredSessionEndsTheLink(t *testing.T) {
	f := newFake(t, func(n int, r codec.ConnectRequest) codec.ConnectResponse {
		if n > 0 {
			return codec.ConnectResponse{Password: make([]byte, 16)}
		}
		return welcome(n, r)
	}, func(c *fakeConn, _ codec.RequestHeader, _ []byte) { _ = c.Close() })
	l, events := open(t, f.addr)
	expect(t, events, "SyncConnected")
	if err := l.Delete(within(t), "/a", -1); Code(err) != ErrConnectionLoss {
		t.Errorf("got %v", err)
	}
	expect(t, events, "Disconnected")
	expect(t, events, "Expired")
	if _, _, err := l.Get(within(t), "/a", false); Code(err) != zk.ErrSessionExpired || l.State() != Closed {
		t.Errorf("got %v in state %s", err, l.State())
	}
	l.Close() // no further event
	if len(events) > 0 {
		t.Errorf("an event after the end: %v", <-events)
	}
}

func TestARefusedIdentityEndsTheLink(t *testing.T) {
	f := newFake(t, welcome, func(c *fakeConn, h codec.RequestHeader, body []byte) {
		if h.Op == zk.OpAuth {
			c.reply(h.Xid, zk.ErrAuthFailed, nil)
			_ = c.Close()
			return
		}
		ok(c, h, body)
	})
	l, events := open(t, f.addr)
	expect(t, events, "SyncConnected")
	if err := l.AddAuth(within(t), "digest", []byte("nonsense")); err != nil {
		t.Errorf("got %v, and the Java client says nothing either", err)
	}
	expect(t, events, "AuthFailed")
	if _, _, err := l.Get(within(t), "/a", false); err == nil || err.Error() != "KeeperErrorCode = AuthFailed for /a" || l.State() != AuthFailed {
		t.Errorf("got %v in state %s", err, l.State())
	}
}

func TestARequestFailsWithTheAttemptToConnect(t *testing.T) {
	l, events := open(t, "127.0.0.1:1") // where nobody listens
	if _, _, err := l.Get(within(t), "/a", false); Code(err) != ErrConnectionLoss {
		t.Errorf("got %v", err)
	}
	if l.LastError() == nil || l.State() != Connecting {
		t.Errorf("state %s after %v", l.State(), l.LastError())
	}
	if len(events) > 0 {
		t.Errorf("it was never connected, and said %s", <-events)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := l.Get(ctx, "/a", false); !Interrupted(err) && Code(err) != ErrConnectionLoss {
		t.Errorf("an interrupted request gave %v", err)
	}
}

func TestADeadServerIsPassedOver(t *testing.T) {
	f := newFake(t, welcome, ok)
	l, events := open(t, "127.0.0.1:1,"+f.addr)
	for e := range events {
		if e.State == "SyncConnected" {
			break
		}
	}
	if l.Addr() != f.addr {
		t.Errorf("connected to %s", l.Addr())
	}
	l.Close()
	var last Event
	for len(events) > 0 {
		last = <-events
	}
	if last.State != "Closed" || l.State() != Closed {
		t.Errorf("the last event is %s in state %s", last, l.State())
	}
}

func TestAReadOnlyServerIsTakenOnRequest(t *testing.T) {
	f := newFake(t, func(n int, r codec.ConnectRequest) codec.ConnectResponse {
		response := welcome(n, r)
		response.ReadOnly = r.ReadOnly
		return response
	}, ok)
	events := make(chan Event, 10)
	l, err := Open(Options{Servers: f.addr, SessionTimeout: patience, ReadOnly: true, OnEvent: func(e Event) { events <- e }})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	expect(t, events, "ConnectedReadOnly")
	if err := l.Wait(within(t)); err != nil || l.State().String() != "CONNECTEDREADONLY" {
		t.Errorf("state %s, %v", l.State(), err)
	}
}

func TestRemovedWatchesAreTold(t *testing.T) {
	f := newFake(t, welcome, ok)
	l, events := open(t, f.addr)
	expect(t, events, "SyncConnected")
	ctx := within(t)
	if err := l.RemoveWatches(ctx, "/a", KindAny, false); err == nil || err.Error() != "KeeperErrorCode = No such watcher for /a" {
		t.Errorf("got %v", err)
	}
	if _, _, err := l.Get(ctx, "/a", true); err != nil {
		t.Fatal(err)
	}
	if err := l.RemoveWatches(ctx, "/a", KindData, false); err != nil {
		t.Fatal(err)
	}
	select {
	case e := <-events:
		if e.Type != EventDataWatchRemoved || e.Path != "/a" {
			t.Errorf("got %s", e)
		}
	case <-time.After(patience):
		t.Error("nobody was told")
	}
}
