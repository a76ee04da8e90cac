package apply

import (
	"paddock/codec"
	"paddock/metric"
	"paddock/watch"
	"paddock/zk"
)

// What happens to a znode is told to its watchers when the transaction is applied, before any reply that reflects
// it: first the event of the znode itself, to data watches and to recursive watches above, then NodeChildrenChanged of its
// parent. A delete is one event to the data and the child watches of the znode. Each connection gets an event once, and
// only if it may read the znode that has changed: the ACL list of a znode that it watches from above does not count
// (DataTree and WatchManager, 3.9.5).

func (p *Processor) fireChildren(parent string, zxid int64) {
	if p.arm(watch.Child, parent) {
		acl := p.tree.ACLList(p.tree.ACLRef(p.tree.Lookup(parent)))
		p.fire(parent, zk.EventNodeChildrenChanged, acl, zxid)
	}
}

// arm takes the watchers of a path for fire, and tells whether there are any.
func (p *Processor) arm(kind watch.Kind, path string) bool {
	p.watchers = p.watches.Take(path, kind, p.watchers[:0])
	return len(p.watchers) > 0
}

// fire sends an event to the watchers at hand whose identities may read the znode (NIOServerCnxn.process,
// 3.9.5). The event stands in each connection's buffer before any reply that reflects the change.
func (p *Processor) fire(path string, typ zk.EventType, acl []zk.ACL, zxid int64) {
	if len(p.watchers) == 0 {
		return
	}
	p.seriesOf(typ).Add(int64(len(p.watchers)))
	p.event = codec.AppendEvent(p.event[:0], zxid, typ, path)
	for _, id := range p.watchers {
		c := p.conns[id]
		if c == nil || !p.schemes.Allowed(acl, zk.PermRead, c.ids) {
			continue
		}
		p.sendEvent(c)
	}
}

func (p *Processor) sendEvent(c *conn) {
	c.eventBytes += len(p.event)
	if c.eventBytes > p.cfg.EventBytesMax && c.ackAsked {
		p.killDeaf(c, "client does not read its events")
		return
	}
	if c.eventBytes > p.cfg.EventBytesMax/2 {
		p.setUnsent(c, max(c.unsentBytes, p.cfg.OutBytesMax+1)) // ask how far the client has come
	}
	buf := p.out(c)
	buf.B = append(buf.B, p.event...)
	p.stats.Sent++
	p.stats.BytesEvents += int64(len(p.event))
	c.sent++
}

func (p *Processor) seriesOf(typ zk.EventType) *metric.Histogram {
	switch typ {
	case zk.EventNodeCreated:
		return &p.series.Created
	case zk.EventNodeDeleted:
		return &p.series.Deleted
	case zk.EventNodeChildrenChanged:
		return &p.series.Children
	default:
		return &p.series.Changed
	}
}
