package apply

import (
	"fmt"
	"log/slog"
	"net/netip"

	"github.com/valyala/bytebufferpool"

	"paddock/audit"
	"paddock/auth"
	"paddock/codec"
	"paddock/sasl"
	"paddock/session"
	"paddock/tree"
	"paddock/watch"
	"paddock/zk"
)

// Log takes transactions in the order of their zxids. What Append gets is copied before it returns. Committed
// is called later for what has become durable.
type Log interface {
	Append(h *codec.TxnHeader, t *codec.Txn, digest codec.TxnDigest)
	// QueuedBytes is the size of everything appended and not yet committed.
	QueuedBytes() int
}

// Config holds the limits of a Processor. Zero values are not defaults: fill in all fields.
type Config struct {
	LogBytesMax       int  // above this many bytes in the log's queue, writes wait in their sessions' queues
	OutBytesMax       int  // above this many unsent reply bytes a connection's requests wait
	OutTotalBytesMax  int  // above this many of all connections together, a sixteenth of OutBytesMax is the bound of each
	EventBytesMax     int  // above this many unsent event bytes a connection is closed: it does not read
	Digest            bool // digest.enabled
	CloseSessionPaths bool // closeSessionTxn.enabled
	ExtendedTypes     bool // extendedTypesEnabled: TTL znodes
	ReconfigEnabled   bool // reconfigEnabled
	EnforceQuota      bool // enforceQuota: refuse what goes beyond a hard limit, log what goes beyond a soft one
	Reap              ReapConfig

	AuthSchemes     []string      // of which every connection needs one; none: nobody needs any (enforce.auth.schemes)
	SASL            *sasl.Service // nil: none is configured
	AllowSASLFailed bool          // allowSaslFailedClients
	ConnThrottle    ConnThrottleConfig
	Random          func() float64 // from 0 to 1, 1 excluded, for ConnThrottle
	Requests        RequestThrottleConfig

	Audit     func(*audit.Event) // nil: nothing is audited
	AuditUser string             // who it is that deletes the ephemerals of ended sessions

	Visited func(write bool, path string) // nil: paths are not counted (pathStats); the path is not to be kept
}

// Out is what Flush has for one connection: bytes to send and what else its loop must know.
type Out struct {
	Conn        uint64
	Loop        int
	Buf         *bytebufferpool.ByteBuffer // nil if there is nothing to send; handed over for good
	DoneBytes   int                        // request bytes that are finished with, lengths of frames included
	Established bool                       // the connection has a session
	Ack         bool                       // answer with Drained when the connection's unsent bytes are few
	Close       bool                       // close after sending
	Kill        bool                       // close at once
	Reason      string                     // of Close or Kill
}

// Processor is described in the package comment.
type Processor struct {
	cfg      Config
	log      Log
	logger   *slog.Logger
	tree     *tree.Tree
	watches  *watch.Table
	sessions *session.Tracker
	schemes  *auth.Schemes

	wallMs int64 // of the current batch
	monoMs int64

	conns   map[uint64]*conn
	dirty   []*conn            // with something for Flush
	waiting []*conn            // with requests held back because the log's queue is full
	asked   map[*conn]struct{} // whose loop owes an acknowledgement
	held    holder             // who waits for room among the requests in work

	connThrottle connThrottle
	largeBytes   int // of large frames that are received and not done with
	unsentBytes  int // of all connections

	applied  int64 // zxid of the last transaction in the tree
	assigned int64 // zxid of the last transaction made; Invariant: applied <= assigned
	proposed fifo[*proposal]
	pend     pendingTable
	quota    ledger
	free     []*proposal
	reaper   reaper

	news   newsroom
	slices slicer

	multis   multiRoom
	foreseen []string // scratch of Foresee
	scratch  []byte   // body of a multi's reply
	acls     []zk.ACL // decoded ACL list of the current request
	event    []byte

	quotaCheck quotaCheck

	stats   Stats
	series  Series
	digests Digests
}

