package codec

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"paddock/zk"
)

// Apache keeps strings as Java does: it reads UTF-8, turning every malformed part into U+FFFD (BinaryInputArchive.
// readString, 3.9.5), and writes each half of a surrogate pair as a character of its own (BinaryOutputArchive.
// stringToByteBuffer). Clients see both in what the server gives back.

// text makes a string of bytes as Apache reads them. Good UTF-8 is borrowed, all else copied.
func text(p []byte) string {
	if utf8.Valid(p) {
		return borrow(p)
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

// AppendText appends a ustring as Apache's server writes it: what lies outside the basic plane takes six bytes.
func AppendText(b []byte, v string) []byte {
	b, at := BeginFrame(b) // a ustring and a frame begin alike
	for {
		i := strings.IndexFunc(v, func(r rune) bool { return r > 0xffff })
		if i < 0 {
			b = append(b, v...)
			EndFrame(b, at)
			return b
		}
		r, size := utf8.DecodeRuneInString(v[i:])
		high, low := utf16.EncodeRune(r)
		b = appendUnit(appendUnit(append(b, v[:i]...), high), low)
		v = v[i+size:]
	}
}

// appendUnit writes a surrogate as if it were a character, which Go's own encoder refuses.
func appendUnit(b []byte, r rune) []byte {
	return append(b, 0xe0|byte(r>>12), 0x80|byte(r>>6)&0x3f, 0x80|byte(r)&0x3f)
}

// AppendACLReply appends an ACL list as a client gets it.
func AppendACLReply(b []byte, acl []zk.ACL) []byte {
	b = AppendInt32(b, int32(len(acl)))
	for i := range acl {
		b = AppendInt32(b, int32(acl[i].Perms))
		b = AppendText(b, acl[i].ID.Scheme)
		b = AppendText(b, acl[i].ID.ID)
	}
	return b
}
