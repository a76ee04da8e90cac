package tree

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"paddock/zk"
)

func TestForeseeingChangesNothingWhateverThePaths(t *testing.T) {
	tr := New()
	for i, data := range [][]byte{nil, {}, []byte("x"), []byte(strings.Repeat("large", smallBytesMax))} {
		if _, err := tr.Create(fmt.Sprintf("/n%d", i), data, zk.OpenACL(), 0, -1, int64(i+1), 1); err != zk.ErrOK {
			t.Fatal(err)
		}
	}
	tr.Delete("/n1", 9)
	digest, count := tr.Digest(), tr.Count()
	paths := []string{"", "/", "no path", "/n0", "/n1", "/n2", "/n3", "/n4", "/zookeeper/quota", "/n3/", strings.Repeat("/a", 1000), zk.NullText}
	for n := range len(paths) + 1 {
		tr.Foresee(paths[:n])
	}
	tr.Foresee(append(paths, paths...)) // more than it takes
	if tr.Digest() != digest || tr.Count() != count {
		t.Error("the tree has changed")
	}
	if got := tr.Lookup("/n2"); got == 0 || string(tr.Data(got)) != "x" {
		t.Errorf("/n2 is znode %d", got)
	}
}

// BenchmarkLookupInALargeTree reads stat and data of znodes drawn evenly from a million, sixteen at a time.
func BenchmarkLookupInALargeTree(b *testing.B) {
	const znodes = 1 << 20
	tr := New()
	data := make([]byte, 100)
	paths := make([]string, znodes)
	for i := range paths {
		paths[i] = fmt.Sprintf("/%07d", i)
		if _, err := tr.Create(paths[i], data, zk.OpenACL(), 0, -1, int64(i+1), 1); err != zk.ErrOK {
			b.Fatal(err)
		}
	}
	for _, foresee := range []bool{false, true} {
		b.Run(fmt.Sprintf("foresee=%v", foresee), func(b *testing.B) {
			rng := rand.New(rand.NewPCG(1, 1))
			var drawn [ForeseeMax]string
			sum := 0
			for range b.N / ForeseeMax {
				for i := range drawn {
					drawn[i] = paths[rng.IntN(znodes)]
				}
				if foresee {
					tr.Foresee(drawn[:])
				}
				for _, path := range drawn {
					n := tr.Lookup(path)
					s := tr.Stat(n)
					sum += int(s.DataLength) + int(tr.Data(n)[50])
				}
			}
			b.ReportMetric(float64(sum%2), "unused")
		})
	}
}
