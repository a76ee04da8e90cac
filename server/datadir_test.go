package server

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"paddock/client"
	"paddock/zk"
)

// refused wants New to fail, and for the directory's sake or for another reason.
func (p *place) refused(t *testing.T, dirAtFault bool, words ...string) {
	t.Helper()
	s, err := New(p.config(t), "test", slog.New(&witness{t: t}))
	if err == nil {
		s.close(t)
		t.Fatal("the server starts")
	}
	var bad *DataDirError
	if errors.As(err, &bad) != dirAtFault {
		t.Errorf("a DataDirError is wanted: %v; got %v", dirAtFault, err)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("the error does not say %q: %v", w, err)
		}
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("the error has more than one line: %q", err)
	}
}

// content is every file below a directory with its bytes, and every folder. Spare segments come and go by themselves.
func content(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	check(t, filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || strings.HasPrefix(e.Name(), "paddock.spare") {
			return err
		}
		if e.IsDir() {
			found[path] = "a folder"
			return nil
		}
		b, err := os.ReadFile(path)
		found[path] = string(b)
		return err
	}))
	return found
}

func wantContent(t *testing.T, dir string, want map[string]string) {
	t.Helper()
	got := content(t, dir)
	for path := range got {
		if _, there := want[path]; !there {
			t.Errorf("%s was made", path)
		}
	}
	for path, b := range want {
		if got[path] != b {
			t.Errorf("%s was changed: %d bytes, before %d", path, len(got[path]), len(b))
		}
	}
}

func TestSecondServerOnTheSameDirectoryIsRefusedAndTouchesNothing(t *testing.T) {
	p := newPlace(t)
	r := p.start(t)
	c := r.dial(client.Options{})
	_, err := c.Create("/a", []byte("x"), zk.OpenACL(), zk.ModePersistent)
	check(t, err)
	before := content(t, p.data())
	p.refused(t, true, p.data(), "in use")
	wantContent(t, p.data(), before)
	_, err = c.SetData("/a", []byte("y"), 0)
	check(t, err)
	r.stop()
	same(t, "after the first has ended", p.peek(t), r.s.state(t))
}

func TestSecondServerIsRefusedWhenOnlyTheSnapshotsAreShared(t *testing.T) {
	p := newPlace(t)
	p.lines = append(p.lines, "dataLogDir="+filepath.Join(p.dir, "log-1"))
	r := p.start(t)
	r.dial(client.Options{})
	other := newPlace(t, "dataDir="+p.data())
	other.lines = append(other.lines, "dataLogDir="+filepath.Join(other.dir, "log-2"))
	other.refused(t, true, "in use")
}

func TestPortInUseLeavesTheDirectoryAlone(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	defer func() { check(t, l.Close()) }()
	p := newPlace(t, fmt.Sprintf("clientPort=%d", l.Addr().(*net.TCPAddr).Port))
	p.refused(t, false, l.Addr().String())
	if _, err := os.Stat(p.data()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the data directory was made: %v", err)
	}
}

func TestUnusableDirectoriesAreRefused(t *testing.T) {
	file := func(t *testing.T, p *place, name string) string {
		path := filepath.Join(p.dir, name)
		check(t, os.MkdirAll(filepath.Dir(path), 0o755))
		check(t, os.WriteFile(path, []byte("mine"), 0o644))
		return path
	}
	for name, ready := range map[string]func(*testing.T, *place) (words []string){
		"the directory is a file": func(t *testing.T, p *place) []string {
			return []string{file(t, p, "data")}
		},
		"its folder version-2 is a file": func(t *testing.T, p *place) []string {
			return []string{file(t, p, "data/version-2"), "not a directory"}
		},
		"it is below a file": func(t *testing.T, p *place) []string {
			p.lines = append(p.lines, "dataDir="+file(t, p, "f")+"/data")
			return []string{"f/data"}
		},
		"it is where nobody can make one": func(_ *testing.T, p *place) []string {
			p.lines = append(p.lines, "dataDir=/proc/paddock-test")
			return []string{"/proc/paddock-test", "cannot be created"}
		},
		"it is missing and may not be made": func(_ *testing.T, p *place) []string {
			p.lines = append(p.lines, "datadir.autocreate=false")
			return []string{"does not exist", "datadir.autocreate"}
		},
		"the log's folder is a file": func(t *testing.T, p *place) []string {
			p.lines = append(p.lines, "dataLogDir="+file(t, p, "log"))
			return []string{"log"}
		},
		"a restore has ended between two steps": func(t *testing.T, p *place) []string {
			file(t, p, "data/version-2.guard")
			return []string{"version-2.guard", "restore", "again"}
		},
		"a snapshot lies with the log": func(t *testing.T, p *place) []string {
			file(t, p, "log/version-2/snapshot.0")
			check(t, os.MkdirAll(p.version2(), 0o755))
			p.lines = append(p.lines, "dataLogDir="+filepath.Join(p.dir, "log"))
			return []string{"snapshot.0", "dataLogDir"}
		},
		"a log lies with the snapshots": func(t *testing.T, p *place) []string {
			file(t, p, "data/version-2/log.1")
			check(t, os.MkdirAll(filepath.Join(p.dir, "log", version2), 0o755))
			p.lines = append(p.lines, "dataLogDir="+filepath.Join(p.dir, "log"))
			return []string{"log.1", "dataDir"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t)
			words := ready(t, p)
			p.config(t) // writes zoo.cfg
			before := content(t, p.dir)
			p.refused(t, true, words...)
			wantContent(t, p.dir, before)
		})
	}
}

