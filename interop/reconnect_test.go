package interop

import (
	"errors"
	"io"
	"slices"
	"testing"
	"time"
)

// TestSessionMovesToItsNewestConnection: who comes with the right id and password gets the session, and the older connection
// is hung up on. A wrong password ends the connection that the session has, and nothing else.
func TestSessionMovesToItsNewestConnection(t *testing.T) {
	s := started(t)
	first := dial(t, s, Hello{Session: Session{Timeout: time.Minute}})
	reply, err := first.Call(OpCreate, CreateBody("/mine", nil, Open(), Ephemeral))
	check(t, err)
	if reply.Code != 0 {
		t.Fatalf("create: %d", reply.Code)
	}
	second := dial(t, s, Hello{Session: Session{ID: first.Session.ID, Password: first.Session.Password, Timeout: 7 * time.Second}})
	if !slices.Equal(second.Session.Password, first.Session.Password) || second.Session.Timeout != 7*time.Second {
		t.Errorf("the session came back as %+v, it was %+v", second.Session, first.Session)
	}
	expectHangUp(t, first, "its session moved")
	wrong := second.Session
	wrong.Password = make([]byte, 16)
	if _, err := Dial(s.Addr(), Hello{Session: wrong}); !errors.Is(err, ErrRefused) {
		t.Errorf("a wrong password gives %v", err)
	}
	expectHangUp(t, second, "somebody else came with a wrong password")
	third := dial(t, s, Hello{Session: second.Session})
	node, err := third.Node("/mine")
	check(t, err)
	if node.Stat.EphemeralOwner != first.Session.ID {
		t.Errorf("the ephemeral belongs to %x, the session is %x", node.Stat.EphemeralOwner, first.Session.ID)
	}
	check(t, third.Close())
	if _, err := Dial(s.Addr(), Hello{Session: third.Session}); !errors.Is(err, ErrRefused) {
		t.Errorf("a closed session gives %v", err)
	}
}

func expectHangUp(t *testing.T, c *Conn, why string) {
	t.Helper()
	if reply, err := c.Receive(); err == nil {
		t.Errorf("%s, and yet its old connection got %+v", why, reply)
	}
	check(t, c.Drop())
}

// TestClientFromTheFutureIsHungUpOn: a client that has seen a zxid which this server has not must find another server.
func TestClientFromTheFutureIsHungUpOn(t *testing.T) {
	s := started(t)
	c := raw(t, s)
	write(c, Hello{LastZxidSeen: 1 << 40}.Frame())
	if answer, err := io.ReadAll(c); err != nil || len(answer) > 0 {
		t.Errorf("a client with a zxid far ahead got %x, %v", answer, err)
	}
	check(t, dial(t, s, Hello{LastZxidSeen: probe(t, s).Zxid}).Close())
}

// TestRequestsBehindTheConnectRequestAreAnswered: a client need not wait for its session before it sends.
func TestRequestsBehindTheConnectRequestAreAnswered(t *testing.T) {
	s := started(t)
	c := raw(t, s)
	all := Hello{}.Frame()
	for xid := range int32(50) {
		all = append(all, framed(append(Body(nil).Int(xid).Int(OpCreate), CreateBody("/p-", nil, Open(), Sequential)...))...)
	}
	all = append(all, framed(Body(nil).Int(50).Int(OpCloseSession))...)
	write(c, all)
	answers, err := io.ReadAll(c)
	check(t, err)
	const greeting, created, closed = 4 + 37, 4 + 16 + 4 + len("/p-0000000000"), 4 + 16
	if len(answers) != greeting+50*created+closed {
		t.Errorf("%d bytes came back", len(answers))
	}
}

// TestSessionOutlivesItsConnectionUntilItsTimeout: without a connection the session is there to come back to; with nobody
// coming it ends, its ephemerals go, and whoever watches them is told.
func TestSessionOutlivesItsConnectionUntilItsTimeout(t *testing.T) {
	s := started(t)
	watcher := dial(t, s, Hello{Session: Session{Timeout: time.Minute}})
	c := dial(t, s, Hello{Session: Session{Timeout: 3 * time.Second}})
	reply, err := c.Call(OpCreate, CreateBody("/gone", nil, Open(), Ephemeral))
	check(t, err)
	if reply.Code != 0 {
		t.Fatalf("create: %d", reply.Code)
	}
	check(t, c.Drop())
	back := dial(t, s, Hello{Session: c.Session})
	check(t, back.Drop())
	if reply, err := watcher.Call(OpExists, WatchBody("/gone", true)); err != nil || reply.Code != 0 {
		t.Fatalf("the ephemeral went with the connection: %+v, %v", reply, err)
	}
	event, err := watcher.Receive() // waits as long as it takes
	check(t, err)
	r := Read(event.Body)
	if kind, state, path := r.Int(), r.Int(), r.String(); event.Xid != -1 || kind != 2 || state != 3 || path != "/gone" {
		t.Errorf("event %+v: type %d, state %d, path %s", event, kind, state, path)
	}
	if _, err := Dial(s.Addr(), Hello{Session: c.Session}); !errors.Is(err, ErrRefused) {
		t.Errorf("an expired session gives %v", err)
	}
}
