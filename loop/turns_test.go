package loop

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/valyala/bytebufferpool"
)

// A post for many connections takes several turns, in between which the loop reads: every reply arrives, in order on
// each connection, also those of posts that came while earlier ones were waiting for their turn.
func TestManyRepliesTakeTurnsAndKeepTheirOrder(t *testing.T) {
	const conns, rounds = 3 * outsPerTurn, 5
	s, err := Listen(Config{Addrs: []string{"127.0.0.1:0"}, Loops: 1, FrameBytesMax: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	peers := make([]net.Conn, conns)
	var ids []ConnID
	for i := range peers {
		c, err := net.Dial("tcp", s.Addrs()[0].String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close() //nolint:errcheck // nothing to lose
		peers[i] = c
	}
	var events []Event
	for len(ids) < conns {
		<-s.Ready()
		events = s.Take(events[:0])
		for _, e := range events {
			if e.Kind == Opened {
				ids = append(ids, e.Conn)
			}
		}
	}
	for round := range rounds {
		outs := make([]Out, conns)
		for i, id := range ids {
			outs[i] = Out{Conn: id, Established: true, Buf: &bytebufferpool.ByteBuffer{B: []byte{byte(round)}}}
		}
		s.Post(0, outs)
	}
	for i, c := range peers {
		if err := c.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
			t.Fatal(err)
		}
		var got [rounds]byte
		for n := 0; n < rounds; {
			m, err := c.Read(got[n:])
			if err != nil {
				t.Fatalf("connection %d: %v after %d of %d replies", i, err, n, rounds)
			}
			n += m
		}
		for round, b := range got {
			if int(b) != round {
				t.Fatalf("connection %d: replies %v", i, got)
			}
		}
	}
}
