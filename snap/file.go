package snap

import (
	"errors"
	"fmt"
	"hash"
	"hash/adler32"
	"path/filepath"

	"paddock/codec"
	"paddock/disk"
)

// syncEveryBytes bounds what one sync of a snapshot has to write, because the log's own syncs wait for it in the file
// system's journal.
const syncEveryBytes = 8 << 20

// file is a snapshot being written, under a name that nobody reads.
type file struct {
	fs       disk.FS
	dir      string
	blocks   Blocks
	f        disk.File
	off      int64
	unsynced int64
	sum      hash.Hash32 // Adler-32 of everything so far
	scratch  []byte
}

func createFile(fs disk.FS, dir string, blocks Blocks) (*file, error) {
	f, err := fs.Create(filepath.Join(dir, tempName))
	if err != nil {
		return nil, fmt.Errorf("snap: create: %w", err)
	}
	return &file{fs: fs, dir: dir, blocks: blocks, f: f, sum: adler32.New()}, nil
}

func (w *file) write(p []byte) error {
	if _, err := w.f.WriteAt(p, w.off); err != nil {
		return fmt.Errorf("snap: write at %d: %w", w.off, err)
	}
	w.sum.Write(p) // a hash never fails
	w.off += int64(len(p))
	if w.unsynced += int64(len(p)); w.unsynced >= syncEveryBytes {
		return w.sync()
	}
	return nil
}

func (w *file) sync() error {
	w.unsynced = 0
	if err := w.f.SyncData(); err != nil {
		return fmt.Errorf("snap: sync: %w", err)
	}
	return nil
}

// seal writes a block and a seal behind it.
func (w *file) seal(block []byte) error {
	if err := w.write(block); err != nil {
		return err
	}
	b := codec.AppendInt64(w.scratch[:0], int64(w.sum.Sum32()))
	w.scratch = codec.AppendString(b, sealPath)
	return w.write(w.scratch)
}

// finish writes seals and blocks, makes everything durable, and gives the file its name.
func (w *file) finish(zxid int64, digest Digest) error {
	if err := w.trailer(digest); err != nil {
		return errors.Join(err, w.remove())
	}
	if err := w.f.Close(); err != nil {
		return fmt.Errorf("snap: close: %w", err)
	}
	name := filepath.Join(w.dir, FileName(zxid))
	if err := w.fs.Rename(filepath.Join(w.dir, tempName), name); err != nil {
		return fmt.Errorf("snap: rename: %w", err)
	}
	if err := w.fs.SyncDir(w.dir); err != nil {
		return fmt.Errorf("snap: sync folder: %w", err)
	}
	return nil
}

func (w *file) trailer(digest Digest) error {
	if err := w.seal(nil); err != nil {
		return err
	}
	if !w.blocks.NoDigest {
		b := codec.AppendInt64(nil, digest.Zxid)
		b = codec.AppendInt32(b, digest.Version)
		b = codec.AppendInt64(b, int64(digest.Tree))
		if err := w.seal(b); err != nil {
			return err
		}
	}
	if !w.blocks.NoLastZxid {
		if err := w.seal(codec.AppendInt64(nil, digest.Zxid)); err != nil {
			return err
		}
	}
	return w.sync()
}

// remove gives up. The name is out of the way for the next attempt, should this fail too.
func (w *file) remove() error {
	return errors.Join(w.f.Close(), w.fs.Remove(filepath.Join(w.dir, tempName)))
}
