package apply

import (
	"paddock/codec"
	"paddock/zk"
)

// Codes: multi (14) of create, create2, createContainer, createTTL, delete, setData and check.
//
// Order of checks: the whole request is decoded first (MarshallingError, which consumes a zxid here; a create mode that
// does not exist, or needs a TTL, is part of that); then each operation as it would be alone, seeing what those before it will have done. The first refusal ends it: the
// transaction then holds error parts only, OK before it, its code at it, RuntimeInconsistency behind it, and
// every pending change is as before.
//
// Effect: one zxid, one transaction. Watches: those of each operation in turn, with that zxid.
//
// Source: PrepRequestProcessor.pRequestHelper, MultiOperationRecord, DataTree.processTxn (3.9.5).

func (p *Processor) checkMulti(pr *proposal, d *codec.Decoder) zk.Err {
	ops, reads := d.Multi()
	if d.Err() != nil || reads {
		return zk.ErrMarshallingError
	}
	pr.txn.Sub = make([]codec.Txn, len(ops))
	for i := range ops {
		t := &pr.txn.Sub[i]
		t.Type = ops[i].Op
		if err := p.checkPart(pr, t, &ops[i]); err != zk.ErrOK {
			p.pend.rollback()
			pr.ephemerals = 0
			if pr.badQuota {
				return err // for all of it, as Apache has it
			}
			failMulti(pr.txn.Sub, i, err)
			return zk.ErrOK
		}
	}
	return zk.ErrOK
}

func (p *Processor) checkPart(pr *proposal, t *codec.Txn, o *codec.MultiOp) zk.Err {
	switch o.Op {
	case zk.OpDelete:
		return p.checkDelete(pr, t, o.Path, o.Version)
	case zk.OpCheck:
		return p.checkVersion(pr, t, o.Path, o.Version)
	case zk.OpSetData:
		return p.checkSetData(pr, t, &o.Set)
	default:
		return p.checkCreate(pr, t, &o.Create)
	}
}

// failMulti ends a multi at its first refused part. The parts in front of it stay in the transaction as they are:
// whoever applies it sees the error and applies none.
func failMulti(parts []codec.Txn, failed int, err zk.Err) {
	for i := failed; i < len(parts); i++ {
		parts[i] = codec.Txn{Type: zk.OpError, Err: zk.ErrRuntimeInconsistency}
	}
	parts[failed].Err = err
}

// Codes: multiRead (22) of getData and getChildren.
//
// Checks: session (SessionExpired), decoding (MarshallingError); a request of writes gets MarshallingError with an
// empty result behind it. Each part is answered as it would be alone, without watches, errors in their place.

func (p *Processor) multiRead(c *conn, r *request) {
	d := codec.NewDecoder(r.body)
	ops, reads := d.Multi()
	if d.Err() != nil {
		p.reply(c, r, zk.ErrMarshallingError)
		return
	}
	err := zk.ErrOK
	if len(ops) > 0 && !reads {
		err, ops = zk.ErrMarshallingError, nil
	}
	buf, at := p.begin(c, r, err)
	for i := range ops {
		buf.B = p.appendRead(buf.B, &ops[i], r)
	}
	buf.B = codec.AppendMultiHeader(buf.B, codec.MultiEnd())
	p.finish(c, r, buf, at)
}

func (p *Processor) appendRead(b []byte, o *codec.MultiOp, r *request) []byte {
	n, err := p.readable(o.Path, r, zk.PermRead)
	if err != zk.ErrOK {
		return appendErrorResult(b, err)
	}
	b = codec.AppendMultiHeader(b, codec.MultiHeader{Op: o.Op})
	if o.Op == zk.OpGetChildren {
		return p.appendChildren(b, n)
	}
	stat := p.tree.Stat(n)
	return codec.AppendStat(codec.AppendBuffer(b, p.tree.Data(n)), &stat)
}

// appendErrorResult appends the result of a part that failed, in a multi or a multiRead.
func appendErrorResult(b []byte, err zk.Err) []byte {
	b = codec.AppendMultiHeader(b, codec.MultiHeader{Op: zk.OpError, Err: err})
	return codec.AppendInt32(b, int32(err))
}
