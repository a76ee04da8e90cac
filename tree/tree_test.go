package tree

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"paddock/zk"
)

func TestFreshTreeIsApaches(t *testing.T) {
	tr := New()
	check(t, tr)
	compare(t, tr, freshModel())
	if tr.Count() != 5 || tr.ApproximateDataSize() != 44 {
		t.Errorf("count %d and size %d, want 5 and 44", tr.Count(), tr.ApproximateDataSize())
	}
	if got := tr.Digest(); got != 1371985504 { // as Apache 3.9.5 computes it for a fresh tree
		t.Errorf("digest %d", got)
	}
	for _, c := range []struct {
		path               string
		cversion, aversion int32
		children           int32
	}{
		{"/", -1, 0, 1},
		{"/zookeeper", -2, 0, 2},
		{"/zookeeper/quota", 0, 0, 0},
		{"/zookeeper/config", 0, -1, 0},
	} {
		want := zk.Stat{CVersion: c.cversion, AVersion: c.aversion, NumChildren: c.children}
		if got := tr.Stat(tr.Lookup(c.path)); got != want {
			t.Errorf("%s: %+v, want %+v", c.path, got, want)
		}
	}
}

func TestLookupFindsPathsAndNothingElse(t *testing.T) {
	tr := New()
	tr.Create("/a", nil, openList(), 0, 1, 1, 0)
	tr.Create("/a/b", nil, openList(), 0, 1, 2, 0)
	for _, path := range []string{"/", "", "/a", "/a/b", "/zookeeper/quota"} {
		if tr.Lookup(path) == 0 {
			t.Errorf("%q is not found", path)
		}
	}
	for _, path := range []string{
		"a", "a/b", "/a/", "//a", "/a//b", "/b", "/a/b/", "/a/bb", "/aa/b", "//", "///", "\x00", "/a/b/c", "/zookeeper/",
	} {
		if n := tr.Lookup(path); n != 0 {
			t.Errorf("%q finds %q", path, tr.AppendPath(nil, n))
		}
	}
}

func TestNavigation(t *testing.T) {
	tr := New()
	for i, p := range []string{"/a", "/a/x", "/a/y", "/a/z"} {
		tr.Create(p, nil, openList(), 0, int32(i+1), int64(i+1), 0)
	}
	a := tr.Lookup("/a")
	var names []string
	for n := tr.FirstChild(a); n != 0; n = tr.NextSibling(n) {
		names = append(names, string(tr.Name(n)))
		if tr.Parent(n) != a {
			t.Errorf("parent of %s is %d", tr.Name(n), tr.Parent(n))
		}
	}
	if !slices.Equal(names, []string{"z", "y", "x"}) {
		t.Errorf("children %v", names)
	}
	top := tr.Lookup("/")
	if tr.Parent(top) != 0 || len(tr.Name(top)) != 0 || string(tr.AppendPath([]byte("x"), top)) != "x/" {
		t.Error("the root has a parent, a name, or a path other than /")
	}
}

const statSession = 0x100000001

// statStep is one step of a history, and the stat that a znode has after it.
type statStep struct {
	what string
	do   func(*Tree) zk.Err
	path string
	want zk.StatPersisted
}

