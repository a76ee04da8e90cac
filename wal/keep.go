package wal

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"

	"paddock/disk"
)

const (
	// cutPrefix begins the names of files with what was cut off the log, as it stood there. Nothing reads or removes them.
	cutPrefix = "paddock.cut."
	// spareCut is such a file while it is being written.
	spareCut = sparePrefix + "cut"
)

// keepCut copies what is about to be cut off a file to one of its own, up to the last byte that is not zero, and makes it
// durable: paddock.cut.<label>, with a number behind that if the name is taken. What an earlier start has kept already, and
// then did not come to cut, is not kept twice.
func keepCut(cfg Config, t tailFile, label string) (path string, err error) {
	fail := func(err error) (string, error) {
		return "", fmt.Errorf("wal: keep what is cut off %s: %w", cfg.path(t.name), err)
	}
	entries, err := cfg.FS.ReadDir(cfg.Dir)
	if err != nil {
		return fail(err)
	}
	from, err := cfg.FS.Open(cfg.path(t.name))
	if err != nil {
		return fail(err)
	}
	defer func() { _ = from.Close() }() // nothing was written to it
	name := cutPrefix + label
	for n := 1; ; n++ {
		i := slices.IndexFunc(entries, func(e disk.Entry) bool { return e.Name == name })
		if i < 0 {
			break
		}
		same, err := holds(cfg, entries[i], from, t)
		if err != nil {
			return fail(err)
		}
		if same {
			return cfg.path(name), cfg.syncDir()
		}
		name = fmt.Sprintf("%s%s.%d", cutPrefix, label, n)
	}
	if err := copyCut(cfg, from, t); err != nil {
		return fail(err)
	}
	if err := cfg.FS.Rename(cfg.path(spareCut), cfg.path(name)); err != nil {
		return fail(err)
	}
	return cfg.path(name), cfg.syncDir()
}

// zxidLabel names what is cut off after the log's last zxid.
func zxidLabel(last int64) string { return strconv.FormatUint(uint64(last), 16) }

// copyCut writes the bytes to spareCut and syncs them.
func copyCut(cfg Config, from disk.File, t tailFile) (err error) {
	// A crash may have left two names of one file, this and the one it was renamed to: emptying it would empty both.
	if err := cfg.FS.Remove(cfg.path(spareCut)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	to, err := cfg.FS.Create(cfg.path(spareCut))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	err = eachChunk(from, t, func(off int64, chunk []byte) error {
		_, err := to.WriteAt(chunk, off)
		return err
	})
	if err != nil || cfg.NoSync {
		return err
	}
	return to.Sync()
}

var errDiffers = errors.New("wal: the contents differ")

// holds says whether a file has exactly the bytes that are to be cut off.
func holds(cfg Config, e disk.Entry, from disk.File, t tailFile) (bool, error) {
	if e.Size != t.used-t.stop.offset {
		return false, nil
	}
	kept, err := cfg.FS.Open(cfg.path(e.Name))
	if err != nil {
		return false, err
	}
	defer func() { _ = kept.Close() }()
	other := make([]byte, windowBytes)
	err = eachChunk(from, t, func(off int64, chunk []byte) error {
		if err := readFull(kept, other[:len(chunk)], off); err != nil {
			return err
		}
		if !bytes.Equal(other[:len(chunk)], chunk) {
			return errDiffers
		}
		return nil
	})
	if errors.Is(err, errDiffers) {
		return false, nil
	}
	return err == nil, err
}

// eachChunk reads what is to be cut off; off counts from its beginning.
func eachChunk(from disk.File, t tailFile, use func(off int64, chunk []byte) error) error {
	buf := make([]byte, min(windowBytes, t.used-t.stop.offset))
	for off := t.stop.offset; off < t.used; off += int64(len(buf)) {
		buf = buf[:min(int64(len(buf)), t.used-off)]
		if err := readFull(from, buf, off); err != nil {
			return err
		}
		if err := use(off-t.stop.offset, buf); err != nil {
			return err
		}
	}
	return nil
}
