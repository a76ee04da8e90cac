package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"paddock/client"
	"paddock/zk"
)

// kind says what a client did.
type kind int

const (
	kindWrite    kind = iota // one part, or the parts of a multi
	kindGet                  // getData
	kindExists               // exists
	kindList                 // getChildren2 of the family's parent
	kindSync                 // sync of the parent: only its zxid counts
	kindAddWatch             // a persistent watch; only its zxid counts
	kindClose                // closeSession
	kindGone                 // the server refused to resume the session: it has ended
)

// everyFamily stands in operations that concern the znodes of all families.
const everyFamily = -1

// part is one change, or a check, of a family's znode.
type part struct {
	op      zk.Op // OpCreate2, OpSetData, OpDelete or OpCheck
	name    string
	data    string // what the znode holds afterwards; no two parts of a history have the same
	version int32  // -1 matches any
	mode    zk.CreateMode
}

// operation is one request of a history with all that came back. Before its answer is there it belongs to its worker,
// afterwards nobody changes it but the log's testimony.
type operation struct {
	kind    kind
	worker  int
	session int64
	xid     int32 // of the request, which the log calls cxid
	life    int   // which start of the server it was sent to
	family  int
	name    string // of the znode; empty for the parent
	watch   bool
	multi   bool
	parts   []part

	called, returned time.Duration // since the history's beginning; returned of a lost one is when the server was dead
	lost             bool          // no answer: if it happened, then before returned
	zxid             int64         // of the reply header, or of the log for a lost one
	code             zk.Err
	results          []client.PartResult // of writes, one for each part
	stat             zk.Stat
	data             string
	names            []string // sorted
}

// arrival is one thing that came over a connection: an answer or an event.
type arrival struct {
	op    *operation // nil for an event
	event client.Event
}

// trail is what came over one connection, in its order.
type trail struct {
	worker   int
	session  int64
	arrivals []arrival
}

// history is everything that all clients saw of one data directory, from its first server to its last.
type history struct {
	families int
	ops      []*operation // of each session in the order of sending; no lost ones that never happened
	trails   []*trail
}

// familyPath is the parent of a family's znodes.
func familyPath(family int) string { return fmt.Sprintf("/f%d", family) }

// childPath is the path of a family's znode.
func childPath(family int, name string) string {
	if name == "" {
		return familyPath(family)
	}
	return familyPath(family) + "/" + name
}

// nameOf is the way back: the name of the znode below its parent.
func nameOf(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

// changes tells whether an operation changes something, or tries to, and so uses up a zxid of its own.
func (o *operation) changes() bool { return o.kind == kindWrite || o.kind == kindClose }

// succeeded tells whether a write is known to have been carried out.
func (o *operation) succeeded() bool {
	if o.lost && o.multi {
		return false // it may have failed
	}
	return o.code == zk.ErrOK && !slices.ContainsFunc(o.results, func(r client.PartResult) bool { return r.Code != zk.ErrOK })
}

func (p *part) String() string {
	text := fmt.Sprintf("%s %s", p.op, p.name)
	if p.op == zk.OpCreate2 {
		return fmt.Sprintf("%s mode %d %q", text, p.mode, p.data)
	}
	return fmt.Sprintf("%s version %d %q", text, p.version, p.data)
}

// String tells everything, for whoever has to find out what went wrong.
func (o *operation) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "[%v..%v] life %d worker %d session 0x%x %s ", o.called, o.returned, o.life, o.worker, o.session, o.verb())
	if o.family != everyFamily {
		b.WriteString(childPath(o.family, o.name))
	}
	for i := range o.parts {
		fmt.Fprintf(&b, " {%s}", &o.parts[i])
	}
	b.WriteString(" -> ")
	switch {
	case o.lost && o.zxid == 0:
		b.WriteString("no answer")
	case o.lost:
		fmt.Fprintf(&b, "no answer, in the log with zxid 0x%x, code %d", o.zxid, o.code)
	default:
		fmt.Fprintf(&b, "zxid 0x%x code %d", o.zxid, o.code)
	}
	for _, r := range o.results {
		fmt.Fprintf(&b, " {code %d %s %s}", r.Code, nameOf(r.Path), statText(&r.Stat))
	}
	switch o.kind {
	case kindGet, kindExists:
		fmt.Fprintf(&b, " %q %s", o.data, statText(&o.stat))
	case kindList:
		fmt.Fprintf(&b, " %q %s", o.names, statText(&o.stat))
	case kindWrite, kindSync, kindAddWatch, kindClose, kindGone:
	}
	return b.String()
}

func (o *operation) verb() string {
	switch o.kind {
	case kindWrite:
		if o.multi {
			return "multi"
		}
		return "write"
	case kindGet:
		return "getData"
	case kindExists:
		return "exists"
	case kindList:
		return "getChildren2"
	case kindSync:
		return "sync"
	case kindAddWatch:
		return "addWatch"
	case kindClose:
		return "closeSession"
	case kindGone:
		return "session is gone"
	}
	return "?"
}

func statText(s *zk.Stat) string {
	if *s == (zk.Stat{}) {
		return "-"
	}
	return fmt.Sprintf("czxid 0x%x mzxid 0x%x pzxid 0x%x version %d cversion %d children %d owner 0x%x length %d",
		s.Czxid, s.Mzxid, s.Pzxid, s.Version, s.CVersion, s.NumChildren, s.EphemeralOwner, s.DataLength)
}
