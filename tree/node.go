package tree

import "unsafe"

// Node is a znode's number in its Tree. The zero Node is none.
type Node uint32

const root Node = 1

// nullData is the length of data that is null, which differs from empty data.
const nullData int32 = -1

// node is a znode: 112 bytes and no pointers. The order of the fields leaves no padding.
type node struct {
	czxid, mzxid, pzxid int64
	ctimeMs, mtimeMs    int64
	owner               int64 // as zk.StatPersisted.EphemeralOwner

	version, cversion, aversion int32

	parent, firstChild Node
	next, prev         Node   // siblings; next also links free nodes
	ephNext, ephPrev   Node   // ephemerals of the same owner
	children           uint32 // number of
	nameBytes          uint32
	dataBytes          int32 // nullData, or the length
	block              blockRef
	acl                ACLRef
	crc                uint32 // CRC-32 after path and data
	digest             uint32 // CRC-32 after the stat too; 0 for a znode outside the digest
}

// Nodes per chunk: 1024 of 112 bytes are 14 whole pages of Go's allocator.
const (
	nodeChunkBits = 10
	nodeChunkLen  = 1 << nodeChunkBits
	nodeBytes     = int64(unsafe.Sizeof(node{}))
)

type nodeChunk [nodeChunkLen]node

// nodeSlab hands out nodes. Slot 0 is never handed out, so that the zero Node is none.
type nodeSlab struct {
	chunks []*nodeChunk
	used   Node // slots handed out so far, slot 0 included
	free   Node // list of returned slots, linked by next
	freed  int  // length of that list
}

func (s *nodeSlab) at(n Node) *node { return &s.chunks[n>>nodeChunkBits][n&(nodeChunkLen-1)] }

func (s *nodeSlab) alloc() Node {
	if n := s.free; n != 0 {
		s.free = s.at(n).next
		s.freed--
		return n
	}
	if s.used == 0 {
		s.used = 1
	}
	if int(s.used>>nodeChunkBits) == len(s.chunks) {
		s.chunks = append(s.chunks, new(nodeChunk))
	}
	n := s.used
	s.used++
	if s.used == 0 {
		panic("tree: 2^32 znodes")
	}
	return n
}

func (s *nodeSlab) release(n Node) {
	*s.at(n) = node{next: s.free}
	s.free = n
	s.freed++
}
