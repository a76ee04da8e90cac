package tree

import (
	"encoding/binary"
	"hash/crc32"
	"strings"
	"unsafe"

	"paddock/zk"
)

// InDigest tells whether the znode counts in the tree's digest: everything but what is below /zookeeper, since quota
// znodes change locally (DigestCalculator, 3.9.5). /zookeeper itself counts.
func InDigest(path string) bool { return !strings.HasPrefix(path, "/zookeeper/") }

// PathDataCRC gives the CRC-32 after path and data, where a node's digest begins. The root counts as "".
func PathDataCRC(path string, data []byte) uint32 {
	var crc uint32
	if path != zk.PathRoot {
		// The string is only read; a conversion would allocate.
		crc = crc32.ChecksumIEEE(unsafe.Slice(unsafe.StringData(path), len(path)))
	}
	return crc32.Update(crc, crc32.IEEETable, data)
}

// statDigestBytes is the size of a stat in the digest.
const statDigestBytes = 60

// putStat lays out a stat in the digest's own order (DigestCalculator, 3.9.5).
func putStat(b *[statDigestBytes]byte, s *zk.StatPersisted) {
	binary.BigEndian.PutUint64(b[0:], uint64(s.Czxid))
	binary.BigEndian.PutUint64(b[8:], uint64(s.Mzxid))
	binary.BigEndian.PutUint64(b[16:], uint64(s.Pzxid))
	binary.BigEndian.PutUint64(b[24:], uint64(s.Ctime))
	binary.BigEndian.PutUint64(b[32:], uint64(s.Mtime))
	binary.BigEndian.PutUint32(b[40:], uint32(s.Version))
	binary.BigEndian.PutUint32(b[44:], uint32(s.CVersion))
	binary.BigEndian.PutUint32(b[48:], uint32(s.AVersion))
	binary.BigEndian.PutUint64(b[52:], uint64(s.EphemeralOwner))
}

// NodeDigest continues a CRC after path and data over the stat. It goes byte by byte, because a buffer of its own
// would escape to the heap through crc32.Update; who computes many should use a Digester.
func NodeDigest(crc uint32, s *zk.StatPersisted) uint64 {
	var b [statDigestBytes]byte
	putStat(&b, s)
	crc = ^crc
	for _, v := range b {
		crc = crc32.IEEETable[byte(crc)^v] ^ crc>>8
	}
	return uint64(^crc)
}

// Digester computes what NodeDigest does, about three times as fast: its buffer is on the heap once and for all.
type Digester struct{ buf [statDigestBytes]byte }

// NodeDigest continues a CRC after path and data over the stat.
func (d *Digester) NodeDigest(crc uint32, s *zk.StatPersisted) uint64 {
	putStat(&d.buf, s)
	return uint64(crc32.Update(crc, crc32.IEEETable, d.buf[:]))
}

// Digest is Apache's tree digest, version 2: the sum of the nodes' digests modulo 2^64.
func (t *Tree) Digest() uint64 { return t.digest }

// CRC gives the CRC-32 state after the znode's path and data.
func (t *Tree) CRC(n Node) uint32 { return t.slab.at(n).crc }

// DigestOf gives what the znode adds to the tree's digest.
func (t *Tree) DigestOf(n Node) uint64 { return uint64(t.slab.at(n).digest) }

// redigest brings the sum up to date after a change of the znode's stat, crc included. Outside the digest it is 0.
func (t *Tree) redigest(nd *node, inDigest bool) {
	if !inDigest {
		return
	}
	s := nd.persisted()
	fresh := uint32(t.digester.NodeDigest(nd.crc, &s))
	t.digest += uint64(fresh) - uint64(nd.digest)
	nd.digest = fresh
}
