package apply

import (
	"strconv"
	"strings"

	"paddock/codec"
	"paddock/quota"
	"paddock/tree"
	"paddock/zk"
)

// Codes: create (1), create2 (15), createContainer (19) and createTTL (21), alone and in a multi.
//
// Order of checks: mode (BadArguments), TTL modes (Unimplemented unless extendedTypesEnabled), TTL (BadArguments: 1 to
// 2^40-1 ms with a TTL mode, none with any other; createTTL without a TTL mode, where 3.9.5 crashes), session
// (SessionExpired), path not null (MarshallingError), with a slash and no NUL (BadArguments), ACL list (InvalidACL, or
// MarshallingError for a null id), parent (NoNode), CREATE
// on the parent (NoAuth), the whole path with its sequence number (BadArguments), no such znode yet
// (NodeExists), parent not ephemeral (NoChildrenForEphemerals), quota (QuotaExceeded, see quota_check.go).
//
// Effect: a new Stat whose czxid, mzxid and pzxid are the zxid; the parent's stored cversion + 1 and its pzxid.
// createContainer makes a container and createTTL a TTL znode, whatever else the mode says; a mode of 4 makes a plain
// znode with the other two.
//
// Watches: NodeCreated to the path's data watches, NodeChildrenChanged to the parent's child watches.
//
// Source: PrepRequestProcessor.pRequest2TxnCreate, DataTree.createNode (3.9.5).

func (p *Processor) checkCreate(pr *proposal, t *codec.Txn, r *codec.CreateRequest) zk.Err {
	if !r.Mode.Valid() {
		return zk.ErrBadArguments
	}
	if r.Mode.TTL() && !p.cfg.ExtendedTypes {
		return zk.ErrUnimplemented
	}
	if !validTTL(t.Type, r) {
		return zk.ErrBadArguments
	}
	if err := p.sessionFault(pr); err != zk.ErrOK {
		return err
	}
	if r.Path == zk.NullText {
		return zk.ErrMarshallingError
	}
	if strings.IndexByte(r.Path, '/') < 0 || strings.IndexByte(r.Path, 0) >= 0 {
		return zk.ErrBadArguments
	}
	acl, err := p.fixACL(pr, r.ACL)
	if err != zk.ErrOK {
		return err
	}
	var scratch record
	parent := p.pend.look(zk.ParentPath(r.Path), &scratch)
	if parent == nil {
		return zk.ErrNoNode
	}
	if !p.allowed(parent, zk.PermCreate, pr.req.ids) {
		return zk.ErrNoAuth
	}
	path := r.Path
	if r.Mode.Sequential() {
		path = string(appendSequence([]byte(path), parent.stat.CVersion))
	}
	var existing record
	switch {
	case zk.PathFault(path) != "", quota.Deadly(path):
		return zk.ErrBadArguments
	case p.pend.look(path, &existing) != nil:
		return zk.ErrNodeExists
	case zk.OwnerKind(parent.stat.EphemeralOwner) == zk.KindEphemeral:
		return zk.ErrNoChildrenForEphemerals
	}
	if err := p.checkQuota(path, use{count: 1, bytes: int64(len(r.Data))}); err != zk.ErrOK {
		return err
	}
	t.Path, t.Data, t.ACL, t.TTLMs = path, r.Data, acl, r.TTLMs
	t.Ephemeral = r.Mode.Ephemeral() && (t.Type == zk.OpCreate || t.Type == zk.OpCreate2)
	t.ParentCVersion = parent.stat.CVersion + 1
	p.pendCreate(pr, t, parent)
	return zk.ErrOK
}

// validTTL tells whether the time to live fits operation and mode (EphemeralType.validateTTL, 3.9.5).
func validTTL(op zk.Op, r *codec.CreateRequest) bool {
	if r.Mode.TTL() {
		return op == zk.OpCreateTTL && r.TTLMs > 0 && r.TTLMs <= zk.TTLMsMax
	}
	return op != zk.OpCreateTTL && r.TTLMs < 0
}

// ownerOf is the stored owner field of the znode that a transaction creates.
func ownerOf(h *codec.TxnHeader, t *codec.Txn) int64 {
	switch {
	case t.Type == zk.OpCreateContainer:
		return zk.OwnerContainer
	case t.Type == zk.OpCreateTTL:
		return zk.OwnerTTL(t.TTLMs)
	case t.Ephemeral:
		return h.ClientID
	default:
		return 0
	}
}

// pendCreate makes the pending records of the parent and of the new znode.
func (p *Processor) pendCreate(pr *proposal, t *codec.Txn, parent *record) {
	h := &pr.header
	parent = p.pend.change(parent, h.Zxid)
	parent.children++
	if t.ParentCVersion > parent.stat.CVersion { // else it has wrapped, and stays as it is
		parent.stat.CVersion, parent.stat.Pzxid = t.ParentCVersion, h.Zxid
	}
	p.pend.settle(parent)
	if t.Ephemeral {
		pr.ephemerals++
	}
	node := p.pend.change(&record{
		path: t.Path, hash: p.tree.Hash(t.Path), acl: t.ACL, crc: tree.PathDataCRC(t.Path, t.Data), dataBytes: int32(len(t.Data)),
		stat: zk.StatPersisted{
			Czxid: h.Zxid, Mzxid: h.Zxid, Pzxid: h.Zxid, Ctime: h.TimeMs, Mtime: h.TimeMs, EphemeralOwner: ownerOf(h, t),
		},
	}, h.Zxid)
	p.pend.settle(node)
	p.aheadCreated(node, t.Data)
}

// expandedMax bounds the ACL entries that a transaction has more than its request, by entries of scheme auth: a request of
// a megabyte could otherwise make a record of gigabytes. Apache has no bound.
const expandedMax = 1 << 16

// fixACL checks and expands a client's ACL list. The result shares no array with it.
func (p *Processor) fixACL(pr *proposal, acl []zk.ACL) ([]zk.ACL, zk.Err) {
	fixed, err := p.schemes.Fix(acl, pr.req.ids)
	if err != zk.ErrOK {
		return nil, err
	}
	if pr.expanded += max(len(fixed)-len(acl), 0); pr.expanded > expandedMax {
		return nil, zk.ErrInvalidACL
	}
	return fixed, zk.ErrOK
}

// appendSequence appends a sequence number as Java's %010d prints it: ten places, the sign being one of them.
func appendSequence(b []byte, n int32) []byte {
	digits := strconv.AppendInt(nil, int64(n), 10)
	width := 10
	if n < 0 {
		b = append(b, '-')
		digits, width = digits[1:], 9
	}
	for i := len(digits); i < width; i++ {
		b = append(b, '0')
	}
	return append(b, digits...)
}
