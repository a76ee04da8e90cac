package link

import (
	"crypto/rand"
	"testing"
	"time"

	"paddock/codec"
	"paddock/sasl"
	"paddock/zk"
)

// openAs is a Link that proves to be bob to a fake server, which knows the password "secret".
func openAs(t *testing.T, password string) (*Link, <-chan Event) {
	t.Helper()
	const module = "org.apache.zookeeper.server.auth.DigestLoginModule"
	sections := func(name string, options map[string]string) sasl.JAAS {
		return sasl.JAAS{name: {{Class: module, Options: options}}}
	}
	service, err := sasl.New(sasl.Config{Section: "Server", JAAS: sections("Server", map[string]string{"user_bob": "secret"}), Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	who, err := sasl.NewClient("", sections("Client", map[string]string{"username": "bob", "password": password}), "Client", rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	exchanges := map[int]*sasl.Exchange{} // by connection; one at a time
	f := newFake(t, welcome, func(c *fakeConn, h codec.RequestHeader, body []byte) {
		if h.Op == zk.OpCloseSession {
			c.reply(h.Xid, zk.ErrOK, nil)
			_ = c.Close() // as servers do
			return
		}
		if h.Op != zk.OpSASL {
			_ = c.Close() // the connection breaks
			return
		}
		if exchanges[c.n] == nil {
			exchanges[c.n] = service.Begin()
		}
		d := codec.NewDecoder(body)
		o, err := exchanges[c.n].Step(d.Buffer())
		if err != nil {
			c.reply(h.Xid, zk.ErrAuthFailed, codec.AppendBuffer(nil, nil))
			return
		}
		c.reply(h.Xid, zk.ErrOK, codec.AppendBuffer(nil, o.Answer))
	})
	events := make(chan Event, 100)
	l, err := Open(Options{
		Servers: f.addr, SessionTimeout: patience, RetryMax: 10 * time.Millisecond, OnEvent: func(e Event) { events <- e }, SASL: who,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	return l, events
}

func TestEveryConnectionProvesWhoItIs(t *testing.T) {
	l, events := openAs(t, "secret")
	for range 2 {
		expect(t, events, "SyncConnected")
		expect(t, events, "SaslAuthenticated")
		if err := l.Wait(within(t)); err != nil {
			t.Fatal(err)
		}
		if _, err := l.WhoAmI(within(t)); err == nil { // breaks this connection
			t.Fatal("the fake server answers")
		}
		expect(t, events, "Disconnected")
	}
}

func TestWhoCannotProveItDoesNotTryForEver(t *testing.T) {
	l, events := openAs(t, "wrong")
	expect(t, events, "AuthFailed")
	if err := l.Wait(within(t)); err == nil || l.State() != AuthFailed {
		t.Errorf("got %v in state %v", err, l.State())
	}
	if l.LastError() == nil {
		t.Error("nobody says why")
	}
}
