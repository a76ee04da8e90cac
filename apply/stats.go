package apply

import (
	"iter"
	"net/netip"

	"paddock/metric"
	"paddock/zk"
)

// Stats are the processor's counters since the start. Times are in milliseconds. None of them ever falls but Outstanding.
type Stats struct {
	Received    int64 // frames
	Sent        int64 // replies, connect responses and events
	Outstanding int   // admitted and not answered
	Requests    int64 // admitted, the server's own and sessions being opened included
	Committed   int64 // transactions applied
	Expired     int64 // sessions
	Renewed     int64 // sessions
	NotReading  int64 // connections closed because their client did not read

	BytesReceived int64 // of frames, their lengths included
	BytesReplied  int64 // of replies, their lengths included
	BytesEvents   int64 // of events, their lengths included

	Changes, ChangesApplied int64 // pending records made, and done with

	QuotaExceeded int64 // writes refused

	ConnectRequests int64 // that passed the throttle
	ConnsRejected   int64 // by the connection throttle
	ThrottleWaits   int64 // requests that had to wait for room among those in work
	Throttled       int64 // requests refused because they had waited too long
	Stale           int64 // requests admitted that were older than the session timeout
	StaleDropped    int64 // requests dropped, with their connection, because they were older than the session timeout
	StaleReplies    int64 // writes whose client had gone when they were applied
	LargeRejected   int64 // large requests, with their connection

	// Auth requests of the scheme ensemble, by what came of them.
	EnsembleAuthRight, EnsembleAuthFailed, EnsembleAuthSkipped int64

	ResponseBytesLast, ResponseBytesMin, ResponseBytesMax int // -1 before the first since the last reset
}

// Series are how long things took, in milliseconds, and how large they were. The processor's goroutine alone touches them.
type Series struct {
	Latency     metric.Summary   // of all requests, from their arrival to their reply
	Read, Write metric.Histogram // the same by kind: a write is what made a transaction
	ToApplied   metric.Histogram // from a transaction's making to its being applied
	ToDurable   metric.Histogram // from a transaction's making to its being durable
	Held        metric.Histogram // the wait for room among the requests in work
	Deficit     metric.Histogram // tokens that a connect request found missing in the bucket

	// Connections that an event reached, by event.
	Created, Deleted, Changed, Children metric.Histogram

	ReadBytes, WriteBytes namespaces       // by top namespace
	QuotaRefused          map[string]int64 // writes refused, by top namespace; as many as ReadBytes holds
}

// Restart forgets the extremes: what was least and greatest so far.
func (s *Series) Restart() {
	s.Latency.Restart()
	for _, h := range []*metric.Histogram{
		&s.Read, &s.Write, &s.ToApplied, &s.ToDurable, &s.Held, &s.Deficit, &s.Created, &s.Deleted, &s.Changed, &s.Children,
	} {
		h.Restart()
	}
	s.ReadBytes.restart()
	s.WriteBytes.restart()
}

// Series gives the processor's own, for reading on its goroutine.
func (p *Processor) Series() *Series { return &p.series }

// ResetStats forgets what was least and greatest, and the size of replies. Counters go on: who wants to see them from zero on
// subtracts what they were.
func (p *Processor) ResetStats() {
	p.series.Restart()
	p.stats.ResponseBytesLast, p.stats.ResponseBytesMin, p.stats.ResponseBytesMax = -1, -1, -1
}

// observe takes one answered request into the series.
func (p *Processor) observe(c *conn, r *request, series *metric.Histogram) {
	latencyMs := p.monoMs - r.arrivedMs
	p.series.Latency.Add(latencyMs)
	series.Add(latencyMs)
	c.latency.Add(latencyMs)
	c.last.op, c.last.zxid, c.last.latencyMs, c.last.repliedMs = r.op, p.applied, latencyMs, p.monoMs
	if r.xid >= 0 { // a ping is not what the client did last (ServerCnxn.updateStatsForResponse, 3.9.5)
		c.last.xid = r.xid
	}
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
	Pending                                      int     // transactions on their way to the disk
	DropProbability                              float64 // of the connection throttle

	// What wchs counts: connections with a data watch, paths with one, and the data watches.
	DataWatchConns, DataWatchPaths, DataWatches int
}

