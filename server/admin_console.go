package server

import (
	"cmp"
	"context"
	"crypto/rand"
	"iter"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"paddock/apply"
	"paddock/auth"
	"paddock/config"
	"paddock/console"
	"paddock/tree"
	"paddock/zk"
)

// openConsole puts the console in front of the admin server's commands, if it is wanted.
func (s *Server) openConsole(commands http.Handler) http.Handler {
	a := &s.cfg.Admin
	switch {
	case a.Console == config.ConsoleOff:
		return commands
	case console.Claims("/" + strings.Trim(a.CommandURL, "/")):
		s.log.Warn("there is no console: admin.commandURL has taken its place", "url", a.CommandURL)
		return commands
	}
	own := []string{a.Address}
	if name, err := os.Hostname(); err == nil { // without it there is one name less
		own = append(own, name)
	}
	cfg := console.Config{
		LocalOnly: a.Console == config.ConsoleLocal, Hosts: a.ConsoleNames(), Own: own, Version: s.version, Now: time.Now, Log: s.limited,
		Token: rand.Text(), RequestBytesMax: s.cfg.JuteMaxBufferBytes,
	}
	if a.Console == config.ConsoleWrite {
		cfg.Editor, cfg.ReadsBecause = s.editor()
	}
	s.console = console.New(cfg, inside{s})
	return s.console.In(commands)
}

// runConsole lets the console measure until endConsole.
func (s *Server) runConsole() {
	if s.console == nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { s.console.Run(ctx); close(ended) }()
	s.endConsole = func() { cancel(); <-ended }
}

// inside is the server as the console sees it.
type inside struct{ s *Server }

// Identify implements console.Source. Where clients must prove an identity, so must who looks at the tree.
func (i inside) Identify(from netip.Addr, secrets []string) ([]zk.ID, error) {
	ids := i.s.schemes.ConnIDs(from)
	for _, secret := range secrets {
		var ok bool
		if ids, ok = i.s.schemes.Add(ids, "digest", []byte(secret)); !ok {
			return nil, console.ErrNoAuth
		}
	}
	return ids, nil
}

// proved tells whether who asks has proved what every client must prove.
func (i inside) proved(who []zk.ID) bool {
	must := i.s.cfg.EnforcedSchemes()
	return len(must) == 0 || slices.ContainsFunc(who, func(id zk.ID) bool { return slices.Contains(must, id.Scheme) })
}

// Measure implements console.Source.
func (i inside) Measure(ctx context.Context) (*console.Measure, error) {
	m := new(console.Measure)
	err := i.s.ask(ctx, func() {
		p, g, series, n := i.s.proc.Stats(), i.s.proc.Gauges(), i.s.proc.Series(), i.s.net.Stats()
		memory := i.s.memory(&n)
		*m = console.Measure{
			Requests: p.Requests, Transactions: p.Committed, BytesIn: p.BytesReceived, BytesOut: p.BytesReplied + p.BytesEvents,
			Outstanding: int64(p.Outstanding), Pending: int64(g.Pending), Connections: int64(g.Conns), Sessions: int64(g.Sessions),
			Watches: int64(g.Watches), Znodes: int64(g.Znodes), Ephemerals: int64(g.Ephemerals), DataBytes: g.DataBytes,
			HeapBytes: int64(memory["heap"]), ProcessBytes: int64(memory["total"]),
			UptimeMs: time.Since(i.s.started).Milliseconds(), LastZxid: g.Applied,
			ReadMs: series.Read, WriteMs: series.Write, SyncUs: i.s.series.syncUs, BatchTxns: i.s.series.batchTxns,
		}
	})
	return m, err
}

// Znode implements console.Source.
func (i inside) Znode(ctx context.Context, who []zk.ID, path string, from, most int) (z console.Znode, err error) {
	return z, i.look(ctx, who, path, zk.PermRead|zk.PermAdmin, func(t *tree.Tree, n tree.Node, acl []zk.ACL) {
		z.ACL = auth.Mask(slices.Clone(acl))
		if z.Readable = i.s.schemes.Allowed(acl, zk.PermRead, who); !z.Readable {
			return
		}
		z.Stat = t.Stat(n)
		owner := t.Persisted(n).EphemeralOwner
		if z.Kind = zk.OwnerKind(owner); z.Kind == zk.KindTTL {
			z.TTLMs = zk.OwnerTTLMs(owner)
		}
		data := t.Data(n)
		from = min(from, len(data))
		z.Data, z.Null = slices.Clone(data[from:min(len(data), from+most)]), data == nil
	})
}

