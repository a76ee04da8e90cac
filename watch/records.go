package watch

import (
	"fmt"
	"math/bits"
)

// Kind is a set of kinds of watch.
type Kind uint8

// The kinds. exists and getData set the same kind of watch.
const (
	Data  Kind = 1 << iota // NodeCreated, NodeDeleted, NodeDataChanged
	Child                  // NodeDeleted, NodeChildrenChanged

	kindCount = iota
)

// The kinds' places in arrays that have one place per kind.
const (
	dataIndex = iota
	childIndex
)

// index gives the place of one kind in arrays that have one place per kind.
func (k Kind) index() int {
	if k == 0 || k&(k-1) != 0 || k >= 1<<kindCount {
		panic(fmt.Sprintf("watch: %08b is not one kind", k))
	}
	return bits.TrailingZeros8(uint8(k))
}

// list is the watches of one kind on one path. Lists of the same path have the same hash and the same ref.
type list struct {
	hash     uint32 // of the path
	sizeKind uint32 // bytes of the path in the low 28 bits, kind above
	ref      uint32 // where the path's bytes are
	chain    uint32 // next list in the bucket of the index, or next free one
	head     uint32 // oldest watch; 0 only in a free record
}

const (
	sizeBits = 28
	pathMax  = 1<<sizeBits - 1 // bytes; jute.maxbuffer keeps every path far below
)

func makeSizeKind(size int, kind Kind) uint32 {
	if size > pathMax {
		panic(fmt.Sprintf("watch: path of %d bytes", size))
	}
	return uint32(size) | uint32(kind)<<sizeBits
}

func (l *list) size() int         { return int(l.sizeKind & pathMax) }
func (l *list) kind() Kind        { return Kind(l.sizeKind >> sizeBits) }
func (l *list) freeLink() *uint32 { return &l.chain }

type lists struct{ slab[list, *list] }

func (s *lists) hashOf(i uint32) uint32   { return s.at(i).hash }
func (s *lists) chainOf(i uint32) *uint32 { return &s.at(i).chain }

// links are a watch's neighbours in a ring.
type links struct{ next, prev uint32 }

// The two rings that a watch hangs in.
const (
	inList = iota
	inConn
	ringCount
)

// watch is one watch: 28 bytes.
type watch struct {
	list      uint32 // 0 only in a free record
	connModes uint32 // number of the connection in the low 29 bits, modes above
	rings     [ringCount]links
	chain     uint32 // next watch in the bucket of the index, or next free one
}

const (
	connBits = 32 - modeBits
	connMax  = 1<<connBits - 1
)

func (w *watch) set(list, conn uint32, modes Mode) {
	if conn > connMax {
		panic(fmt.Sprintf("watch: record %d of a connection", conn))
	}
	w.list, w.connModes = list, conn|uint32(modes)<<connBits
}

func (w *watch) conn() uint32        { return w.connModes & connMax }
func (w *watch) modes() Mode         { return Mode(w.connModes >> connBits) }
func (w *watch) setModes(modes Mode) { w.connModes = w.conn() | uint32(modes)<<connBits }

func (w *watch) freeLink() *uint32 { return &w.chain }

type watches struct{ slab[watch, *watch] }

func (s *watches) hashOf(i uint32) uint32 {
	w := s.at(i)
	return pairHash(w.list, w.conn())
}

func (s *watches) chainOf(i uint32) *uint32 { return &s.at(i).chain }

// pairHash spreads a pair of record numbers over 32 bits (the finaliser of splitmix64).
func pairHash(list, conn uint32) uint32 {
	h := uint64(list)<<32 | uint64(conn)
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return uint32(h ^ h>>31)
}

// push hangs a watch behind the last one of a ring.
func (s *watches) push(ring int, head *uint32, i uint32) {
	mine := &s.at(i).rings[ring]
	if *head == 0 {
		*head, mine.next, mine.prev = i, i, i
		return
	}
	first := &s.at(*head).rings[ring]
	mine.next, mine.prev = *head, first.prev
	s.at(first.prev).rings[ring].next = i
	first.prev = i
}

// cut takes a watch out of a ring.
func (s *watches) cut(ring int, head *uint32, i uint32) {
	mine := s.at(i).rings[ring]
	if mine.next == i {
		*head = 0
		return
	}
	s.at(mine.prev).rings[ring].next = mine.next
	s.at(mine.next).rings[ring].prev = mine.prev
	if *head == i {
		*head = mine.next
	}
}

// after returns the watch behind i in a ring, or 0 behind the last one.
func (s *watches) after(ring int, head, i uint32) uint32 {
	if next := s.at(i).rings[ring].next; next != head {
		return next
	}
	return 0
}

// connState tells the records of connections apart.
type connState uint8

const (
	connFree connState = iota
	connLive
	connDead // waits for Sweep
)

// conn is a connection that has set a watch. It stays until RemoveConn, with or without watches, and then until Sweep has
// freed the last of them.
type conn struct {
	id      uint64
	told    uint64 // number of the last Take that told it
	place   uint32 // in the list that Takes fill, where told put it last
	head    uint32 // oldest watch, 0 for none; in a free record the next free one
	watches [kindCount]uint32
	state   connState
	data    bool // counted by Conns
}

func (c *conn) freeLink() *uint32 { return &c.head }
