package main

import (
	"fmt"
	"maps"
	"slices"
)

// clock checks one server's times as relations: the same zxid has the same time wherever it shows.
type clock struct {
	msByZxid map[int64]int64
}

func newClock() clock { return clock{msByZxid: map[int64]int64{}} }

// fault notes that a Stat gives ms as the time of zxid, and says what is wrong with that, or "".
func (c clock) fault(zxid, ms int64) string {
	if zxid == 0 {
		return "" // a znode that the server made itself
	}
	known, ok := c.msByZxid[zxid]
	switch {
	case ok && known != ms:
		return fmt.Sprintf("time %d of zxid 0x%x was %d before", ms, zxid, known)
	case ms <= 0:
		return fmt.Sprintf("time %d of zxid 0x%x", ms, zxid)
	}
	c.msByZxid[zxid] = ms
	return ""
}

// backwards names a zxid whose time is earlier than that of a smaller zxid, or "".
func (c clock) backwards() string {
	last := int64(0)
	for _, zxid := range slices.Sorted(maps.Keys(c.msByZxid)) {
		ms := c.msByZxid[zxid]
		if ms < last {
			return fmt.Sprintf("zxid 0x%x has time %d, an earlier one had %d", zxid, ms, last)
		}
		last = ms
	}
	return ""
}
