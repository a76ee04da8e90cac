package metric

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"
)

func pathsStart() time.Time { return time.Unix(1_000_000, 0) }

func TestPathsAreCountedByTheirFirstNamesTheMostFrequentFirst(t *testing.T) {
	p := NewPaths(2, time.Minute)
	for path, n := range map[string]int{"/": 1, "/a": 2, "/a/b": 3, "/a/b/c": 4, "/a/b/d/e": 5, "/c/d": 1} {
		for range n {
			p.Count(false, path)
		}
	}
	p.Count(true, "/w/x/y")
	r := p.Report(pathsStart(), 3)
	if want := []PathCount{{"/a/b", 12}, {"/a", 2}, {"/", 1}}; !slices.Equal(r.Reads, want) {
		t.Errorf("reads %v, want %v", r.Reads, want)
	}
	if want := []PathCount{{"/w/x", 1}}; !slices.Equal(r.Writes, want) || r.LeftOut != 0 {
		t.Errorf("writes %v, want %v; %d left out", r.Writes, want, r.LeftOut)
	}
}

func TestAPathThatChangesAfterItWasCountedIsKeptAsItWas(t *testing.T) {
	p := NewPaths(4, time.Minute)
	b := []byte("/abc")
	for range 2 { // the second time must not put the caller's string into the place of the first
		p.Count(false, unsafe.String(&b[0], len(b)))
	}
	copy(b, "/xyz")
	r := p.Report(pathsStart(), 1)
	if want := []PathCount{{"/abc", 2}}; !slices.Equal(r.Reads, want) {
		t.Errorf("got %v", r.Reads)
	}
}

func TestWhatIsOlderThanTheWindowIsForgotten(t *testing.T) {
	p := NewPaths(4, time.Minute)
	p.Count(false, "/old")
	p.Roll(pathsStart())
	p.Count(false, "/new")
	if r := p.Report(pathsStart().Add(59*time.Second), 9); len(r.Reads) != 2 {
		t.Errorf("within the window: %v", r.Reads)
	}
	r := p.Report(pathsStart().Add(60*time.Second), 9)
	if want := []PathCount{{"/new", 1}}; !slices.Equal(r.Reads, want) {
		t.Errorf("after it: %v", r.Reads)
	}
}

func TestPathsTakeNoMoreMemoryThanTheyMayAndWhatHasNoRoomIsCounted(t *testing.T) {
	p := NewPaths(4, 24*time.Hour)
	long := strings.Repeat("x", 100_000)
	count := func(slot, paths int) {
		for i := range paths {
			p.Count(true, fmt.Sprintf("/%d-%d-%s", slot, i, long))
		}
	}
	const more = 10 // than a slot has room for
	count(0, pathsSlotBytesMax/len(long)+more)
	if r := p.Report(pathsStart(), 1); r.LeftOut < more || p.history[0].bytes > pathsSlotBytesMax {
		t.Errorf("%d left out, %d bytes", r.LeftOut, p.history[0].bytes)
	}
	for slot := range 20 {
		count(slot, 20)
		p.Roll(pathsStart())
	}
	bytes := 0
	for i := range p.history {
		bytes += p.history[i].bytes
	}
	if bytes > pathsHistoryBytesMax || len(p.history) < pathsHistoryBytesMax/(21*len(long)) {
		t.Errorf("%d bytes in %d slots", bytes, len(p.history))
	}
	if got := p.Report(pathsStart(), 1).Writes[0].Path; !strings.HasPrefix(got, "/1") {
		t.Errorf("the oldest were kept: %s", got[:10])
	}
}

func BenchmarkCountAPath(b *testing.B) {
	p := NewPaths(4, time.Minute)
	b.ReportAllocs()
	for b.Loop() {
		p.Count(false, "/services/frontend/instances/one/more")
	}
}
