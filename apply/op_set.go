package apply

import (
	"paddock/codec"
	"paddock/tree"
	"paddock/zk"
)

// Codes: setData (5) and setACL (7), check (13) in a multi; setData in a multi too.
//
// Order of checks: session (SessionExpired), path (BadArguments, for a null one too), for setACL the ACL list
// (InvalidACL, or MarshallingError for a null id), znode (NoNode), permission (NoAuth: WRITE for setData, ADMIN for setACL, READ for check), for setData the
// quota (BadArguments, QuotaExceeded, see quota_check.go), version (BadVersion:
// aversion for setACL, version otherwise).
//
// Effect: setData moves version, mzxid and mtime; setACL moves aversion only; check moves nothing.
//
// Watches: setData fires NodeDataChanged to the path's data watches, the others nothing.
//
// Source: PrepRequestProcessor.pRequest2Txn, DataTree.setData, DataTree.setACL (3.9.5).

func (p *Processor) checkSetData(pr *proposal, t *codec.Txn, r *codec.SetDataRequest) zk.Err {
	var scratch record
	node, err := p.target(pr, r.Path, zk.PermWrite, &scratch)
	if err != zk.ErrOK {
		return err
	}
	if !quotaTextFits(r.Path, r.Data) {
		return zk.ErrBadArguments
	}
	before := int(node.dataBytes)
	if err := p.checkQuota(r.Path, use{bytes: int64(len(r.Data) - before)}); err != zk.ErrOK {
		return err
	}
	version, err := nextVersion(node.stat.Version, r.Version)
	if err != zk.ErrOK {
		return err
	}
	t.Path, t.Data, t.Version, t.CRC = r.Path, r.Data, version, tree.PathDataCRC(r.Path, r.Data)
	node = p.pend.change(node, pr.header.Zxid)
	node.stat.Version, node.stat.Mzxid, node.stat.Mtime = version, pr.header.Zxid, pr.header.TimeMs
	node.crc, node.dataBytes = t.CRC, int32(len(r.Data))
	p.pend.settle(node)
	p.aheadChanged(node, r.Data, before)
	return zk.ErrOK
}

func (p *Processor) checkSetACL(pr *proposal, t *codec.Txn, r *codec.SetACLRequest) zk.Err {
	if err := p.sessionFault(pr); err != zk.ErrOK {
		return err
	}
	if zk.PathFault(r.Path) != "" {
		return zk.ErrBadArguments
	}
	acl, err := p.fixACL(pr, r.ACL)
	if err != zk.ErrOK {
		return err
	}
	var scratch record
	node, err := p.target(pr, r.Path, zk.PermAdmin, &scratch)
	if err != zk.ErrOK {
		return err
	}
	version, err := nextVersion(node.stat.AVersion, r.Version)
	if err != zk.ErrOK {
		return err
	}
	t.Path, t.ACL, t.Version = r.Path, acl, version
	node = p.pend.change(node, pr.header.Zxid)
	node.acl, node.stat.AVersion = acl, version
	p.pend.settle(node)
	return zk.ErrOK
}

func (p *Processor) checkVersion(pr *proposal, t *codec.Txn, path string, expected int32) zk.Err {
	var scratch record
	node, err := p.target(pr, path, zk.PermRead, &scratch)
	if err != zk.ErrOK {
		return err
	}
	version, err := nextVersion(node.stat.Version, expected)
	if err != zk.ErrOK {
		return err
	}
	t.Path, t.Version = path, version
	return zk.ErrOK
}

// target makes the checks that these operations share, and finds the znode.
func (p *Processor) target(pr *proposal, path string, perm zk.Perm, scratch *record) (*record, zk.Err) {
	if err := p.sessionFault(pr); err != zk.ErrOK {
		return nil, err
	}
	if zk.PathFault(path) != "" {
		return nil, zk.ErrBadArguments
	}
	node := p.pend.look(path, scratch)
	if node == nil {
		return nil, zk.ErrNoNode
	}
	if !p.allowed(node, perm, pr.req.ids) {
		return nil, zk.ErrNoAuth
	}
	return node, zk.ErrOK
}
