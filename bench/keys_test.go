package bench

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestZipfDrawsEachRankAsOftenAsItsWeight(t *testing.T) {
	const keys, draws = 1000, 2_000_000
	for _, exponent := range []float64{0.5, 0.99, 1, 1.5} {
		p := newPopularity(keys, exponent)
		counts := make([]int, keys)
		r := rand.New(rand.NewPCG(1, 2))
		for range draws {
			counts[p.draw(r)]++
		}
		total := 0.0
		for rank := range keys {
			total += math.Pow(float64(rank+1), -exponent)
		}
		for _, rank := range []int{0, 1, 2, 9, 99, 999} {
			want := draws * math.Pow(float64(rank+1), -exponent) / total
			got := float64(counts[p.key(rank)])
			if math.Abs(got-want) > 6*math.Sqrt(want)+1 { // six standard deviations: this sequence is always the same
				t.Errorf("exponent %v: rank %d drawn %v times, expected about %.0f", exponent, rank, got, want)
			}
		}
	}
}

func TestEveryRankHasAKeyOfItsOwn(t *testing.T) {
	for _, keys := range []int{1, 2, 3, 10, 997, 1000, 10_000} {
		p, seen := newPopularity(keys, 1), map[int]bool{}
		for rank := range keys {
			seen[p.key(rank)] = true
		}
		if len(seen) != keys {
			t.Errorf("%d keys: %d different ones", keys, len(seen))
		}
	}
}

func TestUniformDrawsAllKeysAlike(t *testing.T) {
	o := DefaultOptions()
	o.Keys = 100
	p, err := newPlan(&o, "/r")
	if err != nil {
		t.Fatal(err)
	}
	s, counts := newSource(p, 3), map[string]int{}
	for range 100_000 {
		counts[string(s.key())]++
	}
	for path, n := range counts {
		if n < 800 || n > 1200 {
			t.Errorf("%s drawn %d times, expected about 1000", path, n)
		}
	}
	if len(counts) != 100 {
		t.Errorf("%d keys drawn, want 100", len(counts))
	}
}

func TestKeysStandBelowTheirParents(t *testing.T) {
	l := layout{root: "/r", keys: 25, perParent: 10}
	for key, want := range map[int]string{0: "/r/p00000/n000000", 9: "/r/p00000/n000009", 24: "/r/p00002/n000004"} {
		if got := string(l.appendKey(nil, key)); got != want {
			t.Errorf("key %d is %s, want %s", key, got, want)
		}
	}
	if l.parents() != 3 {
		t.Errorf("%d parents, want 3", l.parents())
	}
}
