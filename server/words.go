package server

import (
	"io/fs"
	"iter"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"github.com/valyala/bytebufferpool"
	"golang.org/x/sys/unix"

	"paddock/admin"
	"paddock/apply"
	"paddock/loop"
)

// answerWord answers a four-letter word and closes the connection.
func (s *Server) answerWord(e *loop.Event) {
	word := string(e.Frame[:min(len(e.Frame), 4)])
	buf := bytebufferpool.Get()
	buf.B = append(buf.B, s.words.Answer(word, source{s})...)
	s.wordsAnswered++
	s.outs[e.Loop] = append(s.outs[e.Loop], loop.Out{Conn: e.Conn, Buf: buf, Close: true, Reason: "four-letter word " + word})
}

// source is the server as monitoring sees it, on the processor's goroutine.
type source struct{ s *Server }

func (a source) Stats() admin.Stats {
	s := a.s
	p, g, w := s.proc.Stats(), s.proc.Gauges(), s.writer.Stats()
	open, limit := descriptors()
	return admin.Stats{
		Serving: true, Version: s.version, Mode: admin.ModeStandalone,
		Latency:  admin.Summary{Count: p.LatencyCount, Sum: p.LatencySum, Min: p.LatencyMin, Max: p.LatencyMax},
		Received: p.Received + s.wordsAnswered, Sent: p.Sent, Connections: int64(g.Conns),
		Outstanding: int64(p.Outstanding), Zxid: g.Applied,
		Nodes: int64(g.Znodes), Watches: int64(g.Watches), Ephemerals: int64(g.Ephemerals), ApproxDataBytes: g.DataBytes,
		Sessions: int64(g.Sessions), UptimeMs: time.Since(s.started).Milliseconds(), FilesOpen: open, FilesMax: limit,
		ResponseBytesLast: int64(p.ResponseBytesLast), ResponseBytesMin: int64(p.ResponseBytesMin),
		ResponseBytesMax: int64(p.ResponseBytesMax), AuthFailed: p.AuthFailed,
		Counters: []admin.Counter{
			{Name: "commit_count", Value: p.Committed},
			{Name: "stale_sessions_expired", Value: p.Expired},
			{Name: "connection_revalidate_count", Value: p.Renewed},
			{Name: "fsync_threshold_exceed_count", Value: w.SlowSyncs},
		},
		Summaries: []admin.NamedSummary{
			{Name: "fsynctime", Summary: admin.Summary{
				Count: w.Syncs, Sum: w.SyncTime.Milliseconds(), Max: w.SyncTimeMax.Milliseconds(),
			}},
		},
	}
}

// Bits of Java's SelectionKey, which stat prints.
const interestRead = 1

func (a source) Conns() iter.Seq[admin.Conn] {
	return func(yield func(admin.Conn) bool) {
		goOn := true
		a.s.proc.Conns(func(c apply.ConnInfo) {
			goOn = goOn && yield(admin.Conn{
				Addr: netip.AddrPortFrom(c.Remote.Addr(), c.Remote.Port()), Interest: interestRead,
				Queued: int64(c.Queued), Received: c.Received, Sent: c.Sent,
			})
		})
	}
}

func (a source) Conf() admin.Conf {
	c := a.s.cfg
	return admin.Conf{
		ClientPort: c.ClientPort, SecureClientPort: -1,
		SnapDir: absolute(a.s.dirs.snap), LogDir: absolute(a.s.dirs.log),
		TickMs: c.TickTime.Milliseconds(), MaxClientCnxns: c.MaxClientCnxns,
		MinSessionTimeoutMs: c.MinSessionTimeout.Milliseconds(), MaxSessionTimeoutMs: c.MaxSessionTimeout.Milliseconds(),
		ClientPortListenBacklog: c.ClientPortListenBacklog,
	}
}

func (a source) DirBytes() (snapshots, log int64) {
	return dirBytes(a.s.dirs.snap), dirBytes(a.s.dirs.log)
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
	_ = filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return nil
		}
		if info, err := e.Info(); err == nil {
			sum += info.Size()
		}
		return nil
	})
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
