package interop

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// debianProgram runs Debian's own build of ZooKeeper, 3.8.0 in Debian 12, with nothing but its jars.
func debianProgram(t *testing.T) Program {
	t.Helper()
	java := filepath.Join(tools.cache.dir, "debian", "usr", "share", "java")
	if _, err := os.Stat(filepath.Join(java, "zookeeper.jar")); err != nil {
		t.Fatalf("%v: run interop/install.sh", err)
	}
	var path []string
	for _, name := range []string{
		"zookeeper", "zookeeper-jute", "slf4j-api", "slf4j-simple", "netty-*", "metrics-core", "snappy-java", "commons-cli",
	} {
		jars, err := filepath.Glob(filepath.Join(java, name+".jar"))
		check(t, err)
		path = append(path, jars...)
	}
	p := ApacheProgram(tools.cache.ApacheJars())
	p.Name = "debian"
	for i := range p.Argv {
		if p.Argv[i] == "-cp" {
			p.Argv[i+1] = strings.Join(path, ":")
		}
	}
	return p
}

// TestLiveClientsFollowFromZooKeeperToPaddockAndBack: while Apache's Java client and kazoo live a session each, and other connections
// write as fast as they can, ZooKeeper is ended, Paddock takes its directory, is ended, and gives it back. The sessions stay the
// same, with their ephemerals and their watches; and after each move there is every acknowledged write, and none that
// nobody sent. Both servers are ended by SIGTERM in one run and by kill -9 in the other.
func TestLiveClientsFollowFromZooKeeperToPaddockAndBack(t *testing.T) {
	for _, from := range []Program{tools.apache, debianProgram(t)} {
		for how, end := range map[string]func(*Server) error{"SIGTERM": (*Server).Stop, "kill -9": (*Server).Kill} {
			t.Run(from.Name+" "+how, func(t *testing.T) {
				s := newServer(t, from, "snapCount=500")
				check(t, s.Start())
				sw := newSwap(t, s, end)
				for _, next := range []Program{tools.server, from} {
					sw.to(next)
				}
				sw.finish()
			})
		}
	}
}

// swap is a server under load, with foreign clients that go on whatever serves them. The clients' programs ask for two restarts,
// which become the two moves.
type swap struct {
	*testing.T
	server  *Server
	gate    *Proxy
	end     func(*Server) error
	streams []stream
	next    []int // the request with which each stream goes on
	rng     *rand.Rand
	clients []*follower
	stop    chan struct{} // closed at the end of the test, however it ends
	done    sync.WaitGroup
}

// follower is a foreign client's program.
type follower struct {
	client Client
	asks   chan struct{} // it wants the server to be restarted
	goOn   chan struct{} // it was
	over   chan struct{} // it has ended
	steps  []string
	err    error
}

func newSwap(t *testing.T, s *Server, end func(*Server) error) *swap {
	t.Helper()
	const conns = 3
	gate, err := NewProxy(s.Addr())
	check(t, err)
	sw := &swap{T: t, server: s, gate: gate, end: end, next: make([]int, conns), rng: rand.New(rand.NewPCG(7, 7)), stop: make(chan struct{})}
	for i := range conns {
		sw.streams = append(sw.streams, stream{base: fmt.Sprintf("/load%d", i)})
		setUp(t, s, sw.streams[i])
	}
	all, err := SessionClients(tools.cache, tools.goClient)
	check(t, err)
	for _, c := range all {
		if c.Name == "java" || c.Name == "python" {
			sw.follow(c)
		}
	}
	t.Cleanup(func() {
		close(sw.stop)
		check(t, gate.Close())
		sw.done.Wait()
	})
	return sw
}

// follow starts a program. It connects through the gate, because of the weak moment of Apache's server at its start.
func (sw *swap) follow(c Client) {
	f := &follower{client: c, asks: make(chan struct{}), goOn: make(chan struct{}), over: make(chan struct{})}
	sw.clients = append(sw.clients, f)
	sw.done.Go(func() {
		defer close(f.over)
		f.steps, f.err = RunSession(c, sw.gate.Addr(), "/session-"+c.Name, func(bool) error {
			ended := errors.New("interop: the test has ended")
			select {
			case f.asks <- struct{}{}:
			case <-sw.stop:
				return ended
			}
			select {
			case <-f.goOn:
				return nil
			case <-sw.stop:
				return ended
			}
		})
	})
}

// to waits until all programs have their sessions, ephemerals and watches in place, and then gives the server's directory to
// another program, under load.
func (sw *swap) to(next Program) {
	sw.Helper()
	for _, f := range sw.clients {
		select {
		case <-f.asks:
		case <-f.over:
			sw.Fatalf("%s has ended: %v", f.client.Name, f.err)
		}
	}
	const inFlightMax = 100
	after := int64(200 + sw.rng.IntN(2000)) // acknowledgements
	loaders := load(sw.T, sw.server, sw.streams, sw.next, inFlightMax, after, func(s *Server) error {
		sw.gate.Hold(true)
		return sw.end(s)
	})
	was := sw.server.Program.Name
	sw.server.Program = next
	check(sw.T, sw.server.Start())
	sw.gate.Hold(false)
	for i, l := range loaders {
		check(sw.T, l.failed)
		found, err := sw.streams[i].find(seen(sw.T, sw.server, sw.streams[i].base), l.acked, l.sent)
		check(sw.T, err)
		sw.next[i] = found
		if reply := probe(sw.T, sw.server); reply.Zxid <= l.lastZxid {
			sw.Fatalf("under %s the zxid is %x, under %s it was %x", next.Name, reply.Zxid, was, l.lastZxid)
		}
	}
	sw.Logf("from %s to %s after %d acknowledgements; the streams go on at %d", was, next.Name, after, sw.next)
	for _, f := range sw.clients {
		f.goOn <- struct{}{}
	}
}

// finish waits for the programs to see that all was well.
func (sw *swap) finish() {
	sw.Helper()
	for _, f := range sw.clients {
		<-f.over
		check(sw.T, f.err)
		if want := Steps(); !sameSet(f.steps, want) {
			sw.Errorf("%s: steps done: %q, want %q", f.client.Name, f.steps, want)
		}
	}
}
