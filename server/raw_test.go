package server

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"paddock/codec"
	"paddock/zk"
)

// wire is a connection without manners: it sends what a test likes and reads when a test likes.
type wire struct {
	t    testing.TB
	conn *net.TCPConn
}

func (r *runner) wire() *wire {
	r.t.Helper()
	conn, err := net.Dial("tcp", r.addr())
	check(r.t, err)
	r.t.Cleanup(func() { _ = conn.Close() }) // most are closed by then
	w := &wire{t: r.t, conn: conn.(*net.TCPConn)}
	w.wait()
	return w
}

// wait lets whatever comes next take as long as any wait may.
func (w *wire) wait() {
	w.t.Helper()
	check(w.t, w.conn.SetDeadline(time.Now().Add(patience)))
}

// hello opens a session.
func (w *wire) hello(timeout time.Duration) codec.ConnectResponse {
	w.t.Helper()
	w.write(connectFrame(timeout))
	b, err := w.frame()
	check(w.t, err)
	response, err := codec.DecodeConnectResponse(b)
	check(w.t, err)
	return response
}

func connectFrame(timeout time.Duration) []byte {
	b, at := codec.BeginFrame(nil)
	b = codec.AppendConnectRequest(b, &codec.ConnectRequest{
		TimeoutMs: int32(timeout.Milliseconds()), Password: make([]byte, 16), HasReadOnly: true,
	})
	codec.EndFrame(b, at)
	return b
}

// request is the frame of a request.
func request(xid int32, op zk.Op, body []byte) []byte {
	b, at := codec.BeginFrame(nil)
	b = codec.AppendRequestHeader(b, codec.RequestHeader{Xid: xid, Op: op})
	b = append(b, body...)
	codec.EndFrame(b, at)
	return b
}

func (w *wire) write(b []byte) {
	w.t.Helper()
	w.wait()
	_, err := w.conn.Write(b)
	check(w.t, err)
}

func (w *wire) frame() ([]byte, error) {
	w.wait()
	var length [4]byte
	if _, err := io.ReadFull(w.conn, length[:]); err != nil {
		return nil, err
	}
	b := make([]byte, binary.BigEndian.Uint32(length[:]))
	_, err := io.ReadFull(w.conn, b)
	return b, err
}

// reply reads the next frame as a reply.
func (w *wire) reply() (codec.ReplyHeader, error) {
	b, err := w.frame()
	if err != nil {
		return codec.ReplyHeader{}, err
	}
	d := codec.NewDecoder(b)
	h := d.ReplyHeader()
	return h, d.Err()
}

// wantClosed wants the server to close the connection, after exactly these bytes.
func (w *wire) wantClosed(after string) {
	w.t.Helper()
	got, err := io.ReadAll(w.conn)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		w.t.Fatal("the connection stays open")
	}
	if string(got) != after { // a reset instead of an end is as good
		w.t.Errorf("got %q before the end, want %q", got, after)
	}
}

// word sends a four-letter word, ends its own side at once as "printf ruok | nc -N" does, and returns the answer.
func (r *runner) word(word string) string {
	r.t.Helper()
	w := r.wire()
	w.write([]byte(word))
	check(r.t, w.conn.CloseWrite())
	answer, err := io.ReadAll(w.conn)
	check(r.t, err)
	return string(answer)
}
