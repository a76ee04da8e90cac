package tree

import (
	"encoding/binary"
	"math/bits"
)

// blockRef names the bytes of a znode: 0 is none; with the top bit it is a number in the table of large blocks;
// otherwise a place in the chunks, in units of 8 bytes.
type blockRef uint32

const (
	largeBit blockRef = 1 << 31

	blockUnit      = 8       // bytes; every block begins and ends at a multiple of it
	smallBytesMax  = 4 << 10 // larger blocks are Go slices: a chunk's tail loses little
	blockChunkBits = 17      // chunks of 128 KiB, a pause of some 10 µs each
	blockChunkLen  = 1 << blockChunkBits
	chunkUnits     = blockChunkLen / blockUnit
	largeChunkBits = 8
	largeChunkLen  = 1 << largeChunkBits
)

type (
	blockChunk [blockChunkLen]byte
	largeChunk [largeChunkLen][]byte
)

// blocks is the allocator of names and data. Free small blocks hold the next free one of their class in their first
// four bytes.
type blocks struct {
	chunks []*blockChunk
	bump   uint32 // next fresh place, in units; place 0 is never handed out
	free   [classes]blockRef

	large     []*largeChunk
	largeUsed uint32
	largeFree []uint32
	largeSum  int64 // bytes in large blocks
}

// Size classes, in units: 1 to 16 singly, then eight per doubling, so that above 128 bytes at most an eighth is lost
// (and on average a sixteenth).
const (
	linearClasses = 16
	classes       = linearClasses + 8*5 // up to 512 units = 4 KiB
)

// classOf gives the class of a size in units (1 to smallBytesMax/blockUnit).
func classOf(units uint32) int {
	if units <= linearClasses {
		return int(units) - 1
	}
	shift := bits.Len32(units-1) - 4 // the top three bits below the leading one choose
	return linearClasses + 8*(shift-1) + int((units-1)>>shift) - 8
}

// classUnits is the inverse: the size of a class in units.
func classUnits(class int) uint32 {
	if class < linearClasses {
		return uint32(class) + 1
	}
	class -= linearClasses
	shift := class/8 + 1
	return uint32(class%8+9) << shift
}

func unitsOf(size int) uint32 { return uint32(size+blockUnit-1) / blockUnit }

// bytes gives the first size bytes of a block.
func (b *blocks) bytes(ref blockRef, size int) []byte {
	if ref&largeBit != 0 {
		i := uint32(ref &^ largeBit)
		return b.large[i>>largeChunkBits][i&(largeChunkLen-1)][:size:size]
	}
	off := int(ref%chunkUnits) * blockUnit
	return b.chunks[ref/chunkUnits][off : off+size : off+size]
}

// fits tells whether a block that holds oldSize bytes is what alloc would choose for newSize.
func fits(oldSize, newSize int) bool {
	if oldSize > smallBytesMax || newSize > smallBytesMax || oldSize == 0 || newSize == 0 {
		return oldSize == newSize
	}
	return classOf(unitsOf(oldSize)) == classOf(unitsOf(newSize))
}

func (b *blocks) alloc(size int) blockRef {
	if size == 0 {
		return 0
	}
	if size > smallBytesMax {
		return b.allocLarge(size)
	}
	class := classOf(unitsOf(size))
	if ref := b.free[class]; ref != 0 {
		b.free[class] = b.nextFree(ref)
		return ref
	}
	units := classUnits(class)
	if b.bump+units > uint32(len(b.chunks))*chunkUnits {
		if uint32(len(b.chunks)+1)*chunkUnits > uint32(largeBit) {
			return b.allocLarge(int(units) * blockUnit) // whole, so that fits stays true
		}
		b.grow()
	}
	ref := blockRef(b.bump)
	b.bump += units
	return ref
}

// grow adds a chunk; what is left of the one before becomes free blocks.
func (b *blocks) grow() {
	end := uint32(len(b.chunks)) * chunkUnits
	for b.bump < end {
		class := classOf(min(end-b.bump, smallBytesMax/blockUnit))
		if b.bump+classUnits(class) > end {
			class--
		}
		b.pushFree(class, blockRef(b.bump))
		b.bump += classUnits(class)
	}
	b.chunks = append(b.chunks, new(blockChunk))
	if end == 0 {
		b.bump = 1
	}
}

// release takes back a block that alloc(size) gave.
func (b *blocks) release(ref blockRef, size int) {
	switch {
	case ref == 0:
	case ref&largeBit != 0:
		b.releaseLarge(uint32(ref &^ largeBit))
	default:
		b.pushFree(classOf(unitsOf(size)), ref)
	}
}

func (b *blocks) pushFree(class int, ref blockRef) {
	binary.LittleEndian.PutUint32(b.bytes(ref, 4), uint32(b.free[class]))
	b.free[class] = ref
}

func (b *blocks) nextFree(ref blockRef) blockRef {
	return blockRef(binary.LittleEndian.Uint32(b.bytes(ref, 4)))
}

func (b *blocks) allocLarge(size int) blockRef {
	i := b.largeUsed
	if n := len(b.largeFree); n > 0 {
		i = b.largeFree[n-1]
		b.largeFree = b.largeFree[:n-1]
	} else {
		b.largeUsed++
		if int(i>>largeChunkBits) == len(b.large) {
			b.large = append(b.large, new(largeChunk))
		}
	}
	b.large[i>>largeChunkBits][i&(largeChunkLen-1)] = make([]byte, size)
	b.largeSum += int64(size)
	return largeBit | blockRef(i)
}

func (b *blocks) releaseLarge(i uint32) {
	slot := &b.large[i>>largeChunkBits][i&(largeChunkLen-1)]
	b.largeSum -= int64(len(*slot))
	*slot = nil
	b.largeFree = append(b.largeFree, i)
}
