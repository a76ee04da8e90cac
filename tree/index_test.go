package tree

import (
	"math/rand/v2"
	"testing"
)

// has tells whether the index finds a node by its hash.
func (x *index) has(hash uint32, n Node) bool {
	in := x.segment(hash).slots
	for i := hash & (segmentLen - 1); in[i].node != 0; i = after(i) {
		if in[i] == (slot{hash, n}) {
			return true
		}
	}
	return false
}

// The hashes of each case crowd in another way: all over, in one place of every segment, at a segment's end, equal ones.
func TestIndexFindsWhatWasPutInAndNothingElse(t *testing.T) {
	for name, crowd := range map[string]func(uint32) uint32{
		"random hashes":                     func(h uint32) uint32 { return h },
		"few places within the segments":    func(h uint32) uint32 { return h&^(segmentLen-1) | h&3 },
		"the last places of the segments":   func(h uint32) uint32 { return h | segmentLen - 4 },
		"the first bits are almost all one": func(h uint32) uint32 { return h | 0xffc00000 },
		"groups of equal hashes":            func(h uint32) uint32 { return h &^ 0x7ff },
	} {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(7, 7))
			var x index
			x.init()
			live := map[Node]uint32{}
			for n := Node(1); n <= 20_000; n++ {
				live[n] = crowd(r.Uint32())
				x.insert(live[n], n)
				if r.IntN(3) > 0 {
					continue
				}
				for gone, hash := range live { // any
					x.remove(hash, gone)
					delete(live, gone)
					if x.has(hash, gone) {
						t.Fatalf("node %d is still there", gone)
					}
					break
				}
			}
			if int(x.count) != len(live) {
				t.Errorf("%d nodes, want %d", x.count, len(live))
			}
			for n, hash := range live {
				if !x.has(hash, n) {
					t.Fatalf("node %d of hash %#x is not found", n, hash)
				}
			}
		})
	}
}

func TestIndexSpendsAboutTwelveBytesPerZnode(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var x index
	x.init()
	const count = 1 << 20
	for n := range Node(count) {
		x.insert(r.Uint32(), n+1)
	}
	if perNode := float64(x.bytes()) / count; perNode > 8/0.39 {
		t.Errorf("%.1f bytes per node: segments are less than two fifths full", perNode)
	}
}

func TestIndexRefusesToRemoveWhatIsNotThere(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	var x index
	x.init()
	x.insert(5, 1)
	x.remove(5, 2)
}
