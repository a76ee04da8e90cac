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
)

// Loaded is what a snapshot holds.
type Loaded struct {
	Tree     *tree.Tree
	Sessions map[int64]int32 // timeout in milliseconds by session id
	Zxid     int64           // from the file's name: transactions up to it are in the tree
	File     string          // without the folder
	Digest   Digest          // compare with the tree's when replay has reached Digest.Zxid
	LastZxid int64           // from the last block; where there is no file name, and for ChangedUntil
	Passed   *Passed         // the newest snapshot that had to be passed over; nil if there is none
}

// ChangedUntil is the last transaction of which the snapshot may hold effects: the tree changes while it is written. A log that
// ends before it has lost transactions.
func (l *Loaded) ChangedUntil() int64 { return max(l.Digest.Zxid, l.LastZxid) }

// Passed is a snapshot that is broken or cannot be read. Its name alone says that transactions up to its zxid were durable.
type Passed struct {
	File string // without the folder
	Zxid int64
	Err  error
}

// Load reads the newest whole snapshot of a folder. A broken one is passed over with a warning. The error is ErrNone
// if the folder holds nothing that looks like a whole snapshot, which is also what Apache goes by: an empty
// snapshot.0 is what it leaves behind when it dies in its very first moments. Loaded.Passed is told with ErrNone as well.
func Load(fs disk.FS, dir string, log *slog.Logger) (Loaded, error) {
	files, err := List(fs, dir)
	if err != nil {
		return Loaded{}, err
	}
	var broken []error
	var passed *Passed
	for _, f := range files {
		path := filepath.Join(dir, f.Name)
		if err := looksWhole(fs, path); err != nil {
			log.Warn("snapshot is not whole, trying the one before", "file", path, "err", err)
			passed = passed.or(f, err)
			continue
		}
		loaded, err := LoadFile(fs, path, log)
		if err == nil {
			loaded.Passed = passed
			return loaded, nil
		}
		passed = passed.or(f, err)
		log.Warn("snapshot is broken, trying the one before", "file", path, "err", err)
		if broken = append(broken, err); len(broken) == candidatesMax {
			break
		}
	}
	if len(broken) == 0 {
		return Loaded{Passed: passed}, ErrNone
	}
	return Loaded{}, fmt.Errorf("snap: none of %d snapshots in %s can be read; the newest: %w",
		len(broken), dir, broken[0])
}

// or keeps the first one, so the newest. What somebody has renamed, such as snapshot.5.bak, is not meant to be needed.
func (p *Passed) or(f File, err error) *Passed {
	if p != nil || f.Name != compressionOf(f.Name).FileName(f.Zxid) {
		return p
	}
	return &Passed{File: f.Name, Zxid: f.Zxid, Err: err}
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
	into := newLoading()
	d, err := readFile(fs, path, into)
	t, err := into.finish(err)
	if err != nil {
		return Loaded{}, fmt.Errorf("snap: load %s: %w", path, err)
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
