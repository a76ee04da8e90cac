package tree

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"paddock/zk"
)

// modelNode is a znode of the model.
type modelNode struct {
	data []byte // nil is null
	acl  []zk.ACL
	stat zk.StatPersisted
}

// model is a namespace as a plain map from path ("" for the root) to znode.
type model map[string]*modelNode

func openList() []zk.ACL { return zk.OpenACL() }

func readList() []zk.ACL {
	return []zk.ACL{{Perms: zk.PermRead, ID: zk.ID{Scheme: "world", ID: "anyone"}}}
}

func freshModel() model {
	m := model{}
	for _, path := range []string{"", zk.PathZookeeper, zk.PathQuota, zk.PathConfig} {
		m[path] = &modelNode{data: []byte{}, acl: openList()}
	}
	m[zk.PathConfig].acl = readList()
	m[zk.PathConfig].stat.AVersion = -1
	return m
}

func parentOf(path string) string { return path[:strings.LastIndexByte(path, '/')] }

func (m model) childCreated(path string, parentCVersion int32, zxid int64) {
	s := &m[parentOf(path)].stat
	if parentCVersion == -1 {
		parentCVersion = s.CVersion + 1
	}
	if parentCVersion > s.CVersion {
		s.CVersion, s.Pzxid = parentCVersion, zxid
	}
}

func (m model) remove(path string, zxid int64) zk.Err {
	p := m[parentOf(path)]
	if p == nil {
		return zk.ErrNoNode
	}
	p.stat.Pzxid = max(p.stat.Pzxid, zxid)
	if m[path] == nil {
		return zk.ErrNoNode
	}
	for other := range m {
		if other == path || strings.HasPrefix(other, path+"/") {
			delete(m, other)
		}
	}
	return zk.ErrOK
}

func (m model) clone() model {
	out := model{}
	for path, n := range m {
		c := *n
		out[path] = &c
	}
	return out
}

func (m model) children(path string) int {
	count := 0
	for other := range m {
		if other != "" && parentOf(other) == path {
			count++
		}
	}
	return count
}

// slowDigest computes Apache's digest from the definition.
func (m model) slowDigest() uint64 {
	var sum uint64
	for path, n := range m {
		if strings.HasPrefix(path, "/zookeeper/") {
			continue
		}
		var b bytes.Buffer
		b.WriteString(path)
		b.Write(n.data)
		s := n.stat
		for _, v := range []int64{s.Czxid, s.Mzxid, s.Pzxid, s.Ctime, s.Mtime} {
			fmt.Fprintf(&b, "%s", be(uint64(v), 8))
		}
		for _, v := range []int32{s.Version, s.CVersion, s.AVersion} {
			fmt.Fprintf(&b, "%s", be(uint64(uint32(v)), 4))
		}
		fmt.Fprintf(&b, "%s", be(uint64(s.EphemeralOwner), 8))
		sum += uint64(crc32.ChecksumIEEE(b.Bytes()))
	}
	return sum
}

func be(v uint64, n int) []byte {
	out := make([]byte, n)
	for i := n - 1; i >= 0; i-- {
		out[i] = byte(v)
		v >>= 8
	}
	return out
}

// op is one transaction of a random history.
type op struct {
	kind           string // create, delete, setData, setACL
	path           string
	data           []byte
	acl            []zk.ACL
	owner          int64
	version        int32
	parentCVersion int32
	zxid           int64
}

func (o op) timeMs() int64 { return 1_700_000_000_000 + 7*o.zxid }

func (o op) String() string { return fmt.Sprintf("%d: %s %s", o.zxid, o.kind, o.path) }

// applyTo replays the operation on a tree as the processor does.
func (o op) applyTo(t *Tree) zk.Err {
	var err zk.Err
	switch o.kind {
	case "create":
		if _, err = t.Create(o.path, o.data, o.acl, o.owner, o.parentCVersion, o.zxid, o.timeMs()); err == zk.ErrNodeExists {
			t.RepairParent(o.path, o.parentCVersion, o.zxid)
		}
	case "delete":
		err = t.Delete(o.path, o.zxid)
	case "setData":
		_, err = t.SetData(o.path, o.data, o.version, o.zxid, o.timeMs())
	case "setACL":
		_, err = t.SetACL(o.path, o.acl, o.version)
	}
	return err
}

func (o op) applyToModel(m model) zk.Err {
	n := m[o.path]
	switch o.kind {
	case "create":
		if n != nil {
			return zk.ErrNodeExists
		}
		if m[parentOf(o.path)] == nil {
			return zk.ErrNoNode
		}
		m.childCreated(o.path, o.parentCVersion, o.zxid)
		m[o.path] = &modelNode{data: o.data, acl: o.acl, stat: zk.StatPersisted{
			Czxid: o.zxid, Mzxid: o.zxid, Pzxid: o.zxid, Ctime: o.timeMs(), Mtime: o.timeMs(), EphemeralOwner: o.owner,
		}}
		return zk.ErrOK
	case "delete":
		return m.remove(o.path, o.zxid)
	}
	if n == nil {
		return zk.ErrNoNode
	}
	if o.kind == "setData" {
		n.data, n.stat.Version, n.stat.Mzxid, n.stat.Mtime = o.data, o.version, o.zxid, o.timeMs()
	} else {
		n.acl, n.stat.AVersion = o.acl, o.version
	}
	return zk.ErrOK
}

