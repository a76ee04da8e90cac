package server

import (
	"context"
	"iter"
	"net"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"paddock/admin"
	"paddock/apply"
	"paddock/codec"
	"paddock/config"
	"paddock/zk"
)

// View implements admin.Source.
func (s *Server) View(ctx context.Context, parts admin.Parts) (*admin.View, error) {
	v := &admin.View{Stats: admin.Stats{Version: s.version, Mode: admin.ModeStandalone}}
	if !s.serving.Load() {
		return v, nil
	}
	err := s.ask(ctx, func() { s.observe(v, parts) })
	if err == nil && parts&longParts != 0 {
		err = s.walk(ctx, func() iter.Seq[struct{}] { return s.gather(v, parts) })
	}
	if err != nil {
		return nil, err
	}
	if parts&metricParts != 0 { // a look at each of them, so not for srvr, which anybody may ask for
		v.Stats.FilesOpen, v.Stats.FilesMax = descriptors()
	}
	v.Stats.LogWritable = unix.Access(s.logDir, unix.W_OK) == nil
	return v, nil
}

// longParts are those that may take more than a moment.
const longParts = admin.PartConns | admin.PartSessions | admin.PartEphemerals | admin.PartWatches | metricParts

const metricParts = admin.PartMetrics | admin.PartTotals

// observe takes what is short, on the processor's goroutine.
func (s *Server) observe(v *admin.View, parts admin.Parts) {
	v.NowWallMs, v.NowMonoMs = s.env.Clock()
	v.Stats = s.stats()
	if parts&admin.PartDigests != 0 {
		for _, d := range s.proc.Digests() {
			v.Digests = append(v.Digests, admin.Digest{Zxid: d.Zxid, Digest: int64(d.Digest), Version: codec.DigestVersion})
		}
	}
	if parts&metricParts != 0 {
		v.Samples = s.samples()
		if parts&admin.PartMetrics != 0 {
			v.Samples = since(v.Samples, s.atReset)
		}
	}
}

// gather makes the walk that fills what is long.
func (s *Server) gather(v *admin.View, parts admin.Parts) iter.Seq[struct{}] {
	var walks []iter.Seq[struct{}]
	if parts&admin.PartConns != 0 {
		walks = append(walks, each(s.proc.Conns(), func(c apply.ConnInfo) { v.Conns = append(v.Conns, s.connOf(&c)) }))
	}
	if parts&admin.PartSessions != 0 {
		walks = append(walks, each(s.proc.SessionList(), func(i apply.SessionInfo) {
			v.Sessions = append(v.Sessions, admin.Session{ID: i.ID, ExpiresMs: i.ExpiresMs})
		}))
	}
	if parts&admin.PartEphemerals != 0 {
		walks = append(walks, each2(s.proc.Ephemerals(), func(session int64, path string) {
			v.Ephemerals = append(v.Ephemerals, admin.Owned{Session: session, Path: path})
		}))
	}
	if parts&admin.PartWatches != 0 {
		walks = append(walks, each2(s.proc.DataWatches(), func(session int64, path string) {
			if session != 0 {
				v.Watches = append(v.Watches, admin.Owned{Session: session, Path: path})
			}
		}))
	}
	if parts&metricParts != 0 {
		walks = append(walks, each(s.proc.Quotas(), func(u apply.QuotaUse) { addQuota(v.Samples.KeyedNumbers, &u) }))
	}
	return inTurn(walks...)
}

// Reset implements admin.Source.
func (s *Server) Reset(ctx context.Context, part admin.Parts) error {
	if part == admin.PartConns {
		return s.walk(ctx, func() iter.Seq[struct{}] { return s.proc.ResetConns() })
	}
	return s.ask(ctx, s.resetStats)
}

// resetStats makes what words show begin anew. What Prometheus sees goes on.
func (s *Server) resetStats() {
	s.series.restart()
	s.proc.ResetStats()
	s.atReset, s.statsAtReset = s.samples(), s.proc.Stats()
	s.latencyAtReset = s.proc.Series().Latency
	s.wordsAtReset.received, s.wordsAtReset.sent = s.wordsReceived, s.wordsSent.Load()
}

// stats are the numbers of srvr.
func (s *Server) stats() admin.Stats {
	p, g, n, was := s.proc.Stats(), s.proc.Gauges(), s.net.Stats(), &s.statsAtReset
	var waitMs int64
	if s.door.flying != nil {
		waitMs = time.Since(s.door.since).Milliseconds()
	}
	return admin.Stats{
		Serving: true, LogWaitMs: waitMs, Version: s.version, Mode: admin.ModeStandalone,
		Latency:     s.proc.Series().Latency.Since(&s.latencyAtReset),
		Received:    p.Received - was.Received + s.wordsReceived - s.wordsAtReset.received,
		Sent:        p.Sent - was.Sent + s.wordsSent.Load() - s.wordsAtReset.sent,
		Connections: int64(g.Conns), Outstanding: int64(p.Outstanding), Zxid: g.Applied,
		Nodes: int64(g.Znodes), Watches: int64(g.Watches), Ephemerals: int64(g.Ephemerals), ApproxDataBytes: g.DataBytes,
		DataWatchConns: int64(g.DataWatchConns), DataWatchPaths: int64(g.DataWatchPaths), DataWatches: int64(g.DataWatches),
		Sessions: int64(g.Sessions), UptimeMs: time.Since(s.started).Milliseconds(),
		ResponseBytesLast: int64(p.ResponseBytesLast), ResponseBytesMin: int64(p.ResponseBytesMin),
		ResponseBytesMax: int64(p.ResponseBytesMax), DropProbability: g.DropProbability,
		PlainLocal: s.tls.plainLocal, PlainRemote: s.tls.plainRemote, AuthFailed: int64(n.HandshakesFailed) + s.tls.refused,
		Handshakes: n.Handshakes,
		SlowSyncs:  s.writer.Stats().SlowSyncs, SnapshotZxid: s.lastSnapshot.zxid, SnapshotTime: s.lastSnapshot.atSec,
	}
}

