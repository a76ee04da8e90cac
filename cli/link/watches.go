package link

import (
	"slices"
	"strings"

	"paddock/codec"
	"paddock/zk"
)

// WatchKind says which of a path's watches is meant (Watcher.WatcherType).
type WatchKind int32

// The kinds of watch, with the numbers of the protocol.
const (
	KindChildren   WatchKind = 1
	KindData       WatchKind = 2
	KindAny        WatchKind = 3
	KindPersistent WatchKind = 4
	KindRecursive  WatchKind = 5
)

// AddMode is the mode of addWatch (AddWatchMode).
type AddMode int32

// The modes, with the numbers of the protocol.
const (
	ModePersistent AddMode = 0
	ModeRecursive  AddMode = 1
)

type paths map[string]struct{}

// registry is what the client must remember of its watches, to arm them again and to drop stray events. Paths are the
// server's.
type registry struct {
	data, exist, child    paths // fire once
	persistent, recursive paths
}

func newRegistry() registry {
	return registry{data: paths{}, exist: paths{}, child: paths{}, persistent: paths{}, recursive: paths{}}
}

func (p paths) add(path string) { p[path] = struct{}{} }

// take removes a path and tells whether it was there.
func (p paths) take(path string) bool {
	_, there := p[path]
	delete(p, path)
	return there
}

func (p paths) has(path string) bool {
	_, there := p[path]
	return there
}

// fire tells whether an event concerns anybody, and drops the watches that it used up.
func (r *registry) fire(t zk.EventType, path string) bool {
	hit := r.persistent.has(path)
	switch t {
	case zk.EventNodeCreated, zk.EventNodeDataChanged:
		hit = r.data.take(path) || hit
		hit = r.exist.take(path) || hit
	case zk.EventNodeChildrenChanged:
		return r.child.take(path) || hit // recursive watches tell of the children themselves
	case zk.EventNodeDeleted:
		hit = r.data.take(path) || hit
		hit = r.exist.take(path) || hit
		hit = r.child.take(path) || hit
	}
	for at := path; !hit; at = zk.ParentPath(at) {
		hit = r.recursive.has(at)
		if at == zk.PathRoot {
			break
		}
	}
	return hit
}

// removal is the outcome of a removeWatches: the events that tell of it.
func (r *registry) remove(path string, kind WatchKind) (events []zk.EventType) {
	note := func(t zk.EventType, removed ...bool) {
		if slices.Contains(removed, true) {
			events = append(events, t)
		}
	}
	anyKind := kind == KindAny
	if anyKind || kind == KindData {
		note(EventDataWatchRemoved, r.data.take(path), r.exist.take(path))
	}
	if anyKind || kind == KindChildren {
		note(EventChildWatchRemoved, r.child.take(path))
	}
	persistent := (anyKind || kind == KindPersistent) && r.persistent.take(path)
	recursive := (anyKind || kind == KindRecursive) && r.recursive.take(path)
	note(EventPersistentWatchRemoved, persistent, recursive)
	return events
}

func (r *registry) knows(path string, kind WatchKind) bool {
	anyKind := kind == KindAny
	return (anyKind || kind == KindData) && (r.data.has(path) || r.exist.has(path)) ||
		(anyKind || kind == KindChildren) && r.child.has(path) ||
		(anyKind || kind == KindPersistent) && r.persistent.has(path) ||
		(anyKind || kind == KindRecursive) && r.recursive.has(path)
}

// rearmBytesMax bounds the paths of one setWatches (ClientCnxn.SET_WATCHES_MAX_LENGTH): servers refuse longer requests.
const rearmBytesMax = 128 << 10

// rearm makes the bodies of the requests that arm everything again.
func (r *registry) rearm(zxid int64) (ops []zk.Op, bodies [][]byte) {
	batch, size := codec.SetWatches2{RelativeZxid: zxid}, 0
	flush := func() {
		op := zk.OpSetWatches // servers before 3.6 know no other
		if len(batch.Persistent)+len(batch.Recursive) > 0 {
			op = zk.OpSetWatches2
		}
		ops, bodies = append(ops, op), append(bodies, codec.AppendSetWatches2(nil, op, whole(&batch)))
		batch, size = codec.SetWatches2{RelativeZxid: zxid}, 0
	}
	add := func(list *[]string, from paths) {
		for path := range from {
			*list = append(*list, strings.Clone(path))
			if size += len(path); size >= rearmBytesMax {
				flush()
			}
		}
	}
	add(&batch.Data, r.data)
	add(&batch.Exist, r.exist)
	add(&batch.Child, r.child)
	add(&batch.Persistent, r.persistent)
	add(&batch.Recursive, r.recursive)
	if size > 0 {
		flush()
	}
	return ops, bodies
}

// whole makes empty lists of nil ones, which would be null on the wire: Apache's server fails on those.
func whole(r *codec.SetWatches2) *codec.SetWatches2 {
	for _, list := range []*[]string{&r.Data, &r.Exist, &r.Child, &r.Persistent, &r.Recursive} {
		if *list == nil {
			*list = []string{}
		}
	}
	return r
}