func statSteps() []statStep {
	return []statStep{
		{
			"a create sets all zxids and times, and versions of 0",
			func(tr *Tree) zk.Err { _, e := tr.Create("/a", []byte("x"), openList(), 0, 1, 10, 1000); return e },
			"/a",
			zk.StatPersisted{Czxid: 10, Mzxid: 10, Pzxid: 10, Ctime: 1000, Mtime: 1000},
		},
		{
			"and counts at the parent", nil,
			"/",
			zk.StatPersisted{CVersion: 1, Pzxid: 10},
		},
		{
			"setData moves version, mzxid and mtime",
			func(tr *Tree) zk.Err { _, e := tr.SetData("/a", nil, 1, 11, 1001); return e },
			"/a",
			zk.StatPersisted{Czxid: 10, Mzxid: 11, Pzxid: 10, Ctime: 1000, Mtime: 1001, Version: 1},
		},
		{
			"setACL moves aversion only",
			func(tr *Tree) zk.Err { _, e := tr.SetACL("/a", readList(), 1); return e },
			"/a",
			zk.StatPersisted{Czxid: 10, Mzxid: 11, Pzxid: 10, Ctime: 1000, Mtime: 1001, Version: 1, AVersion: 1},
		},
		{
			"an ephemeral carries its session",
			func(tr *Tree) zk.Err { _, e := tr.Create("/a/e", nil, openList(), statSession, 1, 12, 1002); return e },
			"/a/e",
			zk.StatPersisted{Czxid: 12, Mzxid: 12, Pzxid: 12, Ctime: 1002, Mtime: 1002, EphemeralOwner: statSession},
		},
		{
			"an unknown parent cversion counts one on",
			func(tr *Tree) zk.Err { _, e := tr.Create("/a/f", nil, openList(), 0, -1, 13, 1003); return e },
			"/a",
			zk.StatPersisted{Czxid: 10, Mzxid: 11, Pzxid: 13, Ctime: 1000, Mtime: 1001, Version: 1, AVersion: 1, CVersion: 2},
		},
		{
			"a parent cversion that is not larger changes neither cversion nor pzxid",
			func(tr *Tree) zk.Err { _, e := tr.Create("/a/g", nil, openList(), 0, 2, 14, 1004); return e },
			"/a",
			zk.StatPersisted{Czxid: 10, Mzxid: 11, Pzxid: 13, Ctime: 1000, Mtime: 1001, Version: 1, AVersion: 1, CVersion: 2},
		},
		{
			"a delete moves the parent's pzxid and not its cversion",
			func(tr *Tree) zk.Err { return tr.Delete("/a/g", 15) },
			"/a",
			zk.StatPersisted{Czxid: 10, Mzxid: 11, Pzxid: 15, Ctime: 1000, Mtime: 1001, Version: 1, AVersion: 1, CVersion: 2},
		},
		{
			"an older delete does not take pzxid back",
			func(tr *Tree) zk.Err { return tr.Delete("/a/f", 3) },
			"/a",
			zk.StatPersisted{Czxid: 10, Mzxid: 11, Pzxid: 15, Ctime: 1000, Mtime: 1001, Version: 1, AVersion: 1, CVersion: 2},
		},
	}
}

func TestStatArithmetic(t *testing.T) {
	tr := New()
	for _, s := range statSteps() {
		if s.do != nil {
			if err := s.do(tr); err != zk.ErrOK {
				t.Fatalf("%s: %v", s.what, err)
			}
		}
		if got := tr.Persisted(tr.Lookup(s.path)); got != s.want {
			t.Errorf("%s: %s is %+v, want %+v", s.what, s.path, got, s.want)
		}
		check(t, tr)
	}
	want := zk.Stat{
		Czxid: 10, Mzxid: 11, Pzxid: 15, Ctime: 1000, Mtime: 1001, Version: 1, AVersion: 1, CVersion: 3, NumChildren: 1,
	}
	if got := tr.Stat(tr.Lookup("/a")); got != want {
		t.Errorf("a client sees %+v, want %+v", got, want)
	}
}

func TestReplayFindsThingsDoneAlready(t *testing.T) {
	tr := New()
	tr.Create("/a", []byte("new"), openList(), 0, 7, 50, 5)
	n, err := tr.Create("/a", []byte("old"), readList(), 0, 3, 40, 4)
	if err != zk.ErrNodeExists || string(tr.Data(n)) != "new" || !slices.Equal(tr.ACLList(tr.ACLRef(n)), readList()) {
		t.Errorf("a create over a znode: %v, data %s, ACL %v", err, tr.Data(n), tr.ACLList(tr.ACLRef(n)))
	}
	tr.RepairParent("/a", 6, 40)
	if s := tr.Persisted(root); s.CVersion != 7 || s.Pzxid != 50 {
		t.Errorf("an older create moved the parent to cversion %d, pzxid %d", s.CVersion, s.Pzxid)
	}
	tr.RepairParent("/a", 9, 60)
	if s := tr.Persisted(root); s.CVersion != 9 || s.Pzxid != 60 {
		t.Errorf("a newer create moved the parent to cversion %d, pzxid %d", s.CVersion, s.Pzxid)
	}
	if err := tr.Delete("/gone", 70); err != zk.ErrNoNode || tr.Persisted(root).Pzxid != 70 {
		t.Errorf("a delete of nothing: %v, parent's pzxid %d", err, tr.Persisted(root).Pzxid)
	}
	check(t, tr)
}

