package auth

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"paddock/zk"
)

// captured reads a file of facts captured from Apache ZooKeeper: one case per line, fields separated by sep. The
// files are never written by our code.
func captured(t *testing.T, name, sep string, casesMin int) [][]string {
	t.Helper()
	data, err := os.ReadFile("testdata/zookeeper-3.9.5/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var cases [][]string
	for line := range strings.SplitSeq(strings.TrimSuffix(string(data), "\n"), "\n") {
		if !strings.HasPrefix(line, "# ") {
			cases = append(cases, strings.Split(line, sep))
		}
	}
	if len(cases) < casesMin {
		t.Fatalf("%s has %d cases, want at least %d", name, len(cases), casesMin)
	}
	return cases
}

func unquote(t *testing.T, text string) string {
	t.Helper()
	s, err := strconv.Unquote(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return s
}

func truth(t *testing.T, text string) bool {
	t.Helper()
	b, err := strconv.ParseBool(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func parseID(t *testing.T, text string) zk.ID {
	t.Helper()
	scheme, id, ok := strings.Cut(text, ":")
	if !ok {
		t.Fatalf("identity %q", text)
	}
	return zk.ID{Scheme: scheme, ID: id}
}

func parseIDs(t *testing.T, text string) []zk.ID {
	t.Helper()
	var ids []zk.ID
	for word := range strings.FieldsSeq(text) {
		if word != "-" {
			ids = append(ids, parseID(t, word))
		}
	}
	return ids
}

func parseACL(t *testing.T, text string) []zk.ACL {
	t.Helper()
	var acl []zk.ACL
	for word := range strings.FieldsSeq(text) {
		if word == "-" {
			continue
		}
		perms, id, _ := strings.Cut(word, ":")
		n, err := strconv.Atoi(perms)
		if err != nil {
			t.Fatal(err)
		}
		acl = append(acl, zk.ACL{Perms: zk.Perm(n), ID: parseID(t, id)})
	}
	return acl
}

func newSchemes(t testing.TB, cfg Config) *Schemes {
	t.Helper()
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
