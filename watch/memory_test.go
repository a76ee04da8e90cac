package watch

import (
	"fmt"
	"runtime"
	"testing"
)

// heapBytes returns the live heap.
func heapBytes() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestAMillionWatchesFitIntoMemory(t *testing.T) {
	const (
		conns, paths = 10_000, 100
		bytesMax     = 64 // per watch, beside the path's own bytes
		leftBytesMax = 1 << 20
	)
	own := func(conn, i int) string { return fmt.Sprintf("/services/group-%04d/member-%08d", conn, i) }
	shared := func(_, i int) string { return fmt.Sprintf("/services/shared-%08d", i) }
	oneShot := func(tab *Table, path string, conn uint64) { tab.Add(path, Data, conn) }
	for _, c := range []struct {
		name string
		path func(conn, i int) string
		add  func(tab *Table, path string, conn uint64)
	}{
		{"every watch on a path of its own", own, oneShot},
		{"a hundred paths, each watched by all", shared, (*Table).AddRecursive},
		{"persistent, each on a path of its own", own, (*Table).AddPersistent},
	} {
		name := c.name
		before := heapBytes()
		tab, pathBytes, seen := New(), 0, 0
		for conn := range conns {
			for i := range paths {
				path := c.path(conn, i)
				c.add(tab, path, uint64(conn+1))
				if tab.Paths() > seen {
					seen++
					pathBytes += len(path)
				}
			}
		}
		full := heapBytes()
		perWatch := float64(int64(full-before)-int64(pathBytes)) / float64(tab.Count())
		t.Logf("%s: %.1f bytes per watch beside the path's bytes", name, perWatch)
		if perWatch > bytesMax {
			t.Errorf("%s: %.1f bytes per watch, want at most %d", name, perWatch, bytesMax)
		}
		for conn := range conns {
			tab.RemoveConn(uint64(conn + 1))
		}
		for tab.Sweep(10_000) {
			continue
		}
		if left := int64(heapBytes()) - int64(before); tab.Count() != 0 || left > leftBytesMax {
			t.Errorf("%s: %d watches and %d bytes left after the last connection", name, tab.Count(), left)
		}
		check(t, tab)
		runtime.KeepAlive(tab)
	}
}
