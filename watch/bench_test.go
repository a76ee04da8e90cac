package watch

import (
	"fmt"
	"testing"
)

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

// BenchmarkFireBelowARecursiveWatch is a write to a path that nobody watches but somebody at the root, as caches do.
func BenchmarkFireBelowARecursiveWatch(b *testing.B) {
	tab := New()
	tab.AddRecursive("/", 1)
	tab.AddRecursive("/elsewhere", 1)
	for conn := range uint64(10_000) {
		tab.Add("/services", Data, conn+10)
	}
	dst := make([]uint64, 0, 8)
	b.ReportAllocs()
	for b.Loop() {
		if dst = tab.Take("/services/group/member/leaf", Data, dst[:0]); len(dst) != 1 {
			b.Fatal("not fired")
		}
	}
}

// BenchmarkFireTenThousand is one event that reaches ten thousand connections, each with a hundred other watches. One-shot
// watches are set again outside the measured time.
func BenchmarkFireTenThousand(b *testing.B) {
	for name, add := range map[string]func(tab *Table, conn uint64){
		"one-shot":   func(tab *Table, conn uint64) { tab.Add("/service", Data, conn) },
		"persistent": func(tab *Table, conn uint64) { tab.AddPersistent("/service", conn) },
		"recursive":  func(tab *Table, conn uint64) { tab.AddRecursive("/service", conn) },
	} {
		b.Run(name, func(b *testing.B) {
			tab := New()
			for i := range 100 {
				for conn := range uint64(10_000) {
					tab.Add(fmt.Sprintf("/other/%d/%d", i, conn), Data, conn)
				}
			}
			var dst []uint64
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				for conn := range uint64(10_000) {
					add(tab, conn)
				}
				b.StartTimer()
				if dst = tab.Take("/service", Data|Child, dst[:0]); len(dst) != 10_000 {
					b.Fatal("not fired")
				}
			}
		})
	}
}

// BenchmarkSweep frees a thousand watches of a connection that had a million.
func BenchmarkSweep(b *testing.B) {
	tab := New()
	conn := uint64(0)
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		if tab.Count() == 0 && !tab.Sweep(0) {
			conn++
			for i := range 1_000_000 {
				tab.Add(fmt.Sprintf("/services/group-%d/member-%d", i*7919%1_000_000, i), Data, conn)
			}
			tab.RemoveConn(conn)
		}
		b.StartTimer()
		tab.Sweep(1000)
	}
}
