package apply

import (
	"paddock/codec"
	"paddock/tree"
	"paddock/zk"
)

// Codes: deleteContainer (20), from the server's own reaper; reconfig (16), which a standalone server cannot do.
//
// deleteContainer from a client: decoding (MarshallingError), then NoAuth. Apache 3.9.5 lets any client delete any
// childless znode with it, past the ACLs; no client library sends it.
//
// reconfig: decoding (MarshallingError), reconfigEnabled (ReconfigDisabled), session (SessionExpired), and then
// Unimplemented (PrepRequestProcessor.pRequest2Txn, 3.9.5).

func (p *Processor) refuseDeleteContainer(d *codec.Decoder) zk.Err {
	if d.Path(); d.Err() != nil { // a null one as well: DeleteContainerRequest (3.9.5) looks at it while decoding
		return undecodable
	}
	return zk.ErrNoAuth
}

func (p *Processor) checkReconfig(pr *proposal, d *codec.Decoder) zk.Err {
	for range 3 { // joining, leaving and new members
		d.Buffer()
	}
	if d.Int64(); d.Err() != nil {
		return undecodable
	}
	if !p.cfg.ReconfigEnabled {
		return zk.ErrReconfigDisabled
	}
	if err := p.sessionFault(pr); err != zk.ErrOK {
		return err
	}
	return zk.ErrUnimplemented
}

// ReapConfig says when containers and TTL znodes are deleted (ContainerManager, 3.9.5).
type ReapConfig struct {
	CheckIntervalMs     int64 // between two searches, znode.container.checkIntervalMs
	PerMinuteMax        int64 // deletes, evenly spaced, znode.container.maxPerMinute
	NeverUsedIntervalMs int64 // age from which a container that never had a child goes too; 0: it stays
}

// reapVisitsMax bounds how many containers and TTL znodes one tick looks at.
const reapVisitsMax = 20_000

// reaper deletes containers that have lost their last child and TTL znodes whose time is over.
type reaper struct {
	searching  bool
	nextMs     int64    // when the next search begins, monotonic
	deletedMs  int64    // when the last delete was proposed, monotonic
	candidates []string // found and not proposed yet
}

// reap goes on with a search or begins one, and proposes deletes at their pace.
func (p *Processor) reap() {
	r := &p.reaper
	intervalMs := 60_000 / max(p.cfg.Reap.PerMinuteMax, 1)
	switch {
	case r.nextMs == 0: // the first tick
		r.nextMs = p.monoMs + p.cfg.Reap.CheckIntervalMs
	case r.searching:
		r.searching = p.tree.ReapStep(reapVisitsMax, p.consider)
	case p.monoMs >= r.nextMs && len(r.candidates) == 0:
		r.nextMs = p.monoMs + p.cfg.Reap.CheckIntervalMs
		r.deletedMs = max(r.deletedMs, p.monoMs-intervalMs)
		p.tree.ReapBegin()
		r.searching = p.tree.ReapStep(reapVisitsMax, p.consider)
	}
	r.deletedMs = max(r.deletedMs, p.monoMs-max(reapBurstMs, intervalMs))
	for len(r.candidates) > 0 && p.monoMs-r.deletedMs >= intervalMs && p.log.QueuedBytes() <= p.cfg.LogBytesMax {
		path := r.candidates[0]
		r.candidates = r.candidates[1:]
		if p.deleteContainer(path) {
			r.deletedMs += intervalMs
		}
	}
}

// reapBurstMs is how far the deletes may lag behind their pace and catch up: the distance of two ticks, and some.
const reapBurstMs = 1000

// consider notes a znode of the search that may go.
func (p *Processor) consider(n tree.Node) {
	stat := p.tree.Persisted(n)
	if p.tree.NumChildren(n) == 0 && p.mayGo(&stat) {
		p.reaper.candidates = append(p.reaper.candidates, string(p.tree.AppendPath(nil, n)))
	}
}

// mayGo is the rule for a childless znode. A container must have had a child once, or be old enough if that is
// configured; a TTL znode must not have been written for its time to live.
func (p *Processor) mayGo(stat *zk.StatPersisted) bool {
	unchangedMs := p.wallMs - stat.Mtime
	switch zk.OwnerKind(stat.EphemeralOwner) {
	case zk.KindContainer:
		neverUsedMs := p.cfg.Reap.NeverUsedIntervalMs
		return stat.CVersion > 0 || neverUsedMs > 0 && unchangedMs > neverUsedMs
	case zk.KindTTL:
		ttlMs := zk.OwnerTTLMs(stat.EphemeralOwner)
		return ttlMs != 0 && unchangedMs > ttlMs
	default:
		return false
	}
}

// deleteContainer proposes a delete, unless a change that is on its way has made the znode worth keeping.
func (p *Processor) deleteContainer(path string) bool {
	var parentScratch, nodeScratch record
	node := p.pend.look(path, &nodeScratch)
	if node == nil || node.children > 0 || !p.mayGo(&node.stat) {
		return false
	}
	p.logger.Info("deleting a container or a znode whose time is over", "path", path)
	pr := p.newProposal(nil, &request{op: zk.OpDeleteContainer}, 0)
	pr.txn.Path = path
	p.pendDelete(pr.header.Zxid, p.pend.look(zk.ParentPath(path), &parentScratch), node)
	p.seal(pr, zk.ErrOK)
	return true
}