// New makes a processor around a loaded tree; lastZxid is that of the last transaction in it.
func New(cfg Config, t *tree.Tree, lastZxid int64, sessions *session.Tracker, schemes *auth.Schemes, log Log, logger *slog.Logger) *Processor {
	p := &Processor{
		cfg: cfg, log: log, logger: logger, tree: t, watches: watch.New(), sessions: sessions, schemes: schemes,
		conns: map[uint64]*conn{}, asked: map[*conn]struct{}{}, applied: lastZxid, assigned: lastZxid,
		slices: slicer{steps: sliceSteps},
	}
	p.stats.ResponseBytesLast, p.stats.ResponseBytesMin, p.stats.ResponseBytesMax = -1, -1, -1
	p.connThrottle = newConnThrottle(cfg.ConnThrottle, cfg.Random)
	p.pend.init(t)
	p.quota = ledger{nodes: appliedQuotas{t}, missing: p.missingQuota}
	p.quota.load(t, true)
	if cfg.EnforceQuota {
		p.enforceQuotas()
	}
	return p
}

// SetTime tells the time of what comes next: wall clock and a monotonic clock, both in milliseconds.
func (p *Processor) SetTime(wallMs, monoMs int64) { p.wallMs, p.monoMs = wallMs, monoMs }

// Applied is the zxid of the last transaction in the tree.
func (p *Processor) Applied() int64 { return p.applied }

// Idle tells whether every accepted write has been applied.
func (p *Processor) Idle() bool { return p.proposed.len() == 0 }

// Tree gives the tree for reading, on the processor's goroutine.
func (p *Processor) Tree() *tree.Tree { return p.tree }

// Open announces a connection, and the identities that it has proved already (by a certificate). Numbers are never reused.
func (p *Processor) Open(id uint64, loop int, remote netip.AddrPort, proved ...zk.ID) {
	ids := p.schemes.AddProved(p.schemes.ConnIDs(remote.Addr()), proved)
	p.conns[id] = &conn{id: id, loop: loop, remote: remote, ids: ids, openedMs: p.wallMs}
	p.conns[id].resetStats()
}

// Frame takes one frame of a connection, without its length. The frame must never change again.
func (p *Processor) Frame(id uint64, frame []byte) {
	c := p.conns[id]
	if c == nil {
		return // closed meanwhile
	}
	p.stats.Received++
	p.stats.BytesReceived += int64(len(frame) + codec.FrameLengthBytes)
	c.received++
	if p.isLarge(len(frame)) && !p.largeArrived(c, len(frame)) {
		return
	}
	if c.state == awaitingConnect {
		p.connect(c, frame)
		return
	}
	d := codec.NewDecoder(frame)
	h := d.RequestHeader()
	if d.Err() != nil {
		p.kill(c, "request without a header")
		return
	}
	if c.session != nil && !c.session.Closing {
		p.sessions.Touch(c.session, p.monoMs)
	}
	r := request{
		xid: h.Xid, op: h.Op, body: frame[d.Offset():], ids: c.ids,
		arrivedMs: p.monoMs, bytes: int32(len(frame) + codec.FrameLengthBytes),
	}
	p.receive(c, r)
}

// Closed announces that a connection is gone. Its session lives on.
func (p *Processor) Closed(id uint64) {
	if c := p.conns[id]; c != nil {
		p.forget(c)
	}
}

// Drained answers Out.Ack: the connection's unsent bytes are few again.
func (p *Processor) Drained(id uint64) {
	c := p.conns[id]
	if c == nil {
		return
	}
	p.setUnsent(c, 0)
	c.eventBytes, c.ackAsked = 0, false
	delete(p.asked, c)
	p.admitBacklog(c)
}

// Progress says that a client which owes an acknowledgement does read, if slowly.
func (p *Processor) Progress(id uint64) {
	if c := p.conns[id]; c != nil && c.ackAsked {
		c.ackAskedMs = p.monoMs
	}
}

// Committed announces that the log holds every transaction up to zxid.
func (p *Processor) Committed(zxid int64) {
	p.slices.durable = zxid
	p.work()
}

