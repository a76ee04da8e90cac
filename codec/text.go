package codec

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"paddock/zk"
)

// Apache keeps strings as Java does: it reads UTF-8 as zk.Text does, and writes each half of a surrogate pair as a
// character of its own (BinaryOutputArchive.stringToByteBuffer, 3.9.5). Clients see both in what the server gives back.

// AppendText appends a ustring as Apache's server writes it: what lies outside the basic plane takes six bytes.
// zk.NullText becomes null.
func AppendText(b []byte, v string) []byte {
	if v == zk.NullText {
		return AppendInt32(b, -1)
	}
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
