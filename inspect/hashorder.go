package inspect

import (
	"cmp"
	"slices"
	"unicode/utf16"
)

// How many slots a table of java.util.HashMap begins with: DataNode asks for 8, a plain HashMap has 16.
const (
	childSlots   = 8
	sessionSlots = 16
)

// hashOrder brings items, which are in the order of their insertion, into the order in which java.util.HashMap goes through
// them: by the slot of their hash, in a table that doubles when it is more than three quarters full and keeps the order of
// insertion within a slot.
func hashOrder[T any](items []T, slots int, hash func(T) uint32) {
	for len(items)*4 > slots*3 {
		slots *= 2
	}
	slot := func(item T) uint32 {
		h := hash(item)
		return (h ^ h>>16) & uint32(slots-1)
	}
	slices.SortStableFunc(items, func(a, b T) int { return cmp.Compare(slot(a), slot(b)) })
}

// stringHash is Java's String.hashCode.
func stringHash(s string) (h uint32) {
	for _, r := range s {
		if a, b := utf16.EncodeRune(r); r > 0xffff {
			h = (h*31+uint32(a))*31 + uint32(b)
			continue
		}
		h = h*31 + uint32(r)
	}
	return h
}

// longHash is Java's Long.hashCode.
func longHash(v int64) uint32 { return uint32(v) ^ uint32(uint64(v)>>32) }
