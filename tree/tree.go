package tree

import (
	"hash/maphash"

	"paddock/zk"
)

// Tree is the namespace. Make one with New or a Loader.
type Tree struct {
	slab   nodeSlab
	blocks blocks
	index  index
	seed   maphash.Seed // not observable: nothing is ever listed in hash order

	acls           aclTable
	sessions       map[int64]ephemerals // by owner; see listKey
	ephemeralCount int
	reaping        [2]Node // where ReapStep goes on among the containers and the TTL znodes
	visitNext      Node    // where AllEphemerals goes on
	visiting       bool

	digester  Digester
	digest    uint64 // sum of the nodes' digests
	dataUnits int64  // bytes of data and UTF-16 units of paths, as ApproximateDataSize
	scratch   []byte // for paths of nodes that are being dropped
	foreseen  uint32 // of no meaning; see Foresee

	walk walk
}

// newEmpty makes a tree that has only a root, with a stat of zeros.
func newEmpty() *Tree {
	t := &Tree{seed: maphash.MakeSeed(), sessions: map[int64]ephemerals{}}
	t.index.init()
	t.acls.init()
	n := t.slab.alloc()
	nd := t.slab.at(n)
	t.index.insert(t.hash(""), n)
	t.redigest(nd, true)
	t.dataUnits = 1 // Apache lists the root twice, as "" and as "/"
	return t
}

// New makes the tree of a fresh server: /, /zookeeper, /zookeeper/quota and /zookeeper/config, all zxids and times 0
// (DataTree, 3.9.5).
func New() *Tree {
	t := newEmpty()
	for _, path := range [...]string{zk.PathZookeeper, zk.PathQuota, zk.PathConfig} {
		parent, name := t.splitPath(path)
		r := record{path: path, name: name, data: []byte{}, acl: OpenACL, hash: t.hash(path)}
		if path == zk.PathConfig {
			r.stat.AVersion = -1
			r.acl = t.acls.intern([]zk.ACL{{Perms: zk.PermRead, ID: zk.ID{Scheme: "world", ID: "anyone"}}})
		}
		t.insert(parent, &r)
	}
	return t
}

// hash is that of a full path, "" for the root.
func (t *Tree) hash(path string) uint32 { return uint32(maphash.String(t.seed, path)) }

// Hash is what Find takes besides a path: for who looks elsewhere by it as well. It is another one after each start.
func (t *Tree) Hash(path string) uint32 { return t.hash(path) }

// Lookup finds a znode by its path; "/" and "" are the root, and what is no path is not found.
func (t *Tree) Lookup(path string) Node {
	if path == zk.PathRoot {
		return root
	}
	return t.find(path, t.hash(path))
}

// Find is Lookup with the path's Hash.
func (t *Tree) Find(path string, hash uint32) Node {
	if path == zk.PathRoot {
		return root
	}
	return t.find(path, hash)
}

func (t *Tree) find(path string, hash uint32) Node {
	in := t.index.segment(hash).slots
	for i := hash & (segmentLen - 1); in[i].node != 0; i = after(i) {
		if in[i].hash == hash && t.hasPath(in[i].node, path) {
			return in[i].node
		}
	}
	return 0
}

// hasPath compares names from the right, up to the root.
func (t *Tree) hasPath(n Node, path string) bool {
	for n != root {
		nd := t.slab.at(n)
		cut := len(path) - int(nd.nameBytes)
		if cut < 1 || path[cut-1] != '/' || path[cut:] != string(t.name(nd)) {
			return false
		}
		path = path[:cut-1]
		n = nd.parent
	}
	return path == ""
}

// block gives the bytes of a znode: its name, then its data.
func (t *Tree) block(nd *node) []byte { return t.blocks.bytes(nd.block, nd.blockBytes()) }

func (nd *node) blockBytes() int { return int(nd.nameBytes) + max(int(nd.dataBytes), 0) }

func (t *Tree) name(nd *node) []byte {
	if nd.nameBytes == 0 {
		return nil
	}
	return t.blocks.bytes(nd.block, int(nd.nameBytes))
}

func (nd *node) persisted() zk.StatPersisted {
	return zk.StatPersisted{
		Czxid: nd.czxid, Mzxid: nd.mzxid, Ctime: nd.ctimeMs, Mtime: nd.mtimeMs,
		Version: nd.version, CVersion: nd.cversion, AVersion: nd.aversion,
		EphemeralOwner: nd.owner, Pzxid: nd.pzxid,
	}
}

