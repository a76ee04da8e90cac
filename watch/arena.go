package watch

import "encoding/binary"

const (
	unitBytes  = 8               // paths are stored in whole units
	chunkUnits = 1 << 13         // 64 KiB per chunk
	unitsMax   = chunkUnits >> 2 // larger paths (above 16 KiB) get a chunk of their own
	unitBits   = 13              // of a ref: the unit within the chunk; the bits above are the chunk's number
)

// arena stores the bytes of paths. A freed place is reused for a path of the same number of units. A ref is never
// 0, and an arena never holds more than 2^19 chunks (32 GiB).
type arena struct {
	chunks [][]byte
	free   [unitsMax + 1]uint32 // first free place by its number of units; the next one's ref is in its bytes
	spare  []uint32             // numbers of chunks that held a large path
	fill   uint32               // ref of the first unit never used in the chunk being filled
	left   uint32               // units left there
}

// unitsOf gives the size of a place: at least one unit, because a free place holds the next one's ref.
func unitsOf(size int) uint32 { return max(1, uint32((size+unitBytes-1)/unitBytes)) }

// bytes returns the stored bytes.
func (a *arena) bytes(ref uint32, size int) []byte {
	from := int(ref%chunkUnits) * unitBytes
	return a.chunks[ref>>unitBits][from : from+size]
}

// put stores a copy of a path.
func (a *arena) put(path string) uint32 {
	units := unitsOf(len(path))
	if units > unitsMax {
		return a.putLarge(path)
	}
	ref := a.free[units]
	if ref != 0 {
		a.free[units] = binary.LittleEndian.Uint32(a.bytes(ref, 4))
	} else {
		ref = a.carve(units)
	}
	copy(a.bytes(ref, len(path)), path)
	return ref
}

// drop takes a place back.
func (a *arena) drop(ref uint32, size int) {
	units := unitsOf(size)
	if units > unitsMax {
		a.chunks[ref>>unitBits] = nil
		a.spare = append(a.spare, ref>>unitBits)
		return
	}
	a.recycle(ref, units)
}

func (a *arena) recycle(ref, units uint32) {
	binary.LittleEndian.PutUint32(a.bytes(ref, 4), a.free[units])
	a.free[units] = ref
}

// carve cuts a new place from the chunk being filled.
func (a *arena) carve(units uint32) uint32 {
	if a.left < units {
		if a.left > 0 { // at most unitsMax - 1
			a.recycle(a.fill, a.left)
		}
		a.fill, a.left = a.chunk(chunkUnits), chunkUnits
		if a.fill == 0 {
			a.fill, a.left = 1, chunkUnits-1 // ref 0 means none
		}
	}
	ref := a.fill
	a.fill += units
	a.left -= units
	return ref
}

func (a *arena) putLarge(path string) uint32 {
	if len(a.chunks) == 0 {
		a.fill, a.left = a.chunk(chunkUnits)+1, chunkUnits-1
	}
	ref := a.chunk(unitsOf(len(path)))
	copy(a.bytes(ref, len(path)), path)
	return ref
}

// chunk makes a new chunk and returns the ref of its first unit.
func (a *arena) chunk(units uint32) uint32 {
	chunk := make([]byte, units*unitBytes)
	if n := len(a.spare); n > 0 {
		i := a.spare[n-1]
		a.spare = a.spare[:n-1]
		a.chunks[i] = chunk
		return i << unitBits
	}
	a.chunks = append(a.chunks, chunk)
	return uint32(len(a.chunks)-1) << unitBits
}

// countUnits returns how many units are free, and how many there are beside the one that stands for none.
func (a *arena) countUnits() (free, all int) {
	free = int(a.left)
	for units, ref := range a.free {
		for ; ref != 0; ref = binary.LittleEndian.Uint32(a.bytes(ref, 4)) {
			free += units
		}
	}
	for _, chunk := range a.chunks {
		all += len(chunk) / unitBytes
	}
	return free, max(all, 1) - 1
}
