package apply

import (
	"paddock/codec"
	"paddock/session"
	"paddock/zk"
)

// connect serves the first frame of a connection: it opens a session or renews one (ZooKeeperServer.
// processConnectRequest, 3.9.5). Who comes while the throttle is shut, or has seen a later zxid than ours, is closed
// without a word.
func (p *Processor) connect(c *conn, frame []byte) {
	r, err := codec.DecodeConnectRequest(frame)
	if err != nil {
		p.logger.Warn("closing connection: bad connect request", "remote", c.remote, "err", err)
		p.kill(c, "bad connect request")
		return
	}
	if !p.connThrottle.admits(r.SessionID != 0, p.monoMs) {
		p.logger.Debug("refusing a connection: too many at once", "remote", c.remote)
		p.stats.ConnsRejected++
		p.kill(c, "too many connections at once")
		return
	}
	p.stats.ConnectRequests++
	p.series.Deficit.Add(p.connThrottle.max - p.connThrottle.tokens)
	if r.LastZxidSeen > p.applied {
		p.logger.Info("refusing a client that has seen a later zxid", "remote", c.remote,
			"session", sessionHex(r.SessionID), "seen", sessionHex(r.LastZxidSeen), "zxid", sessionHex(p.applied))
		p.kill(c, "client has seen a later zxid")
		return
	}
	c.hasReadOnly = r.HasReadOnly
	p.done(c, int32(len(frame)+codec.FrameLengthBytes))
	timeoutMs := p.sessions.Clamp(r.TimeoutMs)
	switch {
	case r.SessionID != 0:
		p.renewSession(c, &r, timeoutMs)
	case p.isFull():
		p.holdOpening(c, timeoutMs)
	default:
		p.openSession(c, timeoutMs)
	}
}

// openSession proposes a createSession; the client hears of it when it is durable.
func (p *Processor) openSession(c *conn, timeoutMs int32) {
	s := p.sessions.Add(p.sessions.NextID(), timeoutMs, p.monoMs)
	s.Conn = c.id
	c.session, c.state = s, opening
	pr := p.newProposal(c, &request{op: zk.OpCreateSession, arrivedMs: p.monoMs}, s.ID)
	pr.txn.TimeoutMs = timeoutMs
	p.stats.Outstanding++
	p.stats.Requests++
	p.seal(pr, zk.ErrOK)
}

// renewSession attaches the connection to a living session. Whoever held the session before is cut off, even
// when the password turns out to be wrong, as Apache does.
func (p *Processor) renewSession(c *conn, r *codec.ConnectRequest, timeoutMs int32) {
	s := p.sessions.Get(r.SessionID)
	if s != nil {
		if old := p.conns[s.Conn]; old != nil {
			p.kill(old, "session has moved to another connection")
		}
	}
	password := session.Password(r.SessionID)
	switch {
	case string(r.Password) != string(password[:]):
		p.logger.Warn("wrong session password", "remote", c.remote, "session", sessionHex(r.SessionID))
		p.refuseSession(c)
	case s == nil || s.Closing || !s.Logged: // not logged: its id was guessed, nobody has been told it yet
		p.logger.Info("session is unknown or expired", "remote", c.remote, "session", sessionHex(r.SessionID))
		p.refuseSession(c)
	default:
		p.sessions.SetTimeout(s, timeoutMs, p.monoMs)
		s.Conn = c.id
		c.session = s
		p.stats.Renewed++
		p.welcome(c)
	}
}

// welcome sends the connect response and lets the requests in that came right behind the connect request.
func (p *Processor) welcome(c *conn) {
	c.state = established
	c.next.Established = true
	password := session.Password(c.session.ID)
	p.sendConnectResponse(c, &codec.ConnectResponse{
		TimeoutMs: c.session.TimeoutMs, SessionID: c.session.ID, Password: password[:], HasReadOnly: c.hasReadOnly,
	})
	p.logger.Debug("established session", "remote", c.remote, "session", sessionHex(c.session.ID),
		"timeoutMs", c.session.TimeoutMs)
	p.admitBacklog(c)
}

// refuseSession sends the all-zero response and closes.
func (p *Processor) refuseSession(c *conn) {
	p.sendConnectResponse(c, &codec.ConnectResponse{Password: make([]byte, len(session.Password(0))), HasReadOnly: c.hasReadOnly})
	p.close(c, "session refused")
}

func (p *Processor) sendConnectResponse(c *conn, r *codec.ConnectResponse) {
	buf := p.out(c)
	var at int
	buf.B, at = codec.BeginFrame(buf.B)
	buf.B = codec.AppendConnectResponse(buf.B, r)
	codec.EndFrame(buf.B, at)
	p.stats.Sent++
	c.sent++
}
