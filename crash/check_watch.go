package main

import (
	"slices"

	"paddock/zk"
)

// A client sees the event before it sees anything newer than the change (Guarantees, ZooKeeper's manual on watches). So on each
// connection: once a watch is set, no answer may be newer than the next change of the znode unless the event has come;
// and no answer behind the event may show the time before it.

// watchesKeepTheirOrder looks at each connection by itself.
func (h *history) watchesKeepTheirOrder() error {
	var f faults
	changes := h.changes()
	for _, t := range h.trails {
		w := watching{trail: t, changes: changes, faults: &f, once: map[string]int64{}, always: map[string]int64{}, told: map[string]int64{}}
		for _, a := range t.arrivals {
			if a.op == nil {
				w.event(a)
			} else {
				w.answer(a.op)
			}
		}
	}
	return f.join()
}

// changes lists, by watched path, the zxids of all changes that are known: data by the path itself, the list of children
// by the path and a slash.
func (h *history) changes() map[string][]int64 {
	all := map[string][]int64{}
	for _, o := range h.ops {
		if o.kind != kindWrite || !o.succeeded() {
			continue
		}
		for i := range o.parts {
			p := &o.parts[i]
			if p.op == zk.OpCheck {
				continue
			}
			if p.op != zk.OpSetData {
				list := familyPath(o.family) + "/"
				all[list] = append(all[list], o.zxid)
			}
			if !p.mode.Sequential() { // nobody watches those
				path := childPath(o.family, p.name)
				all[path] = append(all[path], o.zxid)
			}
		}
	}
	for path, zxids := range all {
		slices.Sort(zxids)
		all[path] = slices.Compact(zxids)
	}
	return all
}

// watching is one connection's watches while its trail is followed. The maps are keyed as changes is.
type watching struct {
	trail   *trail
	changes map[string][]int64
	faults  *faults
	once    map[string]int64 // the zxid at which a watch was set
	always  map[string]int64 // the zxid up to which a persistent watch has told everything
	told    map[string]int64 // the zxid of the latest event
	newest  int64            // of all that has arrived
}

// next is the first known change after a zxid, or 0.
func (w *watching) next(key string, zxid int64) int64 {
	list := w.changes[key]
	if i, _ := slices.BinarySearch(list, zxid+1); i < len(list) {
		return list[i]
	}
	return 0
}

func (w *watching) event(a arrival) {
	e := a.event
	key := e.Path
	if e.Type == zk.EventNodeChildrenChanged {
		key += "/"
	}
	since, once := w.once[key]
	upTo, always := w.always[key]
	switch {
	case !once && !always:
		w.faults.add("crash: worker %d, session 0x%x: an event for which no watch was set: %+v", w.trail.worker, w.trail.session, e)
	case e.Zxid < w.newest:
		w.faults.add("crash: worker %d, session 0x%x: an event after an answer with zxid 0x%x: %+v", w.trail.worker, w.trail.session, w.newest, e)
	}
	for _, set := range []struct {
		is   bool
		from int64
	}{{once, since}, {always, upTo}} {
		if due := w.next(key, set.from); set.is && due != 0 && due < e.Zxid {
			w.faults.add("crash: worker %d, session 0x%x: no event for the change 0x%x, watched since 0x%x; the next is %+v",
				w.trail.worker, w.trail.session, due, set.from, e)
		}
	}
	delete(w.once, key)
	if always {
		w.always[key] = e.Zxid
	}
	w.told[key] = e.Zxid
	w.newest = max(w.newest, e.Zxid)
}

func (w *watching) answer(o *operation) {
	for _, set := range []map[string]int64{w.once, w.always} {
		for key, since := range set {
			if due := w.next(key, since); due != 0 && due <= o.zxid {
				w.faults.add("crash: worker %d, session 0x%x: %s was watched since 0x%x and changed at 0x%x, and without an event came\n  %s",
					w.trail.worker, w.trail.session, key, since, due, o)
				delete(set, key)
			}
		}
	}
	w.newest = max(w.newest, o.zxid)
	key := childPath(o.family, o.name)
	if o.kind == kindList {
		key += "/"
	}
	w.older(o, key)
	switch {
	case o.kind == kindAddWatch && o.code == zk.ErrOK:
		w.always[key] = o.zxid
	case o.watch && (o.code == zk.ErrOK || o.kind == kindExists && o.code == zk.ErrNoNode):
		if _, set := w.once[key]; !set {
			w.once[key] = o.zxid
		}
	}
}

// older: behind the event, no read shows the znode as it was before.
func (w *watching) older(o *operation, key string) {
	told, shown := w.told[key], int64(0)
	switch {
	case o.zxid < told:
	case o.kind == kindList && o.code == zk.ErrOK:
		shown = o.stat.Pzxid
	case (o.kind == kindGet || o.kind == kindExists) && o.code == zk.ErrOK:
		shown = o.stat.Mzxid
	default:
		return
	}
	if shown < told {
		w.faults.add("crash: worker %d, session 0x%x: the event of zxid 0x%x for %s is followed by\n  %s",
			w.trail.worker, w.trail.session, told, key, o)
	}
}
