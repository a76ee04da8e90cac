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
	// Znode gives a znode, with a piece of its data: from an offset on, at most so many bytes.
	Znode(ctx context.Context, who []zk.ID, path string, from, most int) (Znode, error)
	// Children gives names of children in their order: those that begin with a prefix and come after a name, up to the limits.
	Children(ctx context.Context, who []zk.ID, path string, q ChildrenQuery) (Children, error)
	// Watchers gives the sessions that watch a znode's data.
	Watchers(ctx context.Context, who []zk.ID, path string, limit int) (Watchers, error)
	Sessions(ctx context.Context, limit int) (Sessions, error)
	// Held gives what a session holds.
	Held(ctx context.Context, who []zk.ID, session int64, limit int) (Held, error)
}

// Editor changes the server's tree as a client would who comes from the author's address with his secrets. Any goroutine may
// call it. Errors are those below, RefusedError, that of ctx, or say that the server does not serve.
type Editor interface {
	// Edit makes one change and gives the path, with its number if it is a sequential znode's.
	Edit(ctx context.Context, by Author, e *Edit) (path string, err error)
	// Below counts a znode and what is below it.
	Below(ctx context.Context, by Author, path string) (Below, error)
	// DeleteBelow deletes a znode and what is below it, and tells again and again how many are gone.
	DeleteBelow(ctx context.Context, by Author, path string, gone func(znodes int)) error
}

// What a Source or an Editor may say.
var (
	ErrNoNode    = errors.New("console: no such znode")
	ErrNoAuth    = errors.New("console: these identities may not see it")
	ErrNoSession = errors.New("console: no such session")
	ErrChanged   = errors.New("console: somebody has changed it since you looked: nothing was written")
	ErrTooLarge  = errors.New("console: it is larger than a request may be")
	ErrReserved  = errors.New("console: this path is the server's own: it cannot be deleted")
	ErrTooDeep   = errors.New("console: there are too many levels below it: delete a part of it first")
)

// RefusedError is the code with which the server has refused a change.
type RefusedError zk.Err

// Error says what is wrong, for the user.
func (r RefusedError) Error() string {
	if text, known := refusals()[zk.Err(r)]; known {
		return "console: " + text
	}
	return "console: the server refuses it: " + zk.Err(r).String()
}

func refusals() map[zk.Err]string {
	return map[zk.Err]string{
		zk.ErrNoNode:                  "no such znode, or no parent for it: somebody may have deleted it",
		zk.ErrNoAuth:                  "these identities may not do it",
		zk.ErrNodeExists:              "there is a znode of this name already",
		zk.ErrNotEmpty:                "it has children: delete them too, or first",
		zk.ErrNoChildrenForEphemerals: "the parent is ephemeral: it cannot have children",
		zk.ErrInvalidACL:              "the server does not take this ACL: check schemes and ids",
		zk.ErrQuotaExceeded:           "a quota does not allow it",
		zk.ErrUnimplemented:           "the server does not make such znodes: a time to live needs extendedTypesEnabled=true in zoo.cfg",
		zk.ErrBadArguments:            "the server does not allow it here",
		zk.ErrThrottledOp:             "the server has too much to do: try again",
		zk.ErrSessionExpired:          "the edit took too long: look what became of it, and try again",
	}
}

// Author is who changes something.
type Author struct {
	From    netip.AddrPort
	Secrets []string // of the scheme digest (user:password)
}

// Edit is one change. Op is create, setData, setACL or delete.
type Edit struct {
	Op      zk.Op
	Path    string
	Mode    zk.CreateMode
	TTLMs   int64 // of a mode with a time to live
	Data    []byte
	ACL     []ACLEntry
	Version int32 // that was seen: of the ACL for setACL
}

// ACLEntry is an entry that is written. One whose digest the page was not shown stays what it was, but for its permissions.
type ACLEntry struct {
	zk.ACL

	Kept int // its place in the list that was seen, or -1
}

// Below is what there is of a subtree, its top included.
type Below struct {
	Znodes     int   `json:"znodes"`
	Ephemerals int   `json:"ephemerals"`
	DataBytes  int64 `json:"dataBytes"`
	More       bool  `json:"more"` // it was not counted to the end
}

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
	Data     []byte // the piece that was asked for
	Null     bool   // there is no data, not even of length 0
	Readable bool   // if not, only the ACL is there
	ACL      []zk.ACL
}

// ChildrenQuery says which children are wanted.
type ChildrenQuery struct {
	After, Prefix string
	Limit, Bytes  int // of a page; one name there is whatever its length
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
