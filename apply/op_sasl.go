package apply

import (
	"slices"

	"paddock/codec"
	"paddock/zk"
)

// Codes: sasl (102).
//
// It is not in line, as auth is not: the answer is sent at once, with zxid 0, and overtakes what waits. A body without a token
// ends the connection without a reply. Where no SASL is configured the answer is null, without an error. A token that fails is
// answered with AuthFailed, or with SessionClosedRequireSaslAuth where SASL is enforced, and then the connection ends; with
// allowSaslFailedClients, where it is not enforced, the answer is null without an error, and the connection goes on without
// the identity. The token that completes the exchange adds the identity sasl:<name>, and super for a superuser. What comes behind
// that fails.
//
// What it costs: a token of DIGEST-MD5 a handful of hashes, one of GSSAPI some decryptions of a ticket, about 0.1 ms, and half a
// millisecond for the longest that is read (BenchmarkSASL in package sasl): less than handing it to somebody else. No disk is touched,
// and nobody else is asked.
//
// Source: ZooKeeperServer.processSasl (3.9.5).

func (p *Processor) sasl(c *conn, r *request) {
	d := codec.NewDecoder(r.body)
	token := d.Buffer()
	if token == nil { // Apache fails over a null token as well
		p.kill(c, "bad sasl request")
		return
	}
	if p.cfg.SASL == nil {
		p.replySASL(c, r, nil, zk.ErrOK)
		return
	}
	if c.sasl == nil {
		c.sasl = p.cfg.SASL.Begin()
	}
	outcome, err := c.sasl.Step(token)
	if err != nil {
		p.failSASL(c, r, err)
		return
	}
	if outcome.Done {
		c.ids = p.schemes.AddSASL(c.ids, outcome.Name)
		p.logger.Info("SASL identity added", "remote", c.remote, "name", outcome.Name)
	}
	p.replySASL(c, r, outcome.Answer, zk.ErrOK)
}

// failSASL ends a connection whose exchange has failed, unless such clients are allowed.
func (p *Processor) failSASL(c *conn, r *request, err error) {
	p.logger.Warn("SASL authentication failed", "remote", c.remote, "err", err)
	required := slices.Contains(p.cfg.AuthSchemes, "sasl")
	code := zk.ErrAuthFailed
	switch {
	case required:
		code = zk.ErrSessionClosedSASL
	case p.cfg.AllowSASLFailed:
		p.replySASL(c, r, nil, zk.ErrOK)
		return
	}
	p.replySASL(c, r, nil, code)
	p.close(c, "SASL authentication failed")
}

// replySASL answers with a token, which may be nil.
func (p *Processor) replySASL(c *conn, r *request, token []byte, err zk.Err) {
	buf := p.out(c)
	var at int
	buf.B, at = codec.BeginFrame(buf.B)
	buf.B = codec.AppendReplyHeader(buf.B, codec.ReplyHeader{Xid: r.xid, Err: err})
	buf.B = codec.AppendBuffer(buf.B, token)
	codec.EndFrame(buf.B, at)
	p.stats.Sent++
	c.sent++
	p.done(c, r.bytes)
}
