package tree

// Buckets per chunk of the index: 16 KiB.
const (
	bucketChunkBits = 12
	bucketChunkLen  = 1 << bucketChunkBits
)

type bucketChunk [bucketChunkLen]Node

// index is a linear hash table from the hash of a full path to a chain of nodes: one bucket per znode on average.
// It grows by splitting one bucket per insertion, so no insertion costs more than a short chain. It never shrinks.
type index struct {
	chunks []*bucketChunk
	mask   uint32 // 2^k - 1: buckets at the beginning of this round
	split  uint32 // buckets [0, split) have been split this round; mask+1+split buckets exist
	count  uint32 // nodes in the index
}

func (x *index) init() { x.chunks = []*bucketChunk{new(bucketChunk)} }

func (x *index) bucket(hash uint32) *Node {
	i := hash & x.mask
	if i < x.split {
		i = hash & (x.mask<<1 | 1)
	}
	return x.at(i)
}

func (x *index) at(i uint32) *Node { return &x.chunks[i>>bucketChunkBits][i&(bucketChunkLen-1)] }

func (x *index) buckets() uint32 { return x.mask + 1 + x.split }

func (x *index) insert(s *nodeSlab, n Node) {
	nd := s.at(n)
	b := x.bucket(nd.hash)
	nd.chain = *b
	*b = n
	x.count++
	if x.count > x.buckets() {
		x.grow(s)
	}
}

// grow splits the next bucket: each of its nodes stays or moves to the new last bucket.
func (x *index) grow(s *nodeSlab) {
	high := x.buckets()
	if int(high>>bucketChunkBits) == len(x.chunks) {
		x.chunks = append(x.chunks, new(bucketChunk))
	}
	stay, move := x.at(x.split), x.at(high)
	n := *stay
	*stay = 0
	for n != 0 {
		nd := s.at(n)
		next := nd.chain
		to := stay
		if nd.hash&(x.mask+1) != 0 {
			to = move
		}
		nd.chain = *to
		*to = n
		n = next
	}
	x.split++
	if x.split > x.mask {
		x.mask = x.mask<<1 | 1
		x.split = 0
	}
}

func (x *index) remove(s *nodeSlab, n Node) {
	nd := s.at(n)
	for p := x.bucket(nd.hash); *p != 0; p = &s.at(*p).chain {
		if *p == n {
			*p = nd.chain
			nd.chain = 0
			x.count--
			return
		}
	}
	panic("tree: znode is not in the index")
}
