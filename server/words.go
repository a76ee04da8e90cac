package server

import (
	"iter"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/valyala/bytebufferpool"
	"golang.org/x/sys/unix"

	"paddock/admin"
	"paddock/apply"
	"paddock/loop"
)

// answerWord answers a four-letter word and closes the connection. The numbers are taken here, on the processor's
// goroutine; the text is made elsewhere, since some words look at folders.
func (s *Server) answerWord(e *loop.Event) {
	word, id, on := string(e.Frame[:min(len(e.Frame), 4)]), e.Conn, e.Loop
	s.wordsAnswered++
	src := s.observe(word == "stat")
	go func() {
		buf := bytebufferpool.Get()
		buf.B = append(buf.B, s.words.Answer(word, src)...)
		s.net.Post(on, []loop.Out{{Conn: id, Buf: buf, Close: true, Reason: "four-letter word " + word}})
	}()
}

// observation is the server at one moment, as monitoring sees it.
type observation struct {
	stats admin.Stats
	conns []admin.Conn
	conf  admin.Conf
	dirs  dirs
}

// observe is called on the processor's goroutine. Connections are listed only where they are asked for.
func (s *Server) observe(conns bool) *observation {
	o := &observation{conf: s.conf(), dirs: s.dirs}
	p, g, w := s.proc.Stats(), s.proc.Gauges(), s.writer.Stats()
	o.stats = admin.Stats{
		Serving: true, Version: s.version, Mode: admin.ModeStandalone,
		Latency:  admin.Summary{Count: p.LatencyCount, Sum: p.LatencySum, Min: p.LatencyMin, Max: p.LatencyMax},
		Received: p.Received + s.wordsAnswered, Sent: p.Sent + s.wordsAnswered, Connections: int64(g.Conns),
		Outstanding: int64(p.Outstanding), Zxid: g.Applied,
		Nodes: int64(g.Znodes), Watches: int64(g.Watches), Ephemerals: int64(g.Ephemerals), ApproxDataBytes: g.DataBytes,
		Sessions: int64(g.Sessions), UptimeMs: time.Since(s.started).Milliseconds(),
		ResponseBytesLast: int64(p.ResponseBytesLast), ResponseBytesMin: int64(p.ResponseBytesMin),
		ResponseBytesMax: int64(p.ResponseBytesMax), DropProbability: g.DropProbability,
		Counters: []admin.Counter{
			{Name: "commit_count", Value: p.Committed},
			{Name: "stale_sessions_expired", Value: p.Expired},
			{Name: "connection_revalidate_count", Value: p.Renewed},
			{Name: "fsync_threshold_exceed_count", Value: w.SlowSyncs},
			{Name: "connection_rejected", Value: p.ConnsRejected + int64(s.net.Stats().Rejected)},
			{Name: "throttled_ops", Value: p.Throttled},
			{Name: "stale_requests_dropped", Value: p.StaleDropped},
			{Name: "large_requests_rejected", Value: p.LargeRejected},
		},
		Summaries: []admin.NamedSummary{
			{Name: "fsynctime", Summary: s.syncMs},
		},
	}
	if conns {
		o.conns = s.listConns()
	}
	return o
}

func (s *Server) listConns() (conns []admin.Conn) {
	s.proc.Conns(func(c apply.ConnInfo) {
		interest := interestRead
		if c.SessionID == 0 && c.Received == 0 {
			interest = 0 // a word: it is about to be closed
		}
		conns = append(conns, admin.Conn{
			Addr: c.Remote, Interest: interest, Queued: int64(c.Queued), Received: max(c.Received, 1), Sent: c.Sent,
		})
	})
	return conns
}

// Stats implements admin.Source.
func (o *observation) Stats() admin.Stats {
	stats := o.stats
	stats.FilesOpen, stats.FilesMax = descriptors()
	return stats
}

// Conns implements admin.Source.
func (o *observation) Conns() iter.Seq[admin.Conn] { return slices.Values(o.conns) }

// Conf implements admin.Source.
func (o *observation) Conf() admin.Conf { return o.conf }

// DirBytes implements admin.Source: where both are one folder, both are its size.
func (o *observation) DirBytes() (snapshots, log int64) {
	return dirBytes(o.dirs.snap), dirBytes(o.dirs.log)
}

// Bits of Java's SelectionKey, which stat prints.
const interestRead = 1

func (s *Server) conf() admin.Conf {
	c := s.cfg
	port := c.ClientPort
	if tcp, ok := s.net.Addrs()[0].(*net.TCPAddr); ok {
		port = tcp.Port // which the system has chosen where the configuration says 0
	}
	return admin.Conf{
		ClientPort: port, SecureClientPort: -1, SnapDir: absolute(s.dirs.snap), LogDir: absolute(s.dirs.log),
		TickMs: c.TickTime.Milliseconds(), MaxClientCnxns: c.MaxClientCnxns,
		MinSessionTimeoutMs: c.MinSessionTimeout.Milliseconds(), MaxSessionTimeoutMs: c.MaxSessionTimeout.Milliseconds(),
		ClientPortListenBacklog: c.ClientPortListenBacklog,
	}
}

func absolute(dir string) string {
	if abs, err := filepath.Abs(dir); err == nil {
		return abs
	}
	return dir
}

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