// Persisted gives the znode's stat as it is on disk.
func (t *Tree) Persisted(n Node) zk.StatPersisted { return t.slab.at(n).persisted() }

// Stat gives the znode's stat as a client sees it.
func (t *Tree) Stat(n Node) zk.Stat {
	nd := t.slab.at(n)
	s := nd.persisted()
	return s.Wire(max(nd.dataBytes, 0), int32(nd.children))
}

// Data gives the znode's data, borrowed until the next mutation: nil for null, and an empty slice for empty data.
func (t *Tree) Data(n Node) []byte {
	nd := t.slab.at(n)
	switch nd.dataBytes {
	case nullData:
		return nil
	case 0:
		return []byte{}
	}
	return t.block(nd)[nd.nameBytes:]
}

// DataLength is the number of data bytes, 0 for null.
func (t *Tree) DataLength(n Node) int32 { return max(t.slab.at(n).dataBytes, 0) }

// NumChildren is the number of the znode's children.
func (t *Tree) NumChildren(n Node) int32 { return int32(t.slab.at(n).children) }

// Parent gives the znode's parent; the root has none.
func (t *Tree) Parent(n Node) Node { return t.slab.at(n).parent }

// FirstChild gives the youngest child.
func (t *Tree) FirstChild(n Node) Node { return t.slab.at(n).firstChild }

// NextSibling gives the next older child of the same parent.
func (t *Tree) NextSibling(n Node) Node { return t.slab.at(n).next }

// Name gives the last element of the znode's path, borrowed until the next mutation; the root's is empty.
func (t *Tree) Name(n Node) []byte { return t.name(t.slab.at(n)) }

// AppendPath appends the znode's path; the root's is "/".
func (t *Tree) AppendPath(b []byte, n Node) []byte {
	if n == root {
		return append(b, '/')
	}
	return t.appendDiskPath(b, n)
}

// appendDiskPath is AppendPath with "" for the root, as on disk.
func (t *Tree) appendDiskPath(b []byte, n Node) []byte {
	size := 0
	for m := n; m != root; {
		nd := t.slab.at(m)
		size += 1 + int(nd.nameBytes)
		m = nd.parent
	}
	start := len(b)
	b = grow(b, size)
	for end := start + size; end > start; {
		nd := t.slab.at(n)
		end -= int(nd.nameBytes)
		copy(b[end:], t.name(nd))
		end--
		b[end] = '/'
		n = nd.parent
	}
	return b
}

// grow lengthens b by n bytes of any value.
func grow(b []byte, n int) []byte {
	if cap(b)-len(b) >= n {
		return b[:len(b)+n]
	}
	return append(b, make([]byte, n)...)
}

// Count is the number of znodes as Apache's znode_count has it: the root counts twice.
func (t *Tree) Count() int { return int(t.index.count) + 1 }

// ApproximateDataSize is the sum of the lengths of all paths, in UTF-16 units, and of all data, in bytes
// (DataTree.cachedApproximateDataSize, 3.9.5). The root's data counts once.
func (t *Tree) ApproximateDataSize() int64 { return t.dataUnits }

// utf16Len is the number of UTF-16 units of a path: one per character, two beyond the basic plane.
func utf16Len[T string | []byte](s T) int64 {
	var n int64
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c&0xc0 == 0x80: // continues a character
		case c >= 0xf0:
			n += 2
		default:
			n++
		}
	}
	return n
}

// Memory says how many bytes of memory a tree holds, by kind, spare room included.
type Memory struct {
	Nodes  int64 // structs
	Blocks int64 // names and data up to 4 KiB
	Large  int64 // larger data
	Index  int64 // segments and directory
	ACLs   int   // distinct lists
}

// Total is the sum of the bytes.
func (m Memory) Total() int64 { return m.Nodes + m.Blocks + m.Large + m.Index }

// MemoryBytes says how much memory the tree holds.
func (t *Tree) MemoryBytes() Memory {
	return Memory{
		Nodes:  int64(len(t.slab.chunks)) * nodeChunkLen * nodeBytes,
		Blocks: int64(len(t.blocks.chunks)) * blockChunkLen,
		Large:  t.blocks.largeSum,
		Index:  t.index.bytes(),
		ACLs:   t.acls.live(),
	}
}
