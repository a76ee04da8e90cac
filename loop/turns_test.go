package loop

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/valyala/bytebufferpool"
	"golang.org/x/sys/unix"
)

// A post for many connections takes several turns, in between which the loop reads: every reply arrives, in order on
// each connection, also those of posts that came while earlier ones were waiting for their turn.
func TestManyRepliesTakeTurnsAndKeepTheirOrder(t *testing.T) {
	const conns, rounds = 3 * outsPerTurn, 5
	s, peers, ids := crowdOfPeers(t, conns)
	request := []byte{0, 0, 0, 1, 7}
	for _, c := range peers {
		if _, err := c.Write(bytes.Repeat(request, rounds)); err != nil {
			t.Fatal(err)
		}
	}
	for frames := 0; frames < conns*rounds; {
		<-s.Ready()
		frames += len(s.Take(nil))
	}
	for round := range rounds {
		outs := make([]Out, conns)
		for i, id := range ids {
			outs[i] = Out{Conn: id, Buf: &bytebufferpool.ByteBuffer{B: []byte{byte(round)}}}
			if round != 2 { // that one is news
				outs[i].DoneBytes = len(request)
			}
		}
		s.Post(0, outs)
	}
	for i, c := range peers {
		if err := c.SetReadDeadline(time.Now().Add(patience)); err != nil {
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

// crowdOfPeers connects so many peers to a server of one loop, which the test drives by hand.
func crowdOfPeers(t *testing.T, n int) (*Server, []net.Conn, []ConnID) {
	t.Helper()
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
	peers, ids := make([]net.Conn, n), make([]ConnID, n)
	byRemote := map[string]ConnID{}
	for i := range peers {
		c, err := net.Dial("tcp", s.Addrs()[0].String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() }) // nothing to lose
		peers[i] = c
	}
	for len(byRemote) < n {
		<-s.Ready()
		for _, e := range s.Take(nil) {
			if e.Kind == Opened {
				byRemote[e.Remote.String()] = e.Conn
			}
		}
	}
	for i, c := range peers {
		ids[i] = byRemote[c.LocalAddr().String()]
	}
	return s, peers, ids
}

// wantBytes reads exactly so much from a peer.
func wantBytes(t *testing.T, peer net.Conn, want string) {
	t.Helper()
	if err := peer.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(want))
	if n, err := io.ReadFull(peer, got); err != nil || string(got) != want {
		t.Fatalf("got %q and %v, want %q", got[:n], err, want)
	}
}

func outOf(id ConnID, text string) Out {
	return Out{Conn: id, Buf: &bytebufferpool.ByteBuffer{B: []byte(text)}}
}

func TestAReplyTakesAlongTheNewsThatWaits(t *testing.T) {
	const conns = 8 * newsPerTurn
	s, peers, ids := crowdOfPeers(t, conns)
	var outs []Out
	for _, id := range ids { // two pieces of news for each: most of it waits for a turn
		outs = append(outs, outOf(id, "a"))
	}
	for _, id := range ids {
		outs = append(outs, outOf(id, "b"))
	}
	s.Post(0, outs)
	last := len(ids) - 1
	ack := outOf(ids[last], "c") // not put off
	ack.Established, ack.Ack = true, true
	s.Post(0, []Out{ack, outOf(ids[last], "d"), {Conn: ids[last-1], Close: true}, outOf(ids[0], "e")})
	wantBytes(t, peers[last], "abcd")
	wantBytes(t, peers[last-1], "ab")
	if n, err := peers[last-1].Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("got %d bytes and %v behind a close", n, err)
	}
	wantBytes(t, peers[0], "abe")
	for _, peer := range peers[1 : last-1] {
		wantBytes(t, peer, "ab")
	}
}

// A reply to one does not wait behind the news of all.
func TestRepliesGoAheadOfNews(t *testing.T) {
	l, err := newLoop(&Server{cfg: Config{OutBytesHard: 1 << 20, OutBytesLow: 1 << 10}, ready: make(chan struct{}, 1)}, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		l.mailbox.close() // nobody wakes it any more
		if err := l.poll.close(); err != nil {
			t.Error(err)
		}
	}()
	const conns = 4 * newsPerTurn
	for i := range conns {
		pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(pair[1]) //nolint:errcheck // nothing to lose
		c := newConn(l, ConnID(i), pair[0], netip.AddrPort{})
		l.byID[c.id], l.byFD[c.fd] = c, c
		defer closeFD(c.fd)
	}
	outs := make([]Out, 0, conns)
	for i := range conns - 1 {
		outs = append(outs, outOf(ConnID(i), "news"))
	}
	reply := outOf(conns-1, "reply")
	reply.DoneBytes = 1
	l.byID[conns-1].bytesInFlight = 1
	l.takeTurns(append(outs, reply), false)
	unsent := 0
	for id, c := range l.byID {
		if len(c.unsent) > 0 {
			unsent++
		}
		if id == conns-1 && (len(c.unsent) > 0 || c.bytesInFlight != 0) {
			t.Error("the reply waits")
		}
	}
	if unsent != conns-1-newsPerTurn {
		t.Errorf("%d wait for their turn", unsent)
	}
	for turns := 0; len(l.turns[newsTurn].conns) > 0; turns++ {
		if turns > conns/newsPerTurn {
			t.Fatal("the turns do not end")
		}
		l.takeTurns(nil, false)
	}
	for id, c := range l.byID {
		if len(c.unsent) > 0 || c.turn != noTurn {
			t.Errorf("connection %d still waits", id)
		}
	}
}
