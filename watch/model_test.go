package watch

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// manager is one of Apache's two watch managers as one would write it without thinking of memory.
type manager struct {
	table map[string]map[uint64]bool // who watches a path
	paths map[uint64]map[string]Mode // and how
}

func newManager() *manager {
	return &manager{table: make(map[string]map[uint64]bool), paths: make(map[uint64]map[string]Mode)}
}

func (m *manager) add(path string, mode Mode, conn uint64) {
	if m.table[path] == nil {
		m.table[path] = make(map[uint64]bool)
	}
	if m.paths[conn] == nil {
		m.paths[conn] = make(map[string]Mode)
	}
	m.table[path][conn] = true
	m.paths[conn][path] |= mode
}

// forget ends a watch; the connection's own map may stay behind, empty.
func (m *manager) forget(path string, conn uint64) {
	delete(m.paths[conn], path)
	if delete(m.table[path], conn); len(m.table[path]) == 0 {
		delete(m.table, path)
	}
}

func (m *manager) trigger(path string) map[uint64]bool {
	told := make(map[uint64]bool)
	for conn := range m.table[path] {
		told[conn] = true
		if m.paths[conn][path] &^= OneShot; m.paths[conn][path] == 0 {
			m.forget(path, conn)
		}
	}
	for above := path; above != "/"; {
		above = above[:max(1, strings.LastIndexByte(above, '/'))]
		for conn := range m.table[above] {
			if m.paths[conn][above]&Recursive != 0 {
				told[conn] = true
			}
		}
	}
	return told
}

func (m *manager) remove(path string, modes Mode, conn uint64) bool {
	had := m.paths[conn][path]
	if had&modes == 0 {
		return false
	}
	if m.paths[conn][path] &^= modes; m.paths[conn][path] == 0 {
		m.forget(path, conn)
		if len(m.paths[conn]) == 0 {
			delete(m.paths, conn)
		}
	}
	return true
}

func (m *manager) removeConn(conn uint64) {
	for path := range maps.Clone(m.paths[conn]) {
		m.forget(path, conn)
	}
	delete(m.paths, conn)
}

func (m *manager) count() (n int) {
	for _, conns := range m.table {
		n += len(conns)
	}
	return n
}

// model is both managers, by the place of their kind.
type model [kindCount]*manager

func newModel() model { return model{newManager(), newManager()} }

func (m model) take(path string, kinds Kind) []uint64 {
	told := make(map[uint64]bool)
	for k := range m {
		if kinds&(1<<k) != 0 {
			maps.Copy(told, m[k].trigger(path))
		}
	}
	return slices.Sorted(maps.Keys(told))
}

// pair plays the same story on the table and on the model.
type pair struct {
	t   *testing.T
	tab *Table
	m   model
}

func newPair(t *testing.T) *pair { return &pair{t: t, tab: New(), m: newModel()} }

func (p *pair) add(path string, what int, conn uint64) {
	switch what {
	case 0:
		p.tab.Add(path, Data, conn)
		p.m[dataIndex].add(path, OneShot, conn)
	case 1:
		p.tab.Add(path, Child, conn)
		p.m[childIndex].add(path, OneShot, conn)
	case 2:
		p.tab.AddPersistent(path, conn)
		p.m[dataIndex].add(path, Persistent, conn)
		p.m[childIndex].add(path, Persistent, conn)
	case 3:
		p.tab.AddRecursive(path, conn)
		p.m[dataIndex].add(path, Recursive, conn)
	}
}

func (p *pair) take(path string, kinds Kind) {
	p.t.Helper()
	got, want := p.tab.Take(path, kinds, nil), p.m.take(path, kinds)
	if slices.Sort(got); !slices.Equal(got, want) {
		p.t.Fatalf("Take(%q, %b) = %v, want %v", path, kinds, got, want)
	}
}

func (p *pair) remove(path string, kinds Kind, modes Mode, conn uint64) {
	p.t.Helper()
	want := false
	for k := range p.m {
		if kinds&(1<<k) != 0 && p.m[k].remove(path, modes, conn) {
			want = true
		}
	}
	if got := p.tab.Remove(path, kinds, modes, conn); got != want {
		p.t.Fatalf("Remove(%q, %b, %03b, %d) = %v", path, kinds, modes, conn, got)
	}
}

func (p *pair) removeConn(conn uint64) {
	p.tab.RemoveConn(conn)
	for _, m := range p.m {
		m.removeConn(conn)
	}
}

func (p *pair) compareModes(path string, conn uint64) {
	p.t.Helper()
	for k, m := range p.m {
		if got, want := p.tab.Modes(path, 1<<k, conn), m.paths[conn][path]; got != want {
			p.t.Fatalf("Modes(%q, %b, %d) = %03b, want %03b", path, 1<<k, conn, got, want)
		}
	}
}

