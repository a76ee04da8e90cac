package interop

import (
	"fmt"
	"maps"
	"sync"
)

// stream is an endless series of writes below one znode, in which request n is always the same. So the state after n
// requests is known, and a server that lost or invented one shows a state that no n gives.
type stream struct {
	base string
}

// streamKeys is how many znodes a stream overwrites again and again.
const streamKeys = 8

func (s stream) key(n int) string  { return fmt.Sprintf("%s/key%d", s.base, n%streamKeys) }
func (s stream) made(n int) string { return fmt.Sprintf("%s/made%d", s.base, n) }
func (s stream) data(n int) []byte { return fmt.Appendf(nil, "%s request %d", s.base, n) }

// setup are the znodes that must be there before request 0.
func (s stream) setup() []string {
	paths := []string{s.base}
	for k := range streamKeys {
		paths = append(paths, s.key(k))
	}
	return paths
}

// request returns the n-th request.
func (s stream) request(n int) (op int32, body Body) {
	switch {
	case n%16 == 5:
		body = append(Body(nil).Op(OpSetData), SetDataBody(s.key(n), s.data(n), -1)...)
		body = append(body.Op(OpCreate), CreateBody(s.made(n), s.data(n), Open(), 0)...)
		return OpMulti, body.End()
	case n%8 == 7:
		return OpDelete, DeleteBody(s.made(n-3), -1) // what request n-3, with n%8 == 4, had made
	case n%4 == 0:
		return OpCreate, CreateBody(s.made(n), s.data(n), Open(), 0)
	}
	return OpSetData, SetDataBody(s.key(n), s.data(n), -1)
}

// state is what a client sees below the stream's znode: data and version by path.
type state map[string]string

func (s stream) start() state {
	st := state{}
	for _, path := range s.setup()[1:] {
		st[path] = "0 "
	}
	return st
}

// apply changes a state as request n does.
func (s stream) apply(st state, n int) {
	set := func() {
		var version int
		_, _ = fmt.Sscanf(st[s.key(n)], "%d", &version) // always a number: we wrote it
		st[s.key(n)] = fmt.Sprintf("%d %s", version+1, s.data(n))
	}
	made := fmt.Sprintf("0 %s", s.data(n))
	switch {
	case n%16 == 5:
		set()
		st[s.made(n)] = made
	case n%8 == 7:
		delete(st, s.made(n-3))
	case n%4 == 0:
		st[s.made(n)] = made
	default:
		set()
	}
}

// find returns how many requests give the state seen, when that is at least acknowledged and at most sent.
func (s stream) find(seen state, acknowledged, sent int) (int, error) {
	st := s.start()
	for n := range acknowledged {
		s.apply(st, n)
	}
	atLeast := maps.Clone(st)
	for n := acknowledged; ; n++ {
		if maps.Equal(st, seen) {
			return n, nil
		}
		if n == sent {
			break
		}
		s.apply(st, n)
	}
	return 0, fmt.Errorf("interop: %s: no number of requests from %d (acknowledged) to %d (sent) gives what is there; against %d:\n%s",
		s.base, acknowledged, sent, acknowledged, Difference(stateLines(atLeast), stateLines(seen)))
}

func stateLines(st state) []string {
	var lines []string
	for path, text := range st {
		lines = append(lines, path+" "+text)
	}
	return lines
}

// loader sends a stream over one connection with many requests in flight, from request first on, until the connection
// breaks.
type loader struct {
	stream stream
	conn   *Conn
	first  int
	sent   int // the number of the first request that was never sent
	acked  int // the number of the first request that was not acknowledged

	lastZxid int64
	failed   error // an answer that must not be
}

// run sends and receives until the server is gone. inFlightMax bounds how far the answers may be behind; acked is called
// after each answer.
func (l *loader) run(inFlightMax int, acked func()) {
	l.sent, l.acked = l.first, l.first
	room := make(chan struct{}, inFlightMax)
	gone := make(chan struct{})
	var both sync.WaitGroup
	both.Go(func() { l.send(room, gone) })
	l.receive(room, acked)
	close(gone)
	_ = l.conn.Drop() // ends a send that waits; the server is gone anyway
	both.Wait()
}

func (l *loader) send(room chan<- struct{}, gone <-chan struct{}) {
	for {
		select {
		case room <- struct{}{}:
		case <-gone:
			return
		}
		op, body := l.stream.request(l.sent)
		l.sent++ // from here on it may have reached the server
		if l.conn.SendAs(int32(l.sent-1), op, body) != nil {
			return
		}
	}
}

func (l *loader) receive(room <-chan struct{}, acked func()) {
	for {
		reply, err := l.conn.Receive()
		if err != nil {
			return
		}
		multiFailed := l.acked%16 == 5 && len(reply.Body) > 3 && reply.Body[0] == 0xff
		if int(reply.Xid) != l.acked || reply.Code != 0 || multiFailed || reply.Zxid <= l.lastZxid {
			l.failed = fmt.Errorf("interop: %s: request %d was answered by %+v, the zxid before was %x", l.stream.base, l.acked, reply, l.lastZxid)
			return
		}
		l.lastZxid = reply.Zxid
		l.acked++
		<-room
		acked()
	}
}
