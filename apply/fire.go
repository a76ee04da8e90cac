package apply

import (
	"slices"
	"sort"

	"paddock/codec"
	"paddock/metric"
	"paddock/watch"
	"paddock/zk"
)

// What happens to a znode ends its watches when the transaction is applied: first the event of the znode itself, to data
// watches and to recursive watches above, then NodeChildrenChanged of its parent. A delete is one event to the data and the
// child watches of the znode. Each connection gets an event once, and only if it may read the znode that has changed: the ACL
// list of a znode that it watches from above does not count (DataTree and WatchManager, 3.9.5).
//
// Telling ten thousand connections takes some milliseconds. It is done in slices (slices.go), between which others are
// served; but whoever is told anything else is told its news before, and the next transaction waits until everybody has
// been told of this one. So nobody sees a change before its event, or events out of order.

// newsItem is one event, for the connections from the end of the item before.
type newsItem struct {
	acl      []zk.ACL
	eventEnd int // in newsroom.events
	connEnd  int // in newsroom.conns
}

// newsroom holds the events of the transaction that was applied last until everybody has been told.
type newsroom struct {
	items  []newsItem
	events []byte   // of all items
	conns  []uint64 // of all items; 0 for who has been told out of turn
	next   int      // whose turn it is
	places []int    // scratch of tellBefore
}

const (
	newsMax   = 1 << 20 // connections, about 20 MB: for more a transaction does not wait for a slice
	spareNews = 1 << 16 // connections, or bytes of events, that an emptied newsroom keeps room for
)

func (n *newsroom) some() bool { return len(n.conns) > 0 }

// armed is how many places the items take.
func (n *newsroom) armed() int {
	if len(n.items) == 0 {
		return 0
	}
	return n.items[len(n.items)-1].connEnd
}

// at gives the item of a place, and its event.
func (n *newsroom) at(place int) (*newsItem, []byte) {
	i, from := sort.Search(len(n.items), func(i int) bool { return n.items[i].connEnd > place }), 0
	if i > 0 {
		from = n.items[i-1].eventEnd
	}
	return &n.items[i], n.events[from:n.items[i].eventEnd]
}

func (n *newsroom) reset() {
	clear(n.items)
	n.items, n.events, n.conns, n.next = n.items[:0], n.events[:0], n.conns[:0], 0
	if cap(n.conns) > spareNews || cap(n.events) > spareNews {
		*n = newsroom{}
	}
}

func (p *Processor) fireChildren(parent string, zxid int64) {
	if p.arm(watch.Child, parent) {
		acl := p.tree.ACLList(p.tree.ACLRef(p.tree.Lookup(parent)))
		p.fire(parent, zk.EventNodeChildrenChanged, acl, zxid)
	}
}

// arm takes the watchers of a path for fire, and tells whether there are any.
func (p *Processor) arm(kind watch.Kind, path string) bool {
	n := &p.news
	n.conns = p.watches.Take(path, kind, n.conns)
	return len(n.conns) > n.armed()
}

// fire makes an event for the watchers at hand.
func (p *Processor) fire(path string, typ zk.EventType, acl []zk.ACL, zxid int64) {
	n := &p.news
	count := len(n.conns) - n.armed()
	if count == 0 {
		return
	}
	p.seriesOf(typ).Add(int64(count))
	n.events = codec.AppendEvent(n.events, zxid, typ, path)
	n.items = append(n.items, newsItem{acl: acl, eventEnd: len(n.events), connEnd: len(n.conns)})
	if len(n.conns) > newsMax {
		p.tellNews(len(n.conns))
	}
}

// tellNews gives so many connections their turn, and returns how many steps are left.
func (p *Processor) tellNews(steps int) int {
	n := &p.news
	for ; steps > 0 && n.next < len(n.conns); steps-- {
		n.next++
		p.tell(n.next - 1)
	}
	if n.next == len(n.conns) {
		n.reset()
	}
	return steps
}

// tellBefore tells a connection all its news, because it is about to be told something else.
func (p *Processor) tellBefore(c *conn) {
	n := &p.news
	n.places = n.places[:0]
	for at := p.watches.LastPlace(c.id); at >= n.next && n.conns[at] != 0; at = p.watches.PlaceBefore(at) {
		n.places = append(n.places, at)
	}
	for _, at := range slices.Backward(n.places) {
		p.tell(at)
	}
}

// tell sends the event of a place, if its connection's identities may read the znode (NIOServerCnxn.process, 3.9.5).
func (p *Processor) tell(place int) {
	id := p.news.conns[place]
	p.news.conns[place] = 0
	c := p.conns[id]
	if c == nil { // told before, or gone
		return
	}
	if item, event := p.news.at(place); p.schemes.Allowed(item.acl, zk.PermRead, c.ids) {
		p.sendEvent(c, event)
	}
}

func (p *Processor) sendEvent(c *conn, event []byte) {
	c.eventBytes += len(event)
	if c.eventBytes > p.cfg.EventBytesMax && c.ackAsked {
		p.killDeaf(c, "client does not read its events")
		return
	}
	if c.eventBytes > p.cfg.EventBytesMax/2 {
		p.setUnsent(c, max(c.unsentBytes, p.cfg.OutBytesMax+1)) // ask how far the client has come
	}
	buf := p.buffer(c)
	buf.B = append(buf.B, event...)
	p.stats.Sent++
	p.stats.BytesEvents += int64(len(event))
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
