package apply

import (
	"fmt"

	"paddock/codec"
	"paddock/watch"
	"paddock/zk"
)

// commit applies a durable transaction: tree, watches, then the reply and the reads that waited for it.
func (p *Processor) commit(pr *proposal) {
	h := &pr.header
	if h.Zxid != p.applied+1 {
		panic(fmt.Sprintf("apply: transaction 0x%x committed after 0x%x", h.Zxid, p.applied))
	}
	var stat zk.Stat
	switch pr.txn.Type {
	case zk.OpMulti:
		p.scratch = p.applyMulti(p.scratch[:0], h, &pr.txn)
	case zk.OpCreateSession:
		p.sessions.Get(h.ClientID).Log(pr.txn.TimeoutMs)
	case zk.OpCloseSession:
		p.applyCloseSession(pr)
	default:
		stat = p.applyOne(h, &pr.txn)
	}
	p.applied = h.Zxid
	p.stats.ChangesApplied += int64(len(pr.records))
	p.retire(pr)
	p.stats.Committed++
	p.digests.Note(h.Zxid, p.tree.Digest())
	p.series.ToApplied.Add(max(p.wallMs-h.TimeMs, 0)) // the wall clock may be set back
	p.series.ToDurable.Add(p.monoMs - pr.sealedMs)
	p.audit(pr)
	switch {
	case pr.conn == nil:
	case pr.conn.state == closing:
		p.stats.StaleReplies++
	default:
		p.answer(pr, &stat)
	}
}

// retire drops the proposal's pending changes.
func (p *Processor) retire(pr *proposal) {
	p.pend.retire(pr.records, pr.header.Zxid)
	if pr.ephemerals == 0 {
		return
	}
	id := pr.header.ClientID
	if p.pend.created[id] -= pr.ephemerals; p.pend.created[id] == 0 {
		delete(p.pend.created, id)
	}
}

// answer sends the reply of a write, which stands at the head of its connection's queue.
func (p *Processor) answer(pr *proposal, stat *zk.Stat) {
	c, r := pr.conn, &pr.req
	if c.queue.pop() != pr {
		panic(fmt.Sprintf("apply: connection %d: 0x%x committed out of the session's order", c.id, pr.header.Zxid))
	}
	if r.op == zk.OpCreateSession {
		p.observe(c, r, &p.series.Write)
		p.stats.Outstanding--
		p.welcome(c)
		return
	}
	err := zk.ErrOK
	if pr.txn.Type == zk.OpError {
		err = pr.txn.Err
	}
	buf, at := p.begin(c, r, err)
	if err == zk.ErrOK {
		p.visited(r.op, pr.txn.Path)
		switch r.op {
		case zk.OpCreate:
			buf.B = codec.AppendString(buf.B, pr.txn.Path)
		case zk.OpCreate2, zk.OpCreateContainer, zk.OpCreateTTL:
			buf.B = codec.AppendStat(codec.AppendString(buf.B, pr.txn.Path), stat)
		case zk.OpSetData, zk.OpSetACL:
			buf.B = codec.AppendStat(buf.B, stat)
		case zk.OpMulti:
			buf.B = append(buf.B, p.scratch...)
		}
	}
	p.finish(c, r, buf, at)
	if r.op == zk.OpCloseSession {
		p.close(c, "client closed its session")
		return
	}
	p.answerBehind(c)
}

