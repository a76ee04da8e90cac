package apply

import (
	"paddock/codec"
	"paddock/zk"
)

// Codes: multi (14) of create, create2, delete, setData and check.
//
// Order of checks: the whole request is decoded first (MarshallingError, which consumes a zxid here; a create mode that
// does not exist, or needs a TTL, is part of that); then each operation as it would be alone, seeing what those before it will have done. The first refusal ends it: the
// transaction then holds error parts only, OK before it, its code at it, RuntimeInconsistency behind it, and
// every pending change is as before.
//
// Effect: one zxid, one transaction. Watches: those of each operation in turn, with that zxid.
//
// Source: PrepRequestProcessor.pRequestHelper, MultiOperationRecord, DataTree.processTxn (3.9.5).

// part is one decoded operation of a multi.
type part struct {
	op     zk.Op
	create codec.CreateRequest
	set    codec.SetDataRequest
	pv     codec.PathVersion // delete and check
}

func (p *Processor) checkMulti(pr *proposal, d *codec.Decoder) zk.Err {
	parts, ok := decodeMulti(d)
	if !ok {
		return zk.ErrMarshallingError
	}
	pr.txn.Sub = make([]codec.Txn, len(parts))
	for i := range parts {
		t := &pr.txn.Sub[i]
		t.Type = parts[i].op
		if err := p.checkPart(pr, t, &parts[i]); err != zk.ErrOK {
			p.pend.rollback()
			pr.ephemerals = 0
			failMulti(pr.txn.Sub, i, err)
			return zk.ErrOK
		}
	}
	return zk.ErrOK
}

func (p *Processor) checkPart(pr *proposal, t *codec.Txn, o *part) zk.Err {
	switch o.op {
	case zk.OpDelete:
		return p.checkDelete(pr, t, o.pv.Path, o.pv.Version)
	case zk.OpCheck:
		return p.checkVersion(pr, t, o.pv.Path, o.pv.Version)
	case zk.OpSetData:
		return p.checkSetData(pr, t, &o.set)
	default:
		return p.checkCreate(pr, t, &o.create)
	}
}

// failMulti turns all parts into error parts; Apache logs OK parts in front of the failed one as they were and
// turns them into errors when applying, with the same replies.
func failMulti(parts []codec.Txn, failed int, err zk.Err) {
	for i := failed; i < len(parts); i++ {
		parts[i] = codec.Txn{Type: zk.OpError, Err: zk.ErrRuntimeInconsistency}
	}
	parts[failed].Err = err
}

func decodeMulti(d *codec.Decoder) ([]part, bool) {
	var parts []part
	for {
		h := d.MultiHeader()
		if d.Err() != nil {
			return nil, false
		}
		if h.Done {
			return parts, true
		}
		o := part{op: h.Op}
		switch h.Op {
		case zk.OpCreate, zk.OpCreate2:
			o.create = d.CreateRequest(h.Op, nil)
			if !o.create.Mode.Valid() || o.create.Mode.TTL() { // Apache's decoder refuses them
				return nil, false
			}
		case zk.OpDelete, zk.OpCheck:
			o.pv = d.PathVersion()
		case zk.OpSetData:
			o.set = d.SetDataRequest()
		default:
			return nil, false
		}
		parts = append(parts, o)
	}
}
