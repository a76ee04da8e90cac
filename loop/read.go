package loop

import "fmt"

// read takes one helping from the socket; epoll comes back for more, after the other connections had theirs.
func (l *loop) read(c *conn, broken bool) {
	room := l.arena.room()
	n, again, err := readFD(c.fd, room)
	switch {
	case err != nil || again && broken:
		l.drop(c, ReasonReset)
		return
	case again:
		return
	case n == 0:
		l.drop(c, ReasonPeer)
		return
	}
	frames, used, v := c.framer.feed(l.frames[:0], room[:n])
	l.arena.keep(used)
	l.deliver(c, frames, v)
	clear(frames)
	l.frames = frames[:0]
}

// deliver hands frames over and acts on the framer's verdict.
func (l *loop) deliver(c *conn, frames [][]byte, v verdict) {
	kind := Frame
	if v == verdictWord {
		kind = Word
	}
	if len(frames) > 0 {
		l.countIn(c, frames, kind)
		if l.round != nil && l.inbox.full() {
			l.round() // where other loops wait; what is posted in it is only mail as yet, so nothing happens to c
		}
		l.inbox.putFrames(c.id, l.id, kind, frames)
	}
	switch v {
	case verdictWord:
		// Not reading hides the client's half-close until the answer is out.
		c.worded = true
		l.rewatch(c)
	case verdictTelnet:
		l.drop(c, ReasonTelnet)
	case verdictLength:
		l.server.stats.lenErrors.Add(1)
		l.server.logLimited(&l.server.lengthLog, "Len error: a message with this length is malformed or too large",
			"remote", c.remote.String(), "length", c.framer.badLength, "max", c.framer.bytesMax)
		l.drop(c, ReasonLength)
	case verdictGood:
		if l.tooMuchInFlight(c) {
			c.parked = true
			l.server.stats.parks.Add(1)
			l.server.stats.parked.Add(1)
			l.rewatch(c)
		}
	}
}

func (l *loop) countIn(c *conn, frames [][]byte, kind Kind) {
	if kind != Frame {
		return
	}
	bytes := 0
	for _, f := range frames {
		bytes += prefixBytes + len(f)
	}
	c.bytesInFlight += bytes
	l.server.bytesInFlight.Add(int64(bytes))
}

func (l *loop) tooMuchInFlight(c *conn) bool {
	cfg := &l.server.cfg
	return c.bytesInFlight > cfg.InFlightBytesMax ||
		c.bytesInFlight > cfg.InFlightShare && l.server.bytesInFlight.Load() > int64(cfg.InFlightBytesGlobalMax)
}

// done counts finished requests out, and reads again once below half. Each parked connection has more than a share in
// flight, so its own finished requests are enough to wake it; nobody needs to go looking for parked connections.
func (l *loop) done(c *conn, bytes int) {
	if bytes < 0 || bytes > c.bytesInFlight {
		panic(fmt.Sprintf("loop: connection %d finished %d bytes of %d in flight", c.id, bytes, c.bytesInFlight))
	}
	c.bytesInFlight -= bytes
	l.server.bytesInFlight.Add(int64(-bytes))
	if !c.parked {
		return
	}
	cfg := &l.server.cfg
	calm := l.server.bytesInFlight.Load() <= int64(cfg.InFlightBytesGlobalMax)
	if c.bytesInFlight <= cfg.InFlightBytesMax/2 && (calm || c.bytesInFlight <= cfg.InFlightShare/2) {
		c.parked = false
		l.server.stats.parked.Add(-1)
		l.rewatch(c)
	}
}
