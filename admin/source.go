package admin

import (
	"iter"
	"net/netip"
)

// Source is the server as monitoring sees it. It is called on the processor's goroutine.
type Source interface {
	Stats() Stats
	// Conns is every open connection, the one that asks included.
	Conns() iter.Seq[Conn]
	Conf() Conf
	// DirBytes is the size of the snapshots' directory and of the log's, in apparent bytes: files that were extended in
	// advance count whole. If the two are one directory, both are its size.
	DirBytes() (snapshots, log int64)
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

	Latency     Summary // of all requests since the start or since srst
	Received    int64   // packets, as ZooKeeper counts them: requests and four-letter words
	Sent        int64   // packets: replies, events and answers to words
	Connections int64
	Outstanding int64 // requests in work
	Zxid        int64 // last applied

	Nodes           int64
	Watches         int64
	Ephemerals      int64
	ApproxDataBytes int64 // paths and data

	Sessions      int64
	LocalSessions int64

	UptimeMs  int64
	FilesOpen int64 // file descriptors
	FilesMax  int64

	// Sizes of replies to clients in bytes; ZooKeeper shows -1 until the first one.
	ResponseBytesLast, ResponseBytesMin, ResponseBytesMax int64

	// DropProbability is the chance of a new connection to be dropped, because too many come at once: 0 to 1.
	DropProbability float64
	// Connections that were not mutual TLS, from other machines and from this one.
	PlainRemote, PlainLocal int64

	// Counters and Summaries are further metrics of mntr under ZooKeeper's names without zk_ (commit_count, fsynctime …),
	// printed in this order. Only what is really measured belongs here.
	Counters  []Counter
	Summaries []NamedSummary
}

// Counter is a metric with one number.
type Counter struct {
	Name  string
	Value int64
}

// NamedSummary is a metric with the five numbers of a Summary.
type NamedSummary struct {
	Name string
	Summary
}

// Conn is one connection as stat prints it.
type Conn struct {
	Addr netip.AddrPort // of the client
	// Interest is what the server waits for, in Java's bits: 1 to read, 4 to write, 0 for a connection that is about to be
	// closed, such as the one that asks.
	Interest       int
	Queued         int64 // requests in work
	Received, Sent int64 // packets
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
}
