package apply

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
)

// The table against a map, with hashes that collide and that wrap around its end.
func TestRecordsAreFoundAsInAMap(t *testing.T) {
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 1))
		hashes := uint32(1) << rng.IntN(12) // from all alike to hardly any
		var table records
		model := map[string]*record{}
		paths := make([]string, 1+rng.IntN(300))
		for i := range paths {
			paths[i] = fmt.Sprintf("/n%d", i)
		}
		hashOf := func(i int) uint32 { return ^uint32(0) - uint32(i*7)%hashes }
		for range 5000 {
			i := rng.IntN(len(paths))
			path := paths[i]
			got := table.get(path, hashOf(i))
			if got != model[path] {
				t.Fatalf("seed %d: %s is %v, expected %v", seed, path, got, model[path])
			}
			if got == nil {
				model[path] = &record{path: path, hash: hashOf(i)}
				table.put(model[path])
				continue
			}
			table.remove(got)
			delete(model, path)
		}
		if got, want := len(slices.Collect(table.all())), len(model); got != want || table.len() != want {
			t.Fatalf("seed %d: %d records, counted %d, expected %d", seed, got, table.len(), want)
		}
		for r := range maps.Values(model) {
			table.remove(r)
		}
		for i, s := range table.slots {
			if s.rec != nil || s.hash != 0 {
				t.Fatalf("seed %d: slot %d of an empty table holds %v", seed, i, s)
			}
		}
	}
}

func TestAnEmptyTableOfRecordsKeepsLittle(t *testing.T) {
	var table records
	all := make([]*record, 2*recordSlotsMax)
	for i := range all {
		all[i] = &record{path: fmt.Sprint(i), hash: uint32(i)}
		table.put(all[i])
	}
	for _, r := range all {
		table.remove(r)
	}
	if len(table.slots) > recordSlotsMax {
		t.Errorf("%d slots are kept", len(table.slots))
	}
}

func TestARecordThatIsNotThereCannotBeRemoved(t *testing.T) {
	var table records
	table.put(&record{path: "/a", hash: 1})
	defer func() {
		if recover() == nil {
			t.Error("it could")
		}
	}()
	table.remove(&record{path: "/b", hash: 1})
}
