package apply

import (
	"paddock/auth"
	"paddock/codec"
	"paddock/zk"
)

// Codes: auth (100).
//
// It is not in line: the reply is sent at once, with zxid 0, and overtakes what waits. A body that cannot be decoded ends the
// connection without a reply. auth that fails is answered with AuthFailed, and then the connection ends; only a wrong name of the
// ensemble ends it without an answer.
//
// Source: ZooKeeperServer.processPacket (3.9.5).

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
	switch p.schemes.Ensemble(a.Scheme, a.Auth) {
	case auth.EnsembleWrong:
		p.stats.EnsembleAuthFailed++
		p.logger.Warn("closing connection: unexpected ensemble name", "remote", c.remote, "name", zk.Text(a.Auth))
		p.kill(c, "unexpected ensemble name")
		return
	case auth.EnsembleRight:
		p.stats.EnsembleAuthRight++
		ok = true
	case auth.EnsembleSkipped:
		p.stats.EnsembleAuthSkipped++
		ok = true
	case auth.EnsembleUnknown:
		if len(c.ids) < idsMax {
			ids, ok = p.schemes.Add(c.ids, a.Scheme, a.Auth)
		}
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
