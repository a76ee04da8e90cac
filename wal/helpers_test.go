package wal

import (
	"encoding/binary"
	"fmt"
	"hash/adler32"
	"path/filepath"
	"slices"
	"testing"

	"paddock/disk"
)

const simDir = "/data/version-2"

// payload is a transaction header with the zxid, and a body.
func payload(zxid int64, body string) []byte {
	p := make([]byte, payloadBytesMin, payloadBytesMin+len(body))
	binary.BigEndian.PutUint64(p[zxidOffset:], uint64(zxid))
	return append(p, body...)
}

// rec is a whole record, made by hand so that Batch is not its own witness.
func rec(zxid int64, body string) []byte {
	p := payload(zxid, body)
	b := binary.BigEndian.AppendUint64(nil, uint64(adler32.Checksum(p)))
	b = binary.BigEndian.AppendUint32(b, uint32(len(p)))
	return append(append(b, p...), 'B')
}

func recs(from, to int64) []byte {
	var b []byte
	for z := from; z <= to; z++ {
		b = append(b, rec(z, "x")...)
	}
	return b
}

// flip damages one byte.
func flip(b []byte, at int) []byte {
	b = slices.Clone(b)
	b[at] ^= 0x40
	return b
}

func logFile(parts ...[]byte) []byte {
	return append(appendHeader(nil), slices.Concat(parts...)...)
}

func zeros(n int) []byte { return make([]byte, n) }

func newSim(t testing.TB) *disk.Sim {
	t.Helper()
	s := disk.NewSim()
	if err := s.MkdirAll(simDir); err != nil {
		t.Fatal(err)
	}
	return s
}

// simConfig is small enough for sweeps: spares of three pages, batches of up to 300 bytes.
func simConfig(s disk.FS) Config {
	return Config{Dir: simDir, FS: s, PreallocBytes: 3 * 4096, BatchBytesMax: 300}
}

func put(t testing.TB, d disk.FS, name string, data []byte) {
	t.Helper()
	f, err := d.Create(name)
	if err == nil {
		_, err = f.WriteAt(data, 0)
	}
	if err == nil {
		err = f.Sync()
	}
	if err == nil {
		err = f.Close()
	}
	if err == nil {
		err = d.SyncDir(filepath.Dir(name))
	}
	if err != nil {
		t.Fatal(err)
	}
}

func get(t testing.TB, d disk.FS, name string) []byte {
	t.Helper()
	f, err := d.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	size, err := f.Size()
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, size)
	if err := readFull(f, b, 0); err != nil {
		t.Fatal(err)
	}
	return b
}

// names lists the folder.
func names(t testing.TB, cfg Config) (out []string) {
	t.Helper()
	entries, err := cfg.withDefaults().FS.ReadDir(cfg.Dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		out = append(out, e.Name)
	}
	return out
}

// zxids recovers and lists what was delivered.
func zxids(cfg Config, after int64) (list []int64, pos Position, err error) {
	pos, err = Recover(cfg, after, func(zxid int64, p []byte) error {
		if payloadZxid(p) != zxid {
			return fmt.Errorf("payload of %#x delivered as %#x", payloadZxid(p), zxid)
		}
		list = append(list, zxid)
		return nil
	})
	return list, pos, err
}

// batch makes one with a record for each zxid.
func batch(body string, zxids ...int64) *Batch {
	b := NewBatch()
	for _, z := range zxids {
		b.Finish(append(b.Start(), payload(z, body)...), z)
	}
	return b
}

// commit submits and waits.
func commit(t testing.TB, w *Writer, b *Batch) {
	t.Helper()
	last := b.LastZxid
	w.Submit(b)
	if d := <-w.Committed(); d.Err != nil || d.LastZxid != last {
		t.Fatalf("batch up to %#x: done %#x, %v", last, d.LastZxid, d.Err)
	}
}

// reopen recovers from zxid 0 and opens.
func reopen(t testing.TB, cfg Config) (*Writer, []int64) {
	t.Helper()
	list, pos, err := zxids(cfg, 0)
	if err != nil {
		t.Fatal(err)
	}
	w, err := Open(cfg, pos)
	if err != nil {
		t.Fatal(err)
	}
	return w, list
}

func closeWriter(t testing.TB, w *Writer) {
	t.Helper()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

// upTo is 1, 2, … n.
func upTo(n int64) []int64 {
	var out []int64
	for z := int64(1); z <= n; z++ {
		out = append(out, z)
	}
	return out
}

// cached is a disk that refuses direct writes.
type cached struct{ *disk.Sim }

func (c cached) CreateDirect(name string) (disk.File, int64, error) {
	f, err := c.Create(name)
	return f, 1, err
}

// everywhere runs a story on the simulated disk, on one that refuses direct writes, and on a real folder.
func everywhere(t *testing.T, story func(t *testing.T, cfg Config)) {
	t.Run("sim", func(t *testing.T) { story(t, simConfig(newSim(t))) })
	t.Run("cached", func(t *testing.T) { story(t, simConfig(cached{newSim(t)})) })
	t.Run("os", func(t *testing.T) {
		cfg := simConfig(disk.OS{})
		cfg.Dir = t.TempDir()
		story(t, cfg)
	})
}