func TestRefusals(t *testing.T) {
	tr := New()
	before := tr.Digest()
	create := func(path string) zk.Err {
		_, err := tr.Create(path, nil, openList(), 0, 1, 1, 0)
		return err
	}
	for _, c := range []struct {
		what string
		got  zk.Err
		want zk.Err
	}{
		{"create below nothing", create("/no/a"), zk.ErrNoNode},
		{"create of the root", create("/"), zk.ErrNodeExists},
		{"create of the empty path", create(""), zk.ErrNoNode},
		{"create of a relative path", create("a"), zk.ErrNoNode},
		{"create of an empty name", create("/zookeeper/"), zk.ErrNoNode},
		{"delete of the root", tr.Delete("/", 1), zk.ErrBadArguments},
		{"delete below nothing", tr.Delete("/no/a", 1), zk.ErrNoNode},
		{"delete of an empty name", tr.Delete("/zookeeper/", 1), zk.ErrNoNode},
	} {
		if c.got != c.want {
			t.Errorf("%s: %v, want %v", c.what, c.got, c.want)
		}
	}
	if _, err := tr.SetData("/no", nil, 1, 1, 1); err != zk.ErrNoNode {
		t.Errorf("setData of nothing: %v", err)
	}
	if _, err := tr.SetACL("/no", nil, 1); err != zk.ErrNoNode {
		t.Errorf("setACL of nothing: %v", err)
	}
	tr.RepairParent("/no/a", 5, 5)
	if tr.Digest() != before {
		t.Error("a refusal changed the tree")
	}
	check(t, tr)
}

func TestDeleteDropsWhatIsBelow(t *testing.T) {
	tr := New()
	before := tr.MemoryBytes()
	size, digest := tr.ApproximateDataSize(), tr.Digest()
	build := func() {
		tr.Create("/a", nil, openList(), 0, 0, 0, 0)
		for i := range 3000 {
			parent := "/a"
			if i > 100 {
				parent = fmt.Sprintf("/a/%d", i%100)
			}
			tr.Create(fmt.Sprintf("%s/%d", parent, i), make([]byte, i%6000), readList(), int64(i%5), 0, 0, 0)
		}
	}
	build()
	check(t, tr)
	full := tr.MemoryBytes()
	if err := tr.Delete("/a", 0); err != zk.ErrOK {
		t.Fatal(err)
	}
	check(t, tr)
	if tr.Count() != 5 || tr.ApproximateDataSize() != size || tr.Digest() != digest || tr.EphemeralCount() != 0 {
		t.Errorf("count %d, size %d, digest %d, ephemerals %d remain",
			tr.Count(), tr.ApproximateDataSize(), tr.Digest(), tr.EphemeralCount())
	}
	if got := tr.MemoryBytes(); got.Large != 0 || got.ACLs != before.ACLs {
		t.Errorf("memory %+v remains", got)
	}
	build()
	check(t, tr)
	if got := tr.MemoryBytes(); got != full {
		t.Errorf("the same znodes again take %+v, and took %+v", got, full)
	}
}

func TestEphemeralsMayBeDeletedWhileTheyAreListed(t *testing.T) {
	tr := New()
	for i := range 10 {
		tr.Create(fmt.Sprintf("/e%d", i), nil, openList(), 77, int32(i+1), int64(i+1), 0)
	}
	tr.Create("/container", nil, openList(), zk.OwnerContainer, 11, 11, 0)
	tr.Create("/ttl", nil, openList(), zk.OwnerTTL(5), 12, 12, 0)
	count := 0
	for n := range tr.Ephemerals(77) {
		count++
		tr.Delete(string(tr.AppendPath(nil, n)), 20)
	}
	if count != 10 || tr.EphemeralCount() != 0 || len(slices.Collect(tr.EphemeralSessions())) != 0 {
		t.Errorf("%d listed, %d left", count, tr.EphemeralCount())
	}
	check(t, tr)
}