// Tick expires sessions, and deletes containers and TTL znodes that are due. Everything received before the tick must
// have been handed in.
func (p *Processor) Tick() {
	p.reap()
	p.sessions.Expire(p.monoMs, func(s *session.Session) {
		if c := p.conns[s.Conn]; c != nil && c.busy() {
			p.sessions.Touch(s, p.monoMs) // it does speak: its requests wait for us
			return
		}
		p.logger.Info("expiring session", "session", sessionHex(s.ID), "timeoutMs", s.TimeoutMs)
		p.stats.Expired++
		p.closeSession(s.ID)
	})
	for c := range p.asked {
		if c.session != nil && p.monoMs-c.ackAskedMs > int64(c.session.TimeoutMs) {
			p.killDeaf(c, "client has not read its replies for a session timeout")
		}
	}
}

// killDeaf ends a connection whose client does not read. Its session lives on until it expires.
func (p *Processor) killDeaf(c *conn, reason string) {
	p.logger.Warn("closing connection: "+reason, "remote", c.remote, "unsentBytes", c.unsentBytes)
	p.stats.NotReading++
	p.kill(c, reason)
}

// sweepStepsMax is how many watches of gone connections are freed at a time: about half a millisecond.
const sweepStepsMax = 1000

// Sweep goes on with what is done in slices, frees some of what gone connections have left, and tells whether there is more. It
// is called between batches.
func (p *Processor) Sweep() (more bool) {
	more = p.watches.Sweep(sweepStepsMax)
	return p.work() || more || len(p.dirty) > 0
}

// Renew gives every session a fresh interval: the machine stood still for a while.
func (p *Processor) Renew() { p.sessions.Renew(p.monoMs) }

// EndUnknownSessions proposes a closeSession for each session that owns ephemerals and is not known: a snapshot
// may hold such znodes (ZooKeeperServer.loadData, 3.9.5).
func (p *Processor) EndUnknownSessions() {
	var unknown []int64
	for id := range p.tree.EphemeralSessions() {
		if p.sessions.Get(id) == nil {
			unknown = append(unknown, id)
		}
	}
	for _, id := range unknown {
		p.logger.Warn("ending a session that owns ephemerals but is not known", "session", sessionHex(id))
		p.closeSession(id)
	}
}

// Flush hands out what has gathered for the connections since the last Flush, one Out each.
func (p *Processor) Flush(emit func(Out)) {
	for i, c := range p.dirty {
		p.dirty[i] = nil
		c.dirty = false
		o := c.next
		o.Conn, o.Loop = c.id, c.loop
		if o.Buf != nil && c.state != closing {
			p.setUnsent(c, c.unsentBytes+o.Buf.Len())
		}
		if (c.isBlocked || c.unsentBytes > p.outMax()) && !c.ackAsked && c.state != closing {
			c.ackAsked, c.ackAskedMs, o.Ack = true, p.monoMs, true
			p.asked[c] = struct{}{}
		}
		c.isBlocked = false
		c.next = Out{}
		emit(o)
	}
	p.dirty = p.dirty[:0]
}

// outMax is how many unsent bytes a connection may have before its requests wait. What has been sent counts until the
// connection's loop says so, and it is asked only above the bound.
func (p *Processor) outMax() int {
	if p.unsentBytes > p.cfg.OutTotalBytesMax {
		return p.cfg.OutBytesMax / 16
	}
	return p.cfg.OutBytesMax
}

func (p *Processor) setUnsent(c *conn, bytes int) {
	p.unsentBytes += bytes - c.unsentBytes
	c.unsentBytes = bytes
}

// Sessions lists the sessions that a snapshot of this moment must hold: id and timeout in milliseconds.
func (p *Processor) Sessions(visit func(id int64, timeoutMs int32)) {
	for s := range p.sessions.All() {
		if s.Logged {
			visit(s.ID, s.LoggedTimeoutMs)
		}
	}
}

func sessionHex(id int64) string { return fmt.Sprintf("0x%x", uint64(id)) }
