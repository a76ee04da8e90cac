package metric

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestASummaryKnowsItsNumbers(t *testing.T) {
	var s Summary
	for _, n := range []int64{5, -2, 9} {
		s.Add(n)
	}
	if s.Count != 3 || s.Sum != 12 || s.Min != -2 || s.Max != 9 || s.Avg() != 4 {
		t.Errorf("got %+v, mean %v", s, s.Avg())
	}
}

func TestMeansAreRoundedAsJavaRounds(t *testing.T) {
	for name, c := range map[string]struct {
		sum, count int64
		want       float64
	}{
		"empty":                    {0, 0, 0},
		"four decimals":            {35, 38, 0.9211},
		"half is rounded up":       {1, 32, 0.0313},
		"0.00005 lies just above":  {1, 20000, 0.0001},
		"negative half is away":    {-1, 32, -0.0313},
		"a third":                  {1, 3, 0.3333},
		"whole numbers stay whole": {8, 4, 2},
	} {
		s := Summary{Count: c.count, Sum: c.sum}
		if got := s.Avg(); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestRestartForgetsLeastAndGreatestAlone(t *testing.T) {
	var h Histogram
	h.Add(1)
	h.Add(1000)
	base := h
	h.Restart()
	if d := h.Since(&base); d.Count != 0 || d.Sum != 0 || d.Min != 0 || d.Max != 0 || d.Quantile(0.5) != 0 {
		t.Errorf("right after the restart: %+v", d.Summary)
	}
	h.Add(7)
	h.Add(9)
	d := h.Since(&base)
	if d.Count != 2 || d.Sum != 16 || d.Min != 7 || d.Max != 9 || d.Quantile(0.99) != 9 {
		t.Errorf("since the restart: %+v, p99 %d", d.Summary, d.Quantile(0.99))
	}
	if h.Count != 4 || h.Sum != 1017 {
		t.Errorf("counters fell: %+v", h.Summary)
	}
}

// A quantile is exact below 128 and at most a sixteenth too large beyond.
func TestQuantilesAreThoseOfTheSortedSeries(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var h Histogram
	var all []int64
	for range 5000 {
		n := int64(math.Exp(random.Float64() * 20))
		h.Add(n)
		all = append(all, n)
	}
	slices.Sort(all)
	for _, q := range []float64{0, 0.25, 0.5, 0.9, 0.95, 0.99, 0.999, 1} {
		want := all[min(int(q*float64(len(all))), len(all)-1)]
		got := h.Quantile(q)
		if got < want || got > want+want/16 || want < exactMax && got != want {
			t.Errorf("quantile %v is %d, want %d", q, got, want)
		}
	}
}

func TestEveryNumberHasABucketThatHoldsIt(t *testing.T) {
	for _, n := range []int64{0, 1, 127, 128, 129, 135, 136, 255, 256, 1 << 20, 1<<20 - 1, 1<<40 - 1} {
		b := bucketOf(n)
		if largestIn(b) < n || b > 0 && largestIn(b-1) >= n {
			t.Errorf("%d is in bucket %d, up to %d after %d", n, b, largestIn(b), largestIn(b-1))
		}
	}
	for _, n := range []int64{1 << 40, math.MaxInt64} {
		if bucketOf(n) != buckets-1 {
			t.Errorf("%d is not in the last bucket", n)
		}
	}
	if bucketOf(-5) != 0 {
		t.Error("a negative number is not spread as 0")
	}
}

func TestAddAllocatesNothing(t *testing.T) {
	var h Histogram
	if n := testing.AllocsPerRun(100, func() { h.Add(12345) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
