package server

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"paddock/client"
	"paddock/zk"
)

// emptyCase is a data directory that lacks a snapshot, or seems to. It begins with a snapshot.0, and a log.1 that makes /a.
type emptyCase struct {
	what  string
	lines []string
	ready func(e *emptied)
	// refused are words of the refusal; nil if it is served.
	refused []string
	dataDir bool // the refusal is about the directory: exit code 3
	a       bool // /a is there
}

// emptied changes the files of a place.
type emptied struct {
	t *testing.T
	p *place
}

func (e *emptied) path(name string) string { return filepath.Join(e.p.version2(), name) }

func (e *emptied) remove(names ...string) {
	for _, name := range names {
		check(e.t, os.Remove(e.path(name)))
	}
}

func (e *emptied) cut(name string, size int64) { check(e.t, os.Truncate(e.path(name), size)) }

func (e *emptied) flip(name string, at int) {
	b, err := os.ReadFile(e.path(name))
	check(e.t, err)
	b[at] ^= 1
	check(e.t, os.WriteFile(e.path(name), b, 0o644))
}

func (e *emptied) initialize() {
	check(e.t, os.WriteFile(filepath.Join(e.p.data(), initializeFile), nil, 0o644))
}

func emptyCases() []emptyCase {
	trust, noCreate := []string{"snapshot.trust.empty=true"}, []string{"db.autocreate=false"}
	missing := []string{"no snapshot", "log.1", "snapshot.trust.empty"}
	broken := []string{"none of 1 snapshots", "snapshot.0"}
	none := func(e *emptied) { e.remove("snapshot.0") }
	empty := func(e *emptied) { e.cut("snapshot.0", 0) }
	torn := func(e *emptied) { e.cut("snapshot.0", 100) }
	flipped := func(e *emptied) { e.flip("snapshot.0", 60) }
	nothing := func(e *emptied) { e.remove("snapshot.0", "log.1") }
	return []emptyCase{
		{what: "a log and no snapshot", ready: none, refused: missing},
		{what: "a log and no snapshot, trusted", lines: trust, ready: none, a: true},
		{what: "a log and an empty snapshot", ready: empty, refused: missing},
		{what: "a log and an empty snapshot, trusted", lines: trust, ready: empty, a: true},
		{what: "a log and a torn snapshot", ready: torn, refused: missing},
		{what: "a log and a torn snapshot, trusted", lines: trust, ready: torn, a: true},
		{what: "a log and a broken snapshot", ready: flipped, refused: broken},
		{what: "a log and a broken snapshot, trusted", lines: trust, ready: flipped, refused: broken},
		{what: "a broken snapshot and no log", ready: func(e *emptied) { flipped(e); e.remove("log.1") }, refused: broken},
		{what: "an empty snapshot and no log", ready: func(e *emptied) { empty(e); e.remove("log.1") }},
		{what: "a broken snapshot and an older one", ready: func(e *emptied) {
			b, err := os.ReadFile(e.path("snapshot.0"))
			check(e.t, err)
			check(e.t, os.WriteFile(e.path("snapshot.2"), b, 0o644))
			e.flip("snapshot.2", 60)
		}, a: true},
		{what: "nothing", ready: nothing},
		{what: "nothing, trusted", lines: trust, ready: nothing},
		{what: "nothing, db.autocreate=false", lines: noCreate, ready: nothing, refused: []string{"db.autocreate", "initialize"}, dataDir: true},
		{what: "nothing, db.autocreate=false, initialize", lines: noCreate, ready: func(e *emptied) { nothing(e); e.initialize() }},
		{what: "everything, db.autocreate=false", lines: noCreate, ready: func(*emptied) {}, a: true},
		{what: "everything, initialize", ready: func(e *emptied) { e.initialize() }, a: true},
		{what: "an empty log and no snapshot", ready: func(e *emptied) { e.remove("snapshot.0"); e.cut("log.1", 0) }, refused: missing},
		{what: "an empty log and no snapshot, trusted", lines: trust, ready: func(e *emptied) { e.remove("snapshot.0"); e.cut("log.1", 0) }},
		{what: "a log's header and no snapshot", ready: func(e *emptied) { e.remove("snapshot.0"); e.cut("log.1", 16) }, refused: missing},
		{what: "a renamed log and no snapshot", ready: func(e *emptied) {
			e.remove("snapshot.0")
			check(e.t, os.Rename(e.path("log.1"), e.path("log.1.bak")))
		}, refused: []string{"no snapshot", "log.1.bak"}},
	}
}

// What these become in Apache ZooKeeper, interop shows.
func TestADirectoryThatLacksASnapshot(t *testing.T) {
	origin := newPlace(t, "preAllocSize=0") // one log file, whenever the next one is ready
	r := origin.start(t)
	_, err := r.dial(client.Options{}).Create("/a", []byte("x"), zk.OpenACL(), zk.ModePersistent)
	check(t, err)
	r.stop()
	for _, c := range emptyCases() {
		t.Run(c.what, func(t *testing.T) {
			p := newPlace(t, c.lines...)
			check(t, os.CopyFS(p.data(), os.DirFS(origin.data())))
			e := &emptied{t: t, p: p}
			c.ready(e)
			p.config(t) // writes zoo.cfg
			before := content(t, p.data())
			if c.refused != nil {
				p.refused(t, c.dataDir, c.refused...)
				wantContent(t, p.data(), before)
				return
			}
			if _, there := p.peek(t).znodes["/a"]; there != c.a {
				t.Errorf("/a is there: %v, want %v", there, c.a)
			}
			if names := files(t, p.version2(), "snapshot."); len(names) == 0 {
				t.Error("no snapshot was left")
			}
			if names := files(t, p.data(), initializeFile); len(names) != 0 {
				t.Errorf("%v is left", names)
			}
			p.lines = nil
			if _, there := p.peek(t).znodes["/a"]; there != c.a {
				t.Errorf("from then on /a is there: %v, want %v", there, c.a)
			}
		})
	}
}

func TestAnUnfinishedSnapshotOfBeforeIsRemoved(t *testing.T) {
	p := newPlace(t)
	p.peek(t)
	left := filepath.Join(p.version2(), "writing.snapshot")
	check(t, os.WriteFile(left, []byte("half of one"), 0o644))
	p.peek(t)
	if names := files(t, p.version2(), "writing."); slices.Contains(names, "writing.snapshot") {
		t.Error("it is still there")
	}
}
