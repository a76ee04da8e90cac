package tree

import (
	"fmt"
	"slices"
	"testing"

	"paddock/zk"
)

func TestContainersAndTTLZnodesAreFoundAndNothingElse(t *testing.T) {
	tr := New()
	owners := map[string]int64{"/plain": 0, "/eph": 77, "/c1": zk.OwnerContainer, "/c2": zk.OwnerContainer, "/t1": zk.OwnerTTL(5), "/t2": zk.OwnerTTL(900)}
	zxid := int64(0)
	for _, path := range []string{"/plain", "/eph", "/c1", "/c2", "/t1", "/t2"} {
		zxid++
		if _, err := tr.Create(path, nil, zk.OpenACL(), owners[path], int32(zxid), zxid, 1); err != zk.ErrOK {
			t.Fatal(path, err)
		}
	}
	if got := reap(tr); !slices.Equal(got, []string{"/c1", "/c2", "/t1", "/t2"}) {
		t.Errorf("got %v", got)
	}
	if tr.EphemeralCount() != 1 || !slices.Equal(slices.Collect(tr.EphemeralSessions()), []int64{77}) {
		t.Errorf("%d ephemerals", tr.EphemeralCount())
	}
	tr.Delete("/c1", 9)
	tr.Delete("/t2", 10)
	if got := reap(tr); !slices.Equal(got, []string{"/c2", "/t1"}) {
		t.Errorf("after two deletes: %v", got)
	}
	check(t, tr)
}

func reap(tr *Tree) []string {
	var paths []string
	tr.ReapBegin()
	for tr.ReapStep(1, func(n Node) { paths = append(paths, string(tr.AppendPath(nil, n))) }) {
		continue
	}
	slices.Sort(paths)
	return paths
}

func TestASearchGoesOnWhenItsNextZnodeIsDeleted(t *testing.T) {
	tr := New()
	for i := range 10 {
		if _, err := tr.Create(fmt.Sprintf("/c%d", i), nil, zk.OpenACL(), zk.OwnerContainer, int32(i+1), int64(i+1), 1); err != zk.ErrOK {
			t.Fatal(err)
		}
	}
	var seen []string
	tr.ReapBegin()
	visit := func(n Node) { seen = append(seen, string(tr.AppendPath(nil, n))) }
	tr.ReapStep(3, visit) // youngest first: c9 c8 c7
	for _, path := range []string{"/c6", "/c5", "/c8"} {
		tr.Delete(path, 99)
	}
	for tr.ReapStep(2, visit) {
		check(t, tr)
	}
	if want := []string{"/c9", "/c8", "/c7", "/c4", "/c3", "/c2", "/c1", "/c0"}; !slices.Equal(seen, want) {
		t.Errorf("got %v, want %v", seen, want)
	}
}
