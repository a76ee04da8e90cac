package powercut

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"paddock/disk"
	"paddock/server"
	"paddock/tree"
)

// Point is the moment before a call that changes the disk.
type Point struct {
	World *World
	Call  disk.Call
}

// Found is what a server finds after its end.
type Found struct {
	Before *disk.Sim // what the end has left
	Disk   *disk.Sim // after recovery
	Zxid   int64     // of the last transaction

	hist  *history // up to it
	shown int64    // the highest zxid that any client had seen
}

// torn tells that the recovery had to cut something off.
func (f *Found) torn() bool {
	entries, err := f.Disk.ReadDir(logDir)
	return err == nil && slices.ContainsFunc(entries, func(e disk.Entry) bool { return strings.HasPrefix(e.Name, "paddock.cut.") })
}

// Unsynced is how many sectors, lengths and names may survive or not.
func (p *Point) Unsynced() int { return p.World.disk.Unsynced() }

// Recover cuts the power here and starts the server again, on what fate leaves.
func (p *Point) Recover(fate func() bool) (Found, error) {
	d := p.World.disk.Clone()
	d.Crash(fate)
	return p.recover(d, "power cut")
}

// Kill ends the process here and starts it again: all that was written is there, and none of it is safer than before.
func (p *Point) Kill() (Found, error) { return p.recover(p.World.disk.Clone(), "killed") }

// recover starts a server, and, because that has to make no difference any more, another one on the very least that a
// power cut leaves of the first one's recovery.
func (p *Point) recover(before *disk.Sim, how string) (Found, error) {
	f := Found{Before: before, Disk: before.Clone(), shown: p.World.shown}
	var err error
	if f.Zxid, err = p.load(f.Disk); err != nil {
		return f, fmt.Errorf("%s before %+v: %w", how, p.Call, err)
	}
	again := f.Disk.Clone()
	again.Crash(nil)
	second, err := p.load(again)
	if err != nil {
		return f, fmt.Errorf("%s before %+v, and power cut after recovery: %w", how, p.Call, err)
	}
	if f.Zxid != second {
		return f, fmt.Errorf("%s before %+v: recovered up to zxid %d, after another power cut up to %d", how, p.Call, f.Zxid, second)
	}
	if p.World.hist != nil {
		f.hist = p.World.hist.upTo(f.Zxid)
	}
	return f, nil
}

// load starts a server on the disk, compares what it finds with the model, and lets go of it.
func (p *Point) load(d *disk.Sim) (zxid int64, err error) {
	w := p.World
	said := &witness{}
	env := w.env()
	env.FS, env.Net = d, newNetwork()
	srv, err := server.NewIn(env, w.cfg, "powercut", slog.New(said))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, srv.Discard(), said.err()) }()
	found := srv.Loaded()
	if w.hist == nil { // the first start of all has nothing to lose
		return found.Zxid, nil
	}
	want, there := w.hist.at(found.Zxid)
	if !there || found.Zxid < w.shown {
		return 0, fmt.Errorf("recovered up to zxid %d; clients have seen %d, the last one made is %d", found.Zxid, w.shown, w.hist.last().zxid)
	}
	return found.Zxid, compare(found, want)
}

// compare says how what was found differs from the model.
func compare(found server.Loaded, want state) error {
	if err := found.Tree.Check(); err != nil {
		return err
	}
	var wrong []string
	got := stateOf(found)
	if got.zxid != want.zxid {
		wrong = append(wrong, fmt.Sprintf("zxid %d instead of %d", got.zxid, want.zxid))
	}
	for path, n := range got.nodes {
		if w, there := want.nodes[path]; !there || !n.equal(w) {
			wrong = append(wrong, fmt.Sprintf("%s is %.300s, want (there: %v) %.300s", path, fmt.Sprintf("%+v", n), there, fmt.Sprintf("%+v", w)))
		}
	}
	for path := range want.nodes {
		if _, there := got.nodes[path]; !there {
			wrong = append(wrong, path+" is missing")
		}
	}
	wrong = append(wrong, compareSessions(found.Sessions, want)...)
	if len(wrong) == 0 {
		return nil
	}
	slices.Sort(wrong)
	return fmt.Errorf("after zxid %d: %s", found.Zxid, strings.Join(wrong[:min(len(wrong), 5)], "; "))
}

// compareSessions lets a session of the model that was never granted stand for any that nobody else stands for.
func compareSessions(got map[int64]int32, want state) (wrong []string) {
	open := 0
	for s := range want.sessions {
		switch timeoutMs, there := got[s.id]; {
		case s.id == 0:
			open++
		case !there || timeoutMs != s.timeoutMs:
			wrong = append(wrong, fmt.Sprintf("session %x has the timeout %d (there: %v), want %d", s.id, timeoutMs, there, s.timeoutMs))
		}
	}
	if len(got) != len(want.sessions) {
		wrong = append(wrong, fmt.Sprintf("%d sessions, want %d, %d of them not granted", len(got), len(want.sessions), open))
	}
	return wrong
}

func (n znode) equal(o znode) bool {
	return n.data == o.data && n.stat == o.stat && n.children == o.children && slices.Equal(n.acl, o.acl)
}

// stateOf takes a tree down.
func stateOf(l server.Loaded) state {
	s := state{zxid: l.Zxid, nodes: map[string]znode{}, sessions: map[*session]bool{}}
	var visit func(n tree.Node, path string)
	visit = func(n tree.Node, path string) {
		z := znode{
			data: string(l.Tree.Data(n)), acl: slices.Clone(l.Tree.ACLList(l.Tree.ACLRef(n))), stat: l.Tree.Persisted(n),
			children: l.Tree.NumChildren(n),
		}
		s.nodes[path] = z
		for c := l.Tree.FirstChild(n); c != 0; c = l.Tree.NextSibling(c) {
			visit(c, strings.TrimSuffix(path, "/")+"/"+string(l.Tree.Name(c)))
		}
	}
	visit(l.Tree.Lookup("/"), "/")
	for id, timeoutMs := range l.Sessions {
		s.sessions[&session{id: id, timeoutMs: timeoutMs}] = true
	}
	return s
}
