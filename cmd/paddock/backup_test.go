package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"paddock/backup"
	"paddock/client"
	"paddock/disk"
	"paddock/interop"
	"paddock/snap"
	"paddock/tree"
	"paddock/zk"
)

// effect is what one acknowledged transaction has left of a znode.
type effect struct {
	zxid    int64
	deleted bool
	data    string
	stat    zk.Stat // as the reply told it, but for numChildren
}

// writer is a client that writes in a known order below a znode of its own, and remembers every answer.
type writer struct {
	c    *client.Client
	base string

	mu      sync.Mutex
	effects map[string][]effect // by path, in order
	acked   int64               // the highest zxid
	edits   []int64             // zxids of creates and deletes below base
}

func newWriter(t *testing.T, addr, base string) *writer {
	t.Helper()
	c, err := client.Dial(context.Background(), addr, client.Options{SessionTimeout: 40 * time.Second})
	check(t, err)
	t.Cleanup(c.Disconnect)
	w := &writer{c: c, base: base, effects: map[string][]effect{}}
	_, st, err := c.Create2(base, nil, zk.OpenACL(), zk.ModePersistent)
	check(t, err)
	w.note(base, effect{zxid: st.Czxid, stat: st})
	_, st, err = c.Create2(base+"/counter", nil, zk.OpenACL(), zk.ModePersistent)
	check(t, err)
	w.note(base+"/counter", effect{zxid: st.Czxid, stat: st})
	w.edits = append(w.edits, st.Czxid)
	return w
}

func (w *writer) note(path string, e effect) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.effects[path] = append(w.effects[path], e)
	w.acked = max(w.acked, e.zxid)
}

// write goes on until the end of a test's load. Its i-th request depends on i only.
func (w *writer) write(over *atomic.Bool) error {
	for i := 0; !over.Load(); i++ {
		path, data := fmt.Sprintf("%s/n%d", w.base, i/3), fmt.Sprintf("request %d", i)
		switch i % 3 {
		case 0:
			_, st, err := w.c.Create2(path, []byte(data), zk.OpenACL(), zk.CreateMode(i/3%2)) // every other one ephemeral
			if err != nil {
				return err
			}
			w.edits = append(w.edits, st.Czxid)
			w.note(path, effect{zxid: st.Czxid, data: data, stat: st})
		case 1:
			st, err := w.c.SetData(w.base+"/counter", []byte(data), -1)
			if err != nil {
				return err
			}
			w.note(w.base+"/counter", effect{zxid: st.Mzxid, data: data, stat: st})
		case 2:
			const alive = 150
			if i/3 < alive {
				continue
			}
			path = fmt.Sprintf("%s/n%d", w.base, i/3-alive)
			if err := w.c.Delete(path, -1); err != nil {
				return err
			}
			w.edits = append(w.edits, w.c.LastZxid())
			w.note(path, effect{zxid: w.c.LastZxid(), deleted: true})
		}
	}
	return nil
}

func (w *writer) ackedUpTo() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.acked
}

// differs says how a tree differs from what the writer's requests up to the zxid have made: Stats and data of every znode.
func (w *writer) differs(t *tree.Tree, zxid int64) error {
	living := 0
	for path, effects := range w.effects {
		var last effect
		for _, e := range effects {
			if e.zxid <= zxid {
				last = e
			}
		}
		n := t.Lookup(path)
		switch {
		case last.zxid == 0 || last.deleted:
			if n != 0 {
				return fmt.Errorf("%s is there", path)
			}
			continue
		case n == 0:
			return fmt.Errorf("%s, of zxid %#x, is missing", path, last.zxid)
		}
		living++
		want := last.stat
		want.NumChildren = t.NumChildren(n)
		if path == w.base {
			for _, z := range w.edits {
				if z <= zxid {
					want.CVersion++
					want.Pzxid = z
				}
			}
		}
		if got := t.Stat(n); got != want || string(t.Data(n)) != last.data {
			return fmt.Errorf("%s is %q %+v, want %q %+v", path, t.Data(n), got, last.data, want)
		}
	}
	if n := int(t.NumChildren(t.Lookup(w.base))); n != living-1 {
		return fmt.Errorf("%s has %d children, want %d", w.base, n, living-1)
	}
	return nil
}

// backupServer is a server under load, Paddock or Apache ZooKeeper.
type backupServer struct {
	addr string
	dir  string // with data below
	stop func()
}

