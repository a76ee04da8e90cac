// Command golang is one real session of github.com/go-zookeeper/zk, step by step. Arguments: host:port, and the path of
// a znode to work below. It prints "ok step" after each step. It prints "RESTART how" when the server is to be restarted,
// and goes on when a line comes on standard input. Any surprise is a panic and so a status other than 0.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/go-zookeeper/zk"
)

// patience is how long the program waits for anything: for correctness only, never a measure of speed.
const patience = time.Minute

func main() {
	s := &session{base: os.Args[2], in: bufio.NewReader(os.Stdin)}
	s.zk, s.other = connect(os.Args[1]), connect(os.Args[1])
	ok("connect")
	s.plain()
	s.children()
	s.watches()
	s.modes()
	s.acls()
	_, err := s.zk.Sync(s.base)
	must(err)
	ok("sync")
	s.multis()
	s.restart("clean")
	s.restart("kill")
	s.zk.Close()
	eventually(func() bool {
		there, _, err := s.other.Exists(s.base + "/ephemeral")
		return err == nil && !there
	})
	ok("close")
	s.other.Close()
}

type session struct {
	zk, other *zk.Conn
	base      string
	in        *bufio.Reader
}

type silent struct{}

func (silent) Printf(string, ...any) {}

func connect(addr string) *zk.Conn {
	c, _, err := zk.Connect([]string{addr}, 30*time.Second, zk.WithLogger(silent{}))
	must(err)
	eventually(func() bool { return c.State() == zk.StateHasSession })
	return c
}

func ok(step string) { say("ok " + step) }

