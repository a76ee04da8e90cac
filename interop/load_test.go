package interop

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// TestEveryAcknowledgedWriteSurvives loads the server over several connections with many requests in flight, ends it at a moment
// that the seed decides, by kill -9 or by SIGTERM, and starts it again, several times. Each connection's znodes must then
// show the effect of all acknowledged requests, and of no request beyond those sent, in the order of sending, multis whole
// or not at all. Snapshots are taken all the time, so they are among what is interrupted.
func TestEveryAcknowledgedWriteSurvives(t *testing.T) {
	for how, end := range map[string]func(*Server) error{"kill -9": (*Server).Kill, "SIGTERM": (*Server).Stop} {
		t.Run(how, func(t *testing.T) { endUnderLoad(t, end) })
	}
}

func endUnderLoad(t *testing.T, end func(*Server) error) {
	t.Helper()
	const rounds, conns, inFlightMax = 4, 4, 100
	rng := rand.New(rand.NewPCG(41, 1))
	s := started(t, "snapCount=500")
	streams := make([]stream, conns)
	next := make([]int, conns) // the number of the request with which each stream goes on
	for i := range streams {
		streams[i] = stream{base: fmt.Sprintf("/load%d", i)}
		setUp(t, s, streams[i])
	}
	for round := range rounds {
		after := int64(200 + rng.IntN(4000)) // acknowledgements
		loaders := load(t, s, streams, next, inFlightMax, after, end)
		check(t, s.Start())
		for i, l := range loaders {
			check(t, l.failed)
			found, err := streams[i].find(seen(t, s, streams[i].base), l.acked, l.sent)
			check(t, err)
			next[i] = found
			if reply := probe(t, s); reply.Zxid <= l.lastZxid {
				t.Fatalf("after the restart the zxid is %x, before it was %x", reply.Zxid, l.lastZxid)
			}
		}
		t.Logf("round %d: ended after %d acknowledgements; the streams go on at %d", round, after, next)
	}
}

// load runs all streams at once, ends the server when enough was acknowledged, and waits for the end of everything.
func load(
	t *testing.T, s *Server, streams []stream, next []int, inFlightMax int, after int64, end func(*Server) error,
) []*loader {
	t.Helper()
	var acks atomic.Int64
	reached := make(chan struct{})
	var once sync.Once
	var running sync.WaitGroup
	loaders := make([]*loader, len(streams))
	for i, st := range streams {
		loaders[i] = &loader{stream: st, conn: dial(t, s, Hello{}), first: next[i]}
	}
	for _, l := range loaders {
		running.Go(func() {
			l.run(inFlightMax, func() {
				if acks.Add(1) == after {
					once.Do(func() { close(reached) })
				}
			})
		})
	}
	broken := make(chan struct{})
	go func() { running.Wait(); close(broken) }()
	select {
	case <-reached:
	case <-broken: // all connections ended by themselves: find will say what is wrong
	}
	check(t, end(s))
	<-broken
	return loaders
}

func setUp(t *testing.T, s *Server, st stream) {
	t.Helper()
	c := dial(t, s, Hello{})
	for _, path := range st.setup() {
		reply, err := c.Call(OpCreate, CreateBody(path, nil, Open(), 0))
		check(t, err)
		if reply.Code != 0 {
			t.Fatalf("create %s: %d", path, reply.Code)
		}
	}
	check(t, c.Close())
}

// seen reads what is below base.
func seen(t *testing.T, s *Server, base string) state {
	t.Helper()
	c := dial(t, s, Hello{})
	parent, err := c.Node(base)
	check(t, err)
	st := state{}
	for _, name := range parent.Children {
		n, err := c.Node(base + "/" + name)
		check(t, err)
		st[n.Path] = fmt.Sprintf("%d %s", n.Stat.Version, n.Data)
		if strings.Contains(name, "made") && n.Stat.Mzxid != n.Stat.Czxid {
			t.Errorf("%s was never written again, and its Stat says otherwise: %+v", n.Path, n.Stat)
		}
	}
	check(t, c.Close())
	return st
}

// probe asks for the root in a new session.
func probe(t *testing.T, s *Server) Reply {
	t.Helper()
	c := dial(t, s, Hello{})
	reply, err := c.Call(OpExists, WatchBody("/", false))
	check(t, err)
	check(t, c.Close())
	return reply
}
