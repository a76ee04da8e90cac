package tree

// A segment is one page of 4 KiB. It is split at four fifths: a search for what is not there then ends after 13 slots at
// worst on average, which is two cache lines, and after 3 in the middle of the cycle.
const (
	segmentBits = 9
	segmentLen  = 1 << segmentBits
	segmentFull = segmentLen * 4 / 5
)

// slot is a znode in the index; node 0 is an empty one. The hash spares a look at the znode.
type slot struct {
	hash uint32
	node Node
}

type slots [segmentLen]slot

// segment holds all nodes whose hashes share their first depth bits. Inside, the last bits of a hash say where to begin;
// what is taken moves on to the next free slot.
type segment struct {
	slots *slots
	used  uint16
	depth uint8
}

// index is an extendible hash table from the hash of a full path to a node. The first bits of a hash choose an entry of
// the directory, which names a segment. A full segment is split in two, and the directory is doubled when it has no entry
// for the new one: 4 µs and, with a million znodes, another 4 µs, so no insertion is slow. It never shrinks.
type index struct {
	directory []uint32 // 2^depth numbers of segments
	depth     uint8
	segments  []segment
	count     uint32 // nodes in the index
}

func (x *index) init() {
	x.directory = []uint32{0}
	x.segments = []segment{{slots: new(slots)}}
}

func (x *index) segment(hash uint32) *segment { return &x.segments[x.directory[x.entry(hash)]] }

// entry is the place of a hash in the directory. In Go a shift by 32 gives 0.
func (x *index) entry(hash uint32) uint32 { return hash >> (32 - x.depth) }

// after is the slot behind i.
func after(i uint32) uint32 { return (i + 1) & (segmentLen - 1) }

func (x *index) insert(hash uint32, n Node) {
	s := x.segment(hash)
	for s.used == segmentFull {
		x.split(x.directory[x.entry(hash)], hash)
		s = x.segment(hash)
	}
	s.put(slot{hash, n})
	x.count++
}

func (s *segment) put(v slot) {
	i := v.hash & (segmentLen - 1)
	for s.slots[i].node != 0 {
		i = after(i)
	}
	s.slots[i] = v
	s.used++
}

// split moves the nodes of a segment whose next bit is set into a new one. hash is that of any of its nodes.
func (x *index) split(number, hash uint32) {
	s := &x.segments[number]
	if s.depth == x.depth {
		x.double()
	}
	s.depth++
	bit := uint32(1) << (32 - s.depth)
	moved := uint32(len(x.segments))
	x.segments = append(x.segments, segment{slots: new(slots), depth: s.depth})
	stay, move := &x.segments[number], &x.segments[moved]
	old := *stay.slots
	*stay.slots, stay.used = slots{}, 0
	for _, v := range old {
		switch {
		case v.node == 0:
		case v.hash&bit != 0:
			move.put(v)
		default:
			stay.put(v)
		}
	}
	first := x.entry(hash&^(bit-1) | bit)
	for i := range uint32(1) << (x.depth - stay.depth) {
		x.directory[first+i] = moved
	}
}

func (x *index) double() {
	if x.depth == 32 {
		panic("tree: more znodes of one hash than a segment of the index holds")
	}
	directory := make([]uint32, 2*len(x.directory))
	for i, number := range x.directory {
		directory[2*i], directory[2*i+1] = number, number
	}
	x.directory = directory
	x.depth++
}

// remove takes a node out and moves those behind it that had to give way to it.
func (x *index) remove(hash uint32, n Node) {
	s := x.segment(hash)
	hole := hash & (segmentLen - 1)
	for s.slots[hole].node != n {
		if s.slots[hole].node == 0 {
			panic("tree: znode is not in the index")
		}
		hole = after(hole)
	}
	for i := after(hole); s.slots[i].node != 0; i = after(i) {
		home := s.slots[i].hash & (segmentLen - 1)
		if (i-home)&(segmentLen-1) >= (i-hole)&(segmentLen-1) {
			s.slots[hole] = s.slots[i]
			hole = i
		}
	}
	s.slots[hole] = slot{}
	s.used--
	x.count--
}

// bytes is the memory that the index holds.
func (x *index) bytes() int64 {
	const pointer = 16 // a segment's own struct
	return int64(len(x.segments))*(segmentLen*8+pointer) + int64(len(x.directory))*4
}
