package watch

const (
	chunkBits  = 10
	chunkItems = 1 << chunkBits
)

// slot is a record that can lie in a slab: it lends one of its fields as the link of the free list.
type slot[T any] interface {
	*T
	freeLink() *uint32
}

// slab holds records of one type under small numbers. Number 0 means none. Records never move, and hold no Go
// pointers, so that a million of them cost the garbage collector nothing.
type slab[T any, P slot[T]] struct {
	chunks [][]T
	used   uint32 // numbers ever given out, including 0
	free   uint32 // first of the free list
}

// at returns the record. The pointer stays good until the record is given back.
func (s *slab[T, P]) at(i uint32) P { return &s.chunks[i>>chunkBits][i%chunkItems] }

// take returns the number of a zeroed record.
func (s *slab[T, P]) take() uint32 {
	if i := s.free; i != 0 {
		p := s.at(i)
		s.free = *p.freeLink()
		*p.freeLink() = 0
		return i
	}
	i := max(s.used, 1)
	if int(i>>chunkBits) == len(s.chunks) {
		s.chunks = append(s.chunks, make([]T, chunkItems))
	}
	s.used = i + 1
	return i
}

// give takes a record back and zeroes it.
func (s *slab[T, P]) give(i uint32) {
	p := s.at(i)
	var zero T
	*p = zero
	*p.freeLink() = s.free
	s.free = i
}
