package wal

import (
	"math"
	"testing"
)

func TestFollows(t *testing.T) {
	const e = int64(1) << 32
	for _, c := range []struct {
		last, next int64
		want       bool
	}{
		{0, 1, true},
		{1, 2, true},
		{1, 3, false},
		{1, 1, false},
		{2, 1, false},
		{5, e, true},
		{5, e + 1, true},
		{5, e + 2, false},
		{e + 5, 7*e + 1, true},
		{e + 5, 6, false},
		{e - 1, e, true}, // the counter ran over: the next zxid is the next epoch's 0
	} {
		if got := follows(c.last, c.next); got != c.want {
			t.Errorf("%#x after %#x: %v", c.next, c.last, got)
		}
	}
}

func TestOnlyExactNamesAreLogs(t *testing.T) {
	for name, want := range map[string]int64{
		"log.0": 0, "log.1": 1, "log.a": 10, "log.200000001": 2<<32 + 1, "log.7fffffffffffffff": math.MaxInt64,
	} {
		if z, ok := parseLogName(name); !ok || z != want || logName(z) != name {
			t.Errorf("%s: %d, %v", name, z, ok)
		}
	}
	for _, name := range []string{
		"", "log", "log.", "log.01", "log.A", "log.g", "log.1.bak", "log.-1", "log.+1", "log.0x1", "log.8000000000000000",
		"log.1_0", "snapshot.1", sparePrefix + "1", spareNow, " log.1", "log.1 ",
	} {
		if z, ok := parseLogName(name); ok {
			t.Errorf("%q was taken for log %d", name, z)
		}
	}
}
