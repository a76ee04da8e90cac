package apply

import (
	"paddock/audit"
	"paddock/auth"
	"paddock/codec"
	"paddock/zk"
)

// What the audit log is told of writes that come from clients, done or refused, when they have been applied, and of
// ephemerals that go with their session. Of what cannot be decoded, it is told at once as much as there is. Not told: what
// waited too long; containers and TTL znodes that the server itself deletes; closeSession as such; what is applied once more
// at a start.
//
// Source: AuditHelper, FinalRequestProcessor, DataTree.deleteNodes (3.9.5).

// audit writes the line of a write, those of its parts if it is a multi that was done.
func (p *Processor) audit(pr *proposal) {
	if p.cfg.Audit == nil || pr.conn == nil {
		return
	}
	e := audit.Event{
		WallMs: p.wallMs, Session: sessionHex(pr.header.ClientID), User: audit.Users(pr.req.ids), IP: audit.Address(pr.req.ids),
	}
	d := codec.NewDecoder(pr.req.body)
	if pr.txn.Type == zk.OpMulti && multiFailure(pr.txn.Sub) < 0 {
		ops, _ := d.Multi(nil)
		for i := range ops {
			p.auditPart(e, &ops[i], pr.txn.Sub[i].Path)
		}
		return
	}
	if !describe(&e, pr.req.op, &d) {
		return
	}
	e.Result = audit.Failure
	if pr.txn.Type == pr.req.op && pr.req.op != zk.OpMulti {
		e.Result, e.Znode = audit.Success, pr.txn.Path // with its sequence number
	}
	p.cfg.Audit(&e)
}

// describe fills in what was asked for; false if nobody audits that.
func describe(e *audit.Event, op zk.Op, d *codec.Decoder) bool {
	path := zk.NullText
	switch op {
	case zk.OpCreate, zk.OpCreate2, zk.OpCreateContainer, zk.OpCreateTTL:
		r := d.CreateRequest(op, nil)
		path, e.Operation, e.ZnodeType = r.Path, audit.OpCreate, audit.ModeName(r.Mode)
	case zk.OpDelete:
		path, e.Operation = d.PathVersion().Path, audit.OpDelete
	case zk.OpDeleteContainer:
		path, e.Operation = d.Path(), audit.OpDelete
	case zk.OpSetData:
		path, e.Operation = d.SetDataRequest().Path, audit.OpSetData
	case zk.OpSetACL:
		r := d.SetACLRequest(nil)
		path, e.Operation, e.ACL = r.Path, audit.OpSetACL, audit.ACL(auth.Mask(r.ACL))
	case zk.OpMulti:
		e.Operation = audit.OpMulti
	case zk.OpReconfig:
		e.Operation = audit.OpReconfig
	default:
		return false
	}
	if path != zk.NullText {
		e.Znode = path
	}
	return true
}

// auditPart writes the line of a part of a multi. path is what became of the part's own.
func (p *Processor) auditPart(e audit.Event, o *codec.MultiOp, path string) {
	e.Znode, e.Result = path, audit.Success
	switch o.Op {
	case zk.OpCreate, zk.OpCreate2, zk.OpCreateContainer, zk.OpCreateTTL:
		e.Operation, e.ZnodeType = audit.OpCreate, audit.ModeName(o.Create.Mode)
	case zk.OpDelete:
		e.Operation = audit.OpDelete
	case zk.OpSetData:
		e.Operation = audit.OpSetData
	default:
		return
	}
	p.cfg.Audit(&e)
}

// auditEphemeral writes that a znode went with its session, which is the server's own doing.
func (p *Processor) auditEphemeral(path string, session int64) {
	if p.cfg.Audit == nil {
		return
	}
	p.cfg.Audit(&audit.Event{
		WallMs: p.wallMs, Session: sessionHex(session), User: p.cfg.AuditUser, Operation: audit.OpEphemeral, Znode: path,
		Result: audit.Success,
	})
}