// applyOne applies a transaction, or a part of one, that touches a single znode.
func (p *Processor) applyOne(h *codec.TxnHeader, t *codec.Txn) zk.Stat {
	switch t.Type {
	case zk.OpCreate, zk.OpCreate2, zk.OpCreateContainer, zk.OpCreateTTL:
		return p.applyCreate(h, t)
	case zk.OpDelete, zk.OpDeleteContainer:
		p.applyDelete(t.Path, h.Zxid)
	case zk.OpSetData:
		before := p.quota.dataLength(p.tree, t.Path)
		n, err := p.tree.SetDataOf(t.Path, t.Data, t.CRC, t.Version, h.Zxid, h.TimeMs)
		p.must(h, t, err)
		p.series.WriteBytes.add(t.Path, len(t.Data))
		p.quota.changed(t.Path, before, len(t.Data))
		if p.arm(watch.Data, t.Path) {
			p.fire(t.Path, zk.EventNodeDataChanged, p.tree.ACLList(p.tree.ACLRef(n)), h.Zxid)
		}
		return p.tree.Stat(n)
	case zk.OpSetACL:
		n, err := p.tree.SetACL(t.Path, t.ACL, t.Version)
		p.must(h, t, err)
		return p.tree.Stat(n)
	case zk.OpCheck, zk.OpError:
	default:
		panic(fmt.Sprintf("apply: transaction 0x%x has type %v", h.Zxid, t.Type))
	}
	return zk.Stat{}
}

// must holds the invariant that what was checked against the pending changes can be applied.
func (p *Processor) must(h *codec.TxnHeader, t *codec.Txn, err zk.Err) {
	if err != zk.ErrOK {
		panic(fmt.Sprintf("apply: transaction 0x%x (%v %q) does not fit the tree: %v", h.Zxid, t.Type, t.Path, err))
	}
}

func (p *Processor) applyCreate(h *codec.TxnHeader, t *codec.Txn) zk.Stat {
	n, err := p.tree.Create(t.Path, t.Data, t.ACL, ownerOf(h, t), t.ParentCVersion, h.Zxid, h.TimeMs)
	p.must(h, t, err)
	p.series.WriteBytes.add(t.Path, len(t.Data))
	p.quota.created(t.Path, len(t.Data))
	if p.arm(watch.Data, t.Path) {
		p.fire(t.Path, zk.EventNodeCreated, t.ACL, h.Zxid)
	}
	p.fireChildren(zk.ParentPath(t.Path), h.Zxid)
	return p.tree.Stat(n)
}

func (p *Processor) applyDelete(path string, zxid int64) {
	n := p.tree.Lookup(path)
	if n == 0 {
		panic(fmt.Sprintf("apply: transaction 0x%x deletes %q, which does not exist", zxid, path))
	}
	acl, bytes := p.tree.ACLList(p.tree.ACLRef(n)), int(p.tree.DataLength(n))
	p.tree.Delete(path, zxid)
	p.series.WriteBytes.add(path, 0)
	p.quota.deleted(path, bytes)
	if p.arm(watch.Data|watch.Child, path) {
		p.fire(path, zk.EventNodeDeleted, acl, zxid)
	}
	p.fireChildren(zk.ParentPath(path), zxid)
}

// applyMulti applies the parts of a multi and appends its reply's body to b.
func (p *Processor) applyMulti(b []byte, h *codec.TxnHeader, t *codec.Txn) []byte {
	failed := multiFailure(t.Sub)
	for i := range t.Sub {
		sub := &t.Sub[i]
		if failed >= 0 {
			b = appendErrorResult(b, sub.Err) // OK in front of the failed part: those are not error parts
			continue
		}
		stat := p.applyOne(h, sub)
		op := sub.Type
		if op == zk.OpCreateContainer || op == zk.OpCreateTTL {
			op = zk.OpCreate2 // all that answer with a Stat are of one type (OpResult.CreateResult)
		}
		b = codec.AppendMultiHeader(b, codec.MultiHeader{Op: op})
		switch op {
		case zk.OpCreate:
			b = codec.AppendString(b, sub.Path)
		case zk.OpCreate2:
			b = codec.AppendStat(codec.AppendString(b, sub.Path), &stat)
		case zk.OpSetData:
			b = codec.AppendStat(b, &stat)
		}
	}
	return codec.AppendMultiHeader(b, codec.MultiEnd())
}

// multiFailure finds the part that failed, or -1.
func multiFailure(parts []codec.Txn) int {
	for i := range parts {
		if parts[i].Type == zk.OpError {
			return i
		}
	}
	return -1
}
