package codec

import (
	"encoding/binary"
	"fmt"

	"paddock/zk"
)

// TxnHeader stands in front of every transaction in the log.
type TxnHeader struct {
	ClientID int64 // session id, 0 for the server's own
	Cxid     int32 // the client's xid
	Zxid     int64
	TimeMs   int64 // wall clock of the check, ms since the epoch; becomes ctime and mtime
	Type     zk.Op
}

// TxnDigest is the tree's digest after the transaction; Version 0 means that the record has none.
type TxnDigest struct {
	Version int32
	Tree    uint64
}

// DigestVersion is the digest that Apache ZooKeeper 3.6 to 3.9 computes (DigestCalculator, 3.9.5).
const DigestVersion int32 = 2

// Txn is the body of a transaction: a result, not a request, so that replaying it is idempotent. Which fields
// count depends on the type:
//
//	create, create2        Path Data ACL Ephemeral ParentCVersion (-1 in logs older than 3.4: unknown)
//	createContainer        Path Data ACL ParentCVersion
//	createTTL              Path Data ACL ParentCVersion TTLMs
//	delete, deleteContainer Path
//	setData, reconfig      Path Data Version (the new one)
//	setACL                 Path ACL Version (the new aversion)
//	check                  Path Version (only inside multi)
//	multi                  Sub
//	createSession          TimeoutMs
//	closeSession           Paths if HasPaths, else every ephemeral of the session
//	error                  Err
type Txn struct {
	Type           zk.Op
	Path           string
	Data           []byte
	ACL            []zk.ACL
	Ephemeral      bool
	ParentCVersion int32
	TTLMs          int64
	Version        int32
	TimeoutMs      int32
	Err            zk.Err
	HasPaths       bool
	Paths          []string
	Sub            []Txn

	// CRC is that after path and data (tree.PathDataCRC), of a setData that was just checked. The log does not hold it.
	CRC uint32
}

// AppendTxn appends a whole log payload: header, body and, unless its version is 0, the digest.
func AppendTxn(b []byte, h *TxnHeader, t *Txn, digest TxnDigest) []byte {
	b = AppendInt64(b, h.ClientID)
	b = AppendInt32(b, h.Cxid)
	b = AppendInt64(b, h.Zxid)
	b = AppendInt64(b, h.TimeMs)
	b = AppendInt32(b, int32(h.Type))
	b = appendTxnBody(b, t)
	if digest.Version != 0 {
		b = AppendInt32(b, digest.Version)
		b = AppendInt64(b, int64(digest.Tree))
	}
	return b
}

func appendTxnBody(b []byte, t *Txn) []byte {
	switch t.Type {
	case zk.OpCreate, zk.OpCreate2, zk.OpCreateContainer, zk.OpCreateTTL:
		return appendCreateTxn(b, t)
	case zk.OpDelete, zk.OpDeleteContainer:
		return AppendString(b, t.Path)
	case zk.OpSetData, zk.OpReconfig:
		return AppendInt32(AppendBuffer(AppendString(b, t.Path), t.Data), t.Version)
	case zk.OpSetACL:
		return AppendInt32(AppendACL(AppendString(b, t.Path), t.ACL), t.Version)
	case zk.OpCheck:
		return AppendInt32(AppendString(b, t.Path), t.Version)
	case zk.OpMulti:
		return appendMultiTxn(b, t)
	case zk.OpCreateSession:
		return AppendInt32(b, t.TimeoutMs)
	case zk.OpCloseSession:
		if t.HasPaths {
			return AppendStrings(b, t.Paths)
		}
		return b
	case zk.OpError:
		return AppendInt32(b, int32(t.Err))
	}
	panic(fmt.Sprintf("codec: no transaction has type %d", t.Type))
}

func appendCreateTxn(b []byte, t *Txn) []byte {
	b = AppendString(b, t.Path)
	b = AppendBuffer(b, t.Data)
	b = AppendACL(b, t.ACL)
	if t.Type == zk.OpCreate || t.Type == zk.OpCreate2 {
		b = AppendBool(b, t.Ephemeral)
	}
	b = AppendInt32(b, t.ParentCVersion)
	if t.Type == zk.OpCreateTTL {
		b = AppendInt64(b, t.TTLMs)
	}
	return b
}

// appendMultiTxn writes each part as its type and a buffer with its body.
func appendMultiTxn(b []byte, t *Txn) []byte {
	b = AppendInt32(b, int32(len(t.Sub)))
	for i := range t.Sub {
		b = AppendInt32(b, int32(t.Sub[i].Type))
		at := len(b)
		b = appendTxnBody(AppendInt32(b, 0), &t.Sub[i])
		binary.BigEndian.PutUint32(b[at:], uint32(len(b)-at-4))
	}
	return b
}

