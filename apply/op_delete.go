package apply

import (
	"strings"

	"paddock/codec"
	"paddock/quota"
	"paddock/zk"
)

// Codes: delete (2), alone and in a multi.
//
// Order of checks: session (SessionExpired), path not null (MarshallingError), with a slash, without NUL and not one of the
// server's own (BadArguments), parent (NoNode), DELETE on the parent (NoAuth), znode (NoNode), version (BadVersion), no
// children (NotEmpty).
//
// Effect: the parent's pzxid is the zxid; its stored cversion stays.
//
// Watches: NodeDeleted once to each connection that watches the path's data or children, NodeChildrenChanged to
// the parent's child watches.
//
// Source: PrepRequestProcessor.pRequest2Txn, DataTree.deleteNode (3.9.5).

func (p *Processor) checkDelete(pr *proposal, t *codec.Txn, path string, version int32) zk.Err {
	if err := p.sessionFault(pr); err != zk.ErrOK {
		return err
	}
	if path == zk.NullText {
		return zk.ErrMarshallingError
	}
	if strings.IndexByte(path, '/') < 0 || strings.IndexByte(path, 0) >= 0 || zk.IsSpecialPath(path) ||
		quota.Deadly(path) {
		return zk.ErrBadArguments
	}
	var parentScratch, nodeScratch record
	parent := p.pend.look(zk.ParentPath(path), &parentScratch)
	if parent == nil {
		return zk.ErrNoNode
	}
	if !p.allowed(parent, zk.PermDelete, pr.req.ids) {
		return zk.ErrNoAuth
	}
	node := p.pend.look(path, &nodeScratch)
	if node == nil {
		return zk.ErrNoNode
	}
	if _, err := nextVersion(node.stat.Version, version); err != zk.ErrOK {
		return err
	}
	if node.children > 0 {
		return zk.ErrNotEmpty
	}
	t.Path = path
	p.pendDelete(pr.header.Zxid, parent, node)
	return zk.ErrOK
}

// pendDelete makes the pending records of a delete.
func (p *Processor) pendDelete(zxid int64, parent, node *record) {
	parent = p.pend.change(parent, zxid)
	parent.children--
	parent.stat.Pzxid = max(parent.stat.Pzxid, zxid)
	p.pend.settle(parent)
	node = p.pend.change(node, zxid)
	node.gone = true
	p.pend.settle(node)
	p.aheadDeleted(node)
}