func TestACLListsAreShared(t *testing.T) {
	tr := New()
	own := []zk.ACL{{Perms: 1, ID: zk.ID{Scheme: "digest", ID: "a:b"}}, {Perms: 2, ID: zk.ID{Scheme: "ip", ID: "::1"}}}
	swapped := []zk.ACL{own[1], own[0]}
	a, _ := tr.Create("/a", nil, own, 0, 1, 1, 0)
	b, _ := tr.Create("/b", nil, slices.Clone(own), 0, 2, 2, 0)
	c, _ := tr.Create("/c", nil, swapped, 0, 3, 3, 0)
	d, _ := tr.Create("/d", nil, openList(), 0, 4, 4, 0)
	e, _ := tr.Create("/e", nil, nil, 0, 5, 5, 0)
	f, _ := tr.Create("/f", nil, []zk.ACL{}, 0, 6, 6, 0)
	if tr.ACLRef(a) != tr.ACLRef(b) || tr.ACLRef(a) == tr.ACLRef(c) {
		t.Error("equal lists are not shared, or lists in another order are")
	}
	if tr.ACLRef(d) != OpenACL || tr.ACLRef(e) != OpenACL || !slices.Equal(tr.ACLList(OpenACL), openList()) {
		t.Error("the open list is not OpenACL")
	}
	if tr.ACLRef(f) == OpenACL || len(tr.ACLList(tr.ACLRef(f))) != 0 {
		t.Error("an empty list is taken for the open one")
	}
	own[0].Perms = 31
	if tr.ACLList(tr.ACLRef(a))[0].Perms != 1 {
		t.Error("the table keeps the caller's slice")
	}
	check(t, tr)
}

func TestChangedACLKeepsItsReferenceForTheWalk(t *testing.T) {
	tr := New()
	old := []zk.ACL{{Perms: 1, ID: zk.ID{Scheme: "ip", ID: "10.0.0.1"}}}
	n, _ := tr.Create("/a", nil, old, 0, 1, 1, 0)
	was := tr.ACLRef(n)
	s := beginSnapshot(tr, 1)
	tr.SetACL("/a", readList(), 1)
	for i := range 20 { // would take the slot if it were free
		tr.SetACL("/zookeeper", []zk.ACL{{Perms: 2, ID: zk.ID{Scheme: "ip", ID: fmt.Sprint("10.0.1.", i)}}}, int32(i))
		check(t, tr)
	}
	for tr.WalkStep(1, 1, s.visit(t)) {
		continue
	}
	if s.ids["/a"] != int64(was) || !slices.Equal(s.acls[int64(was)], old) || s.nodes["/a"].stat.AVersion != 1 {
		t.Errorf("walk emits ACL %d %v", s.ids["/a"], s.acls[int64(was)])
	}
	tr.EndWalk()
	check(t, tr)
	if tr.MemoryBytes().ACLs != 2 {
		t.Errorf("%d lists are left after the walk", tr.MemoryBytes().ACLs)
	}
}

func TestAWalkThatIsGivenUpLeavesNothingBehind(t *testing.T) {
	tr := New()
	tr.Create("/a", nil, openList(), 0, 1, 1, 0)
	for range 3 {
		beginSnapshot(tr, 1)
		tr.WalkStep(2, 1000, func(_, _ []byte, _ ACLRef, _ *zk.StatPersisted) {})
		tr.Delete("/a", 2)
		tr.EndWalk()
		check(t, tr)
		tr.Create("/a", nil, openList(), 0, 2, 1, 0)
	}
}

func TestWalkStepIsBounded(t *testing.T) {
	tr := New()
	for i := range 100 {
		tr.Create(fmt.Sprintf("/n%d", i), make([]byte, 100), openList(), 0, int32(i+1), int64(i+1), 0)
	}
	count := 0
	visit := func(_, _ []byte, _ ACLRef, _ *zk.StatPersisted) { count++ }
	tr.BeginWalk(50)
	if !tr.WalkStep(10, 1<<20, visit) || count != 1 { // children come youngest first: nine were passed over
		t.Errorf("10 znodes looked at, %d emitted", count)
	}
	for count < 3 {
		tr.WalkStep(1, 1<<20, visit)
	}
	before := count
	if !tr.WalkStep(1000, 500, visit) || count-before != 3 {
		t.Errorf("%d records of 180 bytes emitted in 500 bytes", count-before)
	}
	for tr.WalkStep(7, 1000, visit) {
		continue
	}
	if count != 54 {
		t.Errorf("%d znodes emitted, want 50 and the server's own", count)
	}
	tr.EndWalk()
}