// Children implements console.Source.
func (i inside) Children(ctx context.Context, who []zk.ID, path string, q console.ChildrenQuery) (page console.Children, err error) {
	return page, i.look(ctx, who, path, zk.PermRead, func(t *tree.Tree, n tree.Node, _ []zk.ACL) {
		first := firstNames{q: q}
		for child := t.FirstChild(n); child != 0; child = t.NextSibling(child) {
			first.offer(t.Name(child))
		}
		page = first.page()
		page.Total = int(t.NumChildren(n))
	})
}

// look finds a znode for somebody who has one of the permissions on it, and visits it on the processor's goroutine.
func (i inside) look(ctx context.Context, who []zk.ID, path string, perm zk.Perm, visit func(*tree.Tree, tree.Node, []zk.ACL)) error {
	if !i.proved(who) {
		return console.ErrNoAuth
	}
	var denied error
	err := i.s.ask(ctx, func() {
		t := i.s.proc.Tree()
		n := t.Lookup(path)
		if n == 0 {
			denied = console.ErrNoNode
			return
		}
		acl := t.ACLList(t.ACLRef(n))
		if !i.s.schemes.Allowed(acl, perm, who) {
			denied = console.ErrNoAuth
			return
		}
		visit(t, n, acl)
	})
	if err != nil {
		return err
	}
	return denied
}

// firstNames keeps the first names of those that it is offered, in at most twice their room, and one more.
type firstNames struct {
	q     console.ChildrenQuery
	names []string
	bytes int    // of the names
	last  string // of a full page: what comes after it is not kept
	more  bool
}

func (f *firstNames) offer(name []byte) {
	switch {
	case string(name) <= f.q.After && f.q.After != "", !strings.HasPrefix(string(name), f.q.Prefix):
		return
	case f.last != "" && string(name) > f.last:
		f.more = true
		return
	}
	f.names = append(f.names, string(name))
	if f.bytes += len(name); len(f.names) >= 2*f.q.Limit || f.bytes >= 2*f.q.Bytes {
		f.cut()
	}
}

func (f *firstNames) cut() {
	slices.Sort(f.names)
	f.bytes = 0
	for i, name := range f.names {
		if f.bytes += len(name); i > 0 && (i == f.q.Limit || f.bytes > f.q.Bytes) {
			f.bytes -= len(name)
			clear(f.names[i:]) // long ones are not kept by what is before them
			f.names, f.more, f.last = f.names[:i], true, f.names[i-1]
			return
		}
	}
}

func (f *firstNames) page() console.Children {
	f.cut()
	return console.Children{Names: append([]string{}, f.names...), More: f.more}
}

// Watchers implements console.Source.
func (i inside) Watchers(ctx context.Context, who []zk.ID, path string, limit int) (w console.Watchers, err error) {
	if err := i.look(ctx, who, path, zk.PermRead, func(*tree.Tree, tree.Node, []zk.ACL) {}); err != nil {
		return w, err
	}
	return w, i.s.walk(ctx, func() iter.Seq[struct{}] {
		return each2(i.s.proc.DataWatches(), func(session int64, watched string) {
			if session == 0 || watched != path {
				return
			}
			if w.Total++; len(w.Sessions) < limit {
				w.Sessions = append(w.Sessions, session)
			}
		})
	})
}

// Sessions implements console.Source.
func (i inside) Sessions(ctx context.Context, limit int) (all console.Sessions, err error) {
	places := map[int64]int{} // of those that are kept
	keep := func(info apply.SessionInfo) {
		if all.SessionCount++; len(all.Sessions) < limit {
			places[info.ID] = len(all.Sessions)
			all.Sessions = append(all.Sessions, i.session(&info))
		}
	}
	join := func(info apply.ConnInfo) {
		all.ConnsCount++
		if at, kept := places[info.SessionID]; kept {
			conn := i.conn(&info)
			all.Sessions[at].Conn = &conn
		} else if info.SessionID == 0 && len(all.Conns) < limit {
			all.Conns = append(all.Conns, i.conn(&info))
		}
	}
	err = i.s.walk(ctx, func() iter.Seq[struct{}] {
		return inTurn(each(i.s.proc.SessionList(), keep), each(i.s.proc.Conns(), join))
	})
	slices.SortFunc(all.Sessions, func(a, b console.Session) int { return cmp.Compare(uint64(a.ID), uint64(b.ID)) })
	return all, err
}

