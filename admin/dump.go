package admin

import (
	"cmp"
	"slices"
	"strconv"
	"time"
)

// dump prints who ends when, and who owns what (DumpCommand, 3.9.5).
func dump(l *lines, v *View, src Source) {
	l.text("SessionTracker dump:\nSession ")
	sessions := expiries{}
	for _, s := range v.Sessions {
		sessions.add(s.ExpiresMs, "0x"+strconv.FormatUint(uint64(s.ID), 16))
	}
	l.expiries(sessions, v)
	l.text("ephemeral nodes dump:\n")
	owned := bySession(v.Ephemerals)
	l.text("Sessions with Ephemerals (", strconv.Itoa(len(owned)), "):\n")
	for _, o := range owned {
		l.hex("0x", o.session)
		l.text(":\n")
		for _, path := range o.paths {
			l.text("\t", path, "\n")
		}
	}
	l.text("Connections dump:\nConnections ")
	l.expiries(connExpiries(v, src.Conf().SessionlessMs), v)
}

// connExpiries tells when silence would end each connection: with its session, or without one in time.
func connExpiries(v *View, sessionlessMs int64) expiries {
	e := expiries{}
	for i := range v.Conns {
		c := &v.Conns[i]
		at := c.ExpiresMs
		if at == 0 {
			at = c.EstablishedMs + sessionlessMs + v.NowMonoMs - v.NowWallMs
		}
		e.add(at, "ip: "+javaAddr(c.Addr)+" sessionId: 0x"+strconv.FormatUint(uint64(c.SessionID), 16))
	}
	return e
}

// expiries is what ends at which time, in monotonic milliseconds; 0 is what is ending already.
type expiries map[int64][]string

func (e expiries) add(atMs int64, what string) { e[atMs] = append(e[atMs], what) }

// expiries prints in the form of ExpiryQueue.dump, 3.9.5. What is ending is counted and not listed.
func (l *lines) expiries(e expiries, v *View) {
	count := 0
	var times []int64
	for at, list := range e {
		count += len(list)
		if at != 0 {
			times = append(times, at)
		}
	}
	slices.Sort(times)
	l.text("Sets (", strconv.Itoa(len(times)), ")/(", strconv.Itoa(count), "):\n")
	for _, at := range times {
		list := e[at]
		slices.Sort(list)
		l.integer("", int64(len(list)))
		l.text(" expire at ", javaDate(v.NowWallMs+at-v.NowMonoMs), ":\n")
		for _, what := range list {
			l.text("\t", what, "\n")
		}
	}
}

// javaDate prints a time as Java's Date.toString.
func javaDate(wallMs int64) string {
	return time.UnixMilli(wallMs).Format("Mon Jan 02 15:04:05 MST 2006")
}

// sessionPaths are the paths of one session, sorted.
type sessionPaths struct {
	session int64
	paths   []string
}

// bySession groups by session, in ascending order.
func bySession(all []Owned) []sessionPaths {
	index := map[int64]int{}
	var groups []sessionPaths
	for _, o := range all {
		i, known := index[o.Session]
		if !known {
			i = len(groups)
			index[o.Session] = i
			groups = append(groups, sessionPaths{session: o.Session})
		}
		groups[i].paths = append(groups[i].paths, o.Path)
	}
	for _, g := range groups {
		slices.Sort(g.paths)
	}
	slices.SortFunc(groups, func(a, b sessionPaths) int { return cmp.Compare(a.session, b.session) })
	return groups
}

// pathSessions are the sessions of one path, sorted.
type pathSessions struct {
	path     string
	sessions []int64
}

// byPath groups by path, in ascending order.
func byPath(all []Owned) []pathSessions {
	index := map[string]int{}
	var groups []pathSessions
	for _, o := range all {
		i, known := index[o.Path]
		if !known {
			i = len(groups)
			index[o.Path] = i
			groups = append(groups, pathSessions{path: o.Path})
		}
		groups[i].sessions = append(groups[i].sessions, o.Session)
	}
	for _, g := range groups {
		slices.Sort(g.sessions)
	}
	slices.SortFunc(groups, func(a, b pathSessions) int { return cmp.Compare(a.path, b.path) })
	return groups
}

// wchs, wchc and wchp know the data watches only, as ZooKeeper's (WatchCommand, DataTree.dumpWatches, 3.9.5).
func wchs(l *lines, v *View, _ Source) {
	l.integer("", v.Stats.DataWatchConns)
	l.integer(" connections watching ", v.Stats.DataWatchPaths)
	l.number(" paths\nTotal watches:", v.Stats.DataWatches)
}

func wchc(l *lines, v *View, _ Source) {
	for _, g := range bySession(v.Watches) {
		l.hex("0x", g.session)
		l.text("\n")
		for _, path := range g.paths {
			l.text("\t", path, "\n")
		}
	}
	l.text("\n")
}

func wchp(l *lines, v *View, _ Source) {
	for _, g := range byPath(v.Watches) {
		l.text(g.path, "\n")
		for _, session := range g.sessions {
			l.hex("\t0x", session)
			l.text("\n")
		}
	}
	l.text("\n")
}

// hash is the history of the tree's digest (DigestCommand, 3.9.5).
func hash(l *lines, v *View, _ Source) {
	for _, d := range v.Digests {
		l.hex("", d.Zxid)
		l.number(": ", d.Digest)
	}
}