func paddockServer(t *testing.T) backupServer {
	dir := t.TempDir()
	p := launch(t, command(dir, "server", zooCfg(t, dir, "snapCount=400"), "-Dzookeeper.preAllocSize=64"))
	return backupServer{addr: p.addr, dir: dir, stop: func() { p.end(9) }}
}

func apacheServer(t *testing.T) backupServer {
	cache, err := interop.FindCache()
	check(t, err)
	program := interop.ApacheProgram(cache.ApacheJars())
	program.Argv = append([]string{program.Argv[0], "-Dzookeeper.snapCount=400"}, program.Argv[1:]...)
	dir := t.TempDir()
	s, err := interop.NewServer(program, dir, "preAllocSize=64")
	check(t, err)
	t.Cleanup(func() { _ = s.Kill() })
	check(t, s.Start())
	return backupServer{addr: s.Addr(), dir: dir, stop: func() { check(t, s.Kill()) }}
}

// TestEveryBackupOfALoadedServerIsTheStateOfItsZxid writes from three clients while the server takes snapshots, rolls its log
// and has old files purged, takes backup after backup, and holds each against the answers that the clients got.
func TestEveryBackupOfALoadedServerIsTheStateOfItsZxid(t *testing.T) {
	for name, start := range map[string]func(*testing.T) backupServer{"Paddock": paddockServer, "ZooKeeper": apacheServer} {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			backups, writers := backUpUnderLoad(t, s, 6)
			fuzzy := 0
			for _, dir := range backups {
				m, err := backup.Verify(disk.OS{}, dir, slog.New(slog.DiscardHandler))
				check(t, err)
				l, err := snap.LoadFile(disk.OS{}, filepath.Join(dir, m.File), slog.New(slog.DiscardHandler))
				check(t, err)
				check(t, l.Tree.Check())
				for _, w := range writers {
					if err := w.differs(l.Tree, l.Zxid); err != nil {
						t.Fatalf("%s: %v", dir, err)
					}
				}
				if len(l.Sessions) != len(writers) {
					t.Errorf("%d sessions", len(l.Sessions))
				}
				if l.Zxid > 400 {
					fuzzy++
				}
			}
			if fuzzy < 2 {
				t.Errorf("only %d backups were taken behind a snapshot under load", fuzzy)
			}
			s.stop()
			last := backups[len(backups)-1]
			t.Run("restored", func(t *testing.T) { startBothFrom(t, last) })
		})
	}
}

// backUpUnderLoad takes some backups, and gives them with the writers, which have ended.
func backUpUnderLoad(t *testing.T, s backupServer, count int) ([]string, []*writer) {
	t.Helper()
	var over atomic.Bool
	var crowd sync.WaitGroup
	var writers []*writer
	errs := make(chan error, 10)
	for i := range 3 {
		w := newWriter(t, s.addr, fmt.Sprintf("/writer%d", i))
		writers = append(writers, w)
		crowd.Go(func() { errs <- w.write(&over) })
	}
	var backups []string
	for i := range count {
		acked := int64(math.MaxInt64)
		waitFor(t, "the next requests", func() bool { return writers[0].ackedUpTo() > int64(300*(i+1)) })
		for _, w := range writers {
			acked = min(acked, w.ackedUpTo())
		}
		if i == count/2 { // in the midst of it
			code, _, stderr := run(t, s.dir, "purge", "data", "-n", "3")
			if code != 0 {
				t.Fatal(stderr)
			}
		}
		if code, out, stderr := run(t, s.dir, "log", "verify", "data"); code != 0 {
			t.Errorf("verify: exit code %d\n%s%s", code, out, stderr)
		}
		code, out, stderr := run(t, s.dir, "backup", "backups", "-dataDir", "data", "-o", "json")
		if code != 0 {
			t.Fatalf("exit code %d\n%s", code, stderr)
		}
		var told struct{ Backup, Zxid string }
		check(t, json.Unmarshal([]byte(out), &told))
		var zxid int64
		if _, err := fmt.Sscanf(told.Zxid, "0x%x", &zxid); err != nil || zxid < acked {
			t.Errorf("a backup of zxid %s begun when %#x was acknowledged: %v", told.Zxid, acked, err)
		}
		backups = append(backups, filepath.Join(s.dir, told.Backup))
	}
	over.Store(true)
	crowd.Wait()
	for range writers {
		check(t, <-errs)
	}
	return backups, writers
}

