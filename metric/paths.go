package metric

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"
)

// Bounds of the memory that paths may take, in bytes with what a map needs for each.
const (
	pathsSlotBytesMax    = 4 << 20
	pathsHistoryBytesMax = 16 << 20
	pathsEntryBytes      = 80      // of a map for one path, about
	pathsEmptyBytes      = 1 << 10 // of a slot with next to nothing in it, about
)

// Paths counts which paths are asked for most, over the latest slots of time.
type Paths struct {
	depth  int           // names of a path that count; the rest of it is cut off
	window time.Duration // how long what has been counted stays

	mu   sync.Mutex // of slot: one goroutine counts, another one reports
	slot pathSlot

	history []pathSlot // oldest first, for whoever reports
}

// pathSlot is what was counted until a time.
type pathSlot struct {
	reads, writes map[string]*int // pointers, so that counting again does not hold on to the caller's string
	bytes         int
	left          int // counted for no path: there was no room for another one
	ended         time.Time
}

func newPathSlot() pathSlot {
	return pathSlot{reads: map[string]*int{}, writes: map[string]*int{}, bytes: pathsEmptyBytes}
}

// PathCount is how often a path was counted.
type PathCount struct {
	Path  string
	Count int
}

// PathReport are the paths that were counted most, the most frequent first, and what was counted for no path.
type PathReport struct {
	Reads, Writes []PathCount
	LeftOut       int
}

// NewPaths counts paths up to a depth, for a window of time.
func NewPaths(depth int, window time.Duration) *Paths {
	return &Paths{depth: depth, window: window, slot: newPathSlot()}
}

// Count counts one request. The path may change once it has returned.
func (p *Paths) Count(write bool, path string) {
	path = pathPrefix(path, p.depth)
	p.mu.Lock()
	defer p.mu.Unlock()
	counts := p.slot.reads
	if write {
		counts = p.slot.writes
	}
	if n := counts[path]; n != nil {
		*n++
		return
	}
	bytes := len(path) + pathsEntryBytes
	if p.slot.bytes+bytes > pathsSlotBytesMax {
		p.slot.left++
		return
	}
	one := 1
	counts[strings.Clone(path)] = &one
	p.slot.bytes += bytes
}

// pathPrefix is the beginning of a path, with at most depth names.
func pathPrefix(path string, depth int) string {
	for i := 1; i < len(path); i++ {
		if path[i] != '/' {
			continue
		}
		if depth--; depth <= 0 {
			return path[:i]
		}
	}
	return path
}

// Roll ends the slot and forgets those that are too old. What takes too much memory is forgotten before its time.
func (p *Paths) Roll(now time.Time) {
	p.mu.Lock()
	ended := p.slot
	p.slot = newPathSlot()
	p.mu.Unlock()
	if ended.bytes > pathsEmptyBytes {
		ended.ended = now
		p.history = append(p.history, ended)
	}
	bytes := 0
	for i := range p.history {
		bytes += p.history[i].bytes
	}
	for len(p.history) > 0 && (now.Sub(p.history[0].ended) >= p.window || bytes > pathsHistoryBytesMax) {
		bytes -= p.history[0].bytes
		p.history[0] = pathSlot{} // so that the room behind the slice lets go of it
		p.history = p.history[1:]
	}
}

// Report ends the slot and adds up what there is. Of each kind it gives at most so many paths.
func (p *Paths) Report(now time.Time, pathsMax int) PathReport {
	p.Roll(now)
	reads, writes, r := map[string]int{}, map[string]int{}, PathReport{}
	for i := range p.history {
		s := &p.history[i]
		addCounts(reads, s.reads)
		addCounts(writes, s.writes)
		r.LeftOut += s.left
	}
	r.Reads, r.Writes = mostFrequent(reads, pathsMax), mostFrequent(writes, pathsMax)
	return r
}

func addCounts(to map[string]int, counts map[string]*int) {
	for path, n := range counts {
		to[path] += *n
	}
}

// mostFrequent sorts paths of the same count by name, so that two reports can be compared.
func mostFrequent(counts map[string]int, pathsMax int) []PathCount {
	all := make([]PathCount, 0, len(counts))
	for path, n := range counts {
		all = append(all, PathCount{path, n})
	}
	slices.SortFunc(all, func(a, b PathCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Path, b.Path))
	})
	return all[:min(len(all), pathsMax)]
}
