package link

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestConnectStringsAreReadAsTheJavaClientReadsThem(t *testing.T) {
	for _, c := range []struct {
		text   string
		addrs  []string
		chroot string
	}{
		{"h", []string{"h:2181"}, ""},
		{"h:1,k:2", []string{"h:1", "k:2"}, ""},
		{"h:1, k/app/x", []string{"h:1", "k:2181"}, "/app/x"},
		{"h:1/", []string{"h:1"}, ""},
		{"h:", []string{"h:2181"}, ""},
		{"[::1]:7,[fe80::1]", []string{"[::1]:7", "[fe80::1]:2181"}, ""},
	} {
		addrs, chroot, err := parseServers(c.text)
		if err != nil || !slices.Equal(addrs, c.addrs) || chroot != c.chroot {
			t.Errorf("%q: got %v %q %v", c.text, addrs, chroot, err)
		}
	}
	for text, want := range map[string]string{
		"":         "no server in",
		",":        "no server in",
		"/a":       "no server in",
		"h:x":      `port "x" is no number`,
		"h:0":      `port "0" is no number`,
		"h:65536":  `port "65536" is no number`,
		"[::1":     "expected [address]:port",
		"[::1]7":   "expected [address]:port",
		"h:1/a/":   "Path must not end with / character",
		"h:1/a//b": "empty node name specified @3",
	} {
		if _, _, err := parseServers(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}

// The texts were seen at Apache's client 3.9.5.
func TestBadPathsAreRefusedInJavasWords(t *testing.T) {
	for path, want := range map[string]string{
		"":            "Path length must be > 0",
		"a":           "Path must start with / character",
		"/a/":         "Path must not end with / character",
		"/a//b":       `Invalid path string "/a//b" caused by empty node name specified @3`,
		"/a/./b":      `Invalid path string "/a/./b" caused by relative paths not allowed @3`,
		"/a/..":       `Invalid path string "/a/.." caused by relative paths not allowed @4`,
		"/\U0001f600": "Invalid path string \"/\U0001f600\" caused by invalid character @1",
		"/":           "", "/a": "", "/a/b.c": "", "/...": "", "/a..b": "", "/ümläut": "", "/zookeeper": "",
	} {
		err := CheckPath(path)
		if want == "" {
			if err != nil {
				t.Errorf("%q: %v", path, err)
			}
			continue
		}
		if err == nil || err.Error() != want || !errors.Is(err, ErrBadPath) {
			t.Errorf("%q: got %v, want %s", path, err, want)
		}
	}
}

func FuzzCheckPathAgreesWithTheServer(f *testing.F) {
	f.Add("/a/../b")
	f.Add("/\x7f")
	f.Fuzz(func(t *testing.T, path string) {
		// The server's rules are in package zk; it looks at malformed UTF-8 as Java's client does.
		if mine, theirs := CheckPath(path) == nil, pathFault(path) == ""; mine != theirs {
			t.Errorf("%q: client %v, server %v", path, mine, theirs)
		}
	})
}

func FuzzConnectString(f *testing.F) {
	f.Add("h:1,[::1]:2/a")
	f.Fuzz(func(t *testing.T, text string) {
		addrs, chroot, err := parseServers(text)
		if err == nil && (len(addrs) == 0 || chroot != "" && CheckPath(chroot) != nil) {
			t.Errorf("%q gave %q and %q", text, addrs, chroot)
		}
	})
}
