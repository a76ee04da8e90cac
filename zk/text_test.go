package zk

import (
	"testing"
	"unicode/utf8"
)

func TestMalformedPartsAreThoseOfJava(t *testing.T) {
	for sent, want := range map[string]string{
		"/é日\U0001f600":              "/é日\U0001f600",
		"\xed\xa0\xbd\xed\xb8\x80":   "\ufffd\ufffd", // a surrogate pair in six bytes
		"/\xc0\x80":                  "/\ufffd\ufffd",
		"/\xe0\x80\x80":              "/\ufffd\ufffd\ufffd",
		"/\xe2\x82(":                 "/\ufffd(",
		"/\xf0\x9f\x98":              "/\ufffd",
		"\xf4\x90\x80\x80":           "\ufffd\ufffd\ufffd\ufffd",
		NullText:                     "\ufffd",
		"":                           "",
		"a\xf0\x90\x80b\xf1\x80\x80": "a\ufffdb\ufffd",
	} {
		if got := Text([]byte(sent)); got != want {
			t.Errorf("%+q became %+q, want %+q", sent, got, want)
		}
	}
}

// FuzzText states what must hold for any bytes; the digests that auth captured from Apache hold the exact rule.
func FuzzText(f *testing.F) {
	for _, seed := range []string{"u:p", "\xff", "\xed\xa0\x80", "\xf0\x90", "é\xc3", "\xf4\x90\x80\x80"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		text := Text(data)
		if !utf8.ValidString(text) || text == NullText {
			t.Errorf("%x gave bytes that are not UTF-8: %x", data, text)
		}
		if utf8.Valid(data) && text != string(data) {
			t.Errorf("%x changed to %x", data, text)
		}
		if utf8.RuneCountInString(text) > len(data) {
			t.Errorf("%x became longer: %x", data, text)
		}
	})
}
