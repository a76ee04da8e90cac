package apply

import (
	"paddock/tree"
	"paddock/zk"
)

// Codes: closeSession (-11), from a client or, for expired sessions, from the server itself.
//
// Checks: none; a session that is already closing is closed again with nothing to delete.
//
// Effect: every ephemeral that the session owns, pending creates included and pending deletes left out, is
// deleted with the transaction's zxid; from the check on the session is closing: later requests get
// SessionExpired and it cannot be renewed.
//
// Watches: those of each delete. The connection ends after the reply.
//
// Source: PrepRequestProcessor.pRequest2Txn, DataTree.killSession, FinalRequestProcessor (3.9.5).

// closePathsBytesMax bounds the list of paths in a closeSession transaction: Apache cannot read a larger record.
const closePathsBytesMax = 1 << 20

// closeSession proposes the end of a session that has expired or is not known.
func (p *Processor) closeSession(id int64) {
	p.stats.Requests++
	pr := p.newProposal(nil, &request{op: zk.OpCloseSession}, id)
	p.seal(pr, p.checkCloseSession(pr))
}

func (p *Processor) checkCloseSession(pr *proposal) zk.Err {
	h := &pr.header
	paths := p.pend.ephemerals(h.ClientID)
	bytes := 0
	var parentScratch, nodeScratch record
	for _, path := range paths {
		bytes += len(path) + 4
		parent := p.pend.look(zk.ParentPath(path), &parentScratch)
		node := p.pend.look(path, &nodeScratch)
		p.pendDelete(h.Zxid, parent, node)
	}
	if p.cfg.CloseSessionPaths && bytes <= closePathsBytesMax {
		pr.txn.HasPaths, pr.txn.Paths = true, paths
	} else {
		pr.txn.HasPaths, pr.txn.Paths = false, nil
	}
	if s := p.sessions.Get(h.ClientID); s != nil {
		s.Closing = true
	}
	return zk.ErrOK
}

// applyCloseSession deletes what the transaction lists, and whatever else the session still owns.
func (p *Processor) applyCloseSession(pr *proposal) {
	h := &pr.header
	for _, path := range pr.txn.Paths {
		p.applyDelete(path, h.Zxid)
		p.auditEphemeral(path, h.ClientID)
	}
	var rest []tree.Node
	for n := range p.tree.Ephemerals(h.ClientID) {
		rest = append(rest, n)
	}
	for _, n := range rest {
		path := string(p.tree.AppendPath(nil, n))
		p.applyDelete(path, h.Zxid)
		p.auditEphemeral(path, h.ClientID)
	}
	s := p.sessions.Get(h.ClientID)
	if s == nil {
		return
	}
	p.sessions.Remove(h.ClientID)
	if c := p.conns[s.Conn]; c != nil && c != pr.conn {
		p.close(c, "session closed")
	}
}
