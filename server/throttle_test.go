package server

import (
	"log/slog"
	"os"
	"testing"
	"time"

	"paddock/client"
	"paddock/codec"
	"paddock/disk"
	"paddock/snap"
	"paddock/tree"
	"paddock/zk"
)

func TestAnUnauthenticatedConnectionIsToldSoAndClosed(t *testing.T) {
	r := newPlace(t, "enforce.auth.enabled=true", "enforce.auth.schemes=digest").start(t)
	w := r.wire()
	w.hello(longSession)
	w.write(request(zk.XidPing, zk.OpPing, nil))
	// xid -2, zxid 0, error -124 (ReplyHeader, 3.9.5)
	w.wantClosed("\x00\x00\x00\x10" + "\xff\xff\xff\xfe" + "\x00\x00\x00\x00\x00\x00\x00\x00" + "\xff\xff\xff\x84")

	w = r.wire()
	w.hello(longSession)
	w.write(request(zk.XidAuth, zk.OpAuth, codec.AppendAuthPacket(nil, "digest", []byte("u:p"))))
	w.write(request(1, zk.OpExists, codec.AppendPathWatch(nil, "/", false)))
	for _, want := range []codec.ReplyHeader{{Xid: zk.XidAuth}, {Xid: 1, Zxid: 2}} {
		if h, err := w.reply(); err != nil || h != want {
			t.Errorf("got %+v and %v, want %+v", h, err, want)
		}
	}
}

func TestConnectionsBeyondTheThrottleAreClosedWithoutAByte(t *testing.T) {
	r := newPlace(t, "connection_throttle_tokens=2", "connection_throttle_fill_time=2000000000").start(t)
	first := r.dial(client.Options{})
	r.wire().hello(longSession)
	w := r.wire()
	w.write(connectFrame(longSession))
	w.wantClosed("")
	check(t, first.Sync("/"))
	if got := r.mntr(); got["zk_connection_rejected"] != 1 || got["zk_global_sessions"] != 2 {
		t.Errorf("%d rejected, %d sessions", got["zk_connection_rejected"], got["zk_global_sessions"])
	}
}

// With one request in work at most, everything is slower and nothing is different.
func TestAServerWithOneRequestInWorkServesEverybody(t *testing.T) {
	r := newPlace(t, "request_throttle_max_requests=1", "throttled_op_wait_time=0", "globalOutstandingLimit=1").start(t)
	for range 5 {
		w := r.wire()
		w.hello(longSession)
		for xid := range int32(50) {
			w.write(request(2*xid+1, zk.OpSetData, codec.AppendSetDataRequest(nil, "/", []byte("x"), -1)))
			w.write(request(2*xid+2, zk.OpGetData, codec.AppendPathWatch(nil, "/", false)))
		}
		for xid := range int32(100) {
			if h, err := w.reply(); err != nil || h.Xid != xid+1 || h.Err != zk.ErrOK {
				t.Fatalf("reply %d: %+v, %v", xid+1, h, err)
			}
		}
	}
}

func TestAReadOnlyClientIsServedByAServerThatIsNot(t *testing.T) {
	p := newPlace(t, "4lw.commands.whitelist=srvr")
	p.props = map[string]string{"readonlymode.enabled": "true"}
	r := p.start(t)
	w := r.wire()
	b, at := codec.BeginFrame(nil)
	b = codec.AppendConnectRequest(b, &codec.ConnectRequest{
		TimeoutMs: 5000, Password: make([]byte, 16), ReadOnly: true, HasReadOnly: true,
	})
	codec.EndFrame(b, at)
	w.write(b)
	frame, err := w.frame()
	check(t, err)
	response, err := codec.DecodeConnectResponse(frame)
	check(t, err)
	if response.SessionID == 0 || response.ReadOnly || !response.HasReadOnly {
		t.Errorf("got %+v", response)
	}
	w.write(request(1, zk.OpSetData, codec.AppendSetDataRequest(nil, "/", []byte("x"), -1)))
	if h, err := w.reply(); err != nil || h.Err != zk.ErrOK {
		t.Errorf("a write: %+v, %v", h, err)
	}
	if got := r.word("isro"); got != "rw" {
		t.Errorf("isro answers %q", got)
	}
}

// store353 leaves a snapshot with TTL znodes as ZooKeeper 3.5.3 stored them: /over, whose time is over, and /long.
func (p *place) store353(t *testing.T) {
	t.Helper()
	const topBit = -1 << 63
	tr := tree.New()
	now := time.Now().UnixMilli()
	for i, z := range []struct {
		path  string
		owner int64
		ms    int64
	}{{"/over", topBit | 5, 1}, {"/long", topBit | 1<<38, now}} {
		if _, err := tr.Create(z.path, nil, zk.OpenACL(), z.owner, int32(i+1), int64(i+1), z.ms); err != zk.ErrOK {
			t.Fatal(err)
		}
	}
	check(t, os.MkdirAll(p.version2(), 0o755))
	w := snap.Begin(snap.Config{FS: disk.OS{}, Dir: p.version2(), Log: slog.New(slog.DiscardHandler), Now: time.Now}, tr, nil, 2)
	for w.Step(2) {
		continue
	}
	check(t, (<-w.Done()).Err)
}

func TestTTLZnodesOfZooKeeper353LiveOnWhenThatIsAskedFor(t *testing.T) {
	p := newPlace(t, "extendedTypesEnabled=true", "emulate353TTLNodes=true")
	p.props = map[string]string{"znode.container.checkIntervalMs": "20"}
	p.store353(t)
	r := p.start(t)
	c := r.dial(client.Options{})
	_, err := c.Create("/long/child", nil, zk.OpenACL(), zk.ModePersistent)
	check(t, err)
	_, stat, err := c.GetData("/long", false)
	check(t, err)
	if stat.EphemeralOwner != 0 {
		t.Errorf("owner %#x is shown", stat.EphemeralOwner)
	}
	waitFor(t, "the znode whose time is over to go", func() bool {
		_, _, err := c.GetData("/over", false)
		return client.Code(err) == zk.ErrNoNode
	})
	waitFor(t, "the snapshot in the new form", func() bool { return r.log.heard("snapshot written") })
	r.stop()
	want := r.s.state(t)

	p.lines = []string{"extendedTypesEnabled=true"}
	same(t, "without the flag", p.peek(t), want)
}

func TestTTLZnodesOfZooKeeper353AreEphemeralsOfNobodyOtherwise(t *testing.T) {
	p := newPlace(t, "extendedTypesEnabled=true")
	p.store353(t)
	c := p.start(t).dial(client.Options{})
	_, _, err := c.GetData("/long", false)
	wantCode(t, err, zk.ErrNoNode)
}
