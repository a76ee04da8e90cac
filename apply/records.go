package apply

import "iter"

// records finds pending records by path: a hash table with linear probing, at most half full. The hash is the tree's, computed once for
// both; what is removed leaves nothing behind.
type records struct {
	slots []recordSlot // as many as a power of two
	count int
}

type recordSlot struct {
	hash uint32
	rec  *record // nil: the slot is free
}

// recordSlotsMax is how many slots an empty table may keep.
const recordSlotsMax = 1 << 14

func (t *records) len() int { return t.count }

// get finds the record of a path, or nil.
func (t *records) get(path string, hash uint32) *record {
	if t.count == 0 {
		return nil
	}
	for i := t.home(hash); t.slots[i].rec != nil; i = t.after(i) {
		if s := &t.slots[i]; s.hash == hash && s.rec.path == path {
			return s.rec
		}
	}
	return nil
}

// put adds a record whose path has none.
func (t *records) put(r *record) {
	if 2*(t.count+1) > len(t.slots) {
		t.grow()
	}
	t.count++
	i := t.home(r.hash)
	for t.slots[i].rec != nil {
		i = t.after(i)
	}
	t.slots[i] = recordSlot{r.hash, r}
}

// remove takes a record out that is in the table.
func (t *records) remove(r *record) {
	free := t.home(r.hash)
	for t.slots[free].rec != r {
		if t.slots[free].rec == nil {
			panic("apply: the pending record of " + r.path + " is not where it should be")
		}
		free = t.after(free)
	}
	// What stands behind and came by here on its way from home moves up.
	for i := t.after(free); t.slots[i].rec != nil; i = t.after(i) {
		if home := t.home(t.slots[i].hash); t.distance(home, i) >= t.distance(free, i) {
			t.slots[free] = t.slots[i]
			free = i
		}
	}
	t.slots[free] = recordSlot{}
	if t.count--; t.count == 0 && len(t.slots) > recordSlotsMax {
		t.slots = nil
	}
}

// all gives every record, in no order.
func (t *records) all() iter.Seq[*record] {
	return func(yield func(*record) bool) {
		for i := range t.slots {
			if r := t.slots[i].rec; r != nil && !yield(r) {
				return
			}
		}
	}
}

func (t *records) grow() {
	old := t.slots
	t.slots, t.count = make([]recordSlot, max(64, 2*len(old))), 0
	for _, s := range old {
		if s.rec != nil {
			t.put(s.rec)
		}
	}
}

func (t *records) home(hash uint32) int { return int(hash) & (len(t.slots) - 1) }

func (t *records) after(i int) int { return (i + 1) & (len(t.slots) - 1) }

// distance is how many steps it is from one slot on to another.
func (t *records) distance(from, to int) int { return (to - from) & (len(t.slots) - 1) }
