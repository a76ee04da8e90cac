package tree

import (
	"hash/maphash"
	"strings"

	"paddock/zk"
)

// record is a znode that is about to be inserted.
type record struct {
	path string // as on disk
	name string // its last element
	data []byte
	acl  ACLRef
	stat zk.StatPersisted
	hash uint32 // of the path
}

// splitPath finds the parent of a path and the name of its last element; 0 if the path is none or has no parent.
func (t *Tree) splitPath(path string) (Node, string) {
	slash := strings.LastIndexByte(path, '/')
	if slash < 0 || slash == len(path)-1 {
		return 0, ""
	}
	return t.Lookup(path[:slash]), path[slash+1:]
}

// insert makes the znode the first child of parent. Neither the parent's stat nor its digest changes.
func (t *Tree) insert(parent Node, r *record) Node {
	n := t.slab.alloc()
	nd := t.slab.at(n)
	s := &r.stat
	*nd = node{
		czxid: s.Czxid, mzxid: s.Mzxid, pzxid: s.Pzxid, ctimeMs: s.Ctime, mtimeMs: s.Mtime, owner: s.EphemeralOwner,
		version: s.Version, cversion: s.CVersion, aversion: s.AVersion,
		nameBytes: uint32(len(r.name)), acl: r.acl, crc: PathDataCRC(r.path, r.data),
	}
	t.putData(nd, r.name, r.data)
	t.acls.retain(r.acl)
	t.linkChild(parent, n, nd)
	t.linkOwned(n, nd)
	t.index.insert(r.hash, n)
	t.dataUnits += utf16Len(r.path) + int64(len(r.data))
	t.redigest(nd, InDigest(r.path))
	return n
}

// putData allocates the znode's block and fills it.
func (t *Tree) putData(nd *node, name string, data []byte) {
	nd.dataBytes = dataBytes(data)
	size := nd.blockBytes()
	nd.block = t.blocks.alloc(size)
	if size > 0 {
		copy(t.blocks.bytes(nd.block, size)[copy(t.block(nd), name):], data)
	}
}

func dataBytes(data []byte) int32 {
	if data == nil {
		return nullData
	}
	return int32(len(data))
}

func (t *Tree) linkChild(parent, n Node, nd *node) {
	p := t.slab.at(parent)
	nd.parent, nd.next, nd.prev = parent, p.firstChild, 0
	if p.firstChild != 0 {
		t.slab.at(p.firstChild).prev = n
	}
	p.firstChild = n
	p.children++
}

func (t *Tree) unlinkChild(nd *node) {
	p := t.slab.at(nd.parent)
	if nd.prev != 0 {
		t.slab.at(nd.prev).next = nd.next
	} else {
		p.firstChild = nd.next
	}
	if nd.next != 0 {
		t.slab.at(nd.next).prev = nd.prev
	}
	p.children--
}

// Create makes a znode. The parent's cversion becomes parentCVersion and its pzxid zxid, if that cversion is larger;
// -1 stands for one more than now, as logs before 3.4 have it (DataTree.createNode, 3.9.5).
//
// The znode may be there already when a log is replayed over a snapshot that was taken while Apache went on: then it
// only gets the ACL list, since the snapshot's table may lack the one it names, and the result is ErrNodeExists.
// The caller then repairs the parent.
func (t *Tree) Create(
	path string, data []byte, acl []zk.ACL, owner int64, parentCVersion int32, zxid, timeMs int64,
) (Node, zk.Err) {
	if path == zk.PathRoot {
		return root, zk.ErrNodeExists
	}
	parent, name := t.splitPath(path)
	if parent == 0 {
		return 0, zk.ErrNoNode
	}
	hash := t.hash(path)
	if n := t.find(path, hash); n != 0 {
		t.changeACL(n, t.slab.at(n), t.acls.intern(acl))
		return n, zk.ErrNodeExists
	}
	t.noteChildCreated(parent, path, parentCVersion, zxid)
	r := record{path: path, name: name, data: data, acl: t.acls.intern(acl), hash: hash}
	r.stat = zk.StatPersisted{
		Czxid: zxid, Mzxid: zxid, Pzxid: zxid, Ctime: timeMs, Mtime: timeMs, EphemeralOwner: owner,
	}
	return t.insert(parent, &r), zk.ErrOK
}

// RepairParent does for the parent what a create does, when the znode itself was there already.
func (t *Tree) RepairParent(path string, parentCVersion int32, zxid int64) {
	if parent, _ := t.splitPath(path); parent != 0 {
		t.noteChildCreated(parent, path, parentCVersion, zxid)
	}
}

