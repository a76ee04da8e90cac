package apply

import (
	"paddock/codec"
	"paddock/watch"
	"paddock/zk"
)

// Codes: addWatch (106), checkWatches (17), removeWatches (18); setWatches (101) and setWatches2 (105), sent by clients after
// a reconnect.
//
// Order of checks: session (SessionExpired), decoding (MarshallingError), mode or type of watcher (MarshallingError, as Apache's
// exception ends up), for checkWatches and removeWatches a watch of that type (NoWatcher). No ACL, no znode, and no rule
// for the path: a null one is a path like any other, on which nothing happens. In setWatches a list that is null, or one of
// the first three with a null path, gives MarshallingError too, after everything before it has had its effect.
//
// Effect: none on zxid and Stat. addWatch and the last two lists of setWatches2 leave persistent watches, whatever has
// changed. In the first three lists each path whose znode has changed since the client's relative zxid fires at once, with
// zxid -1 in the event's header and before the reply; every other watch is armed.
//
//	data   missing: NodeDeleted; mzxid later: NodeDataChanged; else armed
//	exist  there: NodeCreated; else armed
//	child  missing: NodeDeleted; pzxid later: NodeChildrenChanged; else armed
//
// Source: FinalRequestProcessor, DataTree.addWatch, containsWatcher, removeWatch and setWatches (3.9.5).

func (p *Processor) addWatch(c *conn, r *request) {
	d := codec.NewDecoder(r.body)
	q := d.PathCode()
	switch {
	case d.Err() == nil && q.Code == codec.AddPersistent:
		p.watches.AddPersistent(q.Path, c.id)
	case d.Err() == nil && q.Code == codec.AddRecursive:
		p.watches.AddRecursive(q.Path, c.id)
	default:
		p.reply(c, r, zk.ErrMarshallingError)
		return
	}
	buf, at := p.begin(c, r, zk.ErrOK)
	buf.B = codec.AppendInt32(buf.B, int32(zk.ErrOK)) // an ErrorResponse
	p.finish(c, r, buf, at)
}

// checkWatches answers removeWatches too.
func (p *Processor) checkWatches(c *conn, r *request) {
	d := codec.NewDecoder(r.body)
	q := d.PathCode()
	kinds, modes := watcherType(q.Code)
	if d.Err() != nil || modes == 0 {
		p.reply(c, r, zk.ErrMarshallingError)
		return
	}
	found := false
	if r.op == zk.OpRemoveWatches {
		found = p.watches.Remove(q.Path, kinds, modes, c.id)
	} else {
		found = p.watches.Modes(q.Path, kinds, c.id)&modes != 0
	}
	if !found {
		p.reply(c, r, zk.ErrNoWatcher)
		return
	}
	p.visited(r.op, q.Path)
	p.reply(c, r, zk.ErrOK)
}

// watcherType tells which watches a type of watcher means; no mode for an unknown type.
func watcherType(code int32) (watch.Kind, watch.Mode) {
	switch code {
	case codec.WatcherChildren:
		return watch.Child, watch.OneShot
	case codec.WatcherData:
		return watch.Data, watch.OneShot
	case codec.WatcherAny:
		return watch.Data | watch.Child, watch.AllModes
	case codec.WatcherPersistent:
		return watch.Data | watch.Child, watch.Persistent
	case codec.WatcherRecursive:
		return watch.Data, watch.Recursive
	default:
		return 0, 0
	}
}

// setWatches answers setWatches2 too. A client may name a hundred thousand paths.
func (p *Processor) setWatches(c *conn, r *request) {
	d := codec.NewDecoder(r.body)
	q := d.SetWatches2(r.op)
	if d.Err() != nil {
		p.reply(c, r, zk.ErrMarshallingError)
		return
	}
	w := rearming{relative: q.RelativeZxid, lists: [...][]string{q.Data, q.Exist, q.Child, q.Persistent, q.Recursive}}
	if w.size() <= p.slices.steps {
		w.step(p, &longRead{conn: c, req: *r}, w.size())
		return
	}
	p.answerSlowly(c, r, &w)
}

// rearming is a setWatches under way.
type rearming struct {
	relative int64
	lists    [5][]string
	list, at int // the path that is next
}

func (w *rearming) size() (paths int) {
	for _, list := range w.lists {
		paths += len(list)
	}
	return paths
}

func (w *rearming) step(p *Processor, r *longRead, steps int) (left int, done bool) {
	for ; w.list < len(w.lists); w.list, w.at = w.list+1, 0 {
		paths := w.lists[w.list]
		if paths == nil {
			p.reply(r.conn, &r.req, zk.ErrMarshallingError)
			return steps, true
		}
		for ; w.at < len(paths); w.at++ {
			if steps == 0 {
				return 0, false
			}
			steps--
			if !p.rearm(r.conn, w.list, paths[w.at], w.relative) {
				p.reply(r.conn, &r.req, zk.ErrMarshallingError)
				return steps, true
			}
		}
	}
	p.reply(r.conn, &r.req, zk.ErrOK)
	return steps, true
}

// rearm does what a list of setWatches2, counted from 0, says of a path, and tells whether it may be there.
func (p *Processor) rearm(c *conn, list int, path string, relative int64) bool {
	var missed zk.EventType
	kind := watch.Data
	switch list {
	case 0:
		missed = p.missedData(path, relative)
	case 1:
		missed = p.missedExist(path)
	case 2:
		kind, missed = watch.Child, p.missedChild(path, relative)
	case 3:
		p.watches.AddPersistent(path, c.id)
		return true
	default:
		p.watches.AddRecursive(path, c.id)
		return true
	}
	switch {
	case path == zk.NullText:
		return false
	case missed != 0:
		p.replay(c, path, missed)
	default:
		p.watches.Add(path, kind, c.id)
	}
	return true
}

// missedData tells which event a data watch has missed since a zxid, 0 for none.
func (p *Processor) missedData(path string, relative int64) zk.EventType {
	n := p.tree.Lookup(path)
	switch {
	case n == 0:
		return zk.EventNodeDeleted
	case p.tree.Persisted(n).Mzxid > relative:
		return zk.EventNodeDataChanged
	default:
		return 0
	}
}

// missedExist tells the same of a watch on a znode that was missing.
func (p *Processor) missedExist(path string) zk.EventType {
	if p.tree.Lookup(path) != 0 {
		return zk.EventNodeCreated
	}
	return 0
}

// missedChild tells the same of a child watch.
func (p *Processor) missedChild(path string, relative int64) zk.EventType {
	n := p.tree.Lookup(path)
	switch {
	case n == 0:
		return zk.EventNodeDeleted
	case p.tree.Persisted(n).Pzxid > relative:
		return zk.EventNodeChildrenChanged
	default:
		return 0
	}
}

// replay sends one event that the client missed.
func (p *Processor) replay(c *conn, path string, typ zk.EventType) {
	p.event = codec.AppendEvent(p.event[:0], zk.NoZxid, typ, path)
	buf := p.out(c)
	buf.B = append(buf.B, p.event...)
	p.stats.Sent++
	c.sent++
}
