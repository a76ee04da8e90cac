package quota

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

func deepest(t *Trie, path string) string {
	if a := t.Deepest(path); a != nil {
		return a.Path
	}
	return ""
}

func TestDeepestArmedPathCounts(t *testing.T) {
	var trie Trie
	for _, path := range []string{"/a", "/a/b/c", "/d/e", "/ /f/ "} {
		if !trie.Arm(path) {
			t.Errorf("%q is not new", path)
		}
	}
	for _, c := range []struct{ path, want string }{
		{"/a", "/a"},
		{"/a/x", "/a"},
		{"/a/b", "/a"},
		{"/a/b/c", "/a/b/c"},
		{"/a/b/c/d/e", "/a/b/c"},
		{"/ab", ""},
		{"/a/b/cd", "/a"},
		{"/d", ""},
		{"/d/e", "/d/e"},
		{"/", ""},
		{"", ""},
		{"/f/g", "/f"},
		{"/a/ /b/c", "/a/b/c"},
	} {
		if got := deepest(&trie, c.path); got != c.want {
			t.Errorf("%q: got %q, want %q", c.path, got, c.want)
		}
	}
}

func TestRootCannotBeArmed(t *testing.T) {
	var trie Trie
	for _, path := range []string{"", "/", "/ /", "  "} {
		if trie.Arm(path) || trie.Disarm(path) || trie.Len() != 0 || trie.Deepest("/a") != nil {
			t.Errorf("%q was armed", path)
		}
	}
}

func TestArmedPathKnowsItsZnodes(t *testing.T) {
	var trie Trie
	trie.Arm("/a/b")
	want := Armed{Path: "/a/b", Limits: "/zookeeper/quota/a/b/zookeeper_limits", Stats: "/zookeeper/quota/a/b/zookeeper_stats"}
	if got := trie.Deepest("/a/b/c"); got == nil || *got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// A trie answers as a plain list of paths would, and is empty again when every path is disarmed.
func TestTrieIsAListOfPaths(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	randomPath := func() string {
		path := ""
		for range 1 + r.IntN(4) {
			path += fmt.Sprintf("/%c", 'a'+rune(r.IntN(3)))
		}
		return path
	}
	var trie Trie
	armed := map[string]bool{}
	for range 20000 {
		path := randomPath()
		if r.IntN(2) == 0 {
			if trie.Arm(path) == armed[path] {
				t.Fatalf("arming %q: armed before: %v", path, armed[path])
			}
			armed[path] = true
		} else {
			if trie.Disarm(path) != armed[path] {
				t.Fatalf("disarming %q: armed before: %v", path, armed[path])
			}
			delete(armed, path)
		}
		if trie.Len() != len(armed) {
			t.Fatalf("%d armed paths, want %d", trie.Len(), len(armed))
		}
		path = randomPath()
		want := ""
		for p := path; p != ""; p = p[:strings.LastIndexByte(p, '/')] {
			if armed[p] {
				want = p
				break
			}
		}
		if got := deepest(&trie, path); got != want {
			t.Fatalf("%q: got %q, want %q", path, got, want)
		}
	}
	for path := range armed {
		trie.Disarm(path)
	}
	if len(trie.root.children) != 0 {
		t.Errorf("branches are left over: %v", trie.root.children)
	}
}

func TestSearchCostsNoMemory(t *testing.T) {
	var trie Trie
	trie.Arm("/a/b")
	if n := testing.AllocsPerRun(100, func() { trie.Deepest("/a/b/c/d") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestLimitsThatEndApacheAreKnown(t *testing.T) {
	for path, want := range map[string]bool{
		"/zookeeper/quota/zookeeper_limits":                    true,
		"/zookeeper/quota/ /zookeeper_limits":                  true,
		"/zookeeper/zookeeper_limits":                          true,
		"/zookeeper/config/ /zookeeper_limits":                 false, // "g/ "
		"/zookeeper/foo/zookeeper_limits":                      true,
		"/zookeeper/\u00e9\u00e9\u00e9\u00e9/zookeeper_limits": true, // 15 characters, 19 bytes
		"/zookeeper-my-ap/zookeeper_limits":                    true,
		"/zookeeper-my-app/zookeeper_limits":                   false, // "p"
		"/zookeeper/quota/a/zookeeper_limits":                  false,
		"/zookeeper/quota/zookeeper_stats":                     false,
		"/zookeeper_limits":                                    false,
		"/a/zookeeper_limits":                                  false,
		"/zookeeper/quota":                                     false,
		"":                                                     false,
	} {
		if got := Deadly(path); got != want {
			t.Errorf("%q: got %v", path, got)
		}
	}
}

func TestSplitFindsTheOwnerOfAQuotaZnode(t *testing.T) {
	for _, c := range []struct {
		path, owner, loaded string
		kind                Kind
	}{
		{"/zookeeper/quota/a/zookeeper_limits", "/a", "/a", Limits},
		{"/zookeeper/quota/a/b/zookeeper_stats", "/a/b", "", Stats},
		{"/zookeeper/quota/zookeeper_limits", "", "", Limits},
		{"/zookeeper/quota/zookeeper_stats", "", "", Stats},
		{"/zookeeper/quota/a/zookeeper_limits/b/zookeeper_limits", "/a/zookeeper_limits/b", "/a", Limits},
		{"/zookeeper/quota", "", "", None},
		{"/zookeeper/quota/a", "", "", None},
		{"/zookeeper/quotas/a/zookeeper_limits", "", "", None},
		{"/a/zookeeper_limits", "", "", None},
	} {
		if owner, kind := Split(c.path); owner != c.owner || kind != c.kind {
			t.Errorf("%s: got %q, %v", c.path, owner, kind)
		}
		if owner, ok := LoadedOwner(c.path); owner != c.loaded || ok != (c.kind == Limits) {
			t.Errorf("%s: after a load got %q, %v", c.path, owner, ok)
		}
	}
}
