package metric

import (
	"math/big"
	"strconv"
)

// Summary is count, sum, least and greatest of a series. The zero value is an empty series.
type Summary struct {
	Count, Sum int64
	Min, Max   int64 // of the numbers since Restart; 0 while there are none

	old int64 // Count at Restart
}

// Add takes one more number into the series.
func (s *Summary) Add(n int64) {
	if s.Count == s.old {
		s.Min, s.Max = n, n
	}
	s.Count++
	s.Sum += n
	s.Min, s.Max = min(s.Min, n), max(s.Max, n)
}

// Restart forgets the least and the greatest.
func (s *Summary) Restart() { s.old, s.Min, s.Max = s.Count, 0, 0 }

// Since is the series without its part up to base, an earlier copy, at which Restart was called.
func (s *Summary) Since(base *Summary) Summary {
	return Summary{Count: s.Count - base.Count, Sum: s.Sum - base.Sum, Min: s.Min, Max: s.Max}
}

// Avg is the mean as ZooKeeper shows it: with four decimals, halves rounded up (AvgMinMaxCounter.getAvg, 3.9.5).
func (s *Summary) Avg() float64 {
	if s.Count == 0 {
		return 0
	}
	// The mean is rounded twice, first to a float64: so does Java, and 0.00005 goes the way that its binary form says.
	mean := new(big.Rat).SetFloat64(float64(s.Sum) / float64(s.Count))
	avg, _ := strconv.ParseFloat(mean.FloatString(4), 64)
	return avg
}
