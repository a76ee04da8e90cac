package auth

import (
	"crypto/x509"
	"encoding/hex"
	"os"
	"slices"
	"strings"
	"testing"

	"paddock/zk"
)

// javaNames are the lines of what was captured from Java, cut into words and without their hexadecimal digits.
func javaNames(t testing.TB) (lines [][3]string) {
	t.Helper()
	text, err := os.ReadFile("testdata/dn_java17.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		if words[0] == "#" {
			continue
		}
		for i, word := range words[1:] {
			if decoded, err := hex.DecodeString(word); err == nil {
				words[i+1] = string(decoded)
			} else if word == "-" {
				words[i+1] = ""
			}
		}
		lines = append(lines, [3]string(words))
	}
	return lines
}

func TestDistinguishedNamesAreWrittenAndReadAsInJava(t *testing.T) {
	names, texts := 0, 0
	for _, line := range javaNames(t) {
		switch line[0] {
		case "name":
			names++
			if got, err := dnText([]byte(line[1])); err != nil || got != line[2] {
				t.Errorf("%x: got %q, %v, want %q", line[1], got, err, line[2])
			}
		case "valid":
			texts++
			if got := dnValid(line[1]); got != (line[2] == "ok") {
				t.Errorf("%q: got %v, Java says %s", line[1], got, line[2])
			}
		default:
			t.Errorf("a line %q", line)
		}
	}
	if names < 40 || texts < 200 {
		t.Errorf("only %d names and %d texts were looked at", names, texts)
	}
}

const (
	ann      = "CN=Ann,O=Paddock"
	annsName = "\x30\x20\x31\x10\x30\x0e\x06\x03\x55\x04\x0a\x0c\x07Paddock\x31\x0c\x30\x0a\x06\x03\x55\x04\x03\x0c\x03Ann"
)

func x509Schemes(t *testing.T, cfg X509Config) *Schemes {
	t.Helper()
	s, err := New(Config{DigestEnabled: true, X509: cfg})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func proved(t *testing.T, s *Schemes) []zk.ID {
	t.Helper()
	ids, err := s.CertificateIDs(&x509.Certificate{RawSubject: []byte(annsName)})
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

func TestACertificateProvesItsSubject(t *testing.T) {
	s := x509Schemes(t, X509Config{Registered: true, SuperUser: "CN=root"})
	address := []zk.ID{{Scheme: "ip", ID: "10.0.0.1"}}
	ids := s.AddProved(address, proved(t, s))
	if len(ids) != 2 || !slices.Contains(ids, zk.ID{Scheme: "x509", ID: ann}) || len(address) != 1 {
		t.Fatalf("got %v", ids)
	}
	for _, tt := range []struct {
		entry zk.ID
		want  bool
	}{
		{zk.ID{Scheme: "x509", ID: ann}, true},
		{zk.ID{Scheme: "x509", ID: "CN=Ann, O=Paddock"}, false}, // letter by letter
		{zk.ID{Scheme: "x509", ID: "CN=Bob"}, false},
		{zk.ID{Scheme: "digest", ID: ann}, false},
	} {
		if got := s.Allowed([]zk.ACL{{Perms: zk.PermRead, ID: tt.entry}}, zk.PermRead, ids); got != tt.want {
			t.Errorf("%v: got %v", tt.entry, got)
		}
	}
	fixed, code := s.Fix([]zk.ACL{{Perms: zk.PermAll, ID: zk.ID{Scheme: "auth"}}}, ids)
	if want := []zk.ACL{{Perms: zk.PermAll, ID: zk.ID{Scheme: "x509", ID: ann}}}; code != zk.ErrOK || !slices.Equal(fixed, want) {
		t.Errorf("auth stands for %v, %v", fixed, code)
	}
	if _, code := s.Fix([]zk.ACL{{Perms: zk.PermAll, ID: zk.ID{Scheme: "x509", ID: "bob:builder"}}}, ids); code != zk.ErrInvalidACL {
		t.Errorf("what is no name was taken: %v", code)
	}
	if s.UserOf(zk.ID{Scheme: "x509", ID: ann}) != ann {
		t.Error("whoami does not show the subject")
	}
}

func TestTheSuperuserBySubjectMayDoEverything(t *testing.T) {
	s := x509Schemes(t, X509Config{Registered: true, SuperUser: ann})
	ids := proved(t, s)
	if want := []zk.ID{{Scheme: "super", ID: ann}, {Scheme: "x509", ID: ann}}; !slices.Equal(ids, want) {
		t.Errorf("got %v, want %v", ids, want)
	}
	if !s.Allowed([]zk.ACL{{Perms: zk.PermRead, ID: zk.ID{Scheme: "digest", ID: "bob:x"}}}, zk.PermWrite, ids) {
		t.Error("the superuser was refused")
	}
}

func TestWithoutTLSTheSchemeX509IsUnknown(t *testing.T) {
	s := x509Schemes(t, X509Config{})
	if ids := proved(t, s); ids != nil {
		t.Errorf("got %v", ids)
	}
	if _, code := s.Fix([]zk.ACL{{Perms: zk.PermAll, ID: zk.ID{Scheme: "x509", ID: ann}}}, nil); code != zk.ErrInvalidACL {
		t.Errorf("got %v", code)
	}
	if _, ok := s.Add(nil, "x509", nil); ok {
		t.Error("an auth request was granted")
	}
}

func TestAnAuthRequestForX509NeedsTheCertificateThatWasShown(t *testing.T) {
	s := x509Schemes(t, X509Config{Registered: true})
	ids := proved(t, s)
	if got, ok := s.Add(ids, "x509", []byte("anything")); !ok || !slices.Equal(got, ids) {
		t.Errorf("got %v, %v", got, ok)
	}
	if _, ok := s.Add([]zk.ID{{Scheme: "ip", ID: "10.0.0.1"}}, "x509", nil); ok {
		t.Error("granted without a certificate")
	}
}

func FuzzNames(f *testing.F) {
	for _, line := range javaNames(f) {
		f.Add(line[1])
	}
	f.Fuzz(func(t *testing.T, text string) {
		_ = dnValid(text)
		if name, err := dnText([]byte(text)); err == nil && !dnValid(name) && !strings.ContainsAny(name, "#\r") { // Java does not read all that it writes either
			t.Errorf("%x is written as %q, which is no name", text, name)
		}
	})
}