func (t *Tree) noteChildCreated(parent Node, path string, parentCVersion int32, zxid int64) {
	p := t.slab.at(parent)
	if parentCVersion == -1 {
		parentCVersion = p.cversion + 1
	}
	if parentCVersion > p.cversion {
		p.cversion, p.pzxid = parentCVersion, zxid
		t.redigest(p, InDigest(zk.ParentPath(path)))
	}
}

// Delete drops a znode and, as replay may need it, everything below. The parent's pzxid rises to zxid even if the
// znode is gone already (DataTree.deleteNode, 3.9.5). The root stays: ErrBadArguments.
func (t *Tree) Delete(path string, zxid int64) zk.Err {
	n := t.Lookup(path)
	if n == root {
		return zk.ErrBadArguments
	}
	parent, _ := t.splitPath(path)
	if parent == 0 {
		return zk.ErrNoNode
	}
	if p := t.slab.at(parent); zxid > p.pzxid {
		p.pzxid = zxid
		t.redigest(p, InDigest(zk.ParentPath(path)))
	}
	if n == 0 {
		return zk.ErrNoNode
	}
	t.moveWalkOff(n)
	t.unlinkChild(t.slab.at(n))
	t.dropSubtree(n)
	return zk.ErrOK
}

// dropSubtree frees a znode that hangs on nothing any more, and everything below: leaves first, without recursion.
func (t *Tree) dropSubtree(top Node) {
	for n := top; ; {
		nd := t.slab.at(n)
		if nd.firstChild != 0 {
			n = nd.firstChild
			continue
		}
		parent := nd.parent
		if n != top {
			t.unlinkChild(nd)
		}
		t.drop(n, nd)
		if n == top {
			return
		}
		n = parent
	}
}

// drop frees one znode, which is out of its parent's list already; the path to it still stands.
func (t *Tree) drop(n Node, nd *node) {
	t.scratch = t.appendDiskPath(t.scratch[:0], n)
	t.dataUnits -= utf16Len(t.scratch) + int64(max(nd.dataBytes, 0))
	t.digest -= uint64(nd.digest)
	t.index.remove(uint32(maphash.Bytes(t.seed, t.scratch)), n)
	t.unlinkOwned(n, nd)
	t.forgetWalkACL(n)
	t.acls.release(nd.acl)
	t.blocks.release(nd.block, nd.blockBytes())
	t.slab.release(n)
}

// SetData replaces the data; version is the new one.
func (t *Tree) SetData(path string, data []byte, version int32, zxid, timeMs int64) (Node, zk.Err) {
	return t.SetDataOf(path, data, PathDataCRC(path, data), version, zxid, timeMs)
}

// SetDataOf is SetData for who has computed PathDataCRC already.
func (t *Tree) SetDataOf(path string, data []byte, crc uint32, version int32, zxid, timeMs int64) (Node, zk.Err) {
	n := t.Lookup(path)
	if n == 0 {
		return 0, zk.ErrNoNode
	}
	nd := t.slab.at(n)
	t.dataUnits += int64(len(data)) - int64(max(nd.dataBytes, 0))
	t.replaceData(nd, data)
	nd.version, nd.mzxid, nd.mtimeMs = version, zxid, timeMs
	nd.crc = crc
	t.redigest(nd, InDigest(path))
	return n, zk.ErrOK
}

// replaceData writes over the old block if it has the right size, and moves to another otherwise.
func (t *Tree) replaceData(nd *node, data []byte) {
	oldSize, newSize := nd.blockBytes(), int(nd.nameBytes)+len(data)
	if !fits(oldSize, newSize) {
		old := nd.block
		ref := t.blocks.alloc(newSize)
		if ref != 0 {
			copy(t.blocks.bytes(ref, newSize), t.name(nd))
		}
		t.blocks.release(old, oldSize)
		nd.block = ref
	}
	nd.dataBytes = dataBytes(data)
	if len(data) > 0 {
		copy(t.block(nd)[nd.nameBytes:], data)
	}
}

// SetACL replaces the ACL list; version is the new aversion.
func (t *Tree) SetACL(path string, acl []zk.ACL, version int32) (Node, zk.Err) {
	n := t.Lookup(path)
	if n == 0 {
		return 0, zk.ErrNoNode
	}
	nd := t.slab.at(n)
	t.changeACL(n, nd, t.acls.intern(acl))
	nd.aversion = version
	t.redigest(nd, InDigest(path))
	return n, zk.ErrOK
}

func (t *Tree) changeACL(n Node, nd *node, ref ACLRef) {
	if ref == nd.acl {
		return
	}
	t.noteWalkACL(n, nd)
	t.acls.retain(ref)
	t.acls.release(nd.acl)
	nd.acl = ref
}