// Held implements console.Source.
func (i inside) Held(ctx context.Context, who []zk.ID, id int64, limit int) (held console.Held, err error) {
	if !i.proved(who) {
		return held, console.ErrNoAuth
	}
	found, watches := false, paths{limit: limit}
	find := func(info apply.SessionInfo) {
		if info.ID == id {
			found, held.Session = true, i.session(&info)
		}
	}
	join := func(info apply.ConnInfo) {
		if info.SessionID == id {
			conn := i.conn(&info)
			held.Session.Conn = &conn
		}
	}
	watched := func(session int64, path string) {
		if session != id {
			return
		}
		if held.WatchCount++; watches.room() && i.mayKnow(who, path) {
			watches.add(path)
		}
	}
	err = i.s.walk(ctx, func() iter.Seq[struct{}] {
		return inTurn(each(i.s.proc.SessionList(), find), each(i.s.proc.Conns(), join), each2(i.s.proc.DataWatches(), watched))
	})
	if err == nil && !found {
		err = console.ErrNoSession
	}
	if err == nil {
		err = i.s.ask(ctx, func() { held.Ephemerals = i.ephemerals(who, id, limit) })
	}
	held.Watches = watches.all
	slices.Sort(held.Ephemerals)
	slices.Sort(held.Watches)
	return held, err
}

// ephemerals lists those of a session that somebody may know of.
func (i inside) ephemerals(who []zk.ID, id int64, limit int) []string {
	t, found := i.s.proc.Tree(), paths{limit: limit}
	for n := range t.Ephemerals(id) {
		if !found.room() {
			break
		}
		if path := string(t.AppendPath(nil, n)); i.mayKnow(who, path) {
			found.add(path)
		}
	}
	return found.all
}

// pathBytesMax is how long the paths of a list may be together; any one of them is as long as a request may be.
const pathBytesMax = 1 << 20

// paths is a list that is bounded.
type paths struct {
	all          []string
	limit, bytes int
}

func (p *paths) room() bool { return len(p.all) < p.limit && p.bytes < pathBytesMax }

func (p *paths) add(path string) {
	p.all = append(p.all, path)
	p.bytes += len(path)
}

// mayKnow tells whether somebody may know that there is such a path, or that somebody waits for it: he may list its parent, or
// what is there of the way to it.
func (i inside) mayKnow(who []zk.ID, path string) bool {
	t := i.s.proc.Tree()
	for path != zk.PathRoot {
		path = path[:max(strings.LastIndexByte(path, '/'), 1)]
		if n := t.Lookup(path); n != 0 {
			return i.s.schemes.Allowed(t.ACLList(t.ACLRef(n)), zk.PermRead, who)
		}
	}
	n := t.Lookup(zk.PathRoot)
	return i.s.schemes.Allowed(t.ACLList(t.ACLRef(n)), zk.PermRead, who)
}

func (i inside) session(info *apply.SessionInfo) console.Session {
	_, nowMs := i.s.env.Clock()
	left := int64(-1)
	if info.ExpiresMs != 0 {
		left = max(info.ExpiresMs-nowMs, 0)
	}
	return console.Session{
		ID: info.ID, TimeoutMs: int64(info.TimeoutMs), ExpiresInMs: left, Ephemerals: i.s.proc.Tree().EphemeralsOf(info.ID),
	}
}

func (i inside) conn(info *apply.ConnInfo) console.Conn {
	return console.Conn{
		Addr: info.Remote.String(), OpenedMs: info.OpenedMs, Queued: int64(info.Queued), Received: info.Received, Sent: info.Sent,
		LastOp: opName(info.LastOp), LatencyAvgMs: info.Latency.Avg(), LatencyMaxMs: info.Latency.Max,
	}
}
