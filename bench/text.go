package bench

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Duration is a time.Duration that reads and writes "1.5s", on command lines and in files.
type Duration time.Duration //nolint:recvcheck // a reader needs a pointer, a value is printed

// String gives the text.
func (d Duration) String() string { return time.Duration(d).String() }

// MarshalText gives the text.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads the text.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("bench: %w: expected a number with a unit, such as 5s or 1m30s", err)
	}
	*d = Duration(v)
	return nil
}

// Size is a number of bytes, or a range that is drawn from evenly.
type Size struct{ Min, Max int } //nolint:recvcheck // a reader needs a pointer, a value is printed

// sizeMax is what servers accept by default (jute.maxbuffer), less the request around it.
const sizeMax = 1<<20 - 1024

// String gives "100" or "10-1000".
func (s Size) String() string {
	if s.Min == s.Max {
		return strconv.Itoa(s.Min)
	}
	return fmt.Sprintf("%d-%d", s.Min, s.Max)
}

// MarshalText gives the text.
func (s Size) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the text.
func (s *Size) UnmarshalText(text []byte) error {
	low, high, isRange := strings.Cut(string(text), "-")
	if !isRange {
		high = low
	}
	from, err := strconv.Atoi(low)
	to, err2 := strconv.Atoi(high)
	if err != nil || err2 != nil || from < 0 || to < from || to > sizeMax {
		return fmt.Errorf("bench: %q is no number of bytes: expected 100 or 10-1000, at most %d", text, sizeMax)
	}
	*s = Size{from, to}
	return nil
}

// MiB is a number of bytes in units of 1,048,576.
func MiB(n int64) float64 { return float64(n) / (1 << 20) }

// Thousands prints a whole number in groups of three digits.
func Thousands(v float64) string {
	s := fmt.Sprintf("%.0f", v)
	for at := len(s) - 3; at > 0 && s[at-1] != '-'; at -= 3 {
		s = s[:at] + "," + s[at:]
	}
	return s
}