// DecodeTxn reads a log payload. The body's strings and buffers are borrowed. Bytes behind the record, other
// than a digest, are damage.
func DecodeTxn(payload []byte) (TxnHeader, Txn, TxnDigest, error) {
	d := NewDecoder(payload)
	h := TxnHeader{ClientID: d.Int64(), Cxid: d.Int32(), Zxid: d.Int64(), TimeMs: d.Int64(), Type: zk.Op(d.Int32())}
	t := d.txnBody(h.Type, true)
	var digest TxnDigest
	if d.Err() == nil && d.Remaining() >= txnDigestBytes {
		digest = TxnDigest{Version: d.Int32(), Tree: uint64(d.Int64())}
		if digest.Version == 0 {
			digest = TxnDigest{} // nobody writes that; it says nothing
		}
	}
	if d.Err() == nil && d.Remaining() != 0 {
		d.err = fmt.Errorf("%w: %d bytes behind transaction of type %d", ErrMalformed, d.Remaining(), h.Type)
	}
	return h, t, digest, d.Err()
}

const txnDigestBytes = 12

func (d *Decoder) txnBody(op zk.Op, top bool) Txn {
	t := Txn{Type: op}
	switch op {
	case zk.OpCreate, zk.OpCreate2, zk.OpCreateContainer, zk.OpCreateTTL:
		d.createTxn(&t)
	case zk.OpDelete, zk.OpDeleteContainer:
		t.Path = d.Path()
	case zk.OpSetData, zk.OpReconfig:
		t.Path, t.Data, t.Version = d.Path(), d.Buffer(), d.Int32()
	case zk.OpSetACL:
		t.Path, t.ACL, t.Version = d.Path(), d.ACL(nil), d.Int32()
	case zk.OpCheck:
		t.Path, t.Version = d.Path(), d.Int32()
	case zk.OpCreateSession:
		t.TimeoutMs = d.Int32()
	case zk.OpCloseSession:
		d.closeSessionTxn(&t)
	case zk.OpError:
		t.Err = zk.Err(d.Int32())
	case zk.OpMulti:
		if top {
			d.multiTxn(&t)
			return t
		}
		fallthrough
	default:
		if d.err == nil {
			d.err = fmt.Errorf("%w: no transaction has type %d", ErrMalformed, op)
		}
	}
	return t
}

func (d *Decoder) createTxn(t *Txn) {
	t.Path, t.Data, t.ACL = d.Path(), d.Buffer(), d.ACL(nil)
	t.TTLMs = -1
	if t.Type == zk.OpCreate || t.Type == zk.OpCreate2 {
		t.Ephemeral = d.Bool()
		if t.Type == zk.OpCreate && d.err == nil && d.Remaining() < 4 {
			t.ParentCVersion = -1 // CreateTxnV0, before 3.4 (SerializeUtils, 3.9.5)
			return
		}
	}
	t.ParentCVersion = d.Int32()
	if t.Type == zk.OpCreateTTL {
		t.TTLMs = d.Int64()
	}
}

// closeSessionTxn reads the list of paths, or finds out that there is none: releases before 3.6, and
// closeSessionTxn.enabled=false, write an empty body, behind which a digest may follow.
func (d *Decoder) closeSessionTxn(t *Txn) {
	if d.err != nil {
		return
	}
	start := d.off
	paths := d.Strings()
	if d.err == nil && (d.Remaining() == 0 || d.Remaining() == txnDigestBytes) && allPaths(paths) {
		t.HasPaths, t.Paths = true, paths
		return
	}
	d.off, d.err = start, nil
	if r := d.Remaining(); r != 0 && r != txnDigestBytes {
		d.err = fmt.Errorf("%w: closeSession body of %d bytes is neither a list of paths nor empty", ErrMalformed, r)
	}
}

func allPaths(paths []string) bool {
	for _, path := range paths {
		if path == "" || path[0] != '/' {
			return false
		}
	}
	return true
}

func (d *Decoder) multiTxn(t *Txn) {
	n := d.Count(8)
	if n <= 0 {
		return
	}
	t.Sub = make([]Txn, 0, min(n, 1024)) // a part costs more here than in the input
	for i := 0; i < n && d.err == nil; i++ {
		op := zk.Op(d.Int32())
		sub := NewDecoder(d.Buffer())
		if d.err != nil {
			return
		}
		t.Sub = append(t.Sub, sub.txnBody(op, false))
		if sub.err != nil {
			d.err = fmt.Errorf("part %d of a multi: %w", i, sub.err)
		}
	}
}
