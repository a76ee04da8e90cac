package apply

import (
	"testing"

	"paddock/auth"
	"paddock/codec"
	"paddock/zk"
)

func enforcing(schemes ...string) houseOption {
	return func(c *Config, _ *auth.Config) { c.AuthSchemes = schemes }
}

// A20: everything but auth and sasl, a ping and what the server does not know included.
func TestWithoutAnEnforcedIdentityEveryRequestIsRefusedAndEndsTheConnection(t *testing.T) {
	for _, op := range []zk.Op{
		zk.OpPing, zk.OpGetData, zk.OpCreate, zk.OpMulti, zk.OpSync, zk.OpSetWatches, zk.OpCloseSession, zk.Op(4711),
	} {
		t.Run(op.String(), func(t *testing.T) {
			h := newHouse(t, enforcing("digest"))
			c := h.client()
			logged := len(h.log.payloads)
			c.sendXid(77, op, nil)
			if f := c.one(); f.Xid != 77 || f.Zxid != 0 || f.Err != zk.ErrSessionClosedSASL || len(f.body) != 0 {
				t.Errorf("got %+v", f)
			}
			if !c.ended() || len(h.log.payloads) != logged {
				t.Errorf("ended: %v, %d transactions", c.ended(), len(h.log.payloads)-logged)
			}
			again := h.dial("127.0.0.1:4001")
			again.connect(codec.ConnectRequest{TimeoutMs: 1000, SessionID: c.session, Password: c.password})
			if r := again.welcome(); r.SessionID != c.session {
				t.Error("the session has ended with its connection")
			}
		})
	}
}

func TestAuthOpensTheDoorAndSASLDoesNot(t *testing.T) {
	h := newHouse(t, enforcing("sasl", "digest"))
	c := h.client()
	c.want(zk.ErrOK, zk.OpSASL, codec.AppendBuffer(nil, []byte("token")))
	c.want(zk.ErrOK, zk.OpAuth, codec.AppendAuthPacket(nil, "ip", nil))
	c.want(zk.ErrOK, zk.OpAuth, codec.AppendAuthPacket(nil, "digest", []byte("u:p")))
	c.want(zk.ErrOK, zk.OpCreate, create("/a", 0))
	c.want(zk.ErrOK, zk.OpPing, nil)
	if c.ended() {
		t.Error("the connection has ended")
	}
}

func TestTheSchemeIPIsProvedByEverybody(t *testing.T) {
	h := newHouse(t, enforcing("ip"))
	h.client().want(zk.ErrOK, zk.OpCreate, create("/a", 0))
}

func TestRequestsBehindAConnectRequestAreCheckedInTheirTurn(t *testing.T) {
	h := newHouse(t, enforcing("digest"))
	c := h.dial("127.0.0.1:4000")
	c.connect(codec.ConnectRequest{TimeoutMs: 1000})
	c.sendXid(1, zk.OpAuth, codec.AppendAuthPacket(nil, "digest", []byte("u:p")))
	c.sendXid(2, zk.OpSync, codec.AppendString(nil, "/"))
	h.commit()
	if c.raw(); c.ended() {
		t.Error("a client that proves its identity first is refused")
	}
	hasty := h.dial("127.0.0.1:4001")
	hasty.connect(codec.ConnectRequest{TimeoutMs: 1000})
	hasty.sendXid(1, zk.OpSync, codec.AppendString(nil, "/"))
	if hasty.ended() {
		t.Error("refused before there is a session")
	}
	h.commit()
	if frames := hasty.raw(); len(frames) != 2 || !hasty.ended() {
		t.Errorf("%d frames, ended: %v", len(frames), hasty.ended())
	}
}

// R/O mode is of ensembles only (W150): a client that would take a read-only server gets an ordinary one.
func TestAClientThatAllowsReadOnlyIsServedAsAnyOther(t *testing.T) {
	h := newHouse(t)
	c := h.dial("127.0.0.1:4000")
	c.connect(codec.ConnectRequest{TimeoutMs: 1000, ReadOnly: true, HasReadOnly: true})
	h.commit()
	if r := c.welcome(); r.ReadOnly || !r.HasReadOnly || r.SessionID == 0 {
		t.Errorf("got %+v", r)
	}
	c.want(zk.ErrOK, zk.OpCreate, create("/a", 0))
}
