package watch

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// model is the table as one would write it without thinking of memory: lists of connections by path and kind.
type model map[string]*[kindCount][]uint64

func (m model) add(path string, kind Kind, conn uint64) {
	if m[path] == nil {
		m[path] = new([kindCount][]uint64)
	}
	list := &m[path][kind.index()]
	if !slices.Contains(*list, conn) {
		*list = append(*list, conn)
	}
}

func (m model) take(path string, kinds Kind) (conns []uint64) {
	if m[path] == nil {
		return nil
	}
	for k, list := range m[path] {
		if kinds&(1<<k) == 0 {
			continue
		}
		for _, conn := range list {
			if !slices.Contains(conns, conn) {
				conns = append(conns, conn)
			}
		}
		m[path][k] = nil
	}
	return conns
}

func (m model) removeConn(conn uint64) {
	for _, lists := range m {
		for k := range lists {
			lists[k] = slices.DeleteFunc(lists[k], func(c uint64) bool { return c == conn })
		}
	}
}

func (m model) count() (all, data int) {
	for _, lists := range m {
		data += len(lists[Data.index()])
		for _, list := range lists {
			all += len(list)
		}
	}
	return all, data
}

func TestRandomStoryAgreesWithAPlainModel(t *testing.T) {
	for seed := range uint64(10) {
		runStory(t, rand.New(rand.NewPCG(seed, 2)), 20, 8, 3000)
	}
	runStory(t, rand.New(rand.NewPCG(77, 2)), 5000, 300, 20000) // many chunks and splits
}

func runStory(t *testing.T, rnd *rand.Rand, paths, conns, steps int) {
	tab, m := New(), make(model)
	for step := range steps {
		path := fmt.Sprintf("/%0*d", 1+paths%7+rnd.IntN(2)*20, rnd.IntN(paths))
		conn, kind := uint64(rnd.IntN(conns)), Kind(1<<rnd.IntN(kindCount))
		switch n := rnd.IntN(100); {
		case n < 80:
			tab.Add(path, kind, conn)
			m.add(path, kind, conn)
		case n < 98:
			kinds := Kind(1 + rnd.IntN(1<<kindCount-1))
			if got, want := tab.Take(path, kinds, nil), m.take(path, kinds); !slices.Equal(got, want) {
				t.Fatalf("step %d: Take(%q, %b) = %v, want %v", step, path, kinds, got, want)
			}
		default:
			tab.RemoveConn(conn)
			m.removeConn(conn)
		}
		has := m[path] != nil && slices.Contains(m[path][kind.index()], conn)
		if tab.Has(path, kind, conn) != has {
			t.Fatalf("step %d: Has(%q, %b, %d) = %v", step, path, kind, conn, !has)
		}
		if step%500 == 0 {
			compare(t, tab, m)
		}
	}
	compare(t, tab, m)
	for conn := range conns {
		tab.RemoveConn(uint64(conn))
		m.removeConn(uint64(conn))
	}
	compare(t, tab, m)
}

func compare(t *testing.T, tab *Table, m model) {
	t.Helper()
	check(t, tab)
	if all, data := m.count(); tab.Count() != all || tab.DataCount() != data {
		t.Fatalf("%d watches, %d of data; want %d, %d", tab.Count(), tab.DataCount(), all, data)
	}
	paths := 0
	for path, conns := range tab.ByPath() {
		paths++
		if got := slices.Collect(conns); !slices.Equal(got, m[path][Data.index()]) {
			t.Fatalf("%q is watched by %v, want %v", path, got, m[path][Data.index()])
		}
	}
	if paths != tab.Paths() {
		t.Fatalf("%d paths, counted %d", paths, tab.Paths())
	}
}

// FuzzTable plays any story of watches on a few paths, and holds the table to the model.
func FuzzTable(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 250, 17, 99, 4, 5})
	f.Fuzz(func(t *testing.T, story []byte) {
		tab, m := New(), make(model)
		for _, b := range story {
			path, conn, kind := fmt.Sprintf("/%d", b&3), uint64(b>>2&3), Kind(1<<(b>>4&1))
			switch b >> 5 {
			case 0:
				tab.RemoveConn(conn)
				m.removeConn(conn)
			case 1, 2:
				if got, want := tab.Take(path, kind, nil), m.take(path, kind); !slices.Equal(got, want) {
					t.Fatalf("Take(%q, %b) = %v, want %v", path, kind, got, want)
				}
			case 3:
				if got, want := tab.Take(path, Data|Child, nil), m.take(path, Data|Child); !slices.Equal(got, want) {
					t.Fatalf("Take(%q, both) = %v, want %v", path, got, want)
				}
			default:
				tab.Add(path, kind, conn)
				m.add(path, kind, conn)
			}
		}
		compare(t, tab, m)
	})
}

// BenchmarkReadAndFire is the usual life of a watch: set by a read, taken by a write, among a million others.
func BenchmarkReadAndFire(b *testing.B) {
	tab := New()
	paths := make([]string, 100_000)
	for i := range paths {
		paths[i] = fmt.Sprintf("/services/group-%06d", i)
		for k := range 10 {
			tab.Add(paths[i], Child, uint64(1+(i*10+k)%10_000))
		}
	}
	var dst []uint64
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		path := paths[i*7919%len(paths)]
		tab.Add(path, Data, uint64(1+i%10_000))
		if dst = tab.Take(path, Data, dst[:0]); len(dst) != 1 {
			b.Fatal("not fired")
		}
		i++
	}
}

// BenchmarkRearm sets a watch that is there.
func BenchmarkRearm(b *testing.B) {
	tab := New()
	tab.Add("/services/group/member", Data, 1)
	b.ReportAllocs()
	for b.Loop() {
		tab.Add("/services/group/member", Data, 1)
	}
}

// BenchmarkFireNothing is a write to a path that nobody watches.
func BenchmarkFireNothing(b *testing.B) {
	tab := New()
	tab.Add("/services/group/member", Data, 1)
	b.ReportAllocs()
	for b.Loop() {
		if tab.Take("/services/group/other", Data|Child, nil) != nil {
			b.Fatal("fired")
		}
	}
}
