package apply

import (
	"paddock/codec"
	"paddock/watch"
	"paddock/zk"
)

// Codes: setWatches (101), sent by clients after a reconnect.
//
// Checks: session (SessionExpired), decoding (MarshallingError); no ACL. A list that is null gives MarshallingError too,
// after the lists before it have had their effect.
//
// Effect: each path whose znode has changed since the client's relative zxid fires at once, with zxid -1 in the
// event's header and before the reply; every other watch is armed.
//
//	data   missing: NodeDeleted; mzxid later: NodeDataChanged; else armed
//	exist  there: NodeCreated; else armed
//	child  missing: NodeDeleted; pzxid later: NodeChildrenChanged; else armed
//
// Source: DataTree.setWatches (3.9.5).

func (p *Processor) setWatches(c *conn, r *request) {
	d := codec.NewDecoder(r.body)
	q := d.SetWatches()
	if d.Err() != nil {
		p.reply(c, r, zk.ErrMarshallingError)
		return
	}
	lists := [...][]string{q.Data, q.Exist, q.Child} // a null list ends it, after the lists before it
	for i, list := range lists {
		if list == nil {
			clear(lists[i:])
		}
	}
	for _, path := range lists[0] {
		n := p.tree.Lookup(path)
		switch {
		case n == 0:
			p.replay(c, path, zk.EventNodeDeleted)
		case p.tree.Persisted(n).Mzxid > q.RelativeZxid:
			p.replay(c, path, zk.EventNodeDataChanged)
		default:
			p.watches.Add(path, watch.Data, c.id)
		}
	}
	for _, path := range lists[1] {
		if p.tree.Lookup(path) != 0 {
			p.replay(c, path, zk.EventNodeCreated)
		} else {
			p.watches.Add(path, watch.Data, c.id)
		}
	}
	for _, path := range lists[2] {
		n := p.tree.Lookup(path)
		switch {
		case n == 0:
			p.replay(c, path, zk.EventNodeDeleted)
		case p.tree.Persisted(n).Pzxid > q.RelativeZxid:
			p.replay(c, path, zk.EventNodeChildrenChanged)
		default:
			p.watches.Add(path, watch.Child, c.id)
		}
	}
	if lists[2] == nil {
		p.reply(c, r, zk.ErrMarshallingError)
		return
	}
	p.reply(c, r, zk.ErrOK)
}

// replay sends one event that the client missed.
func (p *Processor) replay(c *conn, path string, typ zk.EventType) {
	p.event = codec.AppendEvent(p.event[:0], zk.NoZxid, typ, path)
	buf := p.out(c)
	buf.B = append(buf.B, p.event...)
	p.stats.Sent++
	c.sent++
}
