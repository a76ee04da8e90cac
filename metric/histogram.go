package metric

import "math/bits"

// The buckets of a Histogram: one for each number below exactMax, then perOctave for each doubling up to 2^octaveMax, where the
// last one takes whatever is larger.
const (
	exactBits  = 7
	exactMax   = 1 << exactBits
	octaveBits = 4
	perOctave  = 1 << octaveBits
	octaveMax  = 40 // in milliseconds 34 years
	buckets    = exactMax + (octaveMax-exactBits)*perOctave
)

// Histogram is a Summary that also knows how the numbers are spread. The zero value is an empty series.
type Histogram struct {
	Summary

	spread [buckets]int64
}

// Add takes one more number into the series. Numbers below 0 are spread as 0.
func (h *Histogram) Add(n int64) {
	h.Summary.Add(n)
	h.spread[bucketOf(n)]++
}

func bucketOf(n int64) int {
	if n < exactMax {
		return int(max(n, 0))
	}
	octave := bits.Len64(uint64(n)) - 1
	if octave >= octaveMax {
		return buckets - 1
	}
	within := int(n>>(octave-octaveBits)) & (perOctave - 1)
	return exactMax + (octave-exactBits)*perOctave + within
}

// largestIn is the largest number of a bucket.
func largestIn(bucket int) int64 {
	if bucket < exactMax {
		return int64(bucket)
	}
	octave := (bucket-exactMax)/perOctave + exactBits
	within := int64((bucket - exactMax) % perOctave)
	return (perOctave+within+1)<<(octave-octaveBits) - 1
}

// Since is the series without its part up to base, an earlier copy, at which Restart was called if Min and Max are to be those
// of the part.
func (h *Histogram) Since(base *Histogram) *Histogram {
	d := &Histogram{Summary: h.Summary.Since(&base.Summary)}
	for i := range h.spread {
		d.spread[i] = h.spread[i] - base.spread[i]
	}
	return d
}

// Quantile is a number that the share q of the series does not exceed, from 0 to 1; 0 for an empty series.
func (h *Histogram) Quantile(q float64) int64 {
	var total int64
	for _, n := range h.spread {
		total += n
	}
	rank := int64(q * float64(total))
	var below int64
	for i, n := range h.spread {
		if below += n; below > rank || below == total && n > 0 {
			return largestIn(i)
		}
	}
	return 0
}
