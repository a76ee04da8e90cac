package client_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"sync"
	"testing"

	"paddock/client"
	"paddock/codec"
	"paddock/zk"
)

func TestBurstIsAnsweredInOrder(t *testing.T) {
	const burst = 5000
	c := mustDial(t, client.Options{}, func(p *peer) { p.serve(echoPath) })
	tags := make(chan int64, burst)
	for i := range int64(burst) {
		if err := c.SendRead(zk.OpGetData, "/node", false, i, func(r *client.Reply) { tags <- r.Tag }); err != nil {
			t.Fatal(err)
		}
	}
	c.Flush()
	for want := range int64(burst) {
		if got := <-tags; got != want {
			t.Fatalf("answer %d came where %d was due", got, want)
		}
	}
}

// countingConn counts writes, to see what a burst costs.
type countingConn struct {
	net.Conn
	mu     sync.Mutex
	writes int
}

func (c *countingConn) Write(b []byte) (int, error) {
	c.mu.Lock()
	c.writes++
	c.mu.Unlock()
	return c.Conn.Write(b)
}

func TestBurstLeavesWithOneWrite(t *testing.T) {
	near, far := net.Pipe()
	counted := &countingConn{Conn: near}
	go func() {
		p := &peer{t: t, conn: far}
		if _, err := p.frame(); err != nil {
			return
		}
		p.grant(fakeSession())
		p.serve(echoPath)
	}()
	opts := client.Options{Dial: func(context.Context, string) (net.Conn, error) { return counted, nil }}
	c, err := client.Dial(context.Background(), "", opts)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Disconnect()
	var all sync.WaitGroup
	all.Add(100)
	for range 100 {
		if err := c.SendRead(zk.OpExists, "/a", false, 0, func(*client.Reply) { all.Done() }); err != nil {
			t.Fatal(err)
		}
	}
	c.Flush()
	all.Wait()
	counted.mu.Lock()
	defer counted.mu.Unlock()
	if counted.writes != 2 {
		t.Errorf("%d writes, want 2: the handshake and the burst", counted.writes)
	}
}

func TestHandlersKeepALoopGoing(t *testing.T) {
	c := mustDial(t, client.Options{}, func(p *peer) { p.serve(echoPath) })
	finished := make(chan int64)
	var next client.Handler
	next = func(r *client.Reply) {
		if r.Tag == 1000 || r.Lost != nil {
			finished <- r.Tag
			return
		}
		if err := c.SendRead(zk.OpGetData, "/a", false, r.Tag+1, next); err != nil {
			t.Error(err)
		}
	}
	next(&client.Reply{})
	c.Flush()
	if got := <-finished; got != 1000 {
		t.Errorf("the loop ended at %d", got)
	}
}

// A server may stop reading until its own answers are taken. Over real sockets, whose buffers fill up.
func TestFlushNeverWaitsForTheServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer closeIt(t, l)
	goOn := make(chan struct{})
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer closeIt(t, conn)
		p := &peer{t: t, conn: conn}
		if _, err := p.frame(); err != nil {
			return
		}
		p.grant(fakeSession())
		<-goOn
		p.serve(echoPath)
	}()
	c, err := client.Dial(context.Background(), l.Addr().String(), client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Disconnect()
	const count = 64
	value := make([]byte, 1<<20) // 64 MiB in all: more than any socket buffer
	var all sync.WaitGroup
	all.Add(count)
	for range count {
		done := func(r *client.Reply) {
			if r.Lost != nil || r.Code != zk.ErrOK {
				t.Errorf("answer %v %v", r.Lost, r.Code)
			}
			all.Done()
		}
		if err := c.SendSetData("/big", value, -1, 0, done); err != nil {
			t.Fatal(err)
		}
		c.Flush()
	}
	close(goOn) // only now the server reads
	all.Wait()
}

