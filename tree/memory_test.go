package tree

import (
	"fmt"
	"runtime"
	"testing"

	"paddock/zk"
)

// bytesPerZnodeMax leaves room for the rest of the process under the goal of 350 resident bytes (design: Memory).
const bytesPerZnodeMax = 330

func heapBytes() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestAMillionZnodesFitTheirMemory(t *testing.T) {
	const parents, perParent = 1000, 1000
	before := heapBytes()
	tr := New()
	data := make([]byte, 100)
	zxid := int64(0)
	path := make([]byte, 0, 64)
	for p := range parents {
		parent := fmt.Sprintf("/parent-%04d", p)
		tr.Create(parent, nil, openList(), 0, int32(p+1), zxid, 0)
		for i := range perParent {
			zxid++
			path = fmt.Appendf(path[:0], "%s/some-name-%010d", parent, i)
			tr.Create(string(path), data, openList(), 0, int32(i+1), zxid, 0)
		}
	}
	after := heapBytes()
	znodes := float64(tr.Count() - 1)
	perZnode := float64(after-before) / znodes
	m := tr.MemoryBytes()
	t.Logf("%.0f znodes: %.1f heap bytes each; structs %.1f, blocks %.1f, index %.1f", znodes, perZnode,
		float64(m.Nodes)/znodes, float64(m.Blocks)/znodes, float64(m.Index)/znodes)
	if perZnode > bytesPerZnodeMax || float64(m.Total())/znodes > bytesPerZnodeMax {
		t.Errorf("%.1f bytes of heap per znode, %.1f by the tree's own count", perZnode, float64(m.Total())/znodes)
	}
	runtime.KeepAlive(tr)
}

func TestOperationsDoNotAllocate(t *testing.T) {
	tr := New()
	data, own := make([]byte, 100), readList()
	zxid := int64(0)
	tr.Create("/a", nil, own, 0, 1, 1, 0)
	if got := testing.AllocsPerRun(2000, func() {
		zxid++
		tr.Create("/a/b", data, own, 5, int32(zxid), zxid, 0)
		tr.SetData("/a/b", data[:zxid%100], 1, zxid, 0)
		n, _ := tr.SetACL("/a/b", own, 1)
		_ = tr.Stat(n)
		tr.Delete("/a/b", zxid)
	}); got != 0 {
		t.Errorf("%v allocations per create, setData, setACL and delete", got)
	}
}

func grown(b *testing.B, n int) (*Tree, []string) {
	b.Helper()
	tr := New()
	data := make([]byte, 100)
	paths := make([]string, n)
	for i := range paths {
		if i%1000 == 0 {
			tr.Create(fmt.Sprintf("/p%d", i/1000), nil, openList(), 0, 1, 1, 0)
		}
		paths[i] = fmt.Sprintf("/p%d/some-name-%010d", i/1000, i)
		tr.Create(paths[i], data, openList(), 0, int32(i+1), int64(i), 0)
	}
	return tr, paths
}

const benchmarkZnodes = 200_000

// scattered visits the numbers below n in an order that the processor's caches cannot guess.
func scattered(i, n int) int { return i * 7919 % n }

func BenchmarkLookup(b *testing.B) {
	tr, paths := grown(b, benchmarkZnodes)
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		if tr.Lookup(paths[scattered(i, len(paths))]) == 0 {
			b.Fatal("lost")
		}
	}
}

func BenchmarkSetData(b *testing.B) {
	tr, paths := grown(b, benchmarkZnodes)
	data := make([]byte, 100)
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		tr.SetData(paths[scattered(i, len(paths))], data, 1, int64(i), int64(i))
	}
}

func BenchmarkCreateAndDelete(b *testing.B) {
	tr, paths := grown(b, benchmarkZnodes)
	data := make([]byte, 100)
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		path := paths[scattered(i, len(paths))]
		tr.Delete(path, int64(i))
		tr.Create(path, data, tr.ACLList(OpenACL), 0, int32(i), int64(i), 0)
	}
}

func BenchmarkLoad(b *testing.B) {
	_, paths := grown(b, benchmarkZnodes)
	data := make([]byte, 100)
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		l := NewLoader()
		must(b, l.Add("", nil, -1, &zk.StatPersisted{}))
		for i, path := range paths {
			if i%1000 == 0 {
				must(b, l.Add(fmt.Sprintf("/p%d", i/1000), nil, -1, &zk.StatPersisted{}))
			}
			must(b, l.Add(path, data, -1, &zk.StatPersisted{Czxid: int64(i)}))
		}
		if _, err := l.Finish(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchmarkZnodes, "ns/znode")
}

func must(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}
