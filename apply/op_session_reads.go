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
	var count int
	switch path {
	case "/":
		count = p.tree.Count() - 2
	case "":
		count = p.tree.Count() - 1
	default:
		count = p.descendants(n)
	}
	buf, at := p.begin(c, r, zk.ErrOK)
	buf.B = codec.AppendInt32(buf.B, int32(count))
	p.finish(c, r, buf, at)
}

// descendants walks the subtree below a znode.
func (p *Processor) descendants(top tree.Node) int {
	count := 0
	for n := p.tree.FirstChild(top); n != 0; {
		count++
		if child := p.tree.FirstChild(n); child != 0 {
			n = child
			continue
		}
		for p.tree.NextSibling(n) == 0 {
			if n = p.tree.Parent(n); n == top {
				return count
			}
		}
		n = p.tree.NextSibling(n)
	}
	return count
}

// whoAmI lists the identities of the connection, digest hashes left out (AuthUtil.getClientInfos, 3.9.5).
func (p *Processor) whoAmI(c *conn, r *request) {
	buf, at := p.begin(c, r, zk.ErrOK)
	buf.B = codec.AppendInt32(buf.B, int32(len(r.ids)))
	for _, id := range r.ids {
		buf.B = codec.AppendString(buf.B, id.Scheme)
		buf.B = codec.AppendString(buf.B, userOf(id))
	}
	p.finish(c, r, buf, at)
}

// userOf is the part of an identity that may be shown. A scheme without a provider, such as super, shows nothing.
func userOf(id zk.ID) string {
	switch id.Scheme {
	case "ip":
		return id.ID
	case "digest":
		user, _, _ := strings.Cut(id.ID, ":")
		return user
	default:
		return ""
	}
}
