package interop

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// lacking is a data directory that lacks a snapshot, or seems to. It begins with a snapshot.0 and a log.1 of some writes.
type lacking struct {
	what     string
	settings []string
	ready    func(f *folder)
	// ours is what Paddock makes of it, where that is on purpose something else.
	ours string
}

// folder changes the files of a server that is down.
type folder struct {
	t    *testing.T
	path string // version-2
}

func (f *folder) remove(names ...string) {
	for _, name := range names {
		check(f.t, os.Remove(filepath.Join(f.path, name)))
	}
}

func (f *folder) cut(name string, size int64) {
	check(f.t, os.Truncate(filepath.Join(f.path, name), size))
}

func (f *folder) flip(name string, at int) {
	b, err := os.ReadFile(filepath.Join(f.path, name))
	check(f.t, err)
	b[at] ^= 1
	check(f.t, os.WriteFile(filepath.Join(f.path, name), b, 0o644))
}

func (f *folder) initialize() string { return filepath.Join(f.path, "..", "initialize") }

func lackings() []lacking {
	trust, noCreate := []string{"snapshot.trust.empty=true"}, []string{"db.autocreate=false"}
	nothing := func(f *folder) { f.remove("snapshot.0", "log.1") }
	return []lacking{
		{what: "a log and no snapshot", ready: func(f *folder) { f.remove("snapshot.0") }},
		{what: "a log and no snapshot, trusted", settings: trust, ready: func(f *folder) { f.remove("snapshot.0") }},
		{what: "a log and an empty snapshot", ready: func(f *folder) { f.cut("snapshot.0", 0) }},
		{what: "a log and a broken snapshot, trusted", settings: trust, ready: func(f *folder) { f.flip("snapshot.0", 60) }},
		{what: "a broken snapshot and no log", ready: func(f *folder) { f.flip("snapshot.0", 60); f.remove("log.1") }},
		{
			what: "nothing, db.autocreate=false", settings: noCreate, ready: nothing,
			ours: "refused", // it is better to say so than to close every connection
		},
		{what: "nothing, db.autocreate=false, initialize", settings: noCreate, ready: func(f *folder) {
			nothing(f)
			check(f.t, os.WriteFile(f.initialize(), nil, 0o644))
		}},
		{
			what: "a torn snapshot of later on, and nothing else", ready: func(f *folder) {
				f.cut("snapshot.0", 100)
				check(f.t, os.Rename(filepath.Join(f.path, "snapshot.0"), filepath.Join(f.path, "snapshot.5")))
				f.remove("log.1")
			},
			ours: "refused", // its name says that there were five transactions: better than to begin anew
		},
		{what: "an empty log and no snapshot", ready: func(f *folder) { f.remove("snapshot.0"); f.cut("log.1", 0) }},
		{what: "a renamed log and no snapshot", ready: func(f *folder) {
			f.remove("snapshot.0")
			check(f.t, os.Rename(filepath.Join(f.path, "log.1"), filepath.Join(f.path, "log.1.bak")))
		}},
	}
}

// outcome is what a server makes of a directory.
func (f *folder) outcome(s *Server) string {
	f.t.Helper()
	if err := s.Start(); err != nil {
		return "refused"
	}
	out := "closes every connection"
	if nodes, err := Dump(s.Addr()); err == nil {
		out = fmt.Sprintf("serves %d znodes", len(nodes))
	}
	check(f.t, s.Kill())
	if _, err := os.Stat(f.initialize()); !errors.Is(err, fs.ErrNotExist) {
		out += ", and leaves the file initialize"
	}
	return out
}

// TestADirectoryThatLacksASnapshotIsTakenAsApacheTakesIt gives the same damaged directories to both servers
// (FileTxnSnapLog.restore, 3.9.5).
func TestADirectoryThatLacksASnapshotIsTakenAsApacheTakesIt(t *testing.T) {
	origin := newServer(t, tools.apache)
	check(t, origin.Start())
	_, err := Workload{Seed: 3, Base: "/w", Steps: 50, BigDataBytes: 100}.Run(origin.Addr())
	check(t, err)
	check(t, origin.Kill())
	for _, c := range lackings() {
		t.Run(c.what, func(t *testing.T) {
			outcome := func(program Program) string {
				s := newServer(t, program, c.settings...)
				check(t, os.CopyFS(s.Data(), os.DirFS(origin.Data())))
				f := &folder{t: t, path: s.Data()}
				c.ready(f)
				return f.outcome(s)
			}
			want, got := outcome(tools.apache), outcome(tools.server)
			if c.ours != "" && tools.server.Name != tools.apache.Name {
				if want == c.ours {
					t.Errorf("apache does the same: %s", want)
				}
				want = c.ours
			}
			if got != want {
				t.Errorf("%s: %s, want: %s", tools.server.Name, got, want)
			}
		})
	}
}
