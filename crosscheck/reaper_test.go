package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"paddock/interop"
	"paddock/zk"
)

// TestContainersAndTTLZnodesGoAndStayAlike lets both servers search all the time. When they have found everything, the same
// znodes are left. Their zxids are not compared: which of several goes first is chance.
func TestContainersAndTTLZnodesGoAndStayAlike(t *testing.T) {
	dir := t.TempDir()
	paddock, err := buildPaddock(dir)
	if err != nil {
		t.Fatal(err)
	}
	p, err := startPair(filepath.Join(dir, "pair"), paddock, []string{"extendedTypesEnabled=true", "-Dznode.container.checkIntervalMs=250"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.stop(); err != nil {
			t.Error(err)
		}
	})
	var conns [2]*conn
	for i, side := range p {
		if conns[i], err = dial(side.server.Addr(), patienceMax); err != nil {
			t.Fatal(err)
		}
		defer conns[i].close()
		h := hello{tail: []byte{0}, timeout: 400_000}
		if err := conns[i].send(h.frame(i)); err != nil {
			t.Fatal(err)
		}
		if _, err := conns[i].receive(); err != nil {
			t.Fatal(err)
		}
		for _, q := range reaperRequests() {
			if a := answered(t, side, conns[i], &q); a.err != zk.ErrOK {
				t.Fatalf("%s: %v: %v", side.name, &q, a.err)
			}
		}
	}
	for _, side := range p {
		awaitZnodes(t, side, 13) // five of the server's own
	}
	for _, path := range []string{"/", "/kept", "/kept/child", "/nested", "/plain"} {
		q := request{xid: 1, op: zk.OpGetChildren, path: path, body: interop.WatchBody(path, false)}
		apache, paddock := answered(t, p[0], conns[0], &q), answered(t, p[1], conns[1], &q)
		if !slices.Equal(apache.children, paddock.children) {
			t.Errorf("children of %s: apache %q, paddock %q", path, apache.children, paddock.children)
		}
	}
}

func answered(t *testing.T, s *side, c *conn, q *request) answer {
	t.Helper()
	if err := c.send(q.frame()); err != nil {
		t.Fatal(err)
	}
	frame, err := c.receive()
	if err != nil {
		t.Fatal(err)
	}
	return s.render(q.op, frame)
}

// awaitZnodes waits until a server has so many znodes.
func awaitZnodes(t *testing.T, s *side, want int) {
	t.Helper()
	for deadline := time.Now().Add(patienceMax); ; time.Sleep(50 * time.Millisecond) {
		answer, err := s.server.Word("mntr")
		if err != nil {
			t.Fatal(err)
		}
		got := chosen(answer, []string{"zk_znode_count"})
		if got == fmt.Sprintf("zk_znode_count \"%d\"\n", want) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: %s, want %d", s.name, got, want)
		}
	}
}

// reaperRequests make a container that had a child, one that never had, one that has, TTL znodes whose time comes soon
// and late, one with a child, and a container that is empty only when the one in it has gone.
func reaperRequests() []request {
	container := func(path string) request {
		return request{op: zk.OpCreateContainer, path: path, body: interop.CreateBody(path, nil, interop.Open(), 4)}
	}
	plain := func(path string) request {
		return request{op: zk.OpCreate, path: path, body: interop.CreateBody(path, nil, interop.Open(), 0)}
	}
	ttl := func(path string, ms int64) request {
		return request{op: zk.OpCreateTTL, path: path, body: interop.CreateBody(path, nil, interop.Open(), 5).Long(ms)}
	}
	remove := func(path string) request {
		return request{op: zk.OpDelete, path: path, body: interop.DeleteBody(path, -1)}
	}
	return []request{
		container("/kept"), plain("/kept/child"),
		container("/new"),
		plain("/plain"), container("/plain/container"), plain("/plain/container/x"), remove("/plain/container/x"),
		container("/used"), plain("/used/x"), plain("/used/y"), remove("/used/x"), remove("/used/y"),
		ttl("/later", 900_000), ttl("/soon", 1), ttl("/kept/child/soon", 300), plain("/kept/child/more"),
		container("/nested"), container("/nested/c"), plain("/nested/c/x"), ttl("/nested/t", 900_000), remove("/nested/c/x"),
	}
}
