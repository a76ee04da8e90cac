package client_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"testing"

	"paddock/client"
	"paddock/codec"
	"paddock/zk"
)

// request is a frame as the fake server got it.
type request struct {
	codec.RequestHeader
	body []byte
}

// peer is the server's end of one connection.
type peer struct {
	t       *testing.T
	conn    net.Conn
	connect codec.ConnectRequest
}

// fakeSession is what the fake server grants. Its timeout is long, so that no client pings that a busy machine holds up.
func fakeSession() codec.ConnectResponse {
	return codec.ConnectResponse{
		TimeoutMs: 60_000, SessionID: 0x1234, Password: []byte("0123456789abcdef"), HasReadOnly: true,
	}
}

// dialFake connects a client to a server that is played by the given function, over a pipe without any buffer.
// The server's goroutine has ended when the test ends.
func dialFake(t *testing.T, opts client.Options, play func(*peer)) (*client.Client, error) {
	t.Helper()
	near, far := net.Pipe()
	opts.Dial = func(context.Context, string) (net.Conn, error) { return near, nil }
	over := make(chan struct{})
	go func() {
		defer close(over)
		defer closeIt(t, far)
		p := &peer{t: t, conn: far}
		frame, err := p.frame()
		if err != nil {
			return
		}
		if p.connect, err = codec.DecodeConnectRequest(bytes.Clone(frame)); err != nil {
			t.Errorf("connect request: %v", err)
			return
		}
		play(p)
	}()
	c, err := client.Dial(context.Background(), "fake:2181", opts)
	t.Cleanup(func() {
		if c != nil {
			c.Disconnect()
		}
		<-over
	})
	return c, err
}

func closeIt(t *testing.T, c io.Closer) {
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

// mustDial connects to a server that grants fakeSession and then is played by the given function.
func mustDial(t *testing.T, opts client.Options, play func(*peer)) *client.Client {
	t.Helper()
	c, err := dialFake(t, opts, func(p *peer) {
		p.grant(fakeSession())
		play(p)
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (p *peer) frame() ([]byte, error) {
	var length [4]byte
	if _, err := io.ReadFull(p.conn, length[:]); err != nil {
		return nil, err
	}
	b := make([]byte, binary.BigEndian.Uint32(length[:]))
	_, err := io.ReadFull(p.conn, b)
	return b, err
}

// next reads a request; false means that the client is gone.
func (p *peer) next() (request, bool) {
	b, err := p.frame()
	if err != nil {
		return request{}, false
	}
	d := codec.NewDecoder(b)
	h := d.RequestHeader()
	if d.Err() != nil {
		p.t.Errorf("request header: %v", d.Err())
		return request{}, false
	}
	return request{RequestHeader: h, body: b[d.Offset():]}, true
}

func (p *peer) grant(r codec.ConnectResponse) {
	b, at := codec.BeginFrame(nil)
	b = codec.AppendConnectResponse(b, &r)
	codec.EndFrame(b, at)
	p.write(b)
}

func (p *peer) write(b []byte) {
	if _, err := p.conn.Write(b); err != nil && !errors.Is(err, io.ErrClosedPipe) {
		p.t.Errorf("fake server: %v", err)
	}
}

func replyFrame(xid int32, zxid int64, code zk.Err, body []byte) []byte {
	b, at := codec.BeginFrame(nil)
	b = codec.AppendReplyHeader(b, codec.ReplyHeader{Xid: xid, Zxid: zxid, Err: code})
	b = append(b, body...)
	codec.EndFrame(b, at)
	return b
}

// serve answers every request with what the function says, until the client is gone.
func (p *peer) serve(answer func(request) (zk.Err, []byte)) {
	for zxid := int64(1); ; zxid++ {
		r, ok := p.next()
		if !ok {
			return
		}
		code, body := answer(r)
		p.write(replyFrame(r.Xid, zxid, code, body))
	}
}

// echoPath answers every request that begins with a path with just that path.
func echoPath(r request) (zk.Err, []byte) {
	d := codec.NewDecoder(r.body)
	return zk.ErrOK, codec.AppendString(nil, d.Path())
}
