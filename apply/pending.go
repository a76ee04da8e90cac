package apply

import (
	"fmt"

	"paddock/tree"
	"paddock/zk"
)

// record is what a znode will be when every transaction that has been made is applied. Later checks see it,
// readers never do.
type record struct {
	path     string
	hash     uint32 // of the path, as the tree has it
	fresh    bool   // just looked up: there is no pending record of the path
	zxid     int64  // of the latest transaction that made it; when that is applied the record dies
	gone     bool
	stat     zk.StatPersisted
	children int32
	acl      []zk.ACL
	crc      uint32 // CRC-32 state after path and data, for the digest
	digest   uint64 // what the znode adds to the tree's digest

	dataBytes int32
	text      []byte // data of a quota's znode, if hasText: a pending transaction has set it
	hasText   bool
}

// undo remembers a record as it was before the running transaction touched it.
type undo struct {
	rec *record
	was record
	new bool // there was no record
}

// pendingTable holds the records of all paths with unapplied changes, and what it takes to roll the running
// transaction back.
type pendingTable struct {
	tree     *tree.Tree
	digester tree.Digester
	byPath   records
	free     []*record
	undo     []undo        // of the running transaction
	digest   uint64        // of the tree when everything is applied
	saved    uint64        // digest before the running transaction
	created  map[int64]int // session id -> number of its pending ephemeral creates
	ahead    *ledger       // nil unless quotas are enforced
}

func (t *pendingTable) init(tr *tree.Tree) {
	t.tree, t.created = tr, map[int64]int{}
	t.digest = tr.Digest()
}

// look gives the latest state of a path: pending, or else applied. The record may be scratch: it is valid until
// the next look, and change makes it stay.
func (t *pendingTable) look(path string, scratch *record) *record {
	hash := t.tree.Hash(path)
	if r := t.byPath.get(path, hash); r != nil {
		if r.gone {
			return nil
		}
		return r
	}
	n := t.tree.Find(path, hash)
	if n == 0 {
		return nil
	}
	*scratch = record{
		path: path, hash: hash, fresh: true, stat: t.tree.Persisted(n), children: t.tree.NumChildren(n),
		acl: t.tree.ACLList(t.tree.ACLRef(n)), crc: t.tree.CRC(n), digest: t.tree.DigestOf(n), dataBytes: t.tree.DataLength(n),
	}
	return scratch
}

func (t *pendingTable) digestOf(r *record) uint64 {
	if r.gone || !tree.InDigest(r.path) {
		return 0
	}
	return t.digester.NodeDigest(r.crc, &r.stat)
}

// pending gives the record of a path, if it has one.
func (t *pendingTable) pending(path string) *record { return t.byPath.get(path, t.tree.Hash(path)) }

// change makes a record, gotten from look or made up for a new znode, part of the running transaction. What it
// returns is to be changed and then handed to settle.
func (t *pendingTable) change(r *record, zxid int64) *record {
	var have *record
	if !r.fresh {
		have = t.byPath.get(r.path, r.hash)
	}
	if have != nil {
		if have.zxid != zxid {
			t.undo = append(t.undo, undo{rec: have, was: *have})
		}
		if have != r {
			digest := have.digest
			*have = *r
			have.digest = digest
		}
		have.zxid = zxid
		return have
	}
	rec := t.alloc()
	*rec = *r
	rec.fresh, rec.zxid = false, zxid
	t.byPath.put(rec)
	t.undo = append(t.undo, undo{rec: rec, new: true})
	return rec
}

// settle brings the digest up to date with a changed record.
func (t *pendingTable) settle(r *record) {
	digest := t.digestOf(r)
	t.digest += digest - r.digest
	r.digest = digest
}

// begin starts a transaction: what follows can be rolled back until touched takes it over.
func (t *pendingTable) begin() {
	t.undo, t.saved = t.undo[:0], t.digest
	if t.ahead != nil {
		t.ahead.begin()
	}
}

// rollback takes the running transaction's changes back, parents included.
func (t *pendingTable) rollback() {
	for i := len(t.undo) - 1; i >= 0; i-- {
		u := &t.undo[i]
		if u.new {
			t.byPath.remove(u.rec)
			t.release(u.rec)
			continue
		}
		*u.rec = u.was
	}
	clear(t.undo)
	t.undo, t.digest = t.undo[:0], t.saved
	if t.ahead != nil {
		t.ahead.rollback()
	}
}

// touched appends the running transaction's records to dst: retire needs them when it is applied.
func (t *pendingTable) touched(dst []*record) []*record {
	for i := range t.undo {
		dst = append(dst, t.undo[i].rec)
		t.undo[i] = undo{}
	}
	if t.undo = t.undo[:0]; cap(t.undo) > spareMax {
		t.undo = nil
	}
	return dst
}

// retire drops the records that no later transaction has changed.
func (t *pendingTable) retire(records []*record, zxid int64) {
	for i, r := range records {
		if r.zxid == zxid {
			t.byPath.remove(r)
			t.release(r)
		}
		records[i] = nil
	}
}

func (t *pendingTable) alloc() *record {
	if n := len(t.free); n > 0 {
		r := t.free[n-1]
		t.free = t.free[:n-1]
		return r
	}
	return new(record)
}

const freeRecordsMax = 4096

func (t *pendingTable) release(r *record) {
	*r = record{}
	if len(t.free) < freeRecordsMax {
		t.free = append(t.free, r)
	}
}

// ephemerals lists the paths that a session will own when everything is applied: pending creates count, pending
// deletes do not.
func (t *pendingTable) ephemerals(id int64) []string {
	var paths []string
	for n := range t.tree.Ephemerals(id) {
		path := string(t.tree.AppendPath(nil, n))
		if r := t.pending(path); r == nil || !r.gone && r.stat.EphemeralOwner == id {
			paths = append(paths, path)
		}
	}
	if t.created[id] == 0 {
		return paths
	}
	for r := range t.byPath.all() {
		if !r.gone && r.stat.EphemeralOwner == id && !t.ownedInTree(r.path, id) {
			paths = append(paths, r.path)
		}
	}
	return paths
}

func (t *pendingTable) ownedInTree(path string, id int64) bool {
	n := t.tree.Lookup(path)
	return n != 0 && t.tree.Persisted(n).EphemeralOwner == id
}

// assertEmpty holds the invariant of a processor with nothing on its way to the log.
func (t *pendingTable) assertEmpty() {
	if t.byPath.len() != 0 || len(t.created) != 0 || t.digest != t.tree.Digest() {
		panic(fmt.Sprintf("apply: nothing proposed, but %d pending records, %d sessions with pending ephemerals, "+
			"digest %x against the tree's %x", t.byPath.len(), len(t.created), t.digest, t.tree.Digest()))
	}
}