// compare holds all numbers and reports to the model.
func (p *pair) compare() {
	p.t.Helper()
	check(p.t, p.tab)
	data, child := p.m[dataIndex], p.m[childIndex]
	if p.tab.Count() != data.count()+child.count() || p.tab.DataCount() != data.count() || p.tab.Conns() != len(data.paths) {
		p.t.Fatalf("%d watches, %d of data, by %d connections; want %d, %d, %d", p.tab.Count(), p.tab.DataCount(),
			p.tab.Conns(), data.count()+child.count(), data.count(), len(data.paths))
	}
	byPath := make(map[string]map[uint64]bool)
	for path, conns := range p.tab.ByPath() {
		byPath[path] = make(map[uint64]bool)
		for conn := range conns {
			byPath[path][conn] = true
		}
	}
	if !maps.EqualFunc(byPath, data.table, maps.Equal) {
		p.t.Fatalf("watched: %v, want %v", byPath, data.table)
	}
	if swept := !p.tab.Sweep(0); swept && p.tab.Paths() != len(byPath) || p.tab.Paths() < len(byPath) {
		p.t.Fatalf("%d paths, counted %d", len(byPath), p.tab.Paths())
	}
	for conn, paths := range p.tab.ByConn() {
		if got, want := slices.Sorted(paths), slices.Sorted(maps.Keys(data.paths[conn])); !slices.Equal(got, want) {
			p.t.Fatalf("connection %d watches %q, want %q", conn, got, want)
		}
	}
}

func TestRandomStoryAgreesWithAPlainModel(t *testing.T) {
	for seed := range uint64(20) {
		runStory(t, rand.New(rand.NewPCG(seed, 2)), 20, 8, 3000)
	}
	runStory(t, rand.New(rand.NewPCG(77, 2)), 5000, 300, 20000) // many chunks and splits
	runStory(t, rand.New(rand.NewPCG(78, 2)), 2000, 2, 20000)   // connections that take more than one sweep
}

// randomPath makes trees: "/", "/1", "/1/0", "/1/0/2", ...
func randomPath(rnd *rand.Rand, paths int) string {
	n := rnd.IntN(paths)
	if n == 0 {
		return "/"
	}
	var b []byte
	for ; n > 0; n /= 4 {
		b = fmt.Appendf(b, "/%0*d", 1+paths%7, n%4)
	}
	return string(b)
}

func runStory(t *testing.T, rnd *rand.Rand, paths, conns, steps int) {
	p := newPair(t)
	for step := range steps {
		path, conn := randomPath(rnd, paths), uint64(rnd.IntN(conns))
		switch n := rnd.IntN(1000); {
		case n < 700:
			p.add(path, rnd.IntN(4), conn)
		case n < 900:
			p.take(path, Kind(1+rnd.IntN(1<<kindCount-1)))
		case n < 980:
			p.remove(path, Kind(1+rnd.IntN(1<<kindCount-1)), Mode(1+rnd.IntN(int(AllModes))), conn)
		case n < 990:
			p.tab.Sweep(rnd.IntN(100))
		default:
			p.removeConn(conn)
		}
		p.compareModes(path, conn)
		if step%500 == 0 {
			p.compare()
		}
	}
	p.compare()
	for conn := range conns {
		p.removeConn(uint64(conn))
	}
	p.compare()
	for p.tab.Sweep(100) {
		check(t, p.tab)
	}
	p.compare()
}

// FuzzTable plays any story of watches on a few paths, and holds the table to the model.
func FuzzTable(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 250, 17, 99, 4, 5})
	f.Add([]byte("\xe0\xf1\xe2\x21\x31\x44\x55\x66\x77\x00\x10"))
	f.Fuzz(func(t *testing.T, story []byte) {
		p := newPair(t)
		paths := [...]string{"/", "/a", "/a/b", "/a/b/c"}
		for _, b := range story {
			path, conn, bits := paths[b&3], uint64(b>>2&3), int(b>>4&1)
			switch b >> 5 {
			case 0:
				p.removeConn(conn)
			case 1:
				p.take(path, Kind(1<<bits))
			case 2:
				p.take(path, Data|Child)
			case 3:
				p.remove(path, Kind(1<<bits), AllModes, conn)
			case 4:
				p.remove(path, Kind(1+2*bits), Persistent, conn)
			case 5:
				p.remove(path, Data, OneShot<<(2*bits), conn)
			default:
				p.add(path, int(b>>4&3), conn)
			}
			p.compareModes(path, conn)
		}
		p.compare()
	})
}
