package console

import (
	"context"
	"errors"
	"net/netip"

	"paddock/metric"
	"paddock/zk"
)

// Source is the server as the console sees it. Any goroutine may call it. Errors are those below, that of ctx, or say that the
// server does not serve.
type Source interface {
	// Identify tells who somebody is: by the address, and by secrets of the scheme digest (user:password).
	Identify(from netip.Addr, secrets []string) ([]zk.ID, error)
	Measure(ctx context.Context) (*Measure, error)
	// Znode gives a znode, with no more than dataMax bytes of its data.
	Znode(ctx context.Context, who []zk.ID, path string, dataMax int) (Znode, error)
	// Children gives names of children in their order: those that begin with a prefix and come after a name, at most limit.
	Children(ctx context.Context, who []zk.ID, path string, q ChildrenQuery) (Children, error)
	// Watchers gives the sessions that watch a znode's data.
	Watchers(ctx context.Context, who []zk.ID, path string, limit int) (Watchers, error)
	Sessions(ctx context.Context, limit int) (Sessions, error)
	// Held gives what a session holds.
	Held(ctx context.Context, who []zk.ID, session int64, limit int) (Held, error)
}

// What a Source may say of a question.
var (
	ErrNoNode    = errors.New("console: no such znode")
	ErrNoAuth    = errors.New("console: these identities may not see it")
	ErrNoSession = errors.New("console: no such session")
)

// Measure is what the charts are made of. Counters are since the start.
type Measure struct {
	Requests, Transactions, BytesIn, BytesOut   int64
	Outstanding, Pending                        int64 // requests in work, transactions not durable yet
	Connections, Sessions, Watches              int64
	Znodes, Ephemerals, DataBytes               int64
	HeapBytes, ProcessBytes, UptimeMs, LastZxid int64

	ReadMs, WriteMs, SyncUs, BatchTxns metric.Histogram
}

// Znode is a znode as it is shown.
type Znode struct {
	Stat     zk.Stat
	Kind     zk.Kind
	TTLMs    int64  // of a TTL znode
	Data     []byte // the beginning
	Null     bool   // there is no data, not even of length 0
	Readable bool   // if not, only the ACL is there
	ACL      []zk.ACL
}

// ChildrenQuery says which children are wanted.
type ChildrenQuery struct {
	After, Prefix string
	Limit         int
}

// Children is one page of names.
type Children struct {
	Names []string `json:"names"`
	Total int      `json:"total"` // of all children
	More  bool     `json:"more"`
}

// Watchers are the sessions that watch a path.
type Watchers struct {
	Sessions []int64
	Total    int
}

// Sessions are sessions and connections, no more than were asked for, and how many there are.
type Sessions struct {
	Sessions                 []Session
	SessionCount, ConnsCount int
	Conns                    []Conn // those without a session
}

// Session is one session.
type Session struct {
	ID          int64
	TimeoutMs   int64
	ExpiresInMs int64 // if nothing is heard of it; -1 if it is ending
	Ephemerals  int
	Conn        *Conn // nil while nobody is connected
}

// Conn is one connection.
type Conn struct {
	Addr         string  `json:"addr"`
	OpenedMs     int64   `json:"openedMs"` // wall clock
	Queued       int64   `json:"queued"`
	Received     int64   `json:"received"`
	Sent         int64   `json:"sent"`
	LastOp       string  `json:"lastOp"`
	LatencyAvgMs float64 `json:"latencyAvgMs"`
	LatencyMaxMs int64   `json:"latencyMaxMs"`
}

// Held is what a session holds: paths, as far as they may be seen and no more than were asked for, and how many there are.
type Held struct {
	Session                    Session
	Ephemerals, Watches        []string
	EphemeralCount, WatchCount int
}
