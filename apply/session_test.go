package apply

import (
	"bytes"
	"slices"
	"testing"

	"paddock/codec"
	"paddock/session"
	"paddock/zk"
)

func TestASessionIsAnnouncedWhenItIsDurable(t *testing.T) {
	h := newHouse(t)
	c := h.dial("127.0.0.1:1")
	c.connect(codec.ConnectRequest{TimeoutMs: 1000, HasReadOnly: true})
	early := c.send(zk.OpExists, pathWatch("/", false)) // right behind, as a pipelining client does
	if frames := c.raw(); len(frames) != 0 {
		t.Fatalf("%d frames before createSession is durable", len(frames))
	}
	h.commit()
	frames := c.raw()
	if len(frames) != 2 {
		t.Fatalf("%d frames", len(frames))
	}
	r, err := codec.DecodeConnectResponse(frames[0])
	password := session.Password(r.SessionID)
	if err != nil || r.TimeoutMs != 1000 || r.SessionID>>56 != 1 || !bytes.Equal(r.Password, password[:]) || r.ReadOnly {
		t.Errorf("connect response %+v, %v", r, err)
	}
	d := codec.NewDecoder(frames[1])
	if got := d.ReplyHeader(); got.Xid != early || got.Err != zk.ErrOK {
		t.Errorf("the early request gets %+v", got)
	}
	h.checkReplay()
}

func TestTheConnectResponseIsAsLongAsTheClientIsNew(t *testing.T) {
	h := newHouse(t)
	for hasReadOnly, want := range map[bool]int{false: 36, true: 37} {
		c := h.dial("127.0.0.1:1")
		c.connect(codec.ConnectRequest{TimeoutMs: 1000, HasReadOnly: hasReadOnly})
		h.commit()
		if frames := c.raw(); len(frames) != 1 || len(frames[0]) != want {
			t.Errorf("readOnly byte %v: %d frames, first of %d bytes", hasReadOnly, len(frames), len(frames[0]))
		}
	}
}

func TestTimeoutsAreClampedAndPasswordsOfNewSessionsIgnored(t *testing.T) {
	h := newHouse(t)
	for asked, want := range map[int32]int32{0: 200, -5: 200, 199: 200, 777: 777, 1 << 30: 2000} {
		c := h.dial("127.0.0.1:1")
		c.connect(codec.ConnectRequest{ProtocolVersion: 99, TimeoutMs: asked, Password: []byte("nonsense")})
		h.commit()
		if r := c.welcome(); r.TimeoutMs != want || len(r.Password) != 16 {
			t.Errorf("asked for %d ms: %+v", asked, r)
		}
	}
}

func TestASessionMovesToANewConnectionWithItsPassword(t *testing.T) {
	h := newHouse(t)
	old := h.client()
	old.want(zk.ErrOK, zk.OpCreate, create("/e", zk.ModeEphemeral))
	back := h.dial("10.0.0.9:5")
	back.connect(codec.ConnectRequest{SessionID: old.session, Password: old.password, TimeoutMs: 500, HasReadOnly: true})
	r := back.welcome()
	if r.SessionID != old.session || r.TimeoutMs != 500 || !bytes.Equal(r.Password, old.password) {
		t.Errorf("got %+v", r)
	}
	if !old.ended() {
		t.Error("the old connection lives on")
	}
	h.p.Closed(old.id)
	if f := back.want(zk.ErrOK, zk.OpExists, pathWatch("/e", false)); f.stat(t).EphemeralOwner != back.session {
		t.Error("the ephemeral is gone")
	}
	h.p.Sessions(func(id int64, timeoutMs int32) {
		if id == old.session && timeoutMs != 1000 {
			t.Errorf("renewal changed the logged timeout to %d", timeoutMs)
		}
	})
}