// Gauges counts what there is now.
func (p *Processor) Gauges() Gauges {
	return Gauges{
		Conns: len(p.conns), Sessions: p.sessions.Len(), Watches: p.watches.Count(), Znodes: p.tree.Count(),
		Ephemerals: p.tree.EphemeralCount(), DataBytes: p.tree.ApproximateDataSize(), Applied: p.applied,
		Pending: p.proposed.len(), DropProbability: p.connThrottle.drop,
		DataWatchConns: p.watches.Conns(), DataWatchPaths: p.watches.Paths(), DataWatches: p.watches.DataCount(),
	}
}

// Memory is about how many bytes the processor holds, by kind. Connections' buffers belong to the loops.
type Memory struct {
	Znodes, Watches, Sessions int64
}

// Memory adds up what is held, spare room included.
func (p *Processor) Memory() Memory {
	return Memory{Znodes: p.tree.MemoryBytes().Total(), Watches: p.watches.MemoryBytes(), Sessions: p.sessions.MemoryBytes()}
}

// ConnInfo describes one connection.
type ConnInfo struct {
	ID             uint64
	Remote         netip.AddrPort
	SessionID      int64 // 0 before there is one
	TimeoutMs      int32
	ExpiresMs      int64 // of the session, by the monotonic clock; 0 without one
	OpenedMs       int64 // wall clock
	Queued         int   // requests not answered
	Received, Sent int64
	LastOp         zk.Op
	LastXid        int32 // -1 before the first request
	LastZxid       int64 // likewise
	LastReplyMs    int64 // by the monotonic clock
	LastLatencyMs  int64
	Latency        metric.Summary
}

// Conns visits every connection, in no order. The processor may work between two of them: who is there all the time is
// visited once.
func (p *Processor) Conns() iter.Seq[ConnInfo] {
	return func(yield func(ConnInfo) bool) {
		for _, c := range p.conns {
			if !yield(c.info()) {
				return
			}
		}
	}
}

func (c *conn) info() ConnInfo {
	i := ConnInfo{
		ID: c.id, Remote: c.remote, OpenedMs: c.openedMs, Queued: c.queue.len() + c.backlog.len(),
		Received: c.received, Sent: c.sent,
		LastOp: c.last.op, LastXid: c.last.xid, LastZxid: c.last.zxid, LastReplyMs: c.last.repliedMs,
		LastLatencyMs: c.last.latencyMs, Latency: c.latency,
	}
	if c.session != nil {
		i.SessionID, i.TimeoutMs, i.ExpiresMs = c.session.ID, c.session.TimeoutMs, c.session.ExpiresMs()
	}
	return i
}

// resetStats makes the connection's numbers begin anew (ServerCnxn.resetStats, 3.9.5).
func (c *conn) resetStats() {
	c.received, c.sent, c.latency = 0, 0, metric.Summary{}
	c.last = lastOp{xid: -1, zxid: -1}
}

// ResetConns makes the numbers of each connection begin anew, one with each step of the walk.
func (p *Processor) ResetConns() iter.Seq[struct{}] {
	return func(yield func(struct{}) bool) {
		for _, c := range p.conns {
			if c.resetStats(); !yield(struct{}{}) {
				return
			}
		}
	}
}

// SessionInfo describes one session.
type SessionInfo struct {
	ID        int64
	TimeoutMs int32
	ExpiresMs int64 // by the monotonic clock; 0 if it is ending
}

// SessionList visits every session, in no order, as Conns does connections.
func (p *Processor) SessionList() iter.Seq[SessionInfo] {
	return func(yield func(SessionInfo) bool) {
		for s := range p.sessions.All() {
			if !yield(SessionInfo{ID: s.ID, TimeoutMs: s.TimeoutMs, ExpiresMs: s.ExpiresMs()}) {
				return
			}
		}
	}
}

// Ephemerals visits every ephemeral znode: its session and its path. The processor may work between two of them. Only one
// such visit at a time.
func (p *Processor) Ephemerals() iter.Seq2[int64, string] {
	return func(yield func(int64, string) bool) {
		for session, n := range p.tree.AllEphemerals() {
			if !yield(session, string(p.tree.AppendPath(nil, n))) {
				return
			}
		}
	}
}

// DataWatches visits every data watch: the session that waits, and the path. The processor may work between two of them.
// Steps that find nothing are visits with session 0, so that none is long.
func (p *Processor) DataWatches() iter.Seq2[int64, string] {
	return func(yield func(int64, string) bool) {
		for id, path := range p.watches.AllData() {
			var session int64
			if c := p.conns[id]; c != nil && c.session != nil {
				session = c.session.ID
			}
			if !yield(session, path) {
				return
			}
		}
	}
}
