package server

import (
	"runtime/debug"
	"runtime/metrics"
)

// Garbage collector settings. The tree lives in memory without pointers, so that a collection costs the same
// whatever its size; what matters is how much garbage may lie about on top of it.
const (
	garbageBytesMin = 32 << 20
	garbageShare    = 16 // of the live heap
	gcPercentMin    = 5
	gcPercentMax    = 800
)

// gcPercent says by how many per cent the heap may grow before it is collected: by a sixteenth or 32 MiB,
// whichever is more.
func gcPercent(liveBytes int64) int {
	garbage := max(garbageBytesMin, liveBytes/garbageShare)
	percent := 100 * garbage / max(liveBytes, 1<<20)
	return int(min(max(percent, gcPercentMin), gcPercentMax))
}

// tuneGC adapts the collector to the size of the tree, or of the whole live heap where that is more: what lies in the
// doors of many busy connections would otherwise be allowed eight times as much garbage. It is called from time to time.
func (s *Server) tuneGC() {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}} // as of the last collection
	metrics.Read(live)
	liveBytes := max(s.proc.Tree().MemoryBytes().Total(), int64(live[0].Value.Uint64()))
	if percent := gcPercent(liveBytes); percent != s.gcPercent {
		s.gcPercent = percent
		debug.SetGCPercent(percent)
	}
}
