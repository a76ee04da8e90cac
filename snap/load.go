package snap

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"slices"

	"github.com/klauspost/compress/gzip"

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
	LastZxid int64           // from the last block; only of use where there is no file name
}

// Load reads the newest whole snapshot of a folder. A broken one is passed over with a warning. The error is ErrNone
// if the folder holds nothing that looks like a whole snapshot, which is also what Apache goes by: an empty
// snapshot.0 is what it leaves behind when it dies in its very first moments.
func Load(fs disk.FS, dir string, log *slog.Logger) (Loaded, error) {
	files, err := candidates(fs, dir)
	if err != nil {
		return Loaded{}, err
	}
	var broken []error
	for _, f := range files {
		path := filepath.Join(dir, f.name)
		if err := looksWhole(fs, path); err != nil {
			log.Warn("snapshot is not whole, trying the one before", "file", path, "error", err)
			continue
		}
		loaded, err := read(fs, path, log)
		if err == nil {
			loaded.Zxid, loaded.File = f.zxid, f.name
			return loaded, nil
		}
		err = fmt.Errorf("snap: load %s: %w", path, err)
		log.Warn("snapshot is broken, trying the one before", "file", path, "error", err)
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

type candidate struct {
	name string
	zxid int64
}

// candidates lists the folder's snapshots, newest first; of the same zxid, the plain file comes first.
func candidates(fs disk.FS, dir string) ([]candidate, error) {
	entries, err := fs.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("snap: list %s: %w", dir, err)
	}
	var files []candidate
	for _, e := range entries {
		if zxid, ok := ParseName(e.Name); ok {
			files = append(files, candidate{name: e.Name, zxid: zxid})
		}
	}
	slices.SortFunc(files, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.zxid, a.zxid), cmp.Compare(a.name, b.name))
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

func looksWholeFile(f disk.File, c compression) error {
	size, err := f.Size()
	if err != nil {
		return err
	}
	want, at := []byte{0, 0, 0, 1, '/'}, size-5
	switch c {
	case gzipped:
		want, at = []byte{0x1f, 0x8b}, 0
	case snappied:
		want, at = snappyMagic(), 0
	case plain:
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

func read(fs disk.FS, path string, log *slog.Logger) (Loaded, error) {
	f, err := fs.Open(path)
	if err != nil {
		return Loaded{}, err
	}
	loaded, err := readFile(f, path, log)
	return loaded, errors.Join(err, f.Close())
}

func readFile(f disk.File, path string, log *slog.Logger) (Loaded, error) {
	size, err := f.Size()
	if err != nil {
		return Loaded{}, err
	}
	r, err := unpack(io.NewSectionReader(f, 0, size), compressionOf(path))
	if err != nil {
		return Loaded{}, err
	}
	d := newDecoder(newSource(r))
	t, err := d.run()
	if err != nil {
		return Loaded{}, err
	}
	if d.unknown > 0 {
		log.Warn("snapshot has blocks of a later release, which are ignored", "file", path, "bytes", d.unknown)
	}
	return Loaded{Tree: t, Sessions: d.sessions, Digest: d.digest, LastZxid: d.lastZxid}, nil
}

func unpack(r io.Reader, c compression) (io.Reader, error) {
	switch c {
	case gzipped:
		z, err := gzip.NewReader(bufio.NewReaderSize(r, snappyStepBytes))
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
		}
		return z, nil
	case snappied:
		return newSnappyReader(bufio.NewReaderSize(r, snappyStepBytes))
	default:
		return r, nil
	}
}
