package apply

import (
	"fmt"

	"paddock/codec"
	"paddock/tree"
	"paddock/zk"
)

// Replay brings a loaded snapshot up to date with the log. The snapshot may hold later znodes than its zxid
// says: replaying a transaction whose effect is there already changes nothing (DataTree.processTxn, 3.9.5).
type Replay struct {
	Tree     *tree.Tree
	Sessions map[int64]int32 // id -> timeout in milliseconds
	Zxid     int64           // of the last transaction
	Txns     int             // transactions replayed

	// FuzzyUntil is the last transaction whose effects the snapshot may hold: up to it no digest is one of a state.
	FuzzyUntil int64
	Digests    Digests

	quota  *ledger         // made by the first transaction
	digest codec.TxnDigest // of the last transaction that carries one
	exact  bool            // the last transaction carries a digest
}

// LogRecord is one decoded record of the log, borrowed from its bytes.
type LogRecord struct {
	header codec.TxnHeader
	txn    codec.Txn
	digest codec.TxnDigest
}

// DecodeRecord reads a payload of the log.
func DecodeRecord(payload []byte) (rec LogRecord, err error) {
	rec.header, rec.txn, rec.digest, err = codec.DecodeTxn(payload)
	if err != nil {
		err = fmt.Errorf("apply: transaction 0x%x: %w", rec.header.Zxid, err)
	}
	return rec, err
}

// Apply takes one log payload, in order. An error means that the record cannot be read.
func (r *Replay) Apply(payload []byte) error {
	rec, err := DecodeRecord(payload)
	if err == nil {
		r.Take(&rec)
	}
	return err
}

// Take is Apply for a record that is decoded already.
func (r *Replay) Take(rec *LogRecord) {
	h, t := &rec.header, &rec.txn
	r.loadQuotas()
	switch h.Type {
	case zk.OpCreateSession:
		r.Sessions[h.ClientID] = t.TimeoutMs
	case zk.OpCloseSession:
		r.closeSession(h, t)
	case zk.OpMulti:
		if multiFailure(t.Sub) < 0 {
			for i := range t.Sub {
				r.apply(h, &t.Sub[i])
			}
		}
	default:
		r.apply(h, t)
	}
	r.Zxid = max(r.Zxid, h.Zxid)
	r.Txns++
	if h.Zxid > r.FuzzyUntil {
		r.Digests.Note(h.Zxid, r.Tree.Digest())
	}
	r.exact = rec.digest.Version == codec.DigestVersion
	if r.exact {
		r.digest = rec.digest
	}
}

// Mismatch tells whether the tree differs from the digest that the last transaction carries.
func (r *Replay) Mismatch() (want, got uint64, differs bool) {
	got = r.Tree.Digest()
	return r.digest.Tree, got, r.exact && r.digest.Tree != got
}

// HasDigest tells whether the last transaction carries a digest, without which Mismatch knows nothing.
func (r *Replay) HasDigest() bool { return r.exact }

// apply takes a transaction, or a part of one, that touches a single znode.
func (r *Replay) apply(h *codec.TxnHeader, t *codec.Txn) {
	switch t.Type {
	case zk.OpCreate, zk.OpCreate2, zk.OpCreateContainer, zk.OpCreateTTL:
		r.create(h, t)
	case zk.OpDelete, zk.OpDeleteContainer:
		r.remove(t.Path, h.Zxid)
	case zk.OpSetData, zk.OpReconfig:
		r.setData(h, t)
	case zk.OpSetACL:
		r.Tree.SetACL(t.Path, t.ACL, t.Version)
	}
}

// create makes a znode; one that is there already gets the ACL list, which its snapshot may lack, and its
// parent the marks of the create.
func (r *Replay) create(h *codec.TxnHeader, t *codec.Txn) {
	_, err := r.Tree.Create(t.Path, t.Data, t.ACL, ownerOf(h, t), t.ParentCVersion, h.Zxid, h.TimeMs)
	if err == zk.ErrOK {
		r.quota.created(t.Path, len(t.Data))
	}
	if err != zk.ErrNodeExists {
		return
	}
	n := r.Tree.Lookup(t.Path)
	r.Tree.SetACL(t.Path, t.ACL, r.Tree.Persisted(n).AVersion)
	r.Tree.RepairParent(t.Path, t.ParentCVersion, h.Zxid)
}

func (r *Replay) closeSession(h *codec.TxnHeader, t *codec.Txn) {
	delete(r.Sessions, h.ClientID)
	for _, path := range t.Paths {
		r.remove(path, h.Zxid)
	}
	var rest []tree.Node
	for n := range r.Tree.Ephemerals(h.ClientID) {
		rest = append(rest, n)
	}
	for _, n := range rest {
		r.remove(string(r.Tree.AppendPath(nil, n)), h.Zxid)
	}
}

func (r *Replay) remove(path string, zxid int64) {
	bytes := r.quota.dataLength(r.Tree, path)
	if r.Tree.Delete(path, zxid) == zk.ErrOK {
		r.quota.deleted(path, bytes)
	}
}

func (r *Replay) setData(h *codec.TxnHeader, t *codec.Txn) {
	before := r.quota.dataLength(r.Tree, t.Path)
	if _, err := r.Tree.SetData(t.Path, t.Data, t.Version, h.Zxid, h.TimeMs); err == zk.ErrOK {
		r.quota.changed(t.Path, before, len(t.Data))
	}
}

// loadQuotas begins to keep the use of quotas, from the snapshot's on. A Processor counts it afresh in the end; stats
// without limits, which it leaves as they are, are right because of this.
func (r *Replay) loadQuotas() {
	if r.quota == nil {
		r.quota = &ledger{nodes: appliedQuotas{r.Tree}}
		r.quota.load(r.Tree, true)
	}
}
