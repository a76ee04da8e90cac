package apply

import (
	"strings"

	"paddock/codec"
	"paddock/tree"
	"paddock/zk"
)

// getEphemerals lists the session's own ephemerals whose paths begin with a text; null, blank or "/" means all. The
// text need not end at a slash (FinalRequestProcessor, 3.9.5).
func (p *Processor) getEphemerals(c *conn, r *request) {
	d := codec.NewDecoder(r.body)
	prefix := d.String()
	if d.Err() != nil {
		p.reply(c, r, zk.ErrMarshallingError)
		return
	}
	if javaTrim(prefix) == "" || javaTrim(prefix) == "/" {
		prefix = ""
	}
	buf, at := p.begin(c, r, zk.ErrOK)
	var count int
	countAt := len(buf.B)
	buf.B = codec.AppendInt32(buf.B, 0)
	for n := range p.tree.Ephemerals(c.session.ID) {
		path := p.tree.AppendPath(p.scratch[:0], n)
		p.scratch = path
		if strings.HasPrefix(string(path), prefix) {
			buf.B = codec.AppendBuffer(buf.B, path)
			count++
		}
	}
	codec.AppendInt32(buf.B[:countAt], int32(count))
	p.finish(c, r, buf, at)
}

// javaTrim cuts everything up to the blank off both ends, as Java's String.trim does.
func javaTrim(s string) string { return strings.TrimFunc(s, func(r rune) bool { return r <= ' ' }) }

// getAllChildrenNumber counts the znodes below a path. For "/" that is all but the root, and for "" one more, because
// Apache knows the root by both names (DataTree.getAllChildrenNumber, 3.9.5).
func (p *Processor) getAllChildrenNumber(c *conn, r *request) {
	d := codec.NewDecoder(r.body)
	path := d.Path()
	if d.Err() != nil {
		p.reply(c, r, zk.ErrMarshallingError)
		return
	}
	n, err := p.readable(path, r, zk.PermRead)
	if err != zk.ErrOK {
		p.reply(c, r, err)
		return
	}
	switch path {
	case "/":
		p.answerCount(c, r, p.tree.Count()-2)
	case "":
		p.answerCount(c, r, p.tree.Count()-1)
	default:
		w := counting{path: path, at: n}
		if _, done := w.step(p, &longRead{conn: c, req: *r}, p.slices.steps); !done {
			p.answerSlowly(c, r, &counting{path: path}) // from the beginning: the tree may have changed by then
		}
	}
}

func (p *Processor) answerCount(c *conn, r *request, count int) {
	buf, at := p.begin(c, r, zk.ErrOK)
	buf.B = codec.AppendInt32(buf.B, int32(count))
	p.finish(c, r, buf, at)
}

// counting is a walk of the subtree below a path under way.
type counting struct {
	path  string
	at    tree.Node // counted last, or the top; 0 before the first step
	count int
}

func (w *counting) step(p *Processor, r *longRead, steps int) (left int, done bool) {
	top, err := p.readable(w.path, &r.req, zk.PermRead)
	if err != zk.ErrOK {
		p.reply(r.conn, &r.req, err)
		return steps, true
	}
	if w.at == 0 {
		w.at = top
	}
	for ; steps > 0; steps-- {
		for range countedPerStep {
			if w.at = p.nextBelow(top, w.at); w.at == 0 {
				p.answerCount(r.conn, &r.req, w.count)
				return steps, true
			}
			w.count++
		}
	}
	return 0, false
}

// nextBelow gives the znode behind another in a walk of the subtree below top, or 0.
func (p *Processor) nextBelow(top, n tree.Node) tree.Node {
	if child := p.tree.FirstChild(n); child != 0 {
		return child
	}
	for n != top {
		if next := p.tree.NextSibling(n); next != 0 {
			return next
		}
		n = p.tree.Parent(n)
	}
	return 0
}

// whoAmI lists the identities of the connection, digest hashes left out (AuthUtil.getClientInfos, 3.9.5).
func (p *Processor) whoAmI(c *conn, r *request) {
	buf, at := p.begin(c, r, zk.ErrOK)
	buf.B = codec.AppendInt32(buf.B, int32(len(r.ids)))
	for _, id := range r.ids {
		buf.B = codec.AppendString(buf.B, id.Scheme)
		buf.B = codec.AppendText(buf.B, p.schemes.UserOf(id))
	}
	p.finish(c, r, buf, at)
}
