package zk

import (
	"strings"
	"unicode/utf8"
	"unsafe"
)

// NullText stands for a string that is null on the wire or on the disk, where that is not the same as an empty one. No text
// that Text has made holds this byte.
const NullText = "\xff"

// Text makes a string of bytes as Java does, and so Apache everywhere (BinaryInputArchive.readString, 3.9.5): every malformed
// part of the UTF-8 becomes one U+FFFD. Good UTF-8 is borrowed, all else copied.
func Text(p []byte) string {
	if utf8.Valid(p) {
		return unsafe.String(unsafe.SliceData(p), len(p))
	}
	var b strings.Builder
	for len(p) > 0 {
		r, size := utf8.DecodeRune(p)
		if r == utf8.RuneError && size == 1 {
			size = malformedBytes(p)
		}
		b.WriteRune(r)
		p = p[size:]
	}
	return b.String()
}

// malformedBytes gives the length of the malformed part at the start of p: as many bytes as could begin a
// character. A surrogate in three bytes is one part; Unicode's own advice would make it three.
func malformedBytes(p []byte) int {
	low, high, more := byte(0x80), byte(0xbf), 0
	switch lead := p[0]; {
	case lead >= 0xc2 && lead <= 0xdf:
		more = 1
	case lead >= 0xe0 && lead <= 0xef:
		more = 2
		if lead == 0xe0 {
			low = 0xa0
		}
	case lead >= 0xf0 && lead <= 0xf4:
		more = 3
		if lead == 0xf0 {
			low = 0x90
		}
		if lead == 0xf4 {
			high = 0x8f
		}
	}
	n := 1
	for n <= more && n < len(p) && p[n] >= low && p[n] <= high {
		low, high = 0x80, 0xbf
		n++
	}
	return n
}
