package tree

import (
	"strings"
	"testing"
)

// inIndex finds the slot of a znode.
func inIndex(t *Tree, path string) *slot {
	n := t.Lookup(path)
	for i := range t.index.segments {
		for j := range t.index.segments[i].slots {
			if s := &t.index.segments[i].slots[j]; s.node == n {
				return s
			}
		}
	}
	panic(path + " is not in the index")
}

// Check is what the other tests rely on, so each kind of damage has to be seen by it.
func TestCheckSeesDamage(t *testing.T) {
	for _, c := range []struct {
		what   string
		damage func(*Tree, *node)
		want   string
	}{
		{"a wrong digest sum", func(t *Tree, _ *node) { t.digest++ }, "nodes sum up to"},
		{"a wrong node digest", func(_ *Tree, nd *node) { nd.digest++ }, "digest"},
		{"a stat without its digest", func(_ *Tree, nd *node) { nd.mzxid++ }, "digest"},
		{"changed data", func(t *Tree, nd *node) { t.block(nd)[nd.nameBytes] ^= 1 }, "crc"},
		{"a changed name", func(t *Tree, nd *node) { t.block(nd)[0] ^= 1 }, "lookup"},
		{"a wrong hash", func(t *Tree, _ *node) { inIndex(t, "/b").hash ^= 1 << 31 }, "lookup"},
		{"a lost znode", func(t *Tree, _ *node) { inIndex(t, "/b").node = 0 }, "lookup"},
		{"a wrong count of a segment", func(t *Tree, _ *node) { t.index.segments[0].used++ }, "segment 0 holds"},
		{"a wrong parent", func(t *Tree, nd *node) { nd.parent = t.Lookup("/zookeeper") }, "parent"},
		{"a lost sibling", func(_ *Tree, nd *node) { nd.next = 0 }, "children counted"},
		{"a wrong previous sibling", func(t *Tree, nd *node) { t.slab.at(nd.next).prev = 0 }, "previous"},
		{"a wrong number of children", func(t *Tree, nd *node) { t.slab.at(nd.parent).children++ }, "children counted"},
		{"a wrong data size", func(t *Tree, _ *node) { t.dataUnits++ }, "data size"},
		{"a wrong count", func(t *Tree, _ *node) { t.index.count++ }, "znodes reached"},
		{"a lost ephemeral", func(t *Tree, _ *node) { t.ephemeralCount-- }, "ephemerals"},
		{"an ephemeral list cut off", func(t *Tree, nd *node) { delete(t.sessions, nd.owner) }, "in no list"},
		{"an ephemeral of another session", func(t *Tree, nd *node) {
			t.sessions[99] = t.sessions[nd.owner]
			delete(t.sessions, nd.owner)
		}, "does not belong"},
		{"a wrong ACL count", func(t *Tree, nd *node) { t.acls.entries[nd.acl].refs++ }, "users"},
		{"an ACL that nobody finds", func(t *Tree, nd *node) { delete(t.acls.byKey, t.acls.entries[nd.acl].key) }, "key"},
		{"a leaked node", func(t *Tree, _ *node) { t.slab.alloc() }, "slots used"},
		{"a leaked block", func(t *Tree, _ *node) { t.blocks.alloc(100) }, "units in use"},
		{"a walk that stands nowhere", func(t *Tree, _ *node) { t.walk.cursor = 500 }, "walk"},
	} {
		t.Run(c.what, func(t *testing.T) {
			tr := New()
			for i, path := range []string{"/x", "/a", "/b", "/y"} {
				tr.Create(path, []byte("data"), readList(), int64(7+i%2), int32(i+1), int64(i+1), 0)
			}
			tr.Delete("/y", 9)
			check(t, tr)
			c.damage(tr, tr.slab.at(tr.Lookup("/b")))
			if err := tr.Check(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}
