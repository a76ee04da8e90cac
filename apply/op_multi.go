package apply

import (
	"errors"
	"slices"

	"github.com/valyala/bytebufferpool"

	"paddock/codec"
	"paddock/zk"
)

// Codes: multi (14) of create, create2, createContainer, createTTL, delete, setData and check.
//
// Order of checks: the whole request is decoded first (MarshallingError, which consumes a zxid here; a create mode that
// does not exist, or needs a TTL, is part of that, and so is a null ACL list of a create, but that consumes none), then
// every path is looked at (MarshallingError for a null one); then each operation as it would be alone, seeing what those
// before it will have done. A MarshallingError is one for the whole request. Any other refusal ends it: the transaction
// then holds error parts only, OK before it, its code at it, RuntimeInconsistency behind it, and every pending change is
// as before.
//
// Effect: one zxid, one transaction. Watches: those of each operation in turn, with that zxid.
//
// Source: PrepRequestProcessor.pRequestHelper, MultiOperationRecord, DataTree.processTxn (3.9.5).

func (p *Processor) checkMulti(pr *proposal, d *codec.Decoder) zk.Err {
	ops, reads := d.Multi(p.multis.ops)
	defer p.multis.keepOps(ops)
	switch {
	case errors.Is(d.Err(), codec.ErrNullACL):
		return undecodable
	case d.Err() != nil, reads, firstNullPath(ops) < len(ops):
		return zk.ErrMarshallingError
	}
	p.foreseeParts(ops)
	pr.txn.Sub = p.multis.parts(len(ops))
	for i := range ops {
		t := &pr.txn.Sub[i]
		t.Type = ops[i].Op
		switch err := p.checkPart(pr, t, &ops[i]); err {
		case zk.ErrOK:
		case zk.ErrMarshallingError:
			return err
		default:
			p.pend.rollback()
			pr.ephemerals = 0
			failMulti(pr.txn.Sub, i, err)
			return zk.ErrOK
		}
	}
	return zk.ErrOK
}

// multiRoom is memory of multis that are done with, for those to come.
type multiRoom struct {
	ops  []codec.MultiOp
	subs [][]codec.Txn
}

// roomPartsMax and roomSubsMax bound what is kept: 4 MiB at most.
const (
	roomPartsMax = 128
	roomSubsMax  = 128
)

// keepOps takes the decoded parts of a multi back, which refer to its frame.
func (m *multiRoom) keepOps(ops []codec.MultiOp) {
	clear(ops)
	if m.ops = ops[:0]; cap(ops) > roomPartsMax {
		m.ops = nil
	}
}

// parts gives n empty parts of a transaction.
func (m *multiRoom) parts(n int) []codec.Txn {
	last := len(m.subs) - 1
	if n > roomPartsMax || last < 0 {
		return make([]codec.Txn, n)
	}
	sub := m.subs[last]
	m.subs = m.subs[:last]
	return slices.Grow(sub, n)[:n]
}

// keepParts takes the parts of a transaction back.
func (m *multiRoom) keepParts(sub []codec.Txn) {
	if cap(sub) == 0 || cap(sub) > roomPartsMax || len(m.subs) == roomSubsMax {
		return
	}
	clear(sub)
	m.subs = append(m.subs, sub[:0])
}

// firstNullPath finds the first part without a path; their number if all have one.
func firstNullPath(ops []codec.MultiOp) int {
	for i := range ops {
		if ops[i].NullPath() {
			return i
		}
	}
	return len(ops)
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
// Checks: session (SessionExpired), decoding (MarshallingError); at a null path, and at a write, it ends with
// MarshallingError and the results so far. Each part is answered as it would be alone, without watches, errors in their place.

// multiReadBytesMax bounds the answer to a multiRead, because a short request can name a large znode many times. Clients
// refuse replies of a few MiB (jute.maxbuffer), and Apache has no bound.
const multiReadBytesMax = 32 << 20

func (p *Processor) multiRead(c *conn, r *request) {
	d := codec.NewDecoder(r.body)
	ops, reads := d.Multi(nil)
	if d.Err() != nil {
		p.reply(c, r, zk.ErrMarshallingError)
		return
	}
	good := firstNullPath(ops)
	if !reads {
		good = 0
	}
	err := zk.ErrOK
	if good < len(ops) {
		err = zk.ErrMarshallingError
	}
	w := multiReading{ops: ops[:good], err: err}
	if _, done := w.step(p, &longRead{conn: c, req: *r}, p.slices.steps); !done {
		bytebufferpool.Put(w.buf) // from the beginning, when its turn comes: the tree may have changed by then
		p.answerSlowly(c, r, &multiReading{ops: w.ops, err: err})
	}
}

// multiReading is a multiRead under way.
type multiReading struct {
	ops  []codec.MultiOp
	err  zk.Err
	next int       // of ops
	walk childWalk // of the part before
	buf  *bytebufferpool.ByteBuffer
}

func (w *multiReading) step(p *Processor, r *longRead, steps int) (left int, done bool) {
	if w.buf == nil {
		w.buf = p.beginAside(&r.req, w.err)
	}
	for {
		w.buf.B, steps = w.walk.step(p, w.buf.B, steps)
		switch {
		case len(w.buf.B) > multiReadBytesMax:
			bytebufferpool.Put(w.buf)
			p.reply(r.conn, &r.req, zk.ErrMarshallingError)
			return steps, true
		case w.walk.next != 0 || steps <= 0:
			return 0, false
		case w.next == len(w.ops):
			w.buf.B = codec.AppendMultiHeader(w.buf.B, codec.MultiEnd())
			p.finishAside(r.conn, &r.req, w.buf)
			return steps, true
		}
		from := len(w.buf.B)
		w.buf.B = p.appendRead(w.buf.B, &w.ops[w.next], &r.req, &w.walk)
		w.next++
		steps -= 1 + (len(w.buf.B)-from)/copiedPerStep
	}
}

// appendRead appends the answer to a part of a multiRead; the names of children are left to the walk.
func (p *Processor) appendRead(b []byte, o *codec.MultiOp, r *request, walk *childWalk) []byte {
	n, err := p.readable(o.Path, r, zk.PermRead)
	if err != zk.ErrOK {
		return appendErrorResult(b, err)
	}
	b = codec.AppendMultiHeader(b, codec.MultiHeader{Op: o.Op})
	if o.Op == zk.OpGetChildren {
		walk.next = p.tree.FirstChild(n)
		return codec.AppendInt32(b, p.tree.NumChildren(n))
	}
	stat := p.tree.Stat(n)
	return codec.AppendStat(codec.AppendBuffer(b, p.tree.Data(n)), &stat)
}

// appendErrorResult appends the result of a part that failed, in a multi or a multiRead.
func appendErrorResult(b []byte, err zk.Err) []byte {
	b = codec.AppendMultiHeader(b, codec.MultiHeader{Op: zk.OpError, Err: err})
	return codec.AppendInt32(b, int32(err))
}
