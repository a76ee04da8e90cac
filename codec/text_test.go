package codec

import (
	"testing"

	"paddock/zk"
)

func TestStringsAreReadAndWrittenAsJavaDoes(t *testing.T) {
	cases := []struct{ name, sent, kept, back string }{
		{"plain", "/a", "/a", "/a"},
		{"two and three bytes", "/\u00e9\u65e5", "/\u00e9\u65e5", "/\u00e9\u65e5"},
		{"outside the basic plane", "x\U0001f600y", "x\U0001f600y", "x\xed\xa0\xbd\xed\xb8\x80y"},
		{"a surrogate pair in six bytes", "\xed\xa0\xbd\xed\xb8\x80", "\ufffd\ufffd", "\ufffd\ufffd"},
		{"an overlong NUL", "/\xc0\x80", "/\ufffd\ufffd", "/\ufffd\ufffd"},
		{"an overlong character of three bytes", "/\xe0\x80\x80", "/\ufffd\ufffd\ufffd", "/\ufffd\ufffd\ufffd"},
		{"a character cut short", "/\xe2\x82(", "/\ufffd(", "/\ufffd("},
		{"four bytes cut short", "/\xf0\x9f\x98", "/\ufffd", "/\ufffd"},
		{"a byte that begins nothing", "/\xff", "/\ufffd", "/\ufffd"},
	}
	for _, c := range cases {
		d := NewDecoder(AppendString(nil, c.sent))
		if got := d.Path(); got != c.kept || d.Err() != nil {
			t.Errorf("%s: read as %+q, want %+q (%v)", c.name, got, c.kept, d.Err())
		}
		raw := NewDecoder(AppendText(nil, c.kept))
		if got := string(raw.Buffer()); got != c.back {
			t.Errorf("%s: written as %+q, want %+q", c.name, got, c.back)
		}
	}
	acl := AppendACLReply(nil, []zk.ACL{{Perms: 1, ID: zk.ID{Scheme: "digest", ID: "\U0001f600:x"}}})
	if want := "\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\x06digest\x00\x00\x00\x08\xed\xa0\xbd\xed\xb8\x80:x"; string(acl) != want {
		t.Errorf("ACL list written as %+q", acl)
	}
}
