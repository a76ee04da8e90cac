package snap

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"slices"

	"paddock/disk"
	"paddock/tree"
	"paddock/zk"
)

// Loaded is what a snapshot holds.
type Loaded struct {
	Tree     *tree.Tree
	Sessions map[int64]int32 // timeout in milliseconds by session id
	Zxid     int64           // from the file's name: transactions up to it are in the tree
	File     string          // without the folder
	Digest   Digest          // compare with the tree's when replay has reached Digest.Zxid
	LastZxid int64           // from the last block; only of use where there is no file name
}

// Load reads the newest whole snapshot of a folder. A broken one is passed over with a warning. The error is ErrNone
// if the folder holds nothing that looks like a whole snapshot, which is also what Apache goes by: an empty
// snapshot.0 is what it leaves behind when it dies in its very first moments.
func Load(fs disk.FS, dir string, log *slog.Logger) (Loaded, error) {
	files, err := List(fs, dir)
	if err != nil {
		return Loaded{}, err
	}
	var broken []error
	for _, f := range files {
		path := filepath.Join(dir, f.Name)
		if err := looksWhole(fs, path); err != nil {
			log.Warn("snapshot is not whole, trying the one before", "file", path, "err", err)
			continue
		}
		loaded, err := LoadFile(fs, path, log)
		if err == nil {
			return loaded, nil
		}
		log.Warn("snapshot is broken, trying the one before", "file", path, "err", err)
		if broken = append(broken, err); len(broken) == candidatesMax {
			break
		}
	}
	if len(broken) == 0 {
		return Loaded{}, ErrNone
	}
	return Loaded{}, fmt.Errorf("snap: none of %d snapshots in %s can be read; the newest: %w",
		len(broken), dir, broken[0])
}

// File is a snapshot in a folder.
type File struct {
	Name  string // without the folder
	Zxid  int64
	Bytes int64
}

// List gives the folder's snapshots, newest first; of the same zxid, the plain one comes first.
func List(fs disk.FS, dir string) ([]File, error) {
	entries, err := fs.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("snap: list %s: %w", dir, err)
	}
	var files []File
	for _, e := range entries {
		if zxid, ok := ParseName(e.Name); ok {
			files = append(files, File{Name: e.Name, Zxid: zxid, Bytes: e.Size})
		}
	}
	slices.SortFunc(files, func(a, b File) int {
		return cmp.Or(cmp.Compare(b.Zxid, a.Zxid), cmp.Compare(a.Name, b.Name))
	})
	return files, nil
}

// looksWhole is Apache's quick look at a file's beginning or end (SnapStream.isValidSnapshot, 3.9.5): it spares us
// reading a torn file to its end, and decides whether it counts at all.
func looksWhole(fs disk.FS, path string) error {
	f, err := fs.Open(path)
	if err != nil {
		return err
	}
	err = looksWholeFile(f, compressionOf(path))
	return errors.Join(err, f.Close())
}

func looksWholeFile(f disk.File, c Compression) error {
	size, err := f.Size()
	if err != nil {
		return err
	}
	want, at := []byte{0, 0, 0, 1, '/'}, size-5
	switch c {
	case Gzip:
		want, at = []byte{0x1f, 0x8b}, 0
	case Snappy:
		want, at = snappyMagic(), 0
	case Plain:
		if size < wholeBytesMin {
			return fmt.Errorf("%w: %d bytes", ErrCorrupt, size)
		}
	}
	got := make([]byte, len(want))
	if n, err := f.ReadAt(got, at); n < len(got) {
		return fmt.Errorf("%w: %d bytes: %w", ErrCorrupt, size, err)
	}
	if !bytes.Equal(got, want) {
		return fmt.Errorf("%w: offset %d: %x, want %x", ErrCorrupt, at, got, want)
	}
	return nil
}

// LoadFile reads one snapshot. The zxid is that of its name, 0 if it has none.
func LoadFile(fs disk.FS, path string, log *slog.Logger) (Loaded, error) {
	into := loading{loader: tree.NewLoader(), sessions: map[int64]int32{}}
	d, err := readFile(fs, path, into)
	if err != nil {
		return Loaded{}, fmt.Errorf("snap: load %s: %w", path, err)
	}
	t, err := into.loader.Finish()
	if err != nil {
		return Loaded{}, fmt.Errorf("snap: load %s: %w: %w", path, ErrCorrupt, err)
	}
	if d.unknown > 0 {
		log.Warn("snapshot has blocks of a later release, which are ignored", "file", path, "bytes", d.unknown)
	}
	name := filepath.Base(path)
	zxid, _ := ParseName(name)
	return Loaded{
		Tree: t, Sessions: into.sessions, Zxid: zxid, File: name, Digest: d.digest, LastZxid: d.lastZxid,
	}, nil
}

// loading is the sink that makes a tree.
type loading struct {
	loader   *tree.Loader
	sessions map[int64]int32
}

func (l loading) session(id int64, timeoutMs int32) error {
	l.sessions[id] = timeoutMs
	return nil
}

func (l loading) acl(id int64, list []zk.ACL) error { return l.loader.AddACL(id, list) }

func (l loading) node(path string, data []byte, acl int64, st *zk.StatPersisted) error {
	return l.loader.Add(path, data, acl, st)
}

// readFile reads a file to its end.
func readFile(fs disk.FS, path string, to sink) (*decoder, error) {
	f, err := fs.Open(path)
	if err != nil {
		return nil, err
	}
	d := &decoder{to: to}
	err = d.file(f, compressionOf(filepath.Base(path)))
	return d, errors.Join(err, f.Close())
}

func (d *decoder) file(f disk.File, c Compression) error {
	size, err := f.Size()
	if err != nil {
		return err
	}
	r, err := c.unpack(io.NewSectionReader(f, 0, size))
	if err != nil {
		return err
	}
	d.src = newSource(r)
	return d.run()
}
