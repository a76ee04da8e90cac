package admin

import "strconv"

// isro answers without the end of a line (IsroCommand, 3.9.5).
func isro(l *lines, v *View, _ Source) {
	if v.Stats.Mode == ModeReadOnly {
		l.text("ro")
		return
	}
	l.text("rw")
}

func srvr(l *lines, v *View, _ Source) {
	l.version(&v.Stats)
	l.serverStats(&v.Stats)
}

// stat is srvr with the connections (StatCommand, 3.9.5).
func stat(l *lines, v *View, _ Source) {
	l.version(&v.Stats)
	l.text("Clients:\n")
	for i := range v.Conns {
		l.conn(&v.Conns[i])
		l.text(")\n")
	}
	l.text("\n")
	l.serverStats(&v.Stats)
}

func (l *lines) version(s *Stats) {
	l.text("Zookeeper version: ", s.Version, "\n")
	if s.Mode == ModeReadOnly {
		l.text("READ-ONLY mode; serving only read-only clients\n")
	}
}

// serverStats is the second half of srvr (ServerStats.toString, 3.9.5).
func (l *lines) serverStats(s *Stats) {
	l.text("Latency min/avg/max: ", strconv.FormatInt(s.Latency.Min, 10), "/", javaDouble(s.Latency.Avg()), "/")
	l.number("", s.Latency.Max)
	l.number("Received: ", s.Received)
	l.number("Sent: ", s.Sent)
	l.number("Connections: ", s.Connections)
	l.number("Outstanding: ", s.Outstanding)
	l.hex("Zxid: 0x", s.Zxid)
	l.text("\nMode: ", s.Mode, "\n")
	l.number("Node count: ", s.Nodes)
}

// conn is what stat and cons have in common, up to the bracket (ServerCnxn.dumpConnectionInfo, 3.9.5).
func (l *lines) conn(c *Conn) {
	l.text(" ", javaAddr(c.Addr))
	l.hex("[", int64(c.Interest))
	l.integer("](queued=", c.Queued)
	l.integer(",recved=", c.Received)
	l.integer(",sent=", c.Sent)
}

// cons is one line per connection, with what its session has done (ConsCommand, 3.9.5).
func cons(l *lines, v *View, _ Source) {
	for i := range v.Conns {
		c := &v.Conns[i]
		l.conn(c)
		if c.SessionID != 0 {
			l.lastRequest(c)
		}
		l.text(")\n")
	}
	l.text("\n")
}

func (l *lines) lastRequest(c *Conn) {
	l.hex(",sid=0x", c.SessionID)
	l.text(",lop=", c.LastOp)
	l.integer(",est=", c.EstablishedMs)
	l.integer(",to=", int64(c.TimeoutMs))
	if c.LastXid >= 0 {
		l.hex(",lcxid=0x", c.LastXid)
	}
	l.hex(",lzxid=0x", c.LastZxid)
	l.integer(",lresp=", c.LastReplyMs)
	l.integer(",llat=", c.LastLatencyMs)
	l.integer(",minlat=", c.Latency.Min)
	l.integer(",avglat=", c.avgLatencyMs())
	l.integer(",maxlat=", c.Latency.Max)
}

// avgLatencyMs is a whole number here (ServerCnxn.getAvgLatency, 3.9.5).
func (c *Conn) avgLatencyMs() int64 {
	if c.Latency.Count == 0 {
		return 0
	}
	return c.Latency.Sum / c.Latency.Count
}
