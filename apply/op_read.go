package apply

import (
	"fmt"
	"math"
	"strings"

	"github.com/valyala/bytebufferpool"

	"paddock/auth"
	"paddock/codec"
	"paddock/tree"
	"paddock/watch"
	"paddock/zk"
)

// Codes: exists (3), getData (4), getACL (6), getChildren (8), sync (9), ping (11), getChildren2 (12),
// getEphemerals (103), getAllChildrenNumber (104), whoAmI (107).
//
// Order of checks: session (SessionExpired, when the request is received), decoding (MarshallingError), for exists no NUL in the path
// (BadArguments), znode (NoNode), permission (NoAuth: READ; READ or ADMIN for getACL). sync, ping, getEphemerals and
// whoAmI check nothing but the session. exists of a missing znode leaves its watch behind; no other refusal leaves one.
//
// Effect: none on zxid and Stat. The reply's zxid is that of the newest applied transaction.
//
// Source: FinalRequestProcessor.processRequest (3.9.5).

// serve answers a request that makes no transaction; everything before it in its session is answered.
func (p *Processor) serve(c *conn, r *request) {
	switch r.op {
	case zk.OpPing:
		p.reply(c, r, zk.ErrOK)
	case zk.OpGetData:
		p.getData(c, r)
	case zk.OpExists:
		p.exists(c, r)
	case zk.OpGetChildren, zk.OpGetChildren2:
		p.getChildren(c, r)
	case zk.OpGetACL:
		p.getACL(c, r)
	case zk.OpSync:
		p.sync(c, r)
	case zk.OpMultiRead:
		p.multiRead(c, r)
	case zk.OpGetEphemerals:
		p.getEphemerals(c, r)
	case zk.OpGetAllChildrenNumber:
		p.getAllChildrenNumber(c, r)
	case zk.OpWhoAmI:
		p.whoAmI(c, r)
	case zk.OpSetWatches, zk.OpSetWatches2:
		p.setWatches(c, r)
	case zk.OpAddWatch:
		p.addWatch(c, r)
	case zk.OpCheckWatches, zk.OpRemoveWatches:
		p.checkWatches(c, r)
	default:
		panic(fmt.Sprintf("apply: %v is not a read", r.op))
	}
}

// readable finds a znode and checks that the request may read it.
func (p *Processor) readable(path string, r *request, perm zk.Perm) (tree.Node, zk.Err) {
	n := p.tree.Lookup(path)
	if n == 0 {
		return 0, zk.ErrNoNode
	}
	ref := p.tree.ACLRef(n)
	if ref != tree.OpenACL && !p.schemes.Allowed(p.tree.ACLList(ref), perm, r.ids) {
		return 0, zk.ErrNoAuth
	}
	return n, zk.ErrOK
}

// What one element of a list takes in a reply, roughly.
const (
	childBytesGuess = 32
	pathBytesGuess  = 128
	idBytesGuess    = 64
)

// replyBytes guesses the size of a read's reply, so that reads which wait for writes do not pile up replies without
// bound: they must be answered when their turn comes, between two writes, whether the client reads or not. The writes
// in front may make it larger, by no more than their own size for each.
func (p *Processor) replyBytes(r *request, sessionID int64) int {
	guess := codec.ReplyHeaderBytes + codec.StatBytes
	d := codec.NewDecoder(r.body)
	switch r.op {
	case zk.OpGetData, zk.OpGetChildren, zk.OpGetChildren2, zk.OpGetACL:
		return guess + p.bodyBytes(r.op, d.String())
	case zk.OpMultiRead:
		ops, _ := d.Multi(nil)
		for i := range ops {
			guess += codec.StatBytes + p.bodyBytes(ops[i].Op, ops[i].Path)
		}
	case zk.OpGetEphemerals:
		guess += pathBytesGuess * p.tree.EphemeralsOf(sessionID)
	case zk.OpWhoAmI:
		guess += idBytesGuess * len(r.ids)
	case zk.OpSetWatches, zk.OpSetWatches2:
		guess += 2 * len(r.body) // an event for each path
	}
	return guess
}

// bodyBytes guesses what a read of a path has to say beside the Stat.
func (p *Processor) bodyBytes(op zk.Op, path string) int {
	n := p.tree.Lookup(path)
	switch {
	case n == 0:
		return 0
	case op == zk.OpGetData:
		return int(p.tree.DataLength(n))
	case op == zk.OpGetACL:
		return idBytesGuess * len(p.tree.ACLList(p.tree.ACLRef(n)))
	default:
		return childBytesGuess * int(p.tree.NumChildren(n))
	}
}