func TestAuthOvertakesAndIsMatched(t *testing.T) {
	c := mustDial(t, client.Options{}, func(p *peer) {
		read, _ := p.next()
		auth, _ := p.next()
		d := codec.NewDecoder(auth.body)
		if a := d.AuthPacket(); auth.Op != zk.OpAuth || a.Scheme != "digest" || string(a.Auth) != "me:pw" {
			t.Errorf("auth packet %+v", a)
		}
		p.write(replyFrame(auth.Xid, 0, zk.ErrOK, nil))
		p.write(replyFrame(read.Xid, 1, zk.ErrOK, codec.AppendString(nil, "/")))
		p.next()
	})
	ops := make(chan zk.Op, 2)
	note := func(r *client.Reply) { ops <- r.Op }
	if err := c.SendPath(zk.OpSync, "/", 0, note); err != nil {
		t.Fatal(err)
	}
	if err := c.SendAuth("digest", []byte("me:pw"), 0, note); err != nil {
		t.Fatal(err)
	}
	c.Flush()
	if first, second := <-ops, <-ops; first != zk.OpAuth || second != zk.OpSync {
		t.Errorf("answers to %v, %v", first, second)
	}
}

func TestEventsComeInTheirPlaceBetweenTheAnswers(t *testing.T) {
	var story []string
	opts := client.Options{OnEvent: func(e client.Event) {
		story = append(story, "event "+e.Path)
		if e.Type != zk.EventNodeDataChanged || e.Zxid != 9 || e.State != zk.StateSyncConnected {
			t.Errorf("event %+v", e)
		}
	}}
	c := mustDial(t, opts, func(p *peer) {
		first, _ := p.next()
		second, _ := p.next()
		b := replyFrame(first.Xid, 8, zk.ErrOK, nil)
		b = codec.AppendEvent(b, 9, zk.EventNodeDataChanged, "/a")
		p.write(append(b, replyFrame(second.Xid, 9, zk.ErrOK, nil)...))
		p.next()
	})
	finished := make(chan struct{})
	for i := range int64(2) {
		err := c.SendSetData("/a", nil, -1, i, func(r *client.Reply) {
			story = append(story, "answer")
			if r.Tag == 1 {
				close(finished)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	c.Flush()
	<-finished
	if want := []string{"answer", "event /a", "answer"}; !slices.Equal(story, want) {
		t.Errorf("got %q, want %q", story, want)
	}
	if c.LastZxid() != 9 {
		t.Errorf("last zxid %d, want 9", c.LastZxid())
	}
}

func TestEveryOpenCallIsLostOnce(t *testing.T) {
	cases := []struct {
		name string
		sent []byte
	}{
		{"when the server closes", nil},
		{"when an answer has the wrong xid", replyFrame(99, 1, zk.ErrOK, nil)},
		{"when auth is answered unasked", replyFrame(zk.XidAuth, 1, zk.ErrOK, nil)},
		{"when a frame is too short for a header", []byte{0, 0, 0, 3, 1, 2, 3}},
		{"when a frame claims to be negative", []byte{0xff, 0xff, 0xff, 0xff}},
		{"when a frame claims to be longer than allowed", []byte{0x7f, 0, 0, 0}},
		{"when an event is cut short", replyFrame(zk.XidNotification, 1, zk.ErrOK, []byte{0, 0})},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			c := mustDial(t, client.Options{}, func(p *peer) {
				for range 3 {
					p.next()
				}
				p.write(tc.sent)
			})
			lost := make(chan int64, 10)
			for i := range int64(3) {
				err := c.SendPath(zk.OpSync, "/", i, func(r *client.Reply) {
					if r.Lost == nil {
						t.Error("an answer out of nothing")
					}
					lost <- r.Tag
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			c.Flush()
			<-c.Done()
			close(lost)
			tags := slices.Sorted(chanValues(lost))
			if !slices.Equal(tags, []int64{0, 1, 2}) {
				t.Errorf("lost %v, want each once", tags)
			}
			if err := c.Sync("/"); err == nil || errors.Is(err, client.ErrTimeout) {
				t.Errorf("call on an ended connection: %v", err)
			}
		})
	}
}

func chanValues(ch <-chan int64) func(func(int64) bool) {
	return func(yield func(int64) bool) {
		for v := range ch {
			if !yield(v) {
				return
			}
		}
	}
}
