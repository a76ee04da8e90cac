package watch

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func check(t *testing.T, tab *Table) {
	t.Helper()
	if err := tab.Check(); err != nil {
		t.Fatal(err)
	}
}

func wantTaken(t *testing.T, tab *Table, path string, kinds Kind, want ...uint64) {
	t.Helper()
	if got := tab.Take(path, kinds, nil); !slices.Equal(got, want) {
		t.Errorf("Take(%q, %b) = %v, want %v", path, kinds, got, want)
	}
	check(t, tab)
}

func TestWatchFiresOnce(t *testing.T) {
	tab := New()
	tab.Add("/a", Data, 7)
	wantTaken(t, tab, "/a", Data, 7)
	wantTaken(t, tab, "/a", Data)
	if tab.Modes("/a", Data, 7) != 0 || tab.Count() != 0 {
		t.Error("the watch is still there")
	}
}

func TestSettingAWatchAgainChangesNothing(t *testing.T) {
	tab := New()
	tab.Add("/a", Data, 1)
	tab.Add("/a", Data, 2)
	tab.Add("/a", Data, 1)
	if tab.Count() != 2 {
		t.Errorf("Count = %d", tab.Count())
	}
	wantTaken(t, tab, "/a", Data, 1, 2)
}

func TestKindsAreApart(t *testing.T) {
	tab := New()
	tab.Add("/a", Data, 1)
	tab.Add("/a", Child, 2)
	if tab.Modes("/a", Data, 1) != OneShot || tab.Modes("/a", Child, 1) != 0 ||
		tab.Modes("/a", Data, 2) != 0 || tab.Modes("/a", Child, 2) != OneShot {
		t.Error("Modes mixes the kinds up")
	}
	if tab.Modes("/b", Data, 1) != 0 || tab.Modes("/a", Data, 3) != 0 {
		t.Error("Modes knows what was never set")
	}
	wantTaken(t, tab, "/a", Child, 2)
	wantTaken(t, tab, "/a", Data, 1)
}

func TestDeleteTellsEachConnectionOnce(t *testing.T) {
	tab := New()
	tab.Add("/a", Child, 3)
	tab.Add("/a", Child, 1)
	tab.Add("/a", Data, 2)
	tab.Add("/a", Data, 1)
	tab.Add("/a/b", Data, 9)
	wantTaken(t, tab, "/a", Data|Child, 2, 1, 3)
	if tab.Count() != 1 {
		t.Errorf("Count = %d", tab.Count())
	}
}

func TestTakeAppends(t *testing.T) {
	tab := New()
	tab.Add("/a", Data, 1)
	if got := tab.Take("/a", Data, []uint64{8, 9}); !slices.Equal(got, []uint64{8, 9, 1}) {
		t.Errorf("%v", got)
	}
}

func TestPathIsCopied(t *testing.T) {
	tab := New()
	frame := []byte("/a")
	alias := string(frame) // as a codec that borrows would give it
	tab.Add(alias, Data, 1)
	copy(frame, "xx")
	wantTaken(t, tab, "/a", Data, 1)
	for path := range tab.ByPath() {
		t.Errorf("left: %q", path)
	}
}

func TestConnectionTakesItsWatchesWithIt(t *testing.T) {
	tab := New()
	for _, conn := range []uint64{1, 2, 3} {
		tab.Add("/a", Data, conn)
		tab.Add("/a", Child, conn)
		tab.Add(fmt.Sprintf("/own/%d", conn), Data, conn)
	}
	tab.RemoveConn(2)
	tab.RemoveConn(2)
	tab.RemoveConn(99)
	check(t, tab)
	if tab.Count() != 6 || tab.Modes("/a", Data, 2) != 0 || tab.Modes("/own/2", Data, 2) != 0 {
		t.Errorf("Count = %d", tab.Count())
	}
	wantTaken(t, tab, "/a", Data|Child, 1, 3)
}

// WatchManager drops a connection from its count only when it closes: facts of the word wchs.
func TestNumbersAreThoseOfWchs(t *testing.T) {
	tab := New()
	want := func(count, data, paths, conns int) {
		t.Helper()
		if tab.Count() != count || tab.DataCount() != data || tab.Paths() != paths || tab.Conns() != conns {
			t.Errorf("%d watches, %d data watches, %d paths, %d connections; want %d, %d, %d, %d",
				tab.Count(), tab.DataCount(), tab.Paths(), tab.Conns(), count, data, paths, conns)
		}
	}
	want(0, 0, 0, 0)
	tab.Add("/a", Child, 1)
	want(1, 0, 0, 0)
	tab.Add("/a", Data, 1)
	tab.Add("/a", Data, 2)
	tab.Add("/b", Data, 2)
	want(4, 3, 2, 2)
	tab.Take("/a", Data, nil)
	want(2, 1, 1, 2)
	tab.RemoveConn(1)
	want(1, 1, 1, 1)
	tab.RemoveConn(2)
	want(0, 0, 0, 0)
}

