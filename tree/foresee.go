package tree

// ForeseeMax is how many paths Foresee takes at a time: about as many as a processor can have reads of memory under way.
const ForeseeMax = 16

// Foresee reads what look-ups of these paths are about to read, and changes nothing: first the index for all of them, then the
// znodes, then names and data. So the processor waits for memory a few times for all of them together, and not several times
// for each: in a tree that is larger than its caches a look-up waits longer than it works. What a path does not name is no matter.
func (t *Tree) Foresee(paths []string) {
	var hashes [ForeseeMax]uint32
	var nodes [ForeseeMax]*node
	var sum uint32 // what is read has to be used for something, or the compiler leaves it out
	paths = paths[:min(len(paths), ForeseeMax)]
	for i, path := range paths {
		hashes[i] = t.hash(path)
		sum += t.index.segment(hashes[i]).slots[hashes[i]&(segmentLen-1)].hash
	}
	for i := range paths {
		nodes[i] = t.slab.at(t.withHash(hashes[i]))
	}
	for _, nd := range nodes[:len(paths)] {
		sum += uint32(nd.czxid) + uint32(nd.block) // on both of its cache lines
	}
	for _, nd := range nodes[:len(paths)] {
		if size := nd.blockBytes(); size > 0 {
			block := t.blocks.bytes(nd.block, size)
			sum += uint32(block[0]) + uint32(block[size-1])
		}
	}
	t.foreseen = sum
}

// withHash gives the first znode with a path of this hash, or 0.
func (t *Tree) withHash(hash uint32) Node {
	in := t.index.segment(hash).slots
	for i := hash & (segmentLen - 1); in[i].node != 0; i = after(i) {
		if in[i].hash == hash {
			return in[i].node
		}
	}
	return 0
}
