package bench

import (
	"math"
	"math/rand/v2"
)

// layout says where keys stand: key n is child n%perParent of parent n/perParent. All paths have the same length.
type layout struct {
	root      string
	keys      int
	perParent int
}

func (l *layout) parents() int { return (l.keys + l.perParent - 1) / l.perParent }

func (l *layout) appendParent(b []byte, parent int) []byte {
	return appendDigits(append(append(b, l.root...), "/p"...), parent, 5)
}

func (l *layout) appendKey(b []byte, key int) []byte {
	b = l.appendParent(b, key/l.perParent)
	return appendDigits(append(b, "/n"...), key%l.perParent, 6)
}

// appendDigits appends n with leading zeros.
func appendDigits(b []byte, n, width int) []byte {
	at := len(b)
	for range width {
		b = append(b, '0')
	}
	for i := at + width - 1; i >= at && n > 0; i-- {
		b[i] = byte('0' + n%10)
		n /= 10
	}
	return b
}

// popularity says how often each key is drawn: Walker's alias table (Vose 1991), one draw and one comparison per key for
// any exponent. It is shared by all connections and never changes.
type popularity struct {
	keep  []float32 // chance to stay with the drawn rank
	other []int32   // where to go instead
	step  int       // spreads neighbouring ranks over all parents
}

// newPopularity gives the key of rank r (from 0) a weight of 1/(r+1)^exponent.
func newPopularity(keys int, exponent float64) *popularity {
	p := &popularity{keep: make([]float32, keys), other: make([]int32, keys), step: coprime(keys)}
	share, total := make([]float64, keys), 0.0
	for r := range share {
		share[r] = math.Pow(float64(r+1), -exponent)
		total += share[r]
	}
	var poor, rich []int32
	for r := range share {
		share[r] *= float64(keys) / total // 1 on average
		if share[r] < 1 {
			poor = append(poor, int32(r))
		} else {
			rich = append(rich, int32(r))
		}
	}
	for len(poor) > 0 && len(rich) > 0 {
		low, high := poor[len(poor)-1], rich[len(rich)-1]
		poor = poor[:len(poor)-1]
		p.keep[low], p.other[low] = float32(share[low]), high
		share[high] -= 1 - share[low]
		if share[high] < 1 {
			rich = rich[:len(rich)-1]
			poor = append(poor, high)
		}
	}
	for _, r := range append(poor, rich...) { // what rounding has left over
		p.keep[r] = 1
	}
	return p
}

// coprime is a number near the golden section of n that has no common divisor with it, so that rank*step%n meets each
// key once.
func coprime(n int) int {
	step := max(1, int(0.618*float64(n)))
	for gcd(step, n) != 1 {
		step++
	}
	return step
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

func (p *popularity) draw(r *rand.Rand) int {
	rank := r.IntN(len(p.keep))
	if r.Float32() >= p.keep[rank] {
		rank = int(p.other[rank])
	}
	return p.key(rank)
}

func (p *popularity) key(rank int) int { return rank * p.step % len(p.keep) }