// maker makes random operations that a real server could have decided on, from the model's state.
type maker struct {
	r    *rand.Rand
	zxid int64
}

func (k *maker) next(m model) op {
	k.zxid++
	paths := slices.Sorted(maps.Keys(m))
	path := paths[k.r.IntN(len(paths))]
	o := op{path: path, zxid: k.zxid, data: k.data(), acl: k.acl()}
	stat := m[path].stat
	kind := k.r.IntN(10)
	switch {
	case path == "" || kind < 4:
		if k.r.IntN(20) > 0 && len(paths) > 60 {
			break
		}
		o.kind, o.path = "create", fmt.Sprintf("%s/%s", path, k.name())
		if m[o.path] != nil {
			return k.retry(m)
		}
		o.parentCVersion = stat.CVersion + 1
		if k.r.IntN(3) == 0 {
			o.owner = int64(k.r.IntN(4)) * 0x100000000
		}
		return o
	case kind < 6 && !zk.IsSpecialPath(path) && (m.children(path) == 0 || k.r.IntN(8) == 0):
		o.kind = "delete"
		return o
	case kind < 8:
		o.kind, o.version = "setData", stat.Version+1
		return o
	}
	if o.path == "" {
		o.path = zk.PathQuota
		stat = m[o.path].stat
	}
	o.kind, o.version = "setACL", stat.AVersion+1
	return o
}

func (k *maker) retry(m model) op {
	k.zxid--
	return k.next(m)
}

func (k *maker) name() string {
	if k.r.IntN(50) == 0 {
		return strings.Repeat("n", 200+k.r.IntN(6000))
	}
	return []string{"a", "b", "c", "ü", "a long name"}[k.r.IntN(5)]
}

func (k *maker) data() []byte {
	var n int
	switch k.r.IntN(6) {
	case 0:
		return nil
	case 1:
		n = 0
	case 2:
		n = k.r.IntN(9000)
	default:
		n = k.r.IntN(200)
	}
	data := make([]byte, n)
	for i := range data {
		data[i] = byte(k.r.Uint32())
	}
	return data
}

func (k *maker) acl() []zk.ACL {
	switch k.r.IntN(4) {
	case 0:
		return openList()
	case 1:
		return readList()
	}
	return []zk.ACL{
		{Perms: zk.PermAll, ID: zk.ID{Scheme: "digest", ID: fmt.Sprint("u", k.r.IntN(9))}},
		{Perms: zk.Perm(k.r.IntN(32)), ID: zk.ID{Scheme: "ip", ID: "10.0.0.0/8"}},
	}
}

// compare says how a tree differs from the model.
func compare(t *testing.T, tr *Tree, m model) {
	t.Helper()
	if tr.Count() != len(m)+1 {
		t.Errorf("count %d, model has %d znodes", tr.Count(), len(m))
	}
	var size int64 = 1
	owners := map[int64]int{}
	for path, want := range m {
		n := tr.Lookup(path)
		if n == 0 {
			t.Fatalf("%q is not there", path)
		}
		if got := tr.Persisted(n); got != want.stat {
			t.Fatalf("%q: stat %+v, want %+v", path, got, want.stat)
		}
		data := tr.Data(n)
		if !bytes.Equal(data, want.data) || (data == nil) != (want.data == nil) {
			t.Fatalf("%q: %d bytes of data, want %d", path, len(data), len(want.data))
		}
		if got := tr.ACLList(tr.ACLRef(n)); !slices.Equal(got, want.acl) {
			t.Fatalf("%q: ACL %v, want %v", path, got, want.acl)
		}
		if got := tr.NumChildren(n); int(got) != m.children(path) {
			t.Fatalf("%q: %d children, want %d", path, got, m.children(path))
		}
		if path != "" && string(tr.AppendPath(nil, n)) != path {
			t.Fatalf("%q calls itself %q", path, tr.AppendPath(nil, n))
		}
		size += int64(len([]rune(path)) + len(want.data))
		if o := want.stat.EphemeralOwner; o != 0 {
			owners[o]++
		}
	}
	if got := tr.ApproximateDataSize(); got != size {
		t.Errorf("data size %d, want %d", got, size)
	}
	if got, want := tr.Digest(), m.slowDigest(); got != want {
		t.Errorf("digest %d, want %d", got, want)
	}
	compareOwners(t, tr, owners)
}

