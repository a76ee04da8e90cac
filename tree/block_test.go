package tree

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

func TestSizeClassesAreTight(t *testing.T) {
	for size := 1; size <= smallBytesMax; size++ {
		class := classOf(unitsOf(size))
		got := int(classUnits(class)) * blockUnit
		if got < size || got > size+max(blockUnit-1, size/8) {
			t.Errorf("%d bytes get a block of %d", size, got)
		}
		if class > 0 && int(classUnits(class-1))*blockUnit >= size {
			t.Errorf("%d bytes would fit the class below %d", size, class)
		}
	}
	if got := classOf(smallBytesMax / blockUnit); got != classes-1 {
		t.Errorf("the largest class is %d of %d", got, classes)
	}
}

func TestBlocksNeverOverlap(t *testing.T) {
	var b blocks
	r := rand.New(rand.NewPCG(1, 1))
	type held struct {
		ref  blockRef
		size int
		fill byte
	}
	var live []held
	for i := range 40000 {
		if len(live) > 0 && r.IntN(5) < 2 {
			k := r.IntN(len(live))
			h := live[k]
			if !bytes.Equal(b.bytes(h.ref, h.size), bytes.Repeat([]byte{h.fill}, h.size)) {
				t.Fatalf("block %#x of %d bytes was overwritten", h.ref, h.size)
			}
			b.release(h.ref, h.size)
			live[k] = live[len(live)-1]
			live = live[:len(live)-1]
			continue
		}
		h := held{size: 1 + r.IntN(300), fill: byte(i)}
		if r.IntN(50) == 0 {
			h.size = 1 + r.IntN(3*smallBytesMax)
		}
		h.ref = b.alloc(h.size)
		p := b.bytes(h.ref, h.size)
		for j := range p {
			p[j] = h.fill
		}
		live = append(live, h)
	}
}
