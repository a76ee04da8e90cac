package watch

import (
	"fmt"
	"iter"
	"testing"
)

func TestAllDataGivesTheDataWatchesAlone(t *testing.T) {
	tab := New()
	tab.Add("/a", Data, 1)
	tab.Add("/a", Data, 2)
	tab.Add("/a", Child, 3)
	tab.AddPersistent("/p", 3)
	tab.AddRecursive("/r", 4)
	tab.Add("/gone", Data, 5)
	tab.RemoveConn(5)
	got := map[string]int{}
	for conn, path := range tab.AllData() {
		if conn != 0 {
			got[fmt.Sprintf("%d %s", conn, path)]++
		}
	}
	want := []string{"1 /a", "2 /a", "3 /p", "4 /r"}
	for _, w := range want {
		if got[w] != 1 {
			t.Errorf("%s was given %d times", w, got[w])
		}
	}
	if len(got) != len(want) {
		t.Errorf("got %v", got)
	}
}

// Watches that stay are given once, whatever comes and goes between two steps, the giving back of all memory included.
func TestAllDataOutlivesEveryChange(t *testing.T) {
	const watches = 3 * chunkItems
	for _, at := range []int{0, 1, chunkItems, watches - 1, watches} {
		tab := New()
		for i := range watches {
			tab.Add(fmt.Sprintf("/w%d", i), Data, uint64(1+i%2))
		}
		next, stop := iter.Pull2(tab.AllData())
		seen := map[string]int{}
		for step := 0; ; step++ {
			if step == at {
				tab.RemoveConn(2)
				for tab.Sweep(100) {
				}
				tab.Add("/late", Data, 7)
			}
			conn, path, ok := next()
			if !ok {
				break
			}
			if step >= at && conn == 2 {
				t.Fatalf("step %d gives a watch of a connection that has gone", step)
			}
			if conn == 1 {
				seen[path]++
			}
		}
		stop()
		for i := 0; i < watches; i += 2 {
			if n := seen[fmt.Sprintf("/w%d", i)]; n != 1 {
				t.Fatalf("change at step %d: /w%d was given %d times", at, i, n)
			}
		}
	}
	tab := New()
	for i := range watches {
		tab.Add(fmt.Sprintf("/w%d", i), Data, 1)
	}
	next, stop := iter.Pull2(tab.AllData())
	defer stop()
	next()
	tab.RemoveConn(1)
	for tab.Sweep(1000) {
	}
	for steps := 0; ; steps++ { // the table has started over
		conn, path, ok := next()
		if !ok {
			break
		}
		if conn != 0 || steps > watches {
			t.Fatalf("a table without watches gives %d %s", conn, path)
		}
	}
}

func TestMemoryBytesFollowTheWatches(t *testing.T) {
	tab := New()
	empty := tab.MemoryBytes()
	for i := range 50_000 {
		tab.Add(fmt.Sprintf("/some/path/of/a/watch/%d", i), Data, 1)
	}
	perWatch := (tab.MemoryBytes() - empty) / 50_000
	if perWatch < 58 || perWatch > 200 { // doc.go: 58 bytes beside those of the path
		t.Errorf("%d bytes per watch", perWatch)
	}
}
