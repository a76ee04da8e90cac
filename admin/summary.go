package admin

import (
	"math/big"
	"strconv"
	"strings"
)

// Summary is count, sum, least and greatest of a series of whole numbers. The zero value is an empty series.
type Summary struct {
	Count, Sum int64
	Min, Max   int64 // 0 while Count is 0
}

// Add takes one more number into the series.
func (s *Summary) Add(n int64) {
	if s.Count == 0 {
		s.Min, s.Max = n, n
	}
	s.Count++
	s.Sum += n
	s.Min, s.Max = min(s.Min, n), max(s.Max, n)
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

// javaDouble prints a number as Java's Double.toString: always with a decimal point, and with an exponent below
// 0.001 and from 10,000,000 on.
func javaDouble(f float64) string {
	if abs := max(f, -f); f == 0 || abs >= 1e-3 && abs < 1e7 {
		return withPoint(strconv.FormatFloat(f, 'f', -1, 64))
	}
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(f, 'e', -1, 64), "e")
	n, _ := strconv.Atoi(exponent)
	return withPoint(mantissa) + "E" + strconv.Itoa(n)
}

func withPoint(digits string) string {
	if strings.Contains(digits, ".") {
		return digits
	}
	return digits + ".0"
}
