package loop

import (
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
)

func TestLimitsAreExactWhenManyComeAndGoAtOnce(t *testing.T) {
	g := gate{
		cnxnsMax:      func() int { return 10 },
		cnxnsPerIPMax: func() int { return 4 },
		perIP:         make(map[netip.Addr]int),
	}
	ips := []netip.Addr{netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2"), netip.MustParseAddr("::1")}
	var inside [3]atomic.Int64
	var total atomic.Int64
	var wg sync.WaitGroup
	for w := range 9 {
		wg.Go(func() {
			i := w % len(ips)
			for range 5000 {
				if _, ok := g.enter(ips[i]); !ok {
					continue
				}
				if n, all := inside[i].Add(1), total.Add(1); n > 4 || all > 10 {
					t.Errorf("%d of one address and %d in all are inside", n, all)
				}
				inside[i].Add(-1)
				total.Add(-1)
				g.leave(ips[i])
			}
		})
	}
	wg.Wait()
	if g.count() != 0 || len(g.perIP) != 0 {
		t.Errorf("after all have left: %d, %v", g.count(), g.perIP)
	}
}

func TestTheLimitThatWasReachedIsNamed(t *testing.T) {
	g := gate{cnxnsPerIPMax: func() int { return 1 }, perIP: make(map[netip.Addr]int)}
	ip := netip.MustParseAddr("10.0.0.1")
	if _, ok := g.enter(ip); !ok {
		t.Fatal("the first was refused")
	}
	if limit, ok := g.enter(ip); ok || limit != 1 {
		t.Errorf("the second: %v, limit %d", ok, limit)
	}
	if _, ok := g.enter(netip.MustParseAddr("10.0.0.2")); !ok {
		t.Error("another address was refused")
	}
}
