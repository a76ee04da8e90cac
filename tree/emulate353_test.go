package tree

import (
	"slices"
	"testing"

	"paddock/zk"
)

func TestTTLZnodesOfZooKeeper353AreAdopted(t *testing.T) {
	const topBit = -1 << 63
	owners := []struct {
		path           string
		owner, becomes int64
	}{
		{"/eph", 77, 77},
		{"/plain", 0, 0},
		{"/container", zk.OwnerContainer, zk.OwnerContainer},
		{"/new", zk.OwnerTTL(900), zk.OwnerTTL(900)},
		{"/old", topBit | 900, zk.OwnerTTL(900)},
		{"/older", topBit | 900, zk.OwnerTTL(900)},
		{"/long", topBit | 0x0fffffffffffffff, zk.OwnerTTL(zk.TTLMsMax)},
		{"/zookeeper/odd", topBit | 1<<40, zk.OwnerTTL(0)}, // whose lower 40 bits are 0, which is no time to live
	}
	tr, want := New(), New()
	for i, o := range owners {
		for which, owner := range map[*Tree]int64{tr: o.owner, want: o.becomes} {
			if _, err := which.Create(o.path, []byte("x"), zk.OpenACL(), owner, int32(i+1), int64(i+1), 5); err != zk.ErrOK {
				t.Fatal(o.path, err)
			}
		}
	}
	if n := tr.AdoptTTL353(); n != 4 {
		t.Errorf("%d were adopted, want 4", n)
	}
	check(t, tr)
	for _, o := range owners {
		if got := tr.Persisted(tr.Lookup(o.path)).EphemeralOwner; got != o.becomes {
			t.Errorf("%s: owner %#x, want %#x", o.path, uint64(got), uint64(o.becomes))
		}
	}
	if tr.Digest() != want.Digest() || tr.EphemeralCount() != 1 {
		t.Errorf("digest %x, want %x; %d ephemerals", tr.Digest(), want.Digest(), tr.EphemeralCount())
	}
	if got := reap(tr); !slices.Equal(got, []string{"/container", "/long", "/new", "/old", "/older", "/zookeeper/odd"}) {
		t.Errorf("the reaper finds %v", got)
	}
	if n := tr.AdoptTTL353(); n != 0 {
		t.Errorf("%d more were adopted", n)
	}
}
