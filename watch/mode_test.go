package watch

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func wantModes(t *testing.T, tab *Table, path string, kind Kind, conn uint64, want Mode) {
	t.Helper()
	if got := tab.Modes(path, kind, conn); got != want {
		t.Errorf("connection %d waits for %q in modes %03b, want %03b", conn, path, got, want)
	}
}

func TestPersistentWatchSeesBothKindsAndStays(t *testing.T) {
	tab := New()
	tab.AddPersistent("/a", 1)
	for range 3 {
		wantTaken(t, tab, "/a", Data, 1)
		wantTaken(t, tab, "/a", Child, 1)
		wantTaken(t, tab, "/a", Data|Child, 1)
	}
	wantTaken(t, tab, "/a/b", Data)
	wantTaken(t, tab, "/", Child)
}

func TestRecursiveWatchSeesTheDataEventsOfEverythingBelow(t *testing.T) {
	tab := New()
	tab.AddRecursive("/a", 1)
	for _, path := range []string{"/a", "/a/b", "/a/b/c", "/a/" + strings.Repeat("long/", 100) + "d"} {
		wantTaken(t, tab, path, Data, 1)
		wantTaken(t, tab, path, Data|Child, 1)
		wantTaken(t, tab, path, Child)
	}
	for _, path := range []string{"/", "/ab", "/ab/c", "/b/a", ""} {
		wantTaken(t, tab, path, Data|Child)
	}
}

func TestRecursiveWatchOnTheRootSeesEverything(t *testing.T) {
	tab := New()
	tab.AddRecursive("/", 1)
	wantTaken(t, tab, "/", Data, 1)
	wantTaken(t, tab, "/a", Data, 1)
	wantTaken(t, tab, "/a/b", Data, 1)
}

func TestOneEventIsToldOnceHoweverManyWatchesSeeIt(t *testing.T) {
	tab := New()
	for _, path := range []string{"/", "/a", "/a/b"} {
		tab.AddRecursive(path, 1)
		tab.AddPersistent(path, 1)
		tab.Add(path, Data, 1)
		tab.Add(path, Child, 1)
	}
	tab.AddRecursive("/a", 2)
	tab.Add("/a/b", Child, 3)
	wantTaken(t, tab, "/a/b", Data|Child, 1, 2, 3)
	wantTaken(t, tab, "/a/b", Data|Child, 1, 2)
}

func TestAnEventTakesOnlyTheOneShotMode(t *testing.T) {
	tab := New()
	tab.Add("/a", Data, 1)
	tab.AddPersistent("/a", 1)
	tab.AddRecursive("/a", 1)
	wantModes(t, tab, "/a", Data, 1, AllModes)
	wantModes(t, tab, "/a", Child, 1, Persistent)
	if tab.Count() != 2 || tab.DataCount() != 1 {
		t.Errorf("%d watches, %d of data: the modes of a watch are not watches of their own", tab.Count(), tab.DataCount())
	}
	wantTaken(t, tab, "/a", Data, 1)
	wantModes(t, tab, "/a", Data, 1, Persistent|Recursive)
	tab.Add("/a", Data, 1)
	wantModes(t, tab, "/a", Data, 1, AllModes)
}

// An event below passes by a path's other watches because the recursive ones stand at the head.
func TestOthersOfTheListDoNotHideARecursiveWatch(t *testing.T) {
	tab := New()
	for conn := range uint64(5) {
		tab.Add("/a", Data, conn)
	}
	tab.AddRecursive("/a", 3)
	tab.AddRecursive("/a", 9)
	wantTaken(t, tab, "/a/b", Data, 9, 3)
	wantTaken(t, tab, "/a", Data, 9, 3, 0, 1, 2, 4)
	wantTaken(t, tab, "/a", Data, 9, 3)
	tab.AddPersistent("/a", 3)
	if !tab.Remove("/a", Data, Recursive, 3) {
		t.Error("the recursive watch was not there")
	}
	wantTaken(t, tab, "/a/b", Data, 9)
	wantTaken(t, tab, "/a", Data, 9, 3)
}

