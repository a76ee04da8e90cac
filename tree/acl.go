package tree

import (
	"encoding/binary"
	"strings"

	"paddock/zk"
)

// ACLRef names an ACL list of a Tree. It is the list's number in a snapshot too, OpenACL excepted.
type ACLRef uint32

// OpenACL is the list that lets everybody do everything; it is never in the table (id -1 on Apache's disk).
const OpenACL ACLRef = 0

// aclEntry is one distinct list. Refs 0 and list nil is a free slot.
type aclEntry struct {
	list    []zk.ACL // immutable
	key     string   // in byKey; "" for a list that stands in for an unknown id
	refs    uint32   // znodes that name it
	unknown bool
}

// aclTable interns ACL lists: the order of a list matters, and equal lists share one entry.
type aclTable struct {
	open    []zk.ACL
	entries []aclEntry // [0] stays empty: that number is OpenACL
	byKey   map[string]ACLRef
	free    []ACLRef
	scratch []byte

	frozen    bool     // a walk runs: nothing is freed and no slot reused
	frozenLen ACLRef   // entries beyond are younger than the walk
	frozenN   int      // lists in the table when the walk began
	dead      []ACLRef // lost their last reference since; freed at the end of the walk
}

func (a *aclTable) init() {
	a.open = zk.OpenACL()
	a.entries = make([]aclEntry, 1)
	a.byKey = map[string]ACLRef{}
}

// live is the number of lists in the table.
func (a *aclTable) live() int { return len(a.entries) - 1 - len(a.free) }

// isOpen tells whether the list is the open one. A list that is nil counts as open too, as on Apache's disk.
func isOpen(acl []zk.ACL) bool {
	return acl == nil ||
		len(acl) == 1 && acl[0].Perms == zk.PermAll && acl[0].ID.Scheme == "world" && acl[0].ID.ID == "anyone"
}

func appendACLKey(b []byte, acl []zk.ACL) []byte {
	for i := range acl {
		b = binary.AppendUvarint(b, uint64(uint32(acl[i].Perms)))
		b = binary.AppendUvarint(b, uint64(len(acl[i].ID.Scheme)))
		b = append(b, acl[i].ID.Scheme...)
		b = binary.AppendUvarint(b, uint64(len(acl[i].ID.ID)))
		b = append(b, acl[i].ID.ID...)
	}
	return b
}

// intern gives the list's reference without counting a use; the caller retains it at once. It copies a new list.
func (a *aclTable) intern(acl []zk.ACL) ACLRef {
	if isOpen(acl) {
		return OpenACL
	}
	a.scratch = appendACLKey(append(a.scratch[:0], 'k'), acl)
	if ref, ok := a.byKey[string(a.scratch)]; ok {
		return ref
	}
	key := string(a.scratch)
	list := make([]zk.ACL, len(acl))
	for i := range acl {
		list[i] = zk.ACL{Perms: acl[i].Perms, ID: zk.ID{
			Scheme: strings.Clone(acl[i].ID.Scheme), ID: strings.Clone(acl[i].ID.ID),
		}}
	}
	ref := a.add(aclEntry{list: list, key: key})
	a.byKey[key] = ref
	return ref
}

// addUnknown makes a list that denies everything, for an id that a snapshot names and its table lacks.
func (a *aclTable) addUnknown() ACLRef {
	deny := []zk.ACL{{Perms: 0, ID: zk.ID{Scheme: "world", ID: "anyone"}}}
	return a.add(aclEntry{list: deny, unknown: true})
}

func (a *aclTable) add(e aclEntry) ACLRef {
	if n := len(a.free); n > 0 && !a.frozen {
		ref := a.free[n-1]
		a.free = a.free[:n-1]
		a.entries[ref] = e
		return ref
	}
	a.entries = append(a.entries, e)
	return ACLRef(len(a.entries) - 1)
}

func (a *aclTable) retain(ref ACLRef) {
	if ref != OpenACL {
		a.entries[ref].refs++
	}
}

func (a *aclTable) release(ref ACLRef) {
	if ref == OpenACL {
		return
	}
	e := &a.entries[ref]
	if e.refs == 0 {
		panic("tree: ACL list released more often than retained")
	}
	e.refs--
	if e.refs > 0 {
		return
	}
	if a.frozen {
		a.dead = append(a.dead, ref)
		return
	}
	a.drop(ref)
}

func (a *aclTable) drop(ref ACLRef) {
	e := &a.entries[ref]
	if e.key != "" {
		delete(a.byKey, e.key)
	}
	*e = aclEntry{}
	a.free = append(a.free, ref)
}

// freeze keeps every reference of now valid until thaw.
func (a *aclTable) freeze() {
	a.frozen = true
	a.frozenLen = ACLRef(len(a.entries))
	a.frozenN = a.live()
}

func (a *aclTable) thaw() {
	a.frozen = false
	for _, ref := range a.dead {
		if e := &a.entries[ref]; e.refs == 0 && e.list != nil { // it may have died twice, or live again
			a.drop(ref)
		}
	}
	a.dead = nil
}

// ACLRef gives the reference of the znode's ACL list.
func (t *Tree) ACLRef(n Node) ACLRef { return t.slab.at(n).acl }

// ACLList gives the list: shared, and never to be changed. An unknown ACL of a snapshot reads as a list that grants
// nothing.
func (t *Tree) ACLList(r ACLRef) []zk.ACL {
	if r == OpenACL {
		return t.acls.open
	}
	return t.acls.entries[r].list
}

// UnknownACLs counts the znodes whose snapshot named an ACL id that its table lacked, and that no transaction has
// given an ACL since. They deny everything. After replay it must be 0, or the data is damaged.
func (t *Tree) UnknownACLs() int {
	sum := 0
	for i := range t.acls.entries {
		if e := &t.acls.entries[i]; e.unknown {
			sum += int(e.refs)
		}
	}
	return sum
}
