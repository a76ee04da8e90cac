package quota

import (
	"iter"
	"strings"
)

// Armed is a path that has a quota.
type Armed struct {
	Path   string
	Limits string // path of its limits
	Stats  string // path of its stats
}

// Trie holds the armed paths. The zero Trie has none.
type Trie struct {
	root  branch
	armed int
}

type branch struct {
	children map[string]*branch
	armed    *Armed
}

// Len is the number of armed paths.
func (t *Trie) Len() int { return t.armed }

// All visits the armed paths, in no order. The trie may change between two of them: what is there all the time is visited once.
func (t *Trie) All() iter.Seq[*Armed] {
	return func(yield func(*Armed) bool) { t.root.visit(yield) }
}

func (b *branch) visit(yield func(*Armed) bool) bool {
	if b.armed != nil && !yield(b.armed) {
		return false
	}
	for _, child := range b.children {
		if !child.visit(yield) {
			return false
		}
	}
	return true
}

// Arm adds a path and tells whether it is new. The root cannot be armed: Apache dies of it.
func (t *Trie) Arm(path string) bool {
	b, owner := &t.root, ""
	for rest := path; ; {
		var name string
		if name, rest = element(rest); name == "" {
			break
		}
		next := b.children[name]
		if next == nil {
			next = &branch{}
			if b.children == nil {
				b.children = map[string]*branch{}
			}
			b.children[strings.Clone(name)] = next
		}
		b, owner = next, owner+"/"+name
	}
	if owner == "" || b.armed != nil {
		return false
	}
	b.armed = &Armed{Path: owner, Limits: LimitsPath(owner), Stats: StatsPath(owner)}
	t.armed++
	return true
}

// Disarm takes a path out and tells whether it was there.
func (t *Trie) Disarm(path string) bool {
	var above []*branch
	var names []string
	b := &t.root
	for rest := path; ; {
		var name string
		if name, rest = element(rest); name == "" {
			break
		}
		above, names = append(above, b), append(names, name)
		if b = b.children[name]; b == nil {
			return false
		}
	}
	if b.armed == nil {
		return false
	}
	b.armed = nil
	t.armed--
	for i := len(above) - 1; i >= 0 && b.armed == nil && len(b.children) == 0; i-- {
		delete(above[i].children, names[i])
		b = above[i]
	}
	return true
}

// Deepest gives the armed path that is path or the nearest above it; nil if there is none.
func (t *Trie) Deepest(path string) *Armed {
	if t.armed == 0 {
		return nil
	}
	var found *Armed
	for b := &t.root; b != nil; {
		if b.armed != nil {
			found = b.armed
		}
		var name string
		if name, path = element(path); name == "" {
			break
		}
		b = b.children[name]
	}
	return found
}

// element cuts the next name off a path; "" at its end. Names of blanks only do not count (PathTrie.split, 3.9.5).
func element(path string) (name, rest string) {
	for path != "" {
		name, path, _ = strings.Cut(path, "/")
		if strings.Trim(name, " ") != "" {
			return name, path
		}
	}
	return "", ""
}