func TestRemoveTakesOnlyTheModesItNames(t *testing.T) {
	tab := New()
	tab.Add("/a", Data, 1)
	tab.AddPersistent("/a", 1)
	if tab.Remove("/a", Data, Recursive, 1) || tab.Remove("/a", Child, OneShot, 1) || tab.Remove("/b", Data, AllModes, 1) ||
		tab.Remove("/a", Data, AllModes, 2) {
		t.Error("removed what was not there")
	}
	if !tab.Remove("/a", Data, OneShot, 1) || tab.Remove("/a", Data, OneShot, 1) {
		t.Error("the one-shot mode is removed once")
	}
	wantModes(t, tab, "/a", Data, 1, Persistent)
	wantModes(t, tab, "/a", Data|Child, 1, Persistent)
	if !tab.Remove("/a", Data|Child, AllModes, 1) || tab.Remove("/a", Data|Child, AllModes, 1) || tab.Count() != 0 {
		t.Errorf("%d watches are left", tab.Count())
	}
	check(t, tab)
}

// WatchManager.unwatch forgets a connection with its last path; triggerWatch does not (3.9.5).
func TestAConnectionThatRemovesItsLastDataWatchIsNotCounted(t *testing.T) {
	tab := New()
	tab.Add("/a", Data, 1)
	tab.Add("/b", Data, 1)
	tab.Add("/b", Child, 1)
	tab.Take("/a", Data, nil)
	tab.Remove("/a", Data, AllModes, 1)
	if tab.Conns() != 1 {
		t.Errorf("%d connections before the removal", tab.Conns())
	}
	tab.Remove("/b", Data, OneShot, 1)
	if tab.Conns() != 0 || tab.Count() != 1 {
		t.Errorf("%d connections, %d watches after it", tab.Conns(), tab.Count())
	}
	check(t, tab)
	tab.AddRecursive("/c", 1)
	if tab.Conns() != 1 {
		t.Errorf("%d connections with a new watch", tab.Conns())
	}
	check(t, tab)
}

// bury makes a connection with many watches go.
func bury(tab *Table, conn uint64, watches int) {
	for i := range watches {
		tab.AddPersistent(fmt.Sprintf("/dead/%d", i), conn)
		tab.AddRecursive(fmt.Sprintf("/dead/%d", i), conn)
	}
	tab.RemoveConn(conn)
}

func TestADeadConnectionIsSeenByNobodyBeforeItsWatchesAreFreed(t *testing.T) {
	tab := New()
	tab.Add("/dead/0", Data, 1)
	bury(tab, 7, 1000)
	if tab.Count() != 1 || tab.DataCount() != 1 || tab.Conns() != 1 {
		t.Errorf("%d watches, %d of data, %d connections", tab.Count(), tab.DataCount(), tab.Conns())
	}
	wantModes(t, tab, "/dead/500", Data, 7, 0)
	if tab.Remove("/dead/500", Data, AllModes, 7) {
		t.Error("a dead watch was removed")
	}
	for conn := range tab.ByConn() {
		if conn == 7 {
			t.Error("wchc lists it")
		}
	}
	for path, conns := range tab.ByPath() {
		if got := slices.Collect(conns); path != "/dead/0" || !slices.Equal(got, []uint64{1}) {
			t.Errorf("wchp lists %q with %v", path, got)
		}
	}
	wantTaken(t, tab, "/dead/0", Data|Child, 1)
	wantTaken(t, tab, "/dead/500", Data|Child)
	wantTaken(t, tab, "/dead/500/below", Data)
	tab.Add("/dead/501", Data, 2)
	wantTaken(t, tab, "/dead/501", Data|Child, 2)
}

func TestSweepIsBoundedAndEnds(t *testing.T) {
	tab := New()
	bury(tab, 7, 1000)
	bury(tab, 8, 1000)
	bury(tab, 9, 5)
	steps := 0
	for more := true; more; steps++ {
		before := tab.byPair.count
		more = tab.Sweep(100)
		if freed := before - tab.byPair.count; freed > 100 {
			t.Fatalf("%d watches were freed in one sweep of 100", freed)
		}
		check(t, tab)
	}
	if steps < 39 || steps > 41 || tab.Paths() != 0 || tab.byPair.count != 0 || tab.conns.free == 0 {
		t.Errorf("%d sweeps of 100 for 4000 watches; %d paths and %d watches are left", steps, tab.Paths(), tab.byPair.count)
	}
	if tab.Sweep(100) {
		t.Error("there is more after the end")
	}
}

func TestAConnectionOfFewWatchesIsFreedAtOnce(t *testing.T) {
	tab := New()
	bury(tab, 7, sweptAtOnce/2-1)
	if tab.Paths() != 0 || tab.Sweep(0) {
		t.Errorf("%d paths are left", tab.Paths())
	}
	check(t, tab)
}
