package apply

import (
	"math"

	"github.com/valyala/bytebufferpool"

	"paddock/codec"
	"paddock/tree"
	"paddock/zk"
)

// What takes long is done in slices, between which everybody else is served: applying a large batch, telling the watchers of
// one change (fire.go), and a few reads that can be large. The tree stands still meanwhile: the next transaction is applied when the
// news have been told and the long read under way is answered. So a long read sees one moment, like any other.
//
// Nobody waits for ever. One long read is under way at a time; before the next one, what had become durable by the end of
// the last one is applied. A connection whose long read waits has its later writes behind it: before one of those is
// applied, its read goes first.

// sliceSteps is how much is done at a time: about half a millisecond. A step is one watcher told, one path of a setWatches,
// some children of a list: 0.1 to 0.5 µs.
const sliceSteps = 1024

// commitSteps is what a transaction counts, and each part of a multi: so the replies of a large batch leave while the rest of
// it is applied.
const commitSteps = 4

// longRead is a request that is answered in slices.
type longRead struct {
	conn *conn
	req  request
	work work
}

// work is the state of a long read.
type work interface {
	// step does so many steps, or all that there are to do, and returns how many are left, and whether the request is
	// answered.
	step(p *Processor, r *longRead, steps int) (left int, done bool)
}

// slicer knows what is under way.
type slicer struct {
	steps        int // of a slice; fewer in tests
	durable      int64
	reading      *longRead       // the one under way
	waiting      fifo[*longRead] // some of them ended, or begun before their turn
	waitingBytes int             // of their requests
	readFrom     int64           // the next long read begins when this transaction is applied
}

// waitingBytesMax bounds the requests of long reads that wait. A multiRead of 1 MiB takes ten times that when it is decoded, and
// while it waits the loops bring more: theirs is a bound for each connection, and not for all.
const waitingBytesMax = 8 << 20

// answerSlowly begins a long read, now or later. The connection's later requests wait. What there is no room for among those
// that wait is answered at once.
func (p *Processor) answerSlowly(c *conn, r *request, w work) {
	long, s := &longRead{conn: c, req: *r, work: w}, &p.slices
	if s.waitingBytes+int(r.bytes) > waitingBytesMax {
		w.step(p, long, math.MaxInt)
		return
	}
	c.long = long
	s.waiting.push(long)
	s.waitingBytes += int(r.bytes)
}

// nextLongRead begins the one that has waited longest.
func (p *Processor) nextLongRead() {
	r := p.slices.waiting.pop()
	p.slices.waitingBytes -= int(r.req.bytes)
	p.beginLongRead(r)
}

// work does a slice, or applies what is durable if nothing is under way; it tells whether there is more to do.
func (p *Processor) work() (more bool) {
	before, steps := p.applied, p.slices.steps
	for more = true; more && steps > 0; {
		switch s := &p.slices; {
		case p.news.some():
			steps = p.tellNews(steps)
		case s.reading != nil:
			steps = p.readOn(s.reading, steps)
		case s.waiting.len() > 0 && p.applied >= s.readFrom:
			p.nextLongRead()
		case p.proposed.len() > 0 && (*p.proposed.front()).header.Zxid <= s.durable:
			steps -= commitSteps * (1 + len((*p.proposed.front()).txn.Sub))
			p.commitNext()
			steps -= len(p.news.conns) / 2 // what it took to find them
		default:
			more = false
		}
	}
	if p.applied != before && p.proposed.len() == 0 {
		p.pend.assertEmpty()
	}
	p.admitWaiting()
	p.admitHeld()
	return more || p.slices.waiting.len() > 0 // one of those just admitted
}

// commitNext applies the next transaction. A long read that stands before it in its session goes first.
func (p *Processor) commitNext() {
	if c := (*p.proposed.front()).conn; c != nil && c.long != nil {
		p.beginLongRead(c.long)
		return
	}
	pr := p.proposed.pop()
	p.commit(pr)
	p.recycle(pr)
}

func (p *Processor) beginLongRead(r *longRead) {
	if r.conn.long == r {
		p.slices.reading = r
	}
}

// readOn does a slice of the long read under way.
func (p *Processor) readOn(r *longRead, steps int) int {
	left, done := r.work.step(p, r, steps)
	if done && r.conn.long == r {
		p.endLongRead(r.conn)
		p.answerBehind(r.conn)
	}
	return left
}

// endLongRead is due when a long read is answered, and when its connection has gone.
func (p *Processor) endLongRead(c *conn) {
	if s := &p.slices; s.reading == c.long {
		s.reading, s.readFrom = nil, s.durable
	}
	c.long = nil
}

// What a step does of what is quicker: names of children, bytes to copy, znodes to count.
const (
	childrenPerStep = 8
	copiedPerStep   = 4 << 10
	countedPerStep  = 64
)

// childWalk appends names of children.
type childWalk struct {
	next tree.Node // 0 at the end
}

func (w *childWalk) step(p *Processor, b []byte, steps int) ([]byte, int) {
	for ; w.next != 0 && steps > 0; steps-- {
		for i := 0; i < childrenPerStep && w.next != 0; i++ {
			b = codec.AppendBuffer(b, p.tree.Name(w.next))
			w.next = p.tree.NextSibling(w.next)
		}
	}
	return b, steps
}

// listing is a getChildren of many children under way. Its answer grows in a buffer of its own: replies to auth overtake it.
type listing struct {
	path  string
	watch bool
	walk  childWalk
	buf   *bytebufferpool.ByteBuffer
	list  int // where it begins in buf
}

func (w *listing) step(p *Processor, r *longRead, steps int) (left int, done bool) {
	c, req := r.conn, &r.req
	n, err := p.readable(w.path, req, zk.PermRead)
	if err != zk.ErrOK { // what is durable was applied meanwhile
		p.reply(c, req, err)
		return steps, true
	}
	if w.buf == nil {
		p.armChildren(c, req, w.path, w.watch)
		w.buf = p.beginAside(req, zk.ErrOK)
		w.list = len(w.buf.B)
		w.buf.B = codec.AppendInt32(w.buf.B, p.tree.NumChildren(n))
		w.walk.next = p.tree.FirstChild(n)
	}
	if w.buf.B, steps = w.walk.step(p, w.buf.B, steps); w.walk.next != 0 {
		return steps, false
	}
	p.endChildren(req, w.path, n, w.buf, w.list)
	p.finishAside(c, req, w.buf)
	return steps, true
}

// beginAside begins a reply in a buffer of its own; finishAside moves it to the connection's.
func (p *Processor) beginAside(r *request, err zk.Err) *bytebufferpool.ByteBuffer {
	buf := bytebufferpool.Get()
	buf.B, _ = codec.BeginFrame(buf.B)
	buf.B = codec.AppendReplyHeader(buf.B, codec.ReplyHeader{Xid: r.xid, Zxid: p.applied, Err: err})
	return buf
}

func (p *Processor) finishAside(c *conn, r *request, buf *bytebufferpool.ByteBuffer) {
	out := p.out(c)
	if len(out.B) == 0 {
		*out, *buf = *buf, *out
		p.finish(c, r, out, 0)
	} else {
		at := len(out.B)
		out.B = append(out.B, buf.B...)
		p.finish(c, r, out, at)
	}
	bytebufferpool.Put(buf)
}
