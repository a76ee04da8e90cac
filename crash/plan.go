package main

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"paddock/zk"
)

// families and names are few, so that the clients meet at each.
const (
	families   = 5
	namesMax   = 4
	namePrefix = "abcd"
)

// plan is one worker's seeded choice of requests.
type plan struct {
	rng    *rand.Rand
	worker int
	serial int
}

// next makes up a request. versions is what the worker believes the znodes' versions to be, own the sequential znodes that
// it has made and may delete.
func (p *plan) next(versions map[string]int32, own *[]string) *operation {
	o := &operation{worker: p.worker, family: p.rng.IntN(families)}
	name := namePrefix[p.rng.IntN(namesMax):][:1]
	switch n := p.rng.IntN(100); {
	case n < 38:
		o.kind, o.parts = kindWrite, []part{p.part(o.family, versions)}
		o.multi = o.parts[0].op == zk.OpCheck // which servers take only there
	case n < 46:
		o.kind, o.parts = kindWrite, []part{p.sequential()}
	case n < 50 && len(*own) > 0:
		o.kind, o.parts = kindWrite, []part{p.deleteOwn(o, own)}
	case n < 62:
		o.kind, o.multi = kindWrite, true
		for range 1 + p.rng.IntN(4) {
			o.parts = append(o.parts, p.part(o.family, versions))
		}
		if p.rng.IntN(3) == 0 {
			o.parts = append(o.parts, p.sequential())
		}
	case n < 82:
		o.kind, o.name, o.watch = kindGet, name, p.rng.IntN(3) == 0
	case n < 89:
		o.kind, o.name, o.watch = kindExists, name, p.rng.IntN(2) == 0
	case n < 96:
		o.kind, o.watch = kindList, p.rng.IntN(2) == 0
	case n < 98:
		o.kind = kindSync
	default:
		o.kind, o.name = kindAddWatch, name
	}
	return o
}

// part changes or checks one of the named znodes; every second one with a version insists on the one that was last seen.
func (p *plan) part(family int, versions map[string]int32) part {
	name := namePrefix[p.rng.IntN(namesMax):][:1]
	version := int32(-1)
	if seen, ok := versions[childPath(family, name)]; ok && p.rng.IntN(2) == 0 {
		version = seen
	}
	switch n := p.rng.IntN(10); {
	case n < 4:
		mode := zk.ModePersistent
		if p.rng.IntN(3) == 0 {
			mode = zk.ModeEphemeral
		}
		return part{op: zk.OpCreate2, name: name, data: p.data(), mode: mode, version: -1}
	case n < 8:
		return part{op: zk.OpSetData, name: name, data: p.data(), version: version}
	case n < 9:
		return part{op: zk.OpDelete, name: name, version: version}
	}
	return part{op: zk.OpCheck, name: name, version: version}
}

func (p *plan) sequential() part {
	mode := zk.ModePersistentSequential
	if p.rng.IntN(3) == 0 {
		mode = zk.ModeEphemeralSequential
	}
	return part{op: zk.OpCreate2, name: "s-", data: p.data(), mode: mode, version: -1}
}

func (p *plan) deleteOwn(o *operation, own *[]string) part {
	i := p.rng.IntN(len(*own))
	path := (*own)[i]
	*own = slices.Delete(*own, i, i+1)
	_, err := fmt.Sscanf(path, "/f%d/", &o.family)
	if err != nil {
		panic(fmt.Sprintf("crash: %q is no path of a family: %v", path, err))
	}
	return part{op: zk.OpDelete, name: nameOf(path), version: -1}
}

// data is unlike all other data of the history, so that whoever reads it knows who wrote it. Some is long, to fill
// segments and pages.
func (p *plan) data() string {
	p.serial++
	text := fmt.Sprintf("worker %d write %d ", p.worker, p.serial)
	if p.rng.IntN(10) == 0 {
		text = fmt.Sprintf("%s%0*d", text, p.rng.IntN(6000)+1, 0)
	}
	return text
}
