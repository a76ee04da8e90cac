package tree

import (
	"fmt"
	"iter"
	"testing"

	"paddock/zk"
)

// withEphemerals is a tree with so many ephemerals of each of so many sessions, which are numbered from 1.
func withEphemerals(t *testing.T, sessions, each int) *Tree {
	t.Helper()
	tr := New()
	for s := range sessions {
		for i := range each {
			path := fmt.Sprintf("/s%d-%d", s+1, i)
			if _, err := tr.Create(path, nil, zk.OpenACL(), int64(s+1), 0, int64(s*each+i+1), 1); err != zk.ErrOK {
				t.Fatal(err)
			}
		}
	}
	return tr
}

func TestAllEphemeralsGivesEachWithItsSession(t *testing.T) {
	tr := withEphemerals(t, 3, 4)
	if _, err := tr.Create("/container", nil, zk.OpenACL(), zk.OwnerContainer, 0, 100, 1); err != zk.ErrOK {
		t.Fatal(err)
	}
	seen := map[string]int64{}
	for session, n := range tr.AllEphemerals() {
		seen[string(tr.AppendPath(nil, n))] = session
	}
	if len(seen) != 12 {
		t.Errorf("%d are given: %v", len(seen), seen)
	}
	for path, session := range seen {
		var s, i int64
		if _, err := fmt.Sscanf(path, "/s%d-%d", &s, &i); err != nil || s != session {
			t.Errorf("%s is given to session %d", path, session)
		}
	}
}

// Between two steps anything may go and come: what is there all the time is given once, and what has gone never.
func TestAllEphemeralsOutlivesEveryChange(t *testing.T) {
	for at := range 30 { // delete after so many steps
		tr := withEphemerals(t, 5, 6)
		next, stop := iter.Pull2(tr.AllEphemerals())
		seen := map[string]int{}
		gone := map[string]bool{}
		for step := 0; ; step++ {
			if step == at {
				for s := 1; s <= 5; s += 2 { // whole sessions, and so perhaps the one being walked
					for i := range 6 {
						path := fmt.Sprintf("/s%d-%d", s, i)
						tr.Delete(path, 1000)
						gone[path] = true
					}
				}
				tr.Delete("/s2-3", 1001)
				gone["/s2-3"] = true
				for i := range 10 { // records are used again
					tr.Create(fmt.Sprintf("/new%d", i), nil, zk.OpenACL(), 99, 0, int64(2000+i), 1)
				}
			}
			_, n, ok := next()
			if !ok {
				break
			}
			path := string(tr.AppendPath(nil, n))
			if gone[path] {
				t.Errorf("step %d of the walk gives %s, which has gone", step, path)
			}
			seen[path]++
		}
		stop()
		for s := 2; s <= 5; s += 2 {
			for i := range 6 {
				if path := fmt.Sprintf("/s%d-%d", s, i); !gone[path] && seen[path] != 1 {
					t.Errorf("delete before step %d: %s was given %d times", at, path, seen[path])
				}
			}
		}
		if err := tr.Check(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAllEphemeralsCanBeLeftAndBegunAgain(t *testing.T) {
	tr := withEphemerals(t, 2, 2)
	for range tr.AllEphemerals() {
		break
	}
	count := 0
	for range tr.AllEphemerals() {
		count++
	}
	if count != 4 {
		t.Errorf("the second visit gives %d", count)
	}
}