// startBothFrom restores a backup for each server and reads the tree back through it.
func startBothFrom(t *testing.T, dir string) {
	t.Helper()
	m, err := backup.ReadManifest(disk.OS{}, dir)
	check(t, err)
	l, err := snap.LoadFile(disk.OS{}, filepath.Join(dir, m.File), slog.New(slog.DiscardHandler))
	check(t, err)
	cache, err := interop.FindCache()
	check(t, err)
	ours := interop.Program{Name: "paddock", Argv: []string{"env", actEnv + "=1", os.Args[0], "server"}}
	for _, program := range []interop.Program{ours, interop.ApacheProgram(cache.ApacheJars())} {
		t.Run(program.Name, func(t *testing.T) {
			place := t.TempDir()
			s, err := interop.NewServer(program, place, "dataLogDir="+filepath.Join(place, "logs"))
			check(t, err)
			code, _, stderr := run(t, place, "restore", dir, "-config", "zoo.cfg")
			if code != 0 {
				t.Fatalf("exit code %d\n%s", code, stderr)
			}
			t.Cleanup(func() { _ = s.Kill() })
			check(t, s.Start())
			sameTree(t, s.Addr(), l.Tree)
			c, err := client.Dial(context.Background(), s.Addr(), client.Options{SessionTimeout: 40 * time.Second})
			check(t, err)
			defer c.Disconnect()
			if _, st, err := c.Create2("/after", nil, zk.OpenACL(), zk.ModePersistent); err != nil || st.Czxid <= l.Zxid {
				t.Errorf("the first create has zxid %#x behind %#x: %v", st.Czxid, l.Zxid, err)
			}
		})
	}
}

// sameTree reads every znode through the server.
func sameTree(t *testing.T, addr string, want *tree.Tree) {
	t.Helper()
	nodes, err := interop.Dump(addr)
	check(t, err)
	seen := 0
	for _, n := range nodes {
		at := want.Lookup(n.Path)
		if at == 0 {
			t.Fatalf("%s is there", n.Path)
		}
		seen++
		got := zk.Stat{
			Czxid: n.Stat.Czxid, Mzxid: n.Stat.Mzxid, Ctime: n.Stat.Ctime, Mtime: n.Stat.Mtime,
			Version: n.Stat.Version, CVersion: n.Stat.Cversion, AVersion: n.Stat.Aversion, EphemeralOwner: n.Stat.EphemeralOwner,
			DataLength: n.Stat.DataLength, NumChildren: n.Stat.NumChildren, Pzxid: n.Stat.Pzxid,
		}
		if st := want.Stat(at); got != st || string(n.Data) != string(want.Data(at)) {
			t.Fatalf("%s is %q %+v, want %q %+v", n.Path, n.Data, got, want.Data(at), st)
		}
	}
	const rootAgain = 1
	if seen+rootAgain != want.Count() {
		t.Errorf("%d znodes, want %d", seen, want.Count()-rootAgain)
	}
}

// stored makes a data directory with a few znodes, and a backup of it.
func stored(t *testing.T) (dir, made string) {
	t.Helper()
	dir = t.TempDir()
	p := launch(t, command(dir, "server", zooCfg(t, dir)))
	c := p.dial(client.Options{})
	for i := range 20 {
		_, err := c.Create(fmt.Sprintf("/z%d", i), []byte("data"), zk.OpenACL(), zk.ModePersistent)
		check(t, err)
	}
	check(t, c.Close())
	p.end(15)
	code, out, stderr := run(t, dir, "backup", "backups", "--config", "zoo.cfg")
	if code != 0 {
		t.Fatal(stderr)
	}
	return dir, strings.TrimSpace(out)
}