// Bits of Java's SelectionKey.
const interestRead = 1

func (s *Server) connOf(c *apply.ConnInfo) admin.Conn {
	_, secure := s.tls.secure[c.ID]
	conn := admin.Conn{
		Secure: secure,
		Addr:   c.Remote, Interest: interestRead, Queued: int64(c.Queued), Received: c.Received, Sent: c.Sent,
		SessionID: c.SessionID, LastOp: opName(c.LastOp), EstablishedMs: c.OpenedMs, TimeoutMs: c.TimeoutMs,
		ExpiresMs: c.ExpiresMs, LastXid: int64(c.LastXid), LastZxid: c.LastZxid, LastReplyMs: c.LastReplyMs,
		LastLatencyMs: c.LastLatencyMs, Latency: c.Latency,
	}
	if _, isWord := s.wordConns[c.ID]; isWord {
		conn.Interest, conn.Received = 0, 1 // about to be closed
	}
	return conn
}

// opName is how cons calls an operation (FinalRequestProcessor, 3.9.5).
func opName(op zk.Op) string {
	switch op {
	case zk.OpPing:
		return "PING"
	case zk.OpCreateSession:
		return "SESS"
	case zk.OpCloseSession:
		return "CLOS"
	case zk.OpMulti:
		return "MULT"
	case zk.OpMultiRead:
		return "MLTR"
	case zk.OpCreate, zk.OpCreate2, zk.OpCreateContainer, zk.OpCreateTTL:
		return "CREA"
	case zk.OpDelete, zk.OpDeleteContainer:
		return "DELE"
	case zk.OpSetData:
		return "SETD"
	case zk.OpReconfig:
		return "RECO"
	case zk.OpSetACL:
		return "SETA"
	case zk.OpSync:
		return "SYNC"
	case zk.OpExists:
		return "EXIS"
	case zk.OpGetData:
		return "GETD"
	case zk.OpSetWatches:
		return "SETW"
	case zk.OpSetWatches2:
		return "STW2"
	case zk.OpAddWatch:
		return "ADDW"
	case zk.OpGetACL:
		return "GETA"
	case zk.OpGetChildren, zk.OpGetChildren2:
		return "GETC"
	case zk.OpGetAllChildrenNumber:
		return "GETACN"
	case zk.OpCheckWatches:
		return "CHKW"
	case zk.OpRemoveWatches:
		return "REMW"
	case zk.OpWhoAmI:
		return "HOMI"
	case zk.OpGetEphemerals:
		return "GETE"
	default:
		return "NA"
	}
}

// ports are those for clients without and with TLS, -1 where there is none.
func (s *Server) ports() (plain, secure int) {
	plain, secure = s.cfg.ClientPort, s.cfg.SecureClientPort
	bound := s.net.Addrs() // in this order
	for _, port := range []*int{&plain, &secure} {
		if *port < 0 || len(bound) == 0 {
			continue
		}
		if tcp, ok := bound[0].(*net.TCPAddr); ok {
			*port = tcp.Port // which the system has chosen where the configuration says 0
		}
		bound = bound[1:]
	}
	return plain, secure
}

// Conf implements admin.Source.
func (s *Server) Conf() admin.Conf {
	c := s.cfg
	plain, secure := s.ports()
	return admin.Conf{
		ClientPort: plain, SecureClientPort: secure, SnapDir: s.snapDir, LogDir: s.logDir,
		TickMs: c.TickTime.Milliseconds(), MaxClientCnxns: c.MaxClientCnxns,
		MinSessionTimeoutMs: c.MinSessionTimeout.Milliseconds(), MaxSessionTimeoutMs: c.MaxSessionTimeout.Milliseconds(),
		ClientPortListenBacklog: c.ClientPortListenBacklog, SessionlessMs: c.SessionlessTimeout.Milliseconds(), Text: c.Text,
		NoMetrics: c.Metrics.ClassName == config.MetricsNull,
	}
}

func absolute(dir string) string {
	if abs, err := filepath.Abs(dir); err == nil {
		return abs
	}
	return dir
}

// DirBytes implements admin.Source: where both are one folder, both are its size.
func (s *Server) DirBytes() (snapshots, log int64) { return dirBytes(s.snapDir), dirBytes(s.logDir) }

// dirBytes adds up the apparent sizes of the files in a folder; one that vanishes meanwhile counts nothing.
func dirBytes(dir string) int64 {
	var sum int64
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil {
			sum += info.Size()
		}
	}
	return sum
}

// descriptors counts the open ones and gives the limit; -1 where the system does not tell.
func descriptors() (open, limit int64) {
	open, limit = -1, -1
	if entries, err := os.ReadDir("/proc/self/fd"); err == nil {
		open = int64(len(entries)) - 1 // the one that reads the folder
	}
	var r unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &r) == nil {
		limit = int64(r.Cur)
	}
	return open, limit
}