func TestRefusedRenewals(t *testing.T) {
	zero := make([]byte, 16)
	refused := func(t *testing.T, c *client) {
		t.Helper()
		r := c.welcome()
		if r.SessionID != 0 || r.TimeoutMs != 0 || !bytes.Equal(r.Password, zero) || !c.ended() {
			t.Errorf("got %+v, ended %v", r, c.ended())
		}
	}
	t.Run("a wrong password cuts off the living connection, not the session", func(t *testing.T) {
		h := newHouse(t)
		owner := h.client()
		thief := h.dial("127.0.0.1:2")
		thief.connect(codec.ConnectRequest{SessionID: owner.session, Password: zero, TimeoutMs: 500, HasReadOnly: true})
		refused(t, thief)
		if !owner.ended() || h.p.sessions.Get(owner.session) == nil {
			t.Errorf("owner's connection ended: %v", owner.ended())
		}
	})
	t.Run("an unknown session", func(t *testing.T) {
		h := newHouse(t)
		password := session.Password(0x1234)
		c := h.dial("127.0.0.1:2")
		c.connect(codec.ConnectRequest{SessionID: 0x1234, Password: password[:], TimeoutMs: 500, HasReadOnly: true})
		refused(t, c)
	})
	t.Run("a session that is closing", func(t *testing.T) {
		h := newHouse(t)
		owner := h.client()
		owner.send(zk.OpCloseSession, nil)
		c := h.dial("127.0.0.1:2")
		c.connect(codec.ConnectRequest{SessionID: owner.session, Password: owner.password, TimeoutMs: 500, HasReadOnly: true})
		refused(t, c)
	})
	t.Run("a client that has seen a later zxid hears nothing", func(t *testing.T) {
		h := newHouse(t)
		c := h.dial("127.0.0.1:2")
		c.connect(codec.ConnectRequest{LastZxidSeen: 1, TimeoutMs: 500})
		if len(c.raw()) != 0 || !c.ended() {
			t.Errorf("ended %v", c.ended())
		}
	})
	t.Run("a connect request that is none", func(t *testing.T) {
		h := newHouse(t)
		c := h.dial("127.0.0.1:2")
		h.p.Frame(c.id, []byte{1, 2, 3})
		h.flush()
		if len(c.raw()) != 0 || !c.ended() {
			t.Errorf("ended %v", c.ended())
		}
	})
}

func TestClosingASessionDeletesItsEphemeralsWithOneZxid(t *testing.T) {
	h := newHouse(t)
	c, other := h.client(), h.client()
	c.want(zk.ErrOK, zk.OpCreate, create("/stays", 0))
	for _, path := range []string{"/e1", "/e2", "/gone"} {
		c.want(zk.ErrOK, zk.OpCreate, create(path, zk.ModeEphemeral))
	}
	other.want(zk.ErrOK, zk.OpCreate, create("/theirs", zk.ModeEphemeral))
	other.do(zk.OpExists, pathWatch("/e1", true))
	// A delete and a create are still pending when the session closes.
	c.send(zk.OpDelete, pathVersion("/gone", -1))
	c.send(zk.OpCreate, create("/late", zk.ModeEphemeral))
	closing := c.send(zk.OpCloseSession, nil)
	after := c.send(zk.OpCreate, create("/never", 0))
	h.commit()
	frames := c.got()
	if len(frames) != 3 || frames[2].Xid != closing || frames[2].Err != zk.ErrOK || !c.ended() {
		t.Fatalf("got %+v, ended %v (request %d came behind)", frames, c.ended(), after)
	}
	for path, want := range map[string]bool{"/e1": false, "/e2": false, "/gone": false, "/late": false, "/never": false, "/stays": true, "/theirs": true} {
		if got := h.p.tree.Lookup(path) != 0; got != want {
			t.Errorf("%s exists: %v", path, got)
		}
	}
	expect(t, "watcher", other, "2 /e1")
	header, txn, _, err := codec.DecodeTxn(h.log.payloads[len(h.log.payloads)-2])
	slices.Sort(txn.Paths)
	if err != nil || header.Type != zk.OpCloseSession || !slices.Equal(txn.Paths, []string{"/e1", "/e2", "/late"}) {
		t.Errorf("logged %+v %+v, %v", header, txn, err)
	}
	h.checkReplay()
}

func TestASilentSessionExpiresAndItsConnectionEnds(t *testing.T) {
	h := newHouse(t)
	c, other := h.client(), h.client()
	c.want(zk.ErrOK, zk.OpCreate, create("/e", zk.ModeEphemeral))
	for range 9 {
		h.pass(100)
		other.send(zk.OpPing, nil)
	}
	if h.p.sessions.Get(c.session).Closing {
		t.Fatal("expired before its timeout")
	}
	for range 3 {
		h.pass(100)
		other.send(zk.OpPing, nil)
	}
	h.commit()
	if h.p.sessions.Get(c.session) != nil || h.p.tree.Lookup("/e") != 0 || !c.ended() {
		t.Errorf("session %v, znode %d, ended %v", h.p.sessions.Get(c.session), h.p.tree.Lookup("/e"), c.ended())
	}
	if h.p.sessions.Get(other.session) == nil {
		t.Error("the session that pings expired too")
	}
	h.checkReplay()
}