func TestReportsListDataWatches(t *testing.T) {
	tab := New()
	tab.Add("/a", Data, 1)
	tab.Add("/b", Data, 1)
	tab.Add("/b", Data, 2)
	tab.Add("/c", Child, 3)
	tab.Add("/d", Data, 4)
	tab.Take("/d", Data, nil)
	var got []string
	for conn, paths := range tab.ByConn() {
		got = append(got, fmt.Sprintf("%d %v", conn, slices.Collect(paths)))
	}
	for path, conns := range tab.ByPath() {
		got = append(got, fmt.Sprintf("%s %v", path, slices.Collect(conns)))
	}
	want := []string{"1 [/a /b]", "2 [/b]", "4 []", "/a [1]", "/b [1 2]"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for range tab.ByConn() {
		break
	}
	for _, conns := range tab.ByPath() {
		for range conns {
			break
		}
		break
	}
}

func TestPathsOfEveryLength(t *testing.T) {
	tab := New()
	var paths []string
	for _, size := range []int{0, 1, 2, 7, 8, 9, 255, 1000, 16383, 16384, 16385, 65536, 1 << 20} {
		for _, c := range []string{"x", "y"} {
			paths = append(paths, strings.Repeat(c, size))
		}
	}
	for range 3 { // the later rounds use places that the earlier ones gave back
		for i, path := range paths {
			tab.Add(path, Data, uint64(i+1))
			tab.Add(path, Child, uint64(i+1))
			check(t, tab)
		}
		for i, path := range paths {
			if path != "" {
				wantTaken(t, tab, path, Data|Child, uint64(i+1))
			}
		}
		wantTaken(t, tab, "", Data|Child, 1, 2)
	}
}

func TestBadKindPanics(t *testing.T) {
	for _, kind := range []Kind{0, Data | Child, 1 << kindCount} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("kind %b was accepted", kind)
				}
			}()
			New().Add("/a", kind, 1)
		}()
	}
}

func TestTenThousandWatchersOfOnePath(t *testing.T) {
	tab := New()
	const conns = 10_000
	want := make([]uint64, conns)
	for i := range want {
		want[i] = uint64(i + 1)
		tab.Add("/service", Data, want[i])
		tab.Add("/service", Child, uint64(conns-i))
	}
	for _, conn := range []uint64{1, 5000, conns} {
		tab.RemoveConn(conn)
	}
	want = slices.DeleteFunc(want, func(c uint64) bool { return c == 1 || c == 5000 || c == conns })
	if got := tab.Take("/service", Data|Child, nil); !slices.Equal(got, want) {
		t.Errorf("%d connections were told, want %d, each once and in the order of registration", len(got), len(want))
	}
	check(t, tab)
}

// While a list grows over several Takes, it is known where each connection stands in it; with an empty one that begins anew.
func TestTheTableKnowsWhereAConnectionStandsInTheList(t *testing.T) {
	tab := New()
	places := func(conn uint64) (all []int) {
		for at := tab.LastPlace(conn); at >= 0; at = tab.PlaceBefore(at) {
			all = append(all, at)
		}
		return all
	}
	for conn := range uint64(3) {
		tab.AddPersistent("/a", conn+1)
	}
	tab.Add("/b", Data, 2)
	tab.AddRecursive("/", 3)
	var dst []uint64
	for _, path := range []string{"/a", "/b", "/nobody"} {
		dst = tab.Take(path, Data, dst)
	}
	if fmt.Sprint(dst) != "[1 2 3 2 3 3]" {
		t.Fatalf("told %v", dst)
	}
	for conn, want := range map[uint64]string{1: "[0]", 2: "[3 1]", 3: "[5 4 2]", 4: "[]"} {
		if got := fmt.Sprint(places(conn)); got != want {
			t.Errorf("connection %d stands at %s, want %s", conn, got, want)
		}
	}
	if dst = tab.Take("/b", Data, dst[:0]); fmt.Sprint(dst, places(1), places(3)) != "[3] [] [0]" {
		t.Errorf("anew: told %v; 1 stands at %v, 3 at %v", dst, places(1), places(3))
	}
	tab.Take("/nobody", Child, nil)
	if got := places(3); len(got) != 0 {
		t.Errorf("3 stands at %v in an empty list", got)
	}
	tab.RemoveConn(3)
	if got := tab.LastPlace(3); got != -1 {
		t.Errorf("a connection that has gone stands at %d", got)
	}
}
