package apply

import (
	"paddock/codec"
	"paddock/zk"
)

// Codes: auth (100) and sasl (102).
//
// Neither is in line: the reply is sent at once, with zxid 0, and overtakes what waits. A body that cannot be decoded
// ends the connection without a reply. auth that fails is answered with AuthFailed, and then the connection ends. sasl
// gets an empty answer without an error: no SASL is configured.
//
// Source: ZooKeeperServer.processPacket, ZooKeeperServer.processSasl (3.9.5).

// idsMax bounds the identities of a connection: each costs at every check, and an ACL entry of scheme auth stands for all
// of them. Apache has no bound.
const idsMax = 256

func (p *Processor) addAuth(c *conn, r *request) {
	d := codec.NewDecoder(r.body)
	a := d.AuthPacket()
	if d.Err() != nil {
		p.kill(c, "bad auth request")
		return
	}
	ids, ok := c.ids, false
	if len(c.ids) < idsMax {
		ids, ok = p.schemes.Add(c.ids, a.Scheme, a.Auth)
	}
	if !ok {
		p.logger.Warn("authentication failed", "remote", c.remote, "scheme", a.Scheme)
		p.replyAside(c, r, 0, zk.ErrAuthFailed)
		p.close(c, "authentication failed")
		return
	}
	c.ids = ids
	p.replyAside(c, r, 0, zk.ErrOK)
}

func (p *Processor) sasl(c *conn, r *request) {
	d := codec.NewDecoder(r.body)
	if token := d.Buffer(); token == nil { // Apache fails over a null token as well
		p.kill(c, "bad sasl request")
		return
	}
	buf := p.out(c)
	var at int
	buf.B, at = codec.BeginFrame(buf.B)
	buf.B = codec.AppendReplyHeader(buf.B, codec.ReplyHeader{Xid: r.xid})
	buf.B = codec.AppendBuffer(buf.B, nil)
	codec.EndFrame(buf.B, at)
	p.stats.Sent++
	c.sent++
	p.done(c, r.bytes)
}
