package admin

import (
	"context"
	"net/netip"

	"paddock/metric"
)

// Source is the server as monitoring sees it. Any goroutine may call it.
type Source interface {
	// View gathers the parts of what the processor owns, and Stats in any case. It waits for the processor, and for its turn
	// where a part is long. The error is that of ctx, or says that the server has ended.
	View(ctx context.Context, parts Parts) (*View, error)
	// Reset makes numbers begin anew: those of PartMetrics (srst), or of PartConns (crst).
	Reset(ctx context.Context, part Parts) error
	// Conf is the configuration that counts.
	Conf() Conf
	// DirBytes is the size of the snapshots' directory and of the log's, in apparent bytes: files that were extended in
	// advance count whole. If the two are one directory, both are its size.
	DirBytes() (snapshots, log int64)
	// Environment and SystemProperties are what there is instead of Java's, in the order to be shown.
	Environment() []Property
	SystemProperties() []Property
	// TraceMask is kept and shown, and has no effect.
	TraceMask() int64
	SetTraceMask(mask int64)
}

// Parts is a set of parts of a View.
type Parts uint

// The parts.
const (
	PartConns Parts = 1 << iota
	PartSessions
	PartEphemerals
	PartWatches
	PartDigests
	PartMetrics // since the last reset
	PartTotals  // the metrics since the start
)

// View is the server at one moment, or nearly: see the package's comment. Times are in milliseconds.
type View struct {
	Stats      Stats
	Conns      []Conn
	Sessions   []Session
	Ephemerals []Owned
	Watches    []Owned
	Digests    []Digest
	Samples    Samples // of PartMetrics or PartTotals

	// NowWallMs and NowMonoMs are one moment by two clocks: ExpiresMs of sessions is by the second.
	NowWallMs, NowMonoMs int64
}

// Owned is a path and the session that owns it, or waits for it.
type Owned struct {
	Session int64
	Path    string
}

// Session is one session as dump prints it.
type Session struct {
	ID        int64
	ExpiresMs int64 // 0 if it is ending
}

// Digest is that of the tree after a transaction.
type Digest struct {
	Zxid    int64
	Digest  int64 // Java has no unsigned numbers
	Version int32
}

// Property is a name and its value.
type Property struct{ Name, Value string }

// Samples are the values of metrics by name. Those of [Metrics] that are missing are 0.
type Samples struct {
	Numbers map[string]float64 // counters and gauges
	Series  map[string]*metric.Histogram
	// By name, then by key.
	KeyedNumbers map[string]map[string]float64
	KeyedSeries  map[string]map[string]metric.Summary
}

// Version is the text after "Zookeeper version: ". Tools read the release of ZooKeeper from its beginning, so it comes
// first: 3.9.5-paddock-0.1.0, built on 2026-02-11 20:18 UTC. date is printed as it is.
func Version(zookeeper, paddock, date string) string {
	return zookeeper + "-paddock-" + paddock + ", built on " + date
}

// Modes of a server, as srvr and mntr name them.
const (
	ModeStandalone = "standalone"
	ModeReadOnly   = "read-only"
)

// Stats is what srvr, stat and mntr print. Latencies and times are in milliseconds.
type Stats struct {
	// Serving is false until the data is loaded and from the moment that the server stops.
	Serving bool
	Version string // as Version makes it
	Mode    string // one of the modes

	Latency     metric.Summary // of all requests since the start or since srst
	Received    int64          // packets, as ZooKeeper counts them: requests and four-letter words
	Sent        int64          // packets: replies, events and answers to words
	Connections int64
	Outstanding int64 // requests in work
	Zxid        int64 // last applied

	Nodes           int64
	Watches         int64
	Ephemerals      int64
	ApproxDataBytes int64 // paths and data

	// What wchs counts: the connections with a data watch, the paths with one, and the data watches.
	DataWatchConns, DataWatchPaths, DataWatches int64

	Sessions      int64
	LocalSessions int64

	UptimeMs  int64
	FilesOpen int64 // file descriptors
	FilesMax  int64

	// Sizes of replies to clients in bytes; ZooKeeper shows -1 until the first one.
	ResponseBytesLast, ResponseBytesMin, ResponseBytesMax int64

	// DropProbability is the chance of a new connection to be dropped, because too many come at once: 0 to 1.
	DropProbability float64
	// Connections without TLS since the start, where TLS is spoken: from other machines and from this one.
	PlainRemote, PlainLocal int64
	// Handshakes of TLS are under way, AuthFailed is how many have failed since the start.
	Handshakes, AuthFailed int64

	// SlowSyncs counts the syncs of the log that took longer than fsync.warningthresholdms.
	SlowSyncs int64
	// LogWaitMs is how long the log has been busy with one batch. LogWritable says that its folder may be written.
	LogWaitMs   int64
	LogWritable bool
	// SnapshotZxid and SnapshotTime (in seconds since 1970) are of the newest snapshot; -1 without one.
	SnapshotZxid, SnapshotTime int64
}

// Conn is one connection as stat and cons print it.
type Conn struct {
	Addr   netip.AddrPort // of the client
	Secure bool           // it speaks TLS
	// Interest is what the server waits for, in Java's bits: 1 to read, 4 to write, 0 for a connection that is about to be
	// closed, such as the one that asks.
	Interest       int
	Queued         int64 // requests in work
	Received, Sent int64 // packets

	SessionID     int64 // 0 before there is one
	LastOp        string
	EstablishedMs int64 // wall clock
	TimeoutMs     int32
	ExpiresMs     int64 // when silence ends it, by the monotonic clock
	LastXid       int64 // -1 before the first request
	LastZxid      int64
	LastReplyMs   int64 // monotonic clock
	LastLatencyMs int64
	Latency       metric.Summary
}

// Conf is what conf prints of the configuration.
type Conf struct {
	ClientPort       int
	SecureClientPort int    // -1 if there is none
	SnapDir, LogDir  string // absolute, with version-2 at the end
	TickMs           int64
	// MaxClientCnxns is per source address.
	MaxClientCnxns          int
	MinSessionTimeoutMs     int64
	MaxSessionTimeoutMs     int64
	ClientPortListenBacklog int
	// ServerID is 0 for a standalone server, whatever its file myid says.
	ServerID int64
	// SessionlessMs is how long a connection may be without a session.
	SessionlessMs int64
	// Text is that of zoo.cfg.
	Text string
	// NoMetrics says that metrics were turned off (NullMetricsProvider).
	NoMetrics bool
}