func TestASessionDoesNotExpireWhileItsRequestsWait(t *testing.T) {
	h := newHouse(t)
	c := h.client()
	c.send(zk.OpCreate, create("/a", 0))
	for range 50 {
		h.pass(100)
	}
	if h.p.sessions.Get(c.session).Closing {
		t.Fatal("expired while the disk was slow")
	}
	h.commit()
	if f := c.one(); f.Err != zk.ErrOK {
		t.Errorf("got %+v", f)
	}
}

func TestAConnectionThatIsGoneLeavesItsSession(t *testing.T) {
	h := newHouse(t)
	c := h.client()
	c.send(zk.OpCreate, create("/e", zk.ModeEphemeral)) // its reply will find nobody
	h.p.Closed(c.id)
	h.commit()
	if h.p.tree.Lookup("/e") == 0 || h.p.sessions.Get(c.session) == nil {
		t.Error("the write or the session is lost")
	}
	if n := h.p.Stats().Outstanding; n != 0 {
		t.Errorf("%d requests outstanding", n)
	}
	for range 12 {
		h.pass(100)
	}
	h.commit()
	if h.p.tree.Lookup("/e") != 0 {
		t.Error("the session did not expire")
	}
}

func TestEphemeralsOfUnknownSessionsAreEndedThroughTheLog(t *testing.T) {
	h := newHouse(t)
	if _, err := h.p.tree.Create("/orphan", nil, zk.OpenACL(), 0x77, 1, 0, 0); err != zk.ErrOK {
		t.Fatal(err)
	}
	h.p.pend.init(h.p.tree)
	h.p.EndUnknownSessions()
	if h.p.tree.Lookup("/orphan") == 0 {
		t.Fatal("deleted without a transaction")
	}
	h.commit()
	header, txn, _, err := codec.DecodeTxn(h.log.payloads[0])
	if err != nil || header.ClientID != 0x77 || !slices.Equal(txn.Paths, []string{"/orphan"}) || h.p.tree.Lookup("/orphan") != 0 {
		t.Errorf("logged %+v %+v, %v", header, txn, err)
	}
}

func TestACloseSessionTooLargeForApacheIsWrittenInTheOldForm(t *testing.T) {
	h := newHouse(t)
	c := h.client()
	long := string(bytes.Repeat([]byte("x"), 10_000))
	c.want(zk.ErrOK, zk.OpCreate, create("/"+long, 0))
	for range 110 {
		c.want(zk.ErrOK, zk.OpCreate, create("/"+long+"/e-", zk.ModeEphemeralSequential))
	}
	c.send(zk.OpCloseSession, nil)
	h.commit()
	last := h.log.payloads[len(h.log.payloads)-1]
	_, txn, digest, err := codec.DecodeTxn(last)
	if err != nil || txn.HasPaths || digest.Version != 0 || len(last) != 32 {
		t.Errorf("logged %d bytes, %+v, %v", len(last), digest, err)
	}
	if n := h.p.tree.EphemeralCount(); n != 0 {
		t.Errorf("%d ephemerals are left", n)
	}
	h.checkReplay()
}

func TestWhatCameBeforeCloseSessionIsAnsweredAndWhatCameBehindIsNot(t *testing.T) {
	h := newHouse(t)
	c := h.client()
	c.want(zk.ErrOK, zk.OpCreate, create("/a", 0))
	c.send(zk.OpSetData, setData("/a", "x", -1))
	c.send(zk.OpGetData, pathWatch("/a", false))
	c.send(zk.OpCloseSession, nil)
	c.send(zk.OpGetData, pathWatch("/a", false))
	h.commit()
	frames := c.got()
	if len(frames) != 3 {
		t.Fatalf("%d replies", len(frames))
	}
	for i, f := range frames {
		if f.Err != zk.ErrOK {
			t.Errorf("reply %d: %v", i, f.Err)
		}
	}
}

func TestASessionThatIsNotDurableYetCannotBeRenewed(t *testing.T) {
	h := newHouse(t)
	c := h.dial("127.0.0.1:1")
	c.connect(codec.ConnectRequest{TimeoutMs: 1000})
	var id int64
	for s := range h.p.sessions.All() {
		id = s.ID
	}
	password := session.Password(id)
	thief := h.dial("127.0.0.1:2")
	thief.connect(codec.ConnectRequest{SessionID: id, Password: password[:], TimeoutMs: 1000})
	if r := thief.welcome(); r.SessionID != 0 {
		t.Errorf("renewed before it was durable: %+v", r)
	}
}