func TestLogWithoutASnapshotIsRefusedUnlessItIsTrusted(t *testing.T) {
	p := newPlace(t)
	r := p.start(t)
	c := r.dial(client.Options{})
	_, err := c.Create("/a", []byte("x"), zk.OpenACL(), zk.ModePersistent)
	check(t, err)
	r.stop()
	for _, name := range files(t, p.version2(), "snapshot.") {
		check(t, os.Remove(filepath.Join(p.version2(), name)))
	}
	before := content(t, p.data())
	p.refused(t, false, "no snapshot", "snapshot.trust.empty")
	wantContent(t, p.data(), before)
	p.lines = append(p.lines, "snapshot.trust.empty=true")
	same(t, "with snapshot.trust.empty", p.peek(t), r.s.state(t))
	p.lines = nil
	same(t, "from then on", p.peek(t), r.s.state(t))
}

// TestSettingsOfTheDiskWork runs a server with each, and restarts it with the same and then with the usual ones.
func TestSettingsOfTheDiskWork(t *testing.T) {
	for name, lines := range map[string][]string{
		"the log has its own directory":  {"dataLogDir=LOG"},
		"nothing is synced":              {"forceSync=no"},
		"no digests":                     {"digest.enabled=false", "snapCount=200"},
		"the log is not extended ahead":  {"preAllocSize=0"},
		"the log is extended by 1 KiB":   {"preAllocSize=1"},
		"the log rolls at 16 KiB":        {"txnLogSizeLimitInKb=16"},
		"snapshots by the log's size":    {"snapSizeLimitInKb=64"},
		"closeSession lists no paths":    {"closeSessionTxn.enabled=false"},
		"snapshots as they were in 3.8":  {"serializeLastProcessedZxid.enabled=false", "snapCount=200"},
		"snapshots as often as possible": {"snapCount=2"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t)
			for _, line := range lines {
				p.lines = append(p.lines, strings.Replace(line, "LOG", filepath.Join(p.dir, "log"), 1))
			}
			r := p.start(t)
			fill(t, r, 50)
			stirred := 0
			stir(t, r, func() bool { stirred++; return stirred > 20 })
			r.stop()
			want := r.s.state(t)
			same(t, "with the same settings", p.peek(t), want)
			if strings.Contains(lines[0], "LOG") {
				if n := len(files(t, p.version2(), "log.")); n != 0 || len(files(t, filepath.Join(p.dir, "log", version2), "log.")) == 0 {
					t.Errorf("%d log files lie with the snapshots", n)
				}
				return
			}
			p.lines = nil
			same(t, "with the usual settings", p.peek(t), want)
		})
	}
}

// A snapshot that cannot be written is only reported: the log holds everything that it would have.
func TestSnapshotThatCannotBeWrittenHurtsNobody(t *testing.T) {
	p := newPlace(t, manySnapshots)
	p.lines = append(p.lines, "dataLogDir="+filepath.Join(p.dir, "log"))
	r := p.start(t)
	away := p.version2() + "-away"
	check(t, os.Rename(p.version2(), away))
	r.log.expectErrors()
	fill(t, r, 50)
	stir(t, r, func() bool { return r.log.heard("snapshot") && r.log.heard("no such file") })
	check(t, r.dial(client.Options{}).Sync("/"))
	check(t, os.Rename(away, p.version2()))
	begun := len(files(t, p.version2(), "snapshot."))
	stir(t, r, func() bool { return len(files(t, p.version2(), "snapshot.")) > begun })
	r.stop()
	same(t, "after a restart", p.peek(t), r.s.state(t))
}
