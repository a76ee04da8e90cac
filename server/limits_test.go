package server

import (
	"bytes"
	"encoding/binary"
	"testing"
	"time"

	"paddock/client"
	"paddock/codec"
	"paddock/zk"
)

func TestConnectionsAboveALimitAreClosedWithoutAByte(t *testing.T) {
	for name, line := range map[string]string{
		"per address": "maxClientCnxns=3",
		"in all":      "maxCnxns=3",
	} {
		t.Run(name, func(t *testing.T) {
			r := newPlace(t, line).start(t)
			first, second := r.dial(client.Options{}), r.wire()
			second.hello(longSession)
			third := r.wire() // has no session, and counts all the same
			third.write([]byte{0})
			for range 3 {
				r.wire().wantClosed("")
			}
			if !r.log.heard("max is 3") {
				t.Error("nothing in the log")
			}
			check(t, first.Sync("/")) // those inside do not suffer
			check(t, third.conn.Close())
			waitFor(t, "the place that became free", func() bool {
				next := r.wire()
				if _, err := next.conn.Write(connectFrame(longSession)); err != nil {
					return false
				}
				_, err := next.frame()
				return err == nil
			})
		})
	}
}

func TestConnectionWithoutASessionIsClosed(t *testing.T) {
	r := newPlace(t, "nio.sessionlessCnxnTimeout=3000").start(t) // in which a busy machine can greet a client
	c := r.dial(client.Options{})
	silent, halting := r.wire(), r.wire()
	halting.write(connectFrame(longSession)[:20])
	silent.wantClosed("")
	halting.wantClosed("")
	check(t, c.Sync("/"))
}

func length(n int32) []byte { return binary.BigEndian.AppendUint32(nil, uint32(n)) }

func TestFramesThatCannotBeCloseTheConnection(t *testing.T) {
	p := newPlace(t)
	p.props = map[string]string{"jute.maxbuffer": "50000"}
	r := p.start(t)
	witness := r.dial(client.Options{})
	bad := map[string][]byte{
		"a frame longer than jute.maxbuffer": append(length(50001), "some of it"...),
		"the longest frame there is":         length(1<<31 - 1),
		"a negative length":                  length(-1),
		"the most negative length":           length(-1 << 31),
		"an empty frame":                     length(0),
		"half a header":                      append(length(4), 0, 0, 0, 1),
	}
	for name, b := range bad {
		t.Run("first: "+name, func(t *testing.T) {
			w := r.wire()
			w.write(b)
			w.wantClosed("")
			check(t, witness.Sync("/"))
		})
		t.Run("in a session: "+name, func(t *testing.T) {
			w := r.wire()
			w.hello(longSession)
			w.write(b)
			w.wantClosed("")
			check(t, witness.Sync("/"))
		})
	}
	_, err := witness.Create("/large", bytes.Repeat([]byte("x"), 49_000), zk.OpenACL(), zk.ModePersistent)
	check(t, err)
}

func TestFrameOfExactlyJuteMaxBufferIsServed(t *testing.T) {
	p := newPlace(t)
	p.props = map[string]string{"jute.maxbuffer": "50000"}
	w := p.start(t).wire()
	w.hello(longSession)
	b := request(1, zk.OpExists, codec.AppendPathWatch(nil, "/a", false))
	b = append(b, make([]byte, 50_000+codec.FrameLengthBytes-len(b))...)
	codec.EndFrame(b, 0)
	w.write(b)
	h, err := w.reply()
	check(t, err)
	if h.Xid != 1 || h.Err != zk.ErrNoNode {
		t.Errorf("reply %+v", h)
	}
}

func TestSessionTimeoutIsBroughtIntoBounds(t *testing.T) {
	r := newPlace(t, "maxSessionTimeout=5000").start(t)
	for asked, granted := range map[time.Duration]int32{time.Millisecond: 400, time.Second: 1000, time.Hour: 5000, -1: 400} {
		if got := r.wire().hello(asked).TimeoutMs; got != granted {
			t.Errorf("asked for %v, got %d ms, want %d", asked, got, granted)
		}
	}
}
