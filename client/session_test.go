package client_test

import (
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"paddock/client"
	"paddock/codec"
	"paddock/zk"
)

func TestNewSessionAsksForTheTimeoutAndKeepsWhatIsGranted(t *testing.T) {
	asked := make(chan codec.ConnectRequest, 1)
	c, err := dialFake(t, client.Options{SessionTimeout: 9 * time.Second}, func(p *peer) {
		asked <- p.connect
		p.grant(fakeSession())
		p.serve(echoPath)
	})
	if err != nil {
		t.Fatal(err)
	}
	if r := <-asked; r.TimeoutMs != 9000 || r.SessionID != 0 || !r.HasReadOnly || r.ReadOnly {
		t.Errorf("connect request %+v", r)
	}
	if s := c.Session(); s.ID != 0x1234 || string(s.Password) != "0123456789abcdef" || s.Timeout != time.Minute {
		t.Errorf("session %+v", s)
	}
}

func TestResumeShowsIDPasswordAndLastZxid(t *testing.T) {
	asked := make(chan codec.ConnectRequest, 1)
	opts := client.Options{
		Resume: &client.Session{ID: 0x1234, Password: []byte("0123456789abcdef")}, LastZxidSeen: 77,
	}
	c, err := dialFake(t, opts, func(p *peer) {
		asked <- p.connect
		p.grant(fakeSession())
		p.serve(echoPath)
	})
	if err != nil {
		t.Fatal(err)
	}
	r := <-asked
	if r.SessionID != 0x1234 || string(r.Password) != "0123456789abcdef" || r.LastZxidSeen != 77 {
		t.Errorf("connect request %+v", r)
	}
	if c.LastZxid() != 77 {
		t.Errorf("last zxid %d, want 77", c.LastZxid())
	}
}

func TestDialFails(t *testing.T) {
	t.Run("with SessionExpired when the server refuses the session", func(t *testing.T) {
		_, err := dialFake(t, client.Options{}, func(p *peer) {
			p.grant(codec.ConnectResponse{Password: make([]byte, 16), HasReadOnly: true})
		})
		if client.Code(err) != zk.ErrSessionExpired {
			t.Errorf("got %v", err)
		}
	})
	t.Run("with EOF when the server closes without an answer", func(t *testing.T) {
		_, err := dialFake(t, client.Options{}, func(*peer) {})
		if !errors.Is(err, io.EOF) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("when the server hands out another session than the one asked for", func(t *testing.T) {
		opts := client.Options{Resume: &client.Session{ID: 5, Password: make([]byte, 16)}}
		_, err := dialFake(t, opts, func(p *peer) { p.grant(fakeSession()) })
		if !errors.Is(err, codec.ErrMalformed) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("when the answer claims two gigabytes", func(t *testing.T) {
		_, err := dialFake(t, client.Options{}, func(p *peer) { p.write([]byte{0x7f, 0xff, 0xff, 0xff}) })
		if !errors.Is(err, codec.ErrMalformed) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("when the answer is cut short", func(t *testing.T) {
		_, err := dialFake(t, client.Options{}, func(p *peer) { p.write([]byte{0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0}) })
		if !errors.Is(err, codec.ErrMalformed) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("when the server does not answer in time", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			_, err := dialFake(t, client.Options{Timeout: time.Second}, func(p *peer) { p.next() })
			if err == nil {
				t.Error("no error")
			}
		})
	})
}

func TestCloseEndsTheSession(t *testing.T) {
	var ops []zk.Op
	c := mustDial(t, client.Options{}, func(p *peer) {
		r, _ := p.next()
		ops = append(ops, r.Op)
		p.write(replyFrame(r.Xid, 1, zk.ErrOK, nil))
	})
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if len(ops) != 1 || ops[0] != zk.OpCloseSession {
		t.Errorf("server got %v", ops)
	}
	if _, _, err := c.GetData("/a", false); !errors.Is(err, client.ErrClosed) {
		t.Errorf("call after Close: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
}

func TestIdleClientPingsAndABusyOneDoesNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := make(chan zk.Op, 100)
		c := mustDial(t, client.Options{}, func(p *peer) {
			p.serve(func(r request) (zk.Err, []byte) {
				got <- r.Op
				if r.Op == zk.OpPing && r.Xid != zk.XidPing {
					t.Errorf("ping with xid %d", r.Xid)
				}
				return echoPath2(r)
			})
		})
		time.Sleep(10 * time.Minute) // ten session timeouts
		synctest.Wait()
		if n := len(got); n < 15 || n > 30 {
			t.Errorf("%d pings in ten session timeouts, want 15 to 30", n)
		}
		for len(got) > 0 {
			<-got
		}
		for range 60 {
			time.Sleep(10 * time.Second)
			if err := c.Sync("/"); err != nil {
				t.Fatal(err)
			}
		}
		for len(got) > 0 {
			if op := <-got; op != zk.OpSync {
				t.Errorf("busy client sent %v", op)
			}
		}
		c.Disconnect()
	})
}

// echoPath2 is echoPath for requests that may be pings.
func echoPath2(r request) (zk.Err, []byte) {
	if r.Op == zk.OpPing {
		return zk.ErrOK, nil
	}
	return echoPath(r)
}

func TestSilentServerEndsTheConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := mustDial(t, client.Options{}, func(p *peer) {
			for ok := true; ok; {
				_, ok = p.next()
			}
		})
		lost := make(chan error, 1)
		if err := c.SendPath(zk.OpSync, "/", 0, func(r *client.Reply) { lost <- r.Lost }); err != nil {
			t.Fatal(err)
		}
		c.Flush()
		if err := <-lost; !errors.Is(err, client.ErrSilent) {
			t.Errorf("call ended with %v", err)
		}
		<-c.Done()
		if !errors.Is(c.Err(), client.ErrSilent) {
			t.Errorf("connection ended with %v", c.Err())
		}
	})
}

func TestSynchronousCallGivesUpAndTheConnectionLivesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := mustDial(t, client.Options{Timeout: time.Second}, func(p *peer) {
			first, _ := p.next()
			second, _ := p.next()
			p.write(replyFrame(first.Xid, 1, zk.ErrOK, codec.AppendString(nil, "/")))
			p.write(replyFrame(second.Xid, 1, zk.ErrOK, codec.AppendString(nil, "/")))
			p.next()
		})
		if err := c.Sync("/"); !errors.Is(err, client.ErrTimeout) {
			t.Errorf("first call: %v", err)
		}
		if err := c.Sync("/"); err != nil {
			t.Errorf("second call: %v", err)
		}
		c.Disconnect()
	})
}