func TestUnknownACLDeniesUntilItIsSet(t *testing.T) {
	load := func() *Tree {
		l := NewLoader()
		for _, path := range []string{"", "/zookeeper", "/zookeeper/quota", "/a", "/b"} {
			id := int64(-1)
			if len(path) == 2 {
				id = 99
			}
			if err := l.Add(path, nil, id, &zk.StatPersisted{}); err != nil {
				t.Fatal(err)
			}
		}
		tr, err := l.Finish()
		if err != nil {
			t.Fatal(err)
		}
		return tr
	}
	tr := load()
	check(t, tr)
	for _, a := range tr.ACLList(tr.ACLRef(tr.Lookup("/a"))) {
		if a.Perms != 0 {
			t.Errorf("an unknown ACL grants %d", a.Perms)
		}
	}
	if len(tr.ACLList(tr.ACLRef(tr.Lookup("/a")))) == 0 {
		t.Error("an unknown ACL reads as an empty list, which grants everything")
	}
	if tr.UnknownACLs() != 2 {
		t.Errorf("%d unknown, want 2", tr.UnknownACLs())
	}
	tr.SetACL("/a", readList(), 1)
	tr.Create("/b", nil, readList(), 0, 1, 1, 1)
	if tr.UnknownACLs() != 0 {
		t.Errorf("%d unknown after replay", tr.UnknownACLs())
	}
	check(t, tr)
}

func TestLoaderRefusesWhatIsNoTree(t *testing.T) {
	type rec struct {
		path string
		want string
	}
	for _, c := range []struct {
		what string
		recs []rec
		end  string
	}{
		{"nothing", nil, "no root"},
		{"a znode before the root", []rec{{"/a", "before its parent"}}, ""},
		{"a znode before its parent", []rec{{"", ""}, {"/a/b", "before its parent"}}, ""},
		{"a znode twice", []rec{{"", ""}, {"/a", ""}, {"/b", ""}, {"/a", "twice"}}, ""},
		{"the root twice", []rec{{"", ""}, {"", "twice"}}, ""},
		{"a relative path", []rec{{"", ""}, {"a", "no path"}}, ""},
		{"an empty name", []rec{{"", ""}, {"/a", ""}, {"/a/", "no path"}}, ""},
	} {
		t.Run(c.what, func(t *testing.T) {
			l := NewLoader()
			for _, r := range c.recs {
				if err := l.Add(r.path, nil, -1, &zk.StatPersisted{}); !matches(err, r.want) {
					t.Fatalf("%q: %v, want %q", r.path, err, r.want)
				} else if err != nil {
					return
				}
			}
			if _, err := l.Finish(); !matches(err, c.end) {
				t.Errorf("%v, want %q", err, c.end)
			}
		})
	}
	l := NewLoader()
	if err := errors.Join(l.AddACL(3, readList()), l.AddACL(3, readList())); !matches(err, "twice") {
		t.Errorf("an ACL id twice: %v", err)
	}
}

func matches(err error, want string) bool {
	if want == "" {
		return err == nil
	}
	return errors.Is(err, ErrCorrupt) && strings.Contains(err.Error(), want)
}

func TestLoaderMakesNothingThatTheSnapshotLacks(t *testing.T) {
	l := NewLoader()
	if err := l.AddACL(5, openList()); err != nil { // Apache's table may hold the open list
		t.Fatal(err)
	}
	if err := l.AddACL(6, []zk.ACL{{Perms: 4, ID: zk.ID{Scheme: "ip", ID: "unused"}}}); err != nil {
		t.Fatal(err)
	}
	st := zk.StatPersisted{CVersion: 3, Pzxid: 9, Version: 2}
	if err := errors.Join(l.Add("", []byte("top"), 5, &st), l.Add("/zookeeper", []byte{}, -1, &st)); err != nil {
		t.Fatal(err)
	}
	tr, err := l.Finish()
	if err != nil {
		t.Fatal(err)
	}
	check(t, tr)
	m := freshModel()
	m[""].data, m[""].stat = []byte("top"), st
	m["/zookeeper"].stat = st
	delete(m, zk.PathQuota)
	delete(m, zk.PathConfig)
	compare(t, tr, m)
	if tr.MemoryBytes().ACLs != 0 {
		t.Errorf("%d ACL lists, want none", tr.MemoryBytes().ACLs)
	}
}
