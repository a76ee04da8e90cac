package backup

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"paddock/codec"
	"paddock/disk"
	"paddock/snap"
	"paddock/wal"
	"paddock/zk"
)

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// server writes a log as a server does: transaction z creates /n<z> with data of some length.
type server struct {
	t    *testing.T
	dir  string // version-2
	w    *wal.Writer
	last int64
	over bool
}

// stop ends the writer.
func (s *server) stop() {
	s.t.Helper()
	if s.over {
		return
	}
	s.over = true
	check(s.t, s.w.Close())
}

// preallocBytes is several times what the log is read in at once: so its end is read again when it is judged.
const preallocBytes = 2 << 20

func newServer(t *testing.T) *server {
	t.Helper()
	dir := filepath.Join(t.TempDir(), version2)
	check(t, os.Mkdir(dir, 0o700))
	check(t, snap.WriteEmpty(snap.Config{FS: disk.OS{}, Dir: dir, Log: quiet(), Now: now}))
	w, err := wal.Open(wal.Config{Dir: dir, PreallocBytes: preallocBytes}, wal.Position{})
	check(t, err)
	for w.Stats().Spares == 0 {
		time.Sleep(time.Millisecond) // so that the first file has zeros behind its end too
	}
	s := &server{t: t, dir: dir, w: w}
	t.Cleanup(s.stop)
	return s
}

// write commits n transactions of so many bytes in one batch.
func (s *server) write(n, bytes int, roll bool) {
	s.t.Helper()
	b := wal.NewBatch()
	b.Roll = roll
	for range n {
		s.last++
		h := codec.TxnHeader{ClientID: 1, Cxid: int32(s.last), Zxid: s.last, TimeMs: s.last, Type: zk.OpCreate}
		txn := codec.Txn{
			Type: zk.OpCreate, Path: fmt.Sprintf("/n%d", s.last), Data: []byte(strings.Repeat("x", bytes)),
			ACL: zk.OpenACL(), ParentCVersion: int32(s.last),
		}
		b.Finish(codec.AppendTxn(b.Start(), &h, &txn, codec.TxnDigest{}), s.last)
	}
	s.w.Submit(b)
	if d := <-s.w.Committed(); d.Err != nil {
		s.t.Error(d.Err)
	}
}

func (s *server) source(fs disk.FS) Source {
	return Source{FS: fs, SnapDir: s.dir, LogDir: s.dir, Log: quiet(), Patience: time.Minute}
}

// wantPrefix checks that a state is that of all transactions up to its zxid, which is at least least.
func wantPrefix(t *testing.T, st *State, least int64) {
	t.Helper()
	check(t, st.Tree.Check())
	if st.Zxid < least {
		t.Fatalf("the state of zxid %d, but %d was acknowledged", st.Zxid, least)
	}
	for z := int64(1); z <= st.Zxid+1; z++ {
		n := st.Tree.Lookup(fmt.Sprintf("/n%d", z))
		if (n != 0) != (z <= st.Zxid) {
			t.Fatalf("the state of zxid %d: znode %d is there: %v", st.Zxid, z, n != 0)
		}
	}
}

// hooked calls before each call on the disk, which fails with its error.
type hooked struct {
	disk.FS
	before func(op, name string) error
}

func (h hooked) file(name string, f disk.File, err error) (disk.File, error) {
	return hookedFile{f, name, h.before}, err
}

func (h hooked) Create(name string) (disk.File, error) {
	if err := h.before("create", name); err != nil {
		return nil, err
	}
	f, err := h.FS.Create(name)
	return h.file(name, f, err)
}

func (h hooked) Open(name string) (disk.File, error) {
	if err := h.before("open", name); err != nil {
		return nil, err
	}
	f, err := h.FS.Open(name)
	return h.file(name, f, err)
}

func (h hooked) Rename(from, to string) error {
	if err := h.before("rename", from); err != nil {
		return err
	}
	return h.FS.Rename(from, to)
}

func (h hooked) MkdirAll(dir string) error {
	if err := h.before("mkdir", dir); err != nil {
		return err
	}
	return h.FS.MkdirAll(dir)
}

func (h hooked) SyncDir(dir string) error {
	if err := h.before("syncdir", dir); err != nil {
		return err
	}
	return h.FS.SyncDir(dir)
}

type hookedFile struct {
	disk.File
	name   string
	before func(op, name string) error
}

func (f hookedFile) ReadAt(p []byte, off int64) (int, error) {
	if err := f.before("read", f.name); err != nil {
		return 0, err
	}
	return f.File.ReadAt(p, off)
}

func (f hookedFile) WriteAt(p []byte, off int64) (int, error) {
	if err := f.before("write", f.name); err != nil {
		return 0, err
	}
	return f.File.WriteAt(p, off)
}

func (f hookedFile) Sync() error {
	if err := f.before("sync", f.name); err != nil {
		return err
	}
	return f.File.Sync()
}

func (f hookedFile) SyncData() error {
	if err := f.before("sync", f.name); err != nil {
		return err
	}
	return f.File.SyncData()
}
