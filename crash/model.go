package main

import (
	"slices"

	"github.com/anishathalye/porcupine"

	"paddock/client"
	"paddock/zk"
)

// placed is what porcupine gets: an operation, and the number of the family's changes, itself included, that have a zxid up
// to its own. By its zxid every answer says exactly which changes it has seen; so there is one place for each change, and
// the search for an order does not have to try the others.
type placed struct {
	op    *operation
	place int
}

// newModel is what porcupine holds a history against: one object per family, because a multi changes several znodes at
// once.
func newModel(h *history) porcupine.Model {
	return porcupine.Model{
		Partition: func(all []porcupine.Operation) [][]porcupine.Operation { return byFamily(all, h.families) },
		Init:      func() any { return &family{} },
		Step: func(state, input, _ any) (bool, any) {
			after := state.(*family).copy()
			return after.step(input.(placed)), after
		},
		Equal: func(a, b any) bool {
			one, two := a.(*family), b.(*family)
			return one.changes == two.changes && one.creates == two.creates && one.pzxid == two.pzxid &&
				slices.Equal(one.nodes, two.nodes)
		},
		DescribeOperation: func(input, _ any) string { return input.(placed).op.String() },
		DescribeState:     func(state any) string { return state.(*family).String() },
	}
}

// byFamily gives each family the operations on it, and those on all.
func byFamily(all []porcupine.Operation, families int) [][]porcupine.Operation {
	parts := make([][]porcupine.Operation, families)
	for i := range parts {
		var changes []int64
		for _, o := range all {
			op := o.Input.(placed).op
			if op.family != i && op.family != everyFamily {
				continue
			}
			parts[i] = append(parts[i], o)
			if op.changes() {
				changes = append(changes, op.zxid)
			}
		}
		slices.Sort(changes)
		for j := range parts[i] {
			op := parts[i][j].Input.(placed).op
			place, _ := slices.BinarySearch(changes, op.zxid+1)
			parts[i][j].Input = placed{op: op, place: place}
		}
	}
	return parts
}

// step carries an operation out in place and tells whether it can have come back as it did.
func (f *family) step(p placed) bool {
	o := p.op
	if o.changes() {
		f.changes++
	}
	if o.kind != kindGone && p.place != f.changes {
		return false
	}
	switch o.kind {
	case kindWrite:
		return f.wrote(o)
	case kindClose:
		f.end(o.session, o.zxid)
		return o.code == zk.ErrOK
	case kindGone:
		return !f.owns(o.session)
	case kindSync, kindAddWatch:
		return o.code == zk.ErrOK
	case kindGet, kindExists:
		return f.shows(o)
	case kindList:
		return o.code == zk.ErrOK && f.parentFits(&o.stat) &&
			slices.EqualFunc(f.nodes, o.names, func(n node, name string) bool { return n.name == name })
	}
	return false
}

// shows compares a read.
func (f *family) shows(o *operation) bool {
	i, found := f.find(o.name)
	if !found || o.code != zk.ErrOK {
		return !found && o.code == zk.ErrNoNode
	}
	n := &f.nodes[i]
	return n.fits(&o.stat) && (o.kind == kindExists || n.data == o.data)
}

// wrote carries a write out and compares every result. Of one without an answer the log tells whether it failed, unless it
// is a multi.
func (f *family) wrote(o *operation) bool {
	want, code := f.write(o.parts, o.session, o.zxid)
	if o.lost {
		return o.multi || (code == zk.ErrOK) == (o.code == zk.ErrOK)
	}
	if !o.multi {
		return code == o.code && (code != zk.ErrOK || want[0].fits(&o.results[0]))
	}
	if o.code != zk.ErrOK || len(want) != len(o.results) { // a multi tells its failure in the results
		return false
	}
	for i := range want {
		if want[i].code != o.results[i].Code || code == zk.ErrOK && !want[i].fits(&o.results[i]) {
			return false
		}
	}
	return true
}

// fits compares what came back for one part that was carried out.
func (w *outcome) fits(got *client.PartResult) bool {
	switch got.Op {
	case zk.OpCreate2:
		return nameOf(got.Path) == w.node.name && w.node.fits(&got.Stat)
	case zk.OpSetData:
		return w.node.fits(&got.Stat)
	default:
		return true
	}
}