func (p *Processor) getData(c *conn, r *request) {
	d := codec.NewDecoder(r.body)
	q := d.PathWatch()
	if d.Err() != nil {
		p.reply(c, r, zk.ErrMarshallingError)
		return
	}
	n, err := p.readable(q.Path, r, zk.PermRead)
	if err != zk.ErrOK {
		p.reply(c, r, err)
		return
	}
	if q.Watch {
		p.watches.Add(q.Path, watch.Data, c.id)
	}
	p.visited(r.op, q.Path)
	p.series.ReadBytes.add(q.Path, int(p.tree.DataLength(n))+statOverheadBytes)
	stat := p.tree.Stat(n)
	buf, at := p.begin(c, r, zk.ErrOK)
	buf.B = codec.AppendBuffer(buf.B, p.tree.Data(n))
	buf.B = codec.AppendStat(buf.B, &stat)
	p.finish(c, r, buf, at)
}

func (p *Processor) exists(c *conn, r *request) {
	d := codec.NewDecoder(r.body)
	q := d.PathWatch()
	if d.Err() != nil {
		p.reply(c, r, zk.ErrMarshallingError)
		return
	}
	if strings.IndexByte(q.Path, 0) >= 0 {
		p.reply(c, r, zk.ErrBadArguments)
		return
	}
	n, err := p.readable(q.Path, r, zk.PermRead)
	if q.Watch && err != zk.ErrNoAuth {
		p.watches.Add(q.Path, watch.Data, c.id)
	}
	if err != zk.ErrOK {
		p.reply(c, r, err)
		return
	}
	p.visited(r.op, q.Path)
	p.series.ReadBytes.add(q.Path, statOverheadBytes)
	stat := p.tree.Stat(n)
	buf, at := p.begin(c, r, zk.ErrOK)
	buf.B = codec.AppendStat(buf.B, &stat)
	p.finish(c, r, buf, at)
}

func (p *Processor) getChildren(c *conn, r *request) {
	d := codec.NewDecoder(r.body)
	q := d.PathWatch()
	if d.Err() != nil {
		p.reply(c, r, zk.ErrMarshallingError)
		return
	}
	n, err := p.readable(q.Path, r, zk.PermRead)
	if err != zk.ErrOK {
		p.reply(c, r, err)
		return
	}
	if int(p.tree.NumChildren(n)) > p.slices.steps*childrenPerStep {
		p.answerSlowly(c, r, &listing{path: q.Path, watch: q.Watch})
		return
	}
	p.armChildren(c, r, q.Path, q.Watch)
	buf, at := p.begin(c, r, zk.ErrOK)
	list := len(buf.B)
	buf.B = p.appendChildren(buf.B, n)
	p.endChildren(r, q.Path, n, buf, list)
	p.finish(c, r, buf, at)
}

// armChildren does what getChildren has to do beside its answer.
func (p *Processor) armChildren(c *conn, r *request, path string, watched bool) {
	p.visited(r.op, path)
	if watched {
		p.watches.Add(path, watch.Child, c.id)
	}
}

// endChildren ends the answer to getChildren, whose list stands behind the first so many bytes.
func (p *Processor) endChildren(r *request, path string, n tree.Node, buf *bytebufferpool.ByteBuffer, list int) {
	names := len(buf.B) - list - codec.FrameLengthBytes*(1+int(p.tree.NumChildren(n))) // without the numbers in front
	p.series.ReadBytes.add(path, names+statOverheadBytes)
	if r.op == zk.OpGetChildren2 {
		stat := p.tree.Stat(n)
		buf.B = codec.AppendStat(buf.B, &stat)
	}
}

// appendChildren appends the vector of a znode's children's names.
func (p *Processor) appendChildren(b []byte, n tree.Node) []byte {
	w := childWalk{next: p.tree.FirstChild(n)}
	b, _ = w.step(p, codec.AppendInt32(b, p.tree.NumChildren(n)), math.MaxInt)
	return b
}

func (p *Processor) getACL(c *conn, r *request) {
	d := codec.NewDecoder(r.body)
	path := d.Path()
	if d.Err() != nil {
		p.reply(c, r, zk.ErrMarshallingError)
		return
	}
	n, err := p.readable(path, r, zk.PermRead|zk.PermAdmin)
	if err != zk.ErrOK {
		p.reply(c, r, err)
		return
	}
	p.visited(r.op, path)
	acl := p.tree.ACLList(p.tree.ACLRef(n))
	if !p.schemes.Allowed(acl, zk.PermAdmin, r.ids) {
		acl = auth.Mask(acl)
	}
	stat := p.tree.Stat(n)
	buf, at := p.begin(c, r, zk.ErrOK)
	buf.B = codec.AppendACLReply(buf.B, acl)
	buf.B = codec.AppendStat(buf.B, &stat)
	p.finish(c, r, buf, at)
}

// sync echoes its path, null included: on a standalone server everything applied is visible already.
func (p *Processor) sync(c *conn, r *request) {
	d := codec.NewDecoder(r.body)
	path := d.Text()
	if d.Err() != nil {
		p.reply(c, r, zk.ErrMarshallingError)
		return
	}
	p.visited(r.op, path)
	buf, at := p.begin(c, r, zk.ErrOK)
	buf.B = codec.AppendText(buf.B, path)
	p.finish(c, r, buf, at)
}
