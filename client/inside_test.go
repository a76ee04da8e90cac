package client

import (
	"bytes"
	"errors"
	"net"
	"testing"
	"time"

	"paddock/codec"
	"paddock/zk"
)

// still makes a client that nothing moves: no reader, no timer, no handshake.
func still(t testing.TB) *Client {
	near, far := net.Pipe()
	t.Cleanup(func() {
		if err := errors.Join(near.Close(), far.Close()); err != nil {
			t.Error(err)
		}
	})
	c := &Client{conn: near, opts: Options{}.withDefaults(), done: make(chan struct{})}
	c.ticker = time.NewTimer(time.Hour)
	return c
}

func TestRequestAndAnswerAllocateNothing(t *testing.T) {
	c := still(t)
	value := make([]byte, 100)
	done := func(r *Reply) {
		if r.Code != zk.ErrOK {
			t.Error(r.Code)
		}
	}
	parts := []Part{{Op: zk.OpSetData, Path: "/a", Data: value, Version: -1}}
	answer := make([]byte, 0, 1024)
	answered := func() {
		var at int
		answer, at = codec.BeginFrame(answer[:0])
		answer = codec.AppendReplyHeader(answer, codec.ReplyHeader{Xid: c.xid, Zxid: 1})
		answer = codec.AppendBuffer(answer, value)
		codec.EndFrame(answer, at)
		if used, err := c.frames(answer); err != nil || used != len(answer) {
			t.Errorf("used %d of %d, %v", used, len(answer), err)
		}
		c.out = c.out[:0]
	}
	cases := map[string]func() error{
		"getData": func() error { return c.SendRead(zk.OpGetData, "/a", false, 1, done) },
		"setData": func() error { return c.SendSetData("/a", value, -1, 1, done) },
		"multi":   func() error { return c.SendMulti(parts, 1, done) },
	}
	for name, send := range cases {
		allocs := testing.AllocsPerRun(1000, func() {
			if err := send(); err != nil {
				t.Error(err)
			}
			answered()
		})
		if allocs != 0 {
			t.Errorf("%s: %v allocations per request", name, allocs)
		}
	}
}

func TestXidWrapsToOne(t *testing.T) {
	c := still(t)
	c.xid = 1<<31 - 2
	for _, want := range []int32{1<<31 - 1, 1, 2} {
		if err := c.SendPath(zk.OpSync, "/", 0, func(*Reply) {}); err != nil {
			t.Fatal(err)
		}
		if c.xid != want {
			t.Errorf("xid %d, want %d", c.xid, want)
		}
	}
}

func TestQueueKeepsOrderWhileItGrowsAndWraps(t *testing.T) {
	var q queue
	next, want := int64(0), int64(0)
	for round := range 100 {
		for range round {
			q.push(call{tag: next})
			next++
		}
		for range round / 2 {
			if c, ok := q.pop(); !ok || c.tag != want {
				t.Fatalf("popped %d, %v; want %d", c.tag, ok, want)
			}
			want++
		}
	}
	if q.count != int(next-want) {
		t.Errorf("count %d, want %d", q.count, next-want)
	}
}

// Whatever a server sends, the reader either takes it or ends the connection, without a panic, and no more answers
// come out than calls went in.
func FuzzFrames(f *testing.F) {
	reply := func(xid int32) []byte {
		b, at := codec.BeginFrame(nil)
		b = codec.AppendReplyHeader(b, codec.ReplyHeader{Xid: xid})
		codec.EndFrame(b, at)
		return b
	}
	f.Add(bytes.Join([][]byte{reply(1), reply(2), reply(zk.XidAuth), reply(3)}, nil))
	f.Add(codec.AppendEvent(reply(1), 5, zk.EventNodeCreated, "/a"))
	f.Add([]byte{0xff, 0xff, 0xff, 0xff})
	f.Add([]byte{0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, input []byte) {
		c := still(t)
		answers := 0
		count := func(*Reply) { answers++ }
		for range 3 {
			if err := c.SendPath(zk.OpSync, "/", 0, count); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.SendAuth("digest", nil, 0, count); err != nil {
			t.Fatal(err)
		}
		used, err := c.frames(input)
		if used > len(input) || answers > 4 {
			t.Fatalf("used %d of %d bytes, %d answers", used, len(input), answers)
		}
		left := c.calls.count + c.auths.count
		if answers+left != 4 {
			t.Fatalf("%d answers and %d open calls (%v), want 4 together", answers, left, err)
		}
	})
}

// DecodeMulti never returns more results than the bytes can hold, and every error is the codec's.
func FuzzDecodeMulti(f *testing.F) {
	part := codec.AppendMultiHeader(nil, codec.MultiHeader{Op: zk.OpCreate})
	part = codec.AppendString(part, "/a")
	f.Add(codec.AppendMultiHeader(part, codec.MultiEnd()))
	f.Add(part)
	f.Add(codec.AppendMultiHeader(nil, codec.MultiHeader{Op: 77}))
	f.Fuzz(func(t *testing.T, input []byte) {
		results, err := DecodeMulti(input, nil)
		if err != nil && !errors.Is(err, codec.ErrMalformed) {
			t.Fatalf("error %v", err)
		}
		if len(results)*9 > len(input) {
			t.Fatalf("%d results from %d bytes", len(results), len(input))
		}
	})
}