func say(line string) {
	_, err := fmt.Fprintln(os.Stdout, line)
	must(err)
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func check(holds bool, seen ...any) {
	if !holds {
		panic(fmt.Sprint(seen...))
	}
}

func fails(want, err error) {
	check(errors.Is(err, want), "expected ", want, ", got ", err)
}

func eventually(holds func() bool) {
	for end := time.Now().Add(patience); !holds(); time.Sleep(20 * time.Millisecond) {
		check(time.Now().Before(end), "waited too long")
	}
}

func expect(events <-chan zk.Event, kind zk.EventType, path string) {
	select {
	case e := <-events:
		check(e.Err == nil && e.Type == kind && e.Path == path, e)
	case <-time.After(patience):
		panic("no event for " + path)
	}
}

func open() []zk.ACL { return zk.WorldACL(zk.PermAll) }

func (s *session) create(c *zk.Conn, path, data string, flags int32) string {
	name, err := c.Create(s.base+path, []byte(data), flags, open())
	must(err)
	return name
}

func (s *session) has(c *zk.Conn, path, data string) *zk.Stat {
	b, stat, err := c.Get(s.base + path)
	must(err)
	check(string(b) == data, "read ", string(b))
	return stat
}

func (s *session) plain() {
	node := s.base + "/node"
	s.create(s.zk, "", "", 0)
	check(s.create(s.zk, "/node", "one", 0) == node)
	_, err := s.zk.Create(node, nil, 0, open())
	fails(zk.ErrNodeExists, err)
	s.create(s.zk, "/second", "", 0)
	ok("create")
	there, stat, err := s.zk.Exists(node)
	check(err == nil && there && stat.Version == 0, err)
	there, _, err = s.zk.Exists(s.base + "/nothing")
	check(err == nil && !there, err)
	ok("exists")
	stat = s.has(s.zk, "/node", "one")
	check(stat.Version == 0 && stat.NumChildren == 0 && stat.EphemeralOwner == 0, stat)
	ok("read")
	stat, err = s.zk.Set(node, []byte("two"), 0)
	check(err == nil && stat.Version == 1 && stat.Mzxid > stat.Czxid, err)
	s.has(s.zk, "/node", "two")
	ok("write")
	_, err = s.zk.Set(node, []byte("three"), 0)
	fails(zk.ErrBadVersion, err)
	fails(zk.ErrBadVersion, s.zk.Delete(node, 7))
	ok("bad version")
}

func (s *session) children() {
	node := s.base + "/node"
	names, stat, err := s.zk.Children(s.base)
	slices.Sort(names)
	check(err == nil && slices.Equal(names, []string{"node", "second"}) && stat.NumChildren == 2, names, err)
	fails(zk.ErrNotEmpty, s.zk.Delete(s.base, -1))
	ok("children")
	must(s.zk.Delete(node, 1))
	must(s.zk.Delete(s.base+"/second", -1))
	ok("delete")
	_, _, err = s.zk.Get(node)
	fails(zk.ErrNoNode, err)
	fails(zk.ErrNoNode, s.zk.Delete(node, -1))
	_, err = s.zk.Create(s.base+"/missing/child", nil, 0, open())
	fails(zk.ErrNoNode, err)
	ok("no node")
}

func (s *session) watches() {
	path := s.base + "/watched"
	there, _, existing, err := s.zk.ExistsW(path)
	check(err == nil && !there, err)
	_, _, children, err := s.zk.ChildrenW(s.base)
	must(err)
	s.create(s.other, "/watched", "1", 0)
	expect(existing, zk.EventNodeCreated, path)
	ok("exists watch")
	expect(children, zk.EventNodeChildrenChanged, s.base)
	ok("child watch")
	_, _, data, err := s.zk.GetW(path)
	must(err)
	_, err = s.other.Set(path, []byte("2"), -1)
	must(err)
	expect(data, zk.EventNodeDataChanged, path)
	_, _, data, err = s.zk.GetW(path)
	must(err)
	must(s.other.Delete(path, -1))
	expect(data, zk.EventNodeDeleted, path)
	ok("data watch")
}

func (s *session) modes() {
	s.create(s.zk, "/ephemeral", "mine", zk.FlagEphemeral)
	check(s.has(s.other, "/ephemeral", "mine").EphemeralOwner == s.zk.SessionID(), "owner")
	_, err := s.zk.Create(s.base+"/ephemeral/child", nil, 0, open())
	fails(zk.ErrNoChildrenForEphemerals, err)
	ok("ephemeral")
	s.create(s.zk, "/queue", "", 0)
	for i := range 4 {
		flags := int32(zk.FlagSequence)
		if i == 3 {
			flags |= zk.FlagEphemeral
		}
		name := s.create(s.zk, "/queue/n-", "", flags)
		check(name == fmt.Sprintf("%s/queue/n-%010d", s.base, i), name)
	}
	ok("sequential")
}

func (s *session) acls() {
	path := s.base + "/secret"
	must(s.zk.AddAuth("digest", []byte("alice:wonder")))
	_, err := s.zk.Create(path, []byte("hidden"), 0, zk.DigestACL(zk.PermAll, "alice", "wonder"))
	must(err)
	_, _, err = s.other.Get(path)
	fails(zk.ErrNoAuth, err)
	_, err = s.other.Set(path, nil, -1)
	fails(zk.ErrNoAuth, err)
	_, err = s.other.Create(path+"/child", nil, 0, open())
	fails(zk.ErrNoAuth, err)
	_, err = s.other.Create(s.base+"/x", nil, 0, zk.AuthACL(zk.PermAll))
	fails(zk.ErrInvalidACL, err)
	ok("acl denied")
	s.has(s.zk, "/secret", "hidden")
	must(s.other.AddAuth("digest", []byte("alice:wonder")))
	s.has(s.other, "/secret", "hidden")
	ok("acl allowed")
	list, stat, err := s.zk.GetACL(path)
	check(err == nil && slices.Equal(list, zk.DigestACL(zk.PermAll, "alice", "wonder")) && stat.Aversion == 0, list, err)
	list = append(list, zk.WorldACL(zk.PermRead)...)
	stat, err = s.zk.SetACL(path, list, 0)
	check(err == nil && stat.Aversion == 1, err)
	now, _, err := s.zk.GetACL(path)
	check(err == nil && slices.Equal(now, list), now, err)
	_, err = s.zk.SetACL(path, list, 0)
	fails(zk.ErrBadVersion, err)
	ok("set acl")
}

func (s *session) multis() {
	path, child := s.base+"/multi", s.base+"/multi/child"
	results, err := s.zk.Multi(
		&zk.CreateRequest{Path: path, Data: []byte("m"), Acl: open()},
		&zk.CreateRequest{Path: child, Data: []byte("c"), Acl: open()},
		&zk.SetDataRequest{Path: path, Data: []byte("m2"), Version: 0},
		&zk.CheckVersionRequest{Path: path, Version: 1},
		&zk.DeleteRequest{Path: child, Version: -1},
	)
	check(err == nil && len(results) == 5 && results[1].String == child && results[2].Stat.Version == 1, results, err)
	ok("multi")
	results, err = s.zk.Multi(
		&zk.CreateRequest{Path: s.base + "/never", Acl: open()},
		&zk.CheckVersionRequest{Path: path, Version: 99},
		&zk.DeleteRequest{Path: path, Version: -1},
	)
	fails(zk.ErrBadVersion, err)
	check(len(results) == 3 && results[0].Error == nil && errors.Is(results[1].Error, zk.ErrBadVersion), results)
	there, _, err := s.zk.Exists(s.base + "/never")
	check(err == nil && !there, err)
	s.has(s.zk, "/multi", "m2")
	ok("failed multi")
}

func (s *session) restart(how string) {
	path, before := s.base+"/ephemeral", s.zk.SessionID()
	_, _, changed, err := s.zk.GetW(path)
	must(err)
	_, _, children, err := s.zk.ChildrenW(s.base + "/queue")
	must(err)
	say("RESTART " + how)
	_, err = s.in.ReadString('\n')
	must(err)
	eventually(func() bool {
		data, stat, err := s.zk.Get(path)
		return err == nil && string(data) == "mine" && stat.EphemeralOwner == before
	})
	check(s.zk.SessionID() == before, "another session")
	eventually(func() bool {
		_, err := s.other.Set(path, []byte("mine"), -1)
		return err == nil
	})
	expect(changed, zk.EventNodeDataChanged, path)
	check(len(children) == 0, "an event without a change")
	ok("restart " + how)
}
