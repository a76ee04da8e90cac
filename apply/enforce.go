package apply

import (
	"slices"

	"paddock/zk"
)

// Enforced authentication (enforce.auth.enabled): a connection needs an identity of one of Config.AuthSchemes before any
// request but auth and sasl, pings and unknown operations included. The request that comes without one is answered at
// once, with zxid 0 and SessionClosedRequireSaslAuth, whatever the scheme, and then the connection ends. Its session
// lives on until it expires.
//
// Source: AuthenticationHelper, ZooKeeperServer.processPacket (3.9.5).

// authenticated tells whether the connection has what is enforced. The scheme ip is proved by every connection.
func (p *Processor) authenticated(c *conn) bool {
	return len(p.cfg.AuthSchemes) == 0 || slices.ContainsFunc(c.ids, func(id zk.ID) bool {
		return slices.Contains(p.cfg.AuthSchemes, id.Scheme)
	})
}

func (p *Processor) refuseUnauthenticated(c *conn, r *request) {
	p.logger.Warn("closing connection: it has proved no identity of the schemes that are enforced",
		"remote", c.remote, "schemes", p.cfg.AuthSchemes)
	p.replyAside(c, r, 0, zk.ErrSessionClosedSASL)
	p.close(c, "not authenticated")
}