func compareOwners(t *testing.T, tr *Tree, owners map[int64]int) {
	t.Helper()
	if got, want := slices.Collect(tr.EphemeralSessions()), slices.Sorted(maps.Keys(owners)); !slices.Equal(got, want) {
		t.Errorf("sessions %v, want %v", got, want)
	}
	total := 0
	for owner, want := range owners {
		got := 0
		for n := range tr.Ephemerals(owner) {
			if tr.Persisted(n).EphemeralOwner != owner {
				t.Errorf("session %#x is said to own znode of %#x", owner, tr.Persisted(n).EphemeralOwner)
			}
			got++
		}
		total += got
		if got != want {
			t.Errorf("session %#x has %d ephemerals, want %d", owner, got, want)
		}
	}
	if tr.EphemeralCount() != total {
		t.Errorf("ephemeral count %d, want %d", tr.EphemeralCount(), total)
	}
}

func check(t *testing.T, tr *Tree) {
	t.Helper()
	if err := tr.Check(); err != nil {
		t.Fatal(err)
	}
}

func TestTreeFollowsTheModelThroughRandomHistories(t *testing.T) {
	for seed := range uint64(30) {
		tr, m := New(), freshModel()
		k := &maker{r: rand.New(rand.NewPCG(seed, 1))}
		for i := range 600 {
			o := k.next(m)
			want := o.applyToModel(m)
			if got := o.applyTo(tr); got != want {
				t.Fatalf("seed %d, %v: %v, want %v", seed, o, got, want)
			}
			if i%50 == 0 {
				check(t, tr)
			}
		}
		compare(t, tr, m)
		check(t, tr)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// snapshot is what a walk emitted.
type snapshot struct {
	acls  map[int64][]zk.ACL
	order []string
	nodes map[string]*modelNode
	ids   map[string]int64
}

func (s *snapshot) visit(t *testing.T) Visit {
	return func(path, data []byte, acl ACLRef, st *zk.StatPersisted) {
		p := string(path)
		if s.nodes[p] != nil {
			t.Fatalf("walk emits %q twice", p)
		}
		if p != "" && s.nodes[parentOf(p)] == nil {
			t.Fatalf("walk emits %q before its parent", p)
		}
		s.order = append(s.order, p)
		s.nodes[p] = &modelNode{data: bytes.Clone(data), stat: *st}
		s.ids[p] = int64(acl)
		if acl == OpenACL {
			s.ids[p] = -1
		} else if s.acls[int64(acl)] == nil {
			t.Fatalf("walk emits %q with ACL %d, which is not in the table", p, acl)
		}
	}
}

func beginSnapshot(tr *Tree, zxid int64) *snapshot {
	tr.BeginWalk(zxid)
	s := &snapshot{acls: map[int64][]zk.ACL{}, nodes: map[string]*modelNode{}, ids: map[string]int64{}}
	for r := tr.NextWalkACL(OpenACL); r != OpenACL; r = tr.NextWalkACL(r) {
		s.acls[int64(r)] = tr.ACLList(r)
	}
	return s
}

func (s *snapshot) load(t *testing.T) *Tree {
	t.Helper()
	l := NewLoader()
	for id, list := range s.acls {
		if err := l.AddACL(id, list); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range s.order {
		if err := l.Add(p, s.nodes[p].data, s.ids[p], &s.nodes[p].stat); err != nil {
			t.Fatal(err)
		}
	}
	tr, err := l.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// What a walk emits while the tree changes, and the operations since its beginning, make the tree of its end. This is
// the whole promise of a fuzzy snapshot.
func TestWalkOfAMovingTreePlusReplayIsTheTree(t *testing.T) {
	for seed := range uint64(60) {
		tr, m := New(), freshModel()
		k := &maker{r: rand.New(rand.NewPCG(seed, 2))}
		run := func(n int) (ops []op) {
			for range n {
				o := k.next(m)
				o.applyToModel(m)
				o.applyTo(tr)
				ops = append(ops, o)
			}
			return ops
		}
		run(300)
		born := m.clone()
		s := beginSnapshot(tr, k.zxid)
		if len(s.acls) != tr.WalkACLs() {
			t.Fatalf("%d ACL lists, %d announced", len(s.acls), tr.WalkACLs())
		}
		var since []op
		visit := s.visit(t)
		for tr.WalkStep(1+k.r.IntN(4), 1+k.r.IntN(2000), visit) {
			since = append(since, run(k.r.IntN(12))...)
			check(t, tr)
		}
		for path := range s.nodes {
			if born[path] == nil {
				t.Errorf("seed %d: %q is younger than the walk", seed, path)
			}
		}
		tr.EndWalk()
		check(t, tr)
		replayed := s.load(t)
		for _, o := range since {
			o.applyTo(replayed)
		}
		check(t, replayed)
		compare(t, tr, m)
		compare(t, replayed, m)
		if replayed.UnknownACLs() != 0 {
			t.Errorf("%d unknown ACLs", replayed.UnknownACLs())
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}