func TestADamagedBackupIsRefusedAndChangesNothing(t *testing.T) {
	dir, made := stored(t)
	manifest := filepath.Join(dir, made, "manifest.json")
	text, err := os.ReadFile(manifest)
	check(t, err)
	m, err := backup.ReadManifest(disk.OS{}, filepath.Join(dir, made))
	check(t, err)
	file := filepath.Join(dir, made, m.File)
	snapshot, err := os.ReadFile(file)
	check(t, err)
	for name, spoil := range map[string]func() error{
		"a flipped bit in the snapshot": func() error {
			b := append([]byte{}, snapshot...)
			b[len(b)/2] ^= 1
			return os.WriteFile(file, b, 0o600)
		},
		"a snapshot cut short":       func() error { return os.WriteFile(file, snapshot[:len(snapshot)-1], 0o600) },
		"no snapshot":                func() error { return os.Remove(file) },
		"a manifest that is no JSON": func() error { return os.WriteFile(manifest, text[:40], 0o600) },
		"a manifest of another zxid": func() error {
			return os.WriteFile(manifest, []byte(strings.Replace(string(text), m.Zxid, "0x7777", 1)), 0o600)
		},
		"a manifest with another digest": func() error {
			return os.WriteFile(manifest, []byte(strings.Replace(string(text), m.Digest, "abc", 1)), 0o600)
		},
		"a manifest of the future": func() error {
			return os.WriteFile(manifest, []byte(strings.Replace(string(text), `"version": 1`, `"version": 2`, 1)), 0o600)
		},
		"a manifest that names a file elsewhere": func() error {
			return os.WriteFile(manifest, []byte(strings.Replace(string(text), m.File, "../../data/version-2/snapshot.0", 1)), 0o600)
		},
	} {
		t.Run(name, func(t *testing.T) {
			check(t, spoil())
			code, out, stderr := run(t, dir, "restore", made, "-dataDir", "fresh")
			if code != 1 || out != "" || !strings.Contains(stderr, "damaged") {
				t.Errorf("exit code %d\n%s%s", code, out, stderr)
			}
			if entries, err := os.ReadDir(filepath.Join(dir, "fresh")); err == nil && len(entries) > 0 {
				t.Errorf("it left %v", entries)
			}
			check(t, errors.Join(os.WriteFile(manifest, text, 0o600), os.WriteFile(file, snapshot, 0o600)))
		})
	}
	if code, _, stderr := run(t, dir, "restore", made, "-dataDir", "fresh"); code != 0 {
		t.Errorf("the good one: exit code %d\n%s", code, stderr)
	}
}

func TestRestoreRefusesWhatIsInUseOrFull(t *testing.T) {
	dir, made := stored(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	defer func() { _ = listener.Close() }()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	check(t, err)
	refused := func(want string, args ...string) {
		t.Helper()
		code, out, stderr := run(t, dir, append([]string{"restore", made}, args...)...)
		if code != 1 || out != "" || !strings.Contains(stderr, want) {
			t.Errorf("exit code %d, expected %q\n%s%s", code, want, out, stderr)
		}
	}
	refused("the data directory is not empty", "-dataDir", "data")
	p := launch(t, command(dir, "server", zooCfg(t, dir)))
	refused("a server uses the data directory", "-dataDir", "data", "--move-aside")
	p.end(15)
	zooCfg(t, dir, "clientPort="+port)
	refused("something listens on 127.0.0.1:"+port, "-config", "zoo.cfg", "--move-aside")
	if code, _, stderr := run(t, dir, "restore", made, "-dataDir", "data", "--move-aside"); code != 0 || !strings.Contains(stderr, "is kept in data/version-2.before-restore-") {
		t.Errorf("exit code %d\n%s", code, stderr)
	}
	kept, err := filepath.Glob(filepath.Join(dir, "data", "version-2.before-restore-*", "snapshot.0"))
	if err != nil || len(kept) != 1 {
		t.Errorf("kept %v, %v", kept, err)
	}
	if code, _, stderr := run(t, dir, "restore", "backups", "-dataDir", "data"); code != 2 || !strings.Contains(stderr, "the newest is "+made) {
		t.Errorf("exit code %d\n%s", code, stderr)
	}
}

func TestKeepRemovesTheOldestBackups(t *testing.T) {
	dir, first := stored(t)
	check(t, os.Mkdir(filepath.Join(dir, "backups", "backup-of-mine"), 0o700))
	for range 3 {
		if code, _, stderr := run(t, dir, "backup", "backups", "-dataDir", "data", "--keep", "2"); code != 0 {
			t.Fatal(stderr)
		}
	}
	entries, err := os.ReadDir(filepath.Join(dir, "backups"))
	check(t, err)
	if len(entries) != 3 || entries[2].Name() != "backup-of-mine" || entries[0].Name() == filepath.Base(first) {
		t.Errorf("the folder holds %v", entries)
	}
}
