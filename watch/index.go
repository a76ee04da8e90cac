package watch

// chained is a slab whose records can stand in an index.
type chained interface {
	hashOf(i uint32) uint32
	chainOf(i uint32) *uint32
}

// index finds records by hash. It grows by linear hashing (Litwin, 1980): one bucket is split at a time, so
// that no single operation pays for the whole table.
type index struct {
	items   chained
	load    uint32     // records per bucket on average: more of them save memory and cost time
	buckets [][]uint32 // chunks of chunkItems bucket heads
	size    uint32     // buckets in use
	mask    uint32     // the smallest 2^k - 1 that is at least size - 1
	count   uint32     // records held
}

func newIndex(items chained, load uint32) index {
	return index{items: items, load: load, buckets: [][]uint32{make([]uint32, chunkItems)}, size: 1}
}

// head returns the first record of the bucket for hash: follow chainOf from there.
func (x *index) head(hash uint32) *uint32 {
	b := hash & x.mask
	if b >= x.size {
		b &= x.mask >> 1 // not split yet in this round
	}
	return &x.buckets[b>>chunkBits][b%chunkItems]
}

func (x *index) add(i uint32) {
	if x.count >= x.size*x.load {
		x.split()
	}
	x.count++
	x.push(i)
}

func (x *index) push(i uint32) {
	head := x.head(x.items.hashOf(i))
	*x.items.chainOf(i) = *head
	*head = i
}

func (x *index) remove(i uint32) {
	link := x.head(x.items.hashOf(i))
	for *link != i {
		link = x.items.chainOf(*link)
	}
	next := x.items.chainOf(i)
	*link, *next = *next, 0
	x.count--
}

// split adds one bucket and shares out the one that it comes from.
func (x *index) split() {
	b := x.size
	if b > x.mask {
		x.mask = x.mask<<1 | 1
	}
	if int(b>>chunkBits) == len(x.buckets) {
		x.buckets = append(x.buckets, make([]uint32, chunkItems))
	}
	old := x.head(b & (x.mask >> 1))
	x.size++
	i := *old
	for *old = 0; i != 0; {
		next := *x.items.chainOf(i)
		x.push(i)
		i = next
	}
}
