package link

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"paddock/codec"
	"paddock/zk"
)

// fake is a server whose answers a test decides: hello is asked for each connection, and answer for each request.
type fake struct {
	t      *testing.T
	addr   string
	hello  func(n int, r codec.ConnectRequest) codec.ConnectResponse
	answer func(c *fakeConn, h codec.RequestHeader, body []byte)
	wait   sync.WaitGroup
}

type fakeConn struct {
	net.Conn
	n int // the how-manieth connection
}

// patience is far above what anything here takes.
const patience = 60 * time.Second

func newFake(t *testing.T, hello func(int, codec.ConnectRequest) codec.ConnectResponse,
	answer func(*fakeConn, codec.RequestHeader, []byte),
) *fake {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &fake{t: t, addr: l.Addr().String(), hello: hello, answer: answer}
	f.wait.Go(func() {
		for n := 0; ; n++ {
			c, err := l.Accept()
			if err != nil {
				return
			}
			f.wait.Go(func() { f.serve(&fakeConn{c, n}) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close() // ends accept
		f.wait.Wait()
	})
	return f
}

func (f *fake) serve(c *fakeConn) {
	defer func() { _ = c.Close() }() // the client may have gone
	frame, err := readFrame(c)
	if err != nil {
		return
	}
	r, err := codec.DecodeConnectRequest(frame)
	if err != nil {
		f.t.Error(err)
		return
	}
	response := f.hello(c.n, r)
	response.HasReadOnly = true
	c.send(codec.AppendConnectResponse(nil, &response))
	for {
		frame, err := readFrame(c)
		if err != nil {
			return
		}
		d := codec.NewDecoder(frame)
		h := d.RequestHeader()
		if h.Op == zk.OpPing {
			c.reply(zk.XidPing, zk.ErrOK, nil)
			continue
		}
		f.answer(c, h, frame[d.Offset():])
	}
}

func readFrame(r io.Reader) ([]byte, error) {
	var length [codec.FrameLengthBytes]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return nil, err
	}
	frame := make([]byte, binary.BigEndian.Uint32(length[:]))
	_, err := io.ReadFull(r, frame)
	return frame, err
}

func (c *fakeConn) send(body []byte) {
	b, at := codec.BeginFrame(nil)
	b = append(b, body...)
	codec.EndFrame(b, at)
	_, _ = c.Write(b) // a client that has gone is no failure of the server
}

func (c *fakeConn) reply(xid int32, code zk.Err, body []byte) {
	c.send(append(codec.AppendReplyHeader(nil, codec.ReplyHeader{Xid: xid, Zxid: 5, Err: code}), body...))
}

// welcome grants the session that was asked for, or session 1.
func welcome(_ int, r codec.ConnectRequest) codec.ConnectResponse {
	id := r.SessionID
	if id == 0 {
		id = 1
	}
	return codec.ConnectResponse{TimeoutMs: r.TimeoutMs, SessionID: id, Password: make([]byte, 16)}
}

// open is a Link to fakes whose events come on a channel.
func open(t *testing.T, servers string) (*Link, <-chan Event) {
	t.Helper()
	events := make(chan Event, 100)
	l, err := Open(Options{
		Servers: servers, SessionTimeout: patience, RetryMax: 10 * time.Millisecond, OnEvent: func(e Event) { events <- e },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	return l, events
}

func expect(t *testing.T, events <-chan Event, state string) {
	t.Helper()
	select {
	case e := <-events:
		if e.State != state {
			t.Fatalf("got %s, want %s", e, state)
		}
	case <-time.After(patience):
		t.Fatalf("no event, want %s", state)
	}
}

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}
