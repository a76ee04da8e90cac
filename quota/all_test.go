package quota

import (
	"slices"
	"testing"
)

func TestAllVisitsEveryArmedPath(t *testing.T) {
	var trie Trie
	for range trie.All() {
		t.Error("an empty trie has a path")
	}
	want := []string{"/a", "/a/b/c", "/b"}
	for _, path := range append(want, "/gone") {
		trie.Arm(path)
	}
	trie.Disarm("/gone")
	var got []string
	for a := range trie.All() {
		got = append(got, a.Path)
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for range trie.All() {
		break // leaving early is no harm
	}
}
