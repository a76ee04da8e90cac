package loop

import (
	"net/netip"
	"sync"
)

// gate counts connections, per address and altogether, and refuses those above the limits. The count is exact: a slot is
// taken before a connection is known to anybody else, and given back after its descriptor is closed.
type gate struct {
	cnxnsMax, cnxnsPerIPMax func() int

	mu    sync.Mutex
	total int
	perIP map[netip.Addr]int
}

// enter takes a slot, or returns the limit that was reached.
func (g *gate) enter(ip netip.Addr) (limitReached int, ok bool) {
	perIPMax, totalMax := limit(g.cnxnsPerIPMax), limit(g.cnxnsMax)
	g.mu.Lock()
	defer g.mu.Unlock()
	if totalMax > 0 && g.total >= totalMax {
		return totalMax, false
	}
	if perIPMax > 0 && g.perIP[ip] >= perIPMax {
		return perIPMax, false
	}
	g.total++
	g.perIP[ip]++
	return 0, true
}

// leave gives a slot back.
func (g *gate) leave(ip netip.Addr) {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := g.perIP[ip]
	if n <= 0 || g.total <= 0 {
		panic("loop: a connection left the gate that never entered: " + ip.String())
	}
	g.total--
	if n == 1 {
		delete(g.perIP, ip)
		return
	}
	g.perIP[ip] = n - 1
}

// count returns how many are inside.
func (g *gate) count() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.total
}
