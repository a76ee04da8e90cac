package apply

import (
	"fmt"
	"math"

	"paddock/codec"
	"paddock/zk"
)

// proposal is a write between its check and its reply.
type proposal struct {
	header     codec.TxnHeader
	txn        codec.Txn
	conn       *conn // whose request it is; nil for the server's own
	req        request
	records    []*record // pending changes that it made
	ephemerals int       // pending creates of ephemerals in it
	sealedMs   int64     // monotonic
	expanded   int       // ACL entries in it that its request did not hold
}

// served tells which operations the processor knows.
func served(op zk.Op) bool {
	switch op {
	case zk.OpCreate, zk.OpDelete, zk.OpExists, zk.OpGetData, zk.OpSetData, zk.OpGetACL, zk.OpSetACL,
		zk.OpGetChildren, zk.OpSync, zk.OpPing, zk.OpGetChildren2, zk.OpMulti, zk.OpCreate2, zk.OpReconfig,
		zk.OpCreateContainer, zk.OpDeleteContainer, zk.OpCreateTTL, zk.OpMultiRead, zk.OpGetEphemerals,
		zk.OpGetAllChildrenNumber, zk.OpWhoAmI,
		zk.OpSetWatches, zk.OpSetWatches2, zk.OpAddWatch, zk.OpCheckWatches, zk.OpRemoveWatches, zk.OpCloseSession:
		return true
	default:
		return false
	}
}

// isWrite tells which operations make a transaction.
func isWrite(op zk.Op) bool {
	switch op {
	case zk.OpCreate, zk.OpCreate2, zk.OpCreateContainer, zk.OpCreateTTL, zk.OpDelete, zk.OpDeleteContainer,
		zk.OpSetData, zk.OpSetACL, zk.OpMulti, zk.OpReconfig, zk.OpCloseSession:
		return true
	default:
		return false
	}
}

// newProposal readies the next zxid for a request; seal uses it up.
func (p *Processor) newProposal(c *conn, r *request, sessionID int64) *proposal {
	var pr *proposal
	if n := len(p.free); n > 0 {
		pr = p.free[n-1]
		p.free = p.free[:n-1]
	} else {
		pr = new(proposal)
	}
	pr.conn, pr.req = c, *r
	pr.header = codec.TxnHeader{
		ClientID: sessionID, Cxid: r.xid, Zxid: p.assigned + 1, TimeMs: p.wallMs, Type: r.op,
	}
	pr.txn.Type = r.op
	p.pend.begin()
	return pr
}

const freeProposalsMax = 4096

func (p *Processor) recycle(pr *proposal) {
	p.multis.keepParts(pr.txn.Sub)
	if len(p.free) == freeProposalsMax {
		return
	}
	records := pr.records[:0]
	if cap(records) > spareMax {
		records = nil
	}
	*pr = proposal{records: records}
	p.free = append(p.free, pr)
}

// propose turns a write into a transaction. A request that cannot be decoded is answered in its turn without a
// zxid (PrepRequestProcessor.pRequestHelper, 3.9.5).
func (p *Processor) propose(c *conn, r *request) {
	pr := p.newProposal(c, r, c.session.ID)
	err := p.check(pr)
	if err == undecodable {
		pr.txn.Type = zk.OpError
		p.audit(pr)
		p.recycle(pr)
		p.answerInTurn(c, r, zk.ErrMarshallingError)
		return
	}
	p.seal(pr, err)
}

// undecodable is a MarshallingError that uses no zxid up. It never leaves the processor. A MarshallingError that a check
// returns uses one up, and takes a multi down as a whole: what Apache stumbles over only after it has taken a zxid, such as
// a null path, a null id and a quota that it cannot read.
const undecodable zk.Err = math.MinInt32

// check fills in the transaction and changes the pending records, or says why not.
func (p *Processor) check(pr *proposal) zk.Err {
	d := codec.NewDecoder(pr.req.body)
	switch pr.req.op {
	case zk.OpCreate, zk.OpCreate2, zk.OpCreateContainer, zk.OpCreateTTL:
		r := d.CreateRequest(pr.req.op, p.acls)
		p.acls = r.ACL
		if d.Err() != nil {
			return undecodable
		}
		return p.checkCreate(pr, &pr.txn, &r)
	case zk.OpDelete:
		r := d.PathVersion()
		if d.Err() != nil {
			return undecodable
		}
		return p.checkDelete(pr, &pr.txn, r.Path, r.Version)
	case zk.OpSetData:
		r := d.SetDataRequest()
		if d.Err() != nil {
			return undecodable
		}
		return p.checkSetData(pr, &pr.txn, &r)
	case zk.OpSetACL:
		r := d.SetACLRequest(p.acls)
		p.acls = r.ACL
		if d.Err() != nil {
			return undecodable
		}
		return p.checkSetACL(pr, &pr.txn, &r)
	case zk.OpMulti:
		return p.checkMulti(pr, &d)
	case zk.OpDeleteContainer:
		return p.refuseDeleteContainer(&d)
	case zk.OpReconfig:
		return p.checkReconfig(pr, &d)
	case zk.OpCloseSession:
		return p.checkCloseSession(pr)
	default:
		panic(fmt.Sprintf("apply: %v is not a write", pr.req.op))
	}
}

// seal gives the transaction its zxid and hands it to the log. A refused request becomes an error transaction:
// failures are logged and consume a zxid too.
func (p *Processor) seal(pr *proposal, err zk.Err) {
	p.assigned, pr.sealedMs = pr.header.Zxid, p.monoMs
	digest := codec.TxnDigest{}
	if err != zk.ErrOK {
		p.pend.rollback()
		pr.ephemerals = 0
		pr.header.Type = zk.OpError
		pr.txn = codec.Txn{Type: zk.OpError, Err: err}
	} else if p.cfg.Digest && !withoutPaths(&pr.txn) {
		digest = codec.TxnDigest{Version: codec.DigestVersion, Tree: p.pend.digest}
	}
	pr.records = p.pend.touched(pr.records)
	p.stats.Changes += int64(len(pr.records))
	if pr.ephemerals > 0 {
		p.pend.created[pr.header.ClientID] += pr.ephemerals
	}
	p.log.Append(&pr.header, &pr.txn, digest)
	p.proposed.push(pr)
	if pr.conn != nil {
		pr.conn.queue.push(pr)
	}
}

// withoutPaths tells a closeSession of the old form. Apache takes a digest behind it for a list of paths and
// fails to start (SerializeUtils.deserializeTxn, 3.9.5), so it gets none.
func withoutPaths(t *codec.Txn) bool { return t.Type == zk.OpCloseSession && !t.HasPaths }

// sessionFault is what a request of a session that is about to end is told.
func (p *Processor) sessionFault(pr *proposal) zk.Err {
	if pr.conn.session.Closing {
		return zk.ErrSessionExpired
	}
	return zk.ErrOK
}

// allowed applies the permission rule to a pending record.
func (p *Processor) allowed(r *record, perm zk.Perm, ids []zk.ID) bool {
	return p.schemes.Allowed(r.acl, perm, ids)
}

// nextVersion checks the version that a client expects, -1 for any (PrepRequestProcessor.checkAndIncVersion).
func nextVersion(current, expected int32) (int32, zk.Err) {
	if expected != -1 && expected != current {
		return 0, zk.ErrBadVersion
	}
	return current + 1, zk.ErrOK
}
