package auth

import (
	"cmp"
	"math"
	"slices"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"paddock/zk"
)

// The rules of Java's library that decide what Apache accepts and stores.

// javaInt is Integer.parseInt: one sign is allowed, any number of zeros, and decimal digits of every script.
func javaInt(text string, radix int64) (n int32, ok bool) {
	sign := int64(1)
	if text != "" && (text[0] == '-' || text[0] == '+') {
		if text[0] == '-' {
			sign = -1
		}
		text = text[1:]
	}
	if text == "" {
		return 0, false
	}
	value := int64(0)
	for _, r := range text {
		d := javaDigit(r)
		if d < 0 || d >= radix {
			return 0, false
		}
		value = value*radix + sign*d
		if value > math.MaxInt32 || value < math.MinInt32 {
			return 0, false
		}
	}
	return int32(value), true
}

// javaDigit is Character.digit for radix 36, or -1. Digits outside the basic plane are surrogates to Java, not digits.
func javaDigit(r rune) int64 {
	switch {
	case r >= '0' && r <= '9':
		return int64(r - '0')
	case r >= 'a' && r <= 'z':
		return int64(r-'a') + 10
	case r >= 'A' && r <= 'Z':
		return int64(r-'A') + 10
	case r < utf8.RuneSelf:
		return -1
	case r >= 'ａ' && r <= 'ｚ':
		return int64(r-'ａ') + 10
	case r >= 'Ａ' && r <= 'Ｚ':
		return int64(r-'Ａ') + 10
	}
	for _, digits := range unicode.Nd.R16 { // each range is one or more runs of ten, from zero to nine
		if r >= rune(digits.Lo) && r <= rune(digits.Hi) {
			return int64(r-rune(digits.Lo)) % 10
		}
	}
	return -1
}

// javaSetAdd puts a new identity where Apache's set of them, a ConcurrentHashMap, would list it. An "auth" entry becomes ACL
// entries in this order, and clients see it. ids are in the order of the last call. Not known here are bins of eight, which
// Java makes trees of: identities would have to be made for that.
func javaSetAdd(ids []zk.ID, id zk.ID) []zk.ID {
	ids = append(ids, id)
	buckets := uint32(16)
	for len(ids) > int(buckets-buckets/4) {
		buckets *= 2
	}
	inOrder := func(buckets uint32) {
		slices.SortStableFunc(ids, func(a, b zk.ID) int {
			return cmp.Compare(javaHashOf(a)&(buckets-1), javaHashOf(b)&(buckets-1))
		})
	}
	inOrder(buckets)
	if len(ids) == int(buckets-buckets/4) {
		javaSplit(ids, buckets)
		inOrder(2 * buckets)
	}
	return ids
}

// javaSplit is what happens within a bin when the table grows (ConcurrentHashMap.transfer): the nodes of its end that go
// the same way keep their order, and each of the others, in turn, goes in front of those.
func javaSplit(ids []zk.ID, buckets uint32) {
	way := func(id zk.ID) uint32 { return javaHashOf(id) & buckets }
	for from := 0; from < len(ids); {
		end := from + 1
		for end < len(ids) && (javaHashOf(ids[from])^javaHashOf(ids[end]))&(buckets-1) == 0 {
			end++
		}
		run := end - 1
		for run > from && way(ids[run-1]) == way(ids[end-1]) {
			run--
		}
		slices.Reverse(ids[from:run])
		from = end
	}
}

// javaHashOf is the hash that the table goes by; its lowest bits choose the bin.
func javaHashOf(id zk.ID) uint32 {
	h := (17*37+javaHash(id.Scheme))*37 + javaHash(id.ID) // Id.hashCode, made by jute's compiler
	return h ^ h>>16
}

// javaHash is String.hashCode.
func javaHash(text string) uint32 {
	h := uint32(0)
	for _, r := range text {
		if r > 0xffff {
			high, low := utf16.EncodeRune(r)
			h = h*31 + uint32(high)
			r = low
		}
		h = h*31 + uint32(r)
	}
	return h
}
