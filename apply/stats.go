package apply

import (
	"net/netip"

	"paddock/zk"
)

// Stats are the processor's own numbers since the start or the last reset. Times are in milliseconds.
type Stats struct {
	Received    int64 // frames
	Sent        int64 // replies, connect responses and events
	Outstanding int   // admitted and not answered
	Committed   int64 // transactions applied
	Expired     int64 // sessions
	Renewed     int64 // sessions
	NotReading  int64 // connections closed because their client did not read

	QuotaExceeded int64 // writes refused

	ConnsRejected int64 // by the connection throttle
	Throttled     int64 // requests refused because they had waited too long
	StaleDropped  int64 // requests dropped, with their connection, because they were older than the session timeout
	LargeRejected int64 // large requests, with their connection

	LatencyCount, LatencySum, LatencyMin, LatencyMax int64

	ResponseBytesLast, ResponseBytesMin, ResponseBytesMax int // -1 before the first
}

func (s *Stats) latency(ms int64) {
	if s.LatencyCount == 0 || ms < s.LatencyMin {
		s.LatencyMin = ms
	}
	s.LatencyMax = max(s.LatencyMax, ms)
	s.LatencyCount++
	s.LatencySum += ms
}

func (s *Stats) response(bytes int) {
	s.Sent++
	s.ResponseBytesLast = bytes
	if s.ResponseBytesMin < 0 || bytes < s.ResponseBytesMin {
		s.ResponseBytesMin = bytes
	}
	s.ResponseBytesMax = max(s.ResponseBytesMax, bytes)
}

// Stats gives a copy of the numbers.
func (p *Processor) Stats() Stats { return p.stats }

// Gauges are sizes of the moment.
type Gauges struct {
	Conns, Sessions, Watches, Znodes, Ephemerals int
	DataBytes                                    int64   // approximate_data_size
	Applied                                      int64   // zxid
	DropProbability                              float64 // of the connection throttle
}

// Gauges counts what there is now.
func (p *Processor) Gauges() Gauges {
	return Gauges{
		Conns: len(p.conns), Sessions: p.sessions.Len(), Watches: p.watches.Count(), Znodes: p.tree.Count(),
		Ephemerals: p.tree.EphemeralCount(), DataBytes: p.tree.ApproximateDataSize(), Applied: p.applied,
		DropProbability: p.connThrottle.drop,
	}
}

// ConnInfo describes one connection.
type ConnInfo struct {
	Remote         netip.AddrPort
	SessionID      int64 // 0 before there is one
	TimeoutMs      int32
	OpenedMs       int64 // wall clock
	Queued         int   // requests not answered
	Received, Sent int64
	LastOp         zk.Op
	LastXid        int32
	LastZxid       int64
	LastLatencyMs  int64
}

// Conns visits every connection, in no order.
func (p *Processor) Conns(visit func(ConnInfo)) {
	for _, c := range p.conns {
		i := ConnInfo{
			Remote: c.remote, OpenedMs: c.openedMs, Queued: c.queue.len() + c.backlog.len(),
			Received: c.received, Sent: c.sent,
			LastOp: c.last.op, LastXid: c.last.xid, LastZxid: c.last.zxid, LastLatencyMs: c.last.latencyMs,
		}
		if c.session != nil {
			i.SessionID, i.TimeoutMs = c.session.ID, c.session.TimeoutMs
		}
		visit(i)
	}
}
