package snap

import (
	"errors"
	"fmt"
	"hash"
	"hash/adler32"
	"io"
	iofs "io/fs"
	"path/filepath"

	"paddock/codec"
	"paddock/disk"
)

// file is a snapshot being written, under a name that nobody reads.
type file struct {
	cfg     *Config
	out     outFile
	pack    io.WriteCloser // in front of out
	sum     hash.Hash32    // Adler-32 of everything so far, unpacked
	scratch []byte
}

func createFile(cfg *Config) (*file, error) {
	f, err := cfg.FS.Create(filepath.Join(cfg.Dir, tempName))
	if err != nil {
		return nil, fmt.Errorf("snap: create: %w", err)
	}
	w := &file{cfg: cfg, out: newOutFile(f), sum: adler32.New()}
	w.pack = cfg.Compression.packInto(&w.out)
	return w, nil
}

// write takes the next piece of the stream.
func (w *file) write(p []byte) error {
	w.sum.Write(p) // a hash never fails
	_, err := w.pack.Write(p)
	return err
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

// finish writes seals and blocks, makes everything durable, and gives the file its name. After an error that name does
// not exist, or the file that has it is whole.
func (w *file) finish(zxid int64, digest Digest) error {
	if err := w.trailer(digest); err != nil {
		return errors.Join(err, w.remove())
	}
	if err := w.out.f.Close(); err != nil {
		return errors.Join(fmt.Errorf("snap: close: %w", err), w.removeName())
	}
	name := filepath.Join(w.cfg.Dir, w.cfg.Compression.FileName(zxid))
	if err := w.cfg.FS.Rename(filepath.Join(w.cfg.Dir, tempName), name); err != nil {
		return errors.Join(fmt.Errorf("snap: rename: %w", err), w.removeName())
	}
	if err := w.cfg.FS.SyncDir(w.cfg.Dir); err != nil {
		return fmt.Errorf("snap: sync folder: %w", err)
	}
	return nil
}

func (w *file) trailer(digest Digest) error {
	if err := w.seal(nil); err != nil {
		return err
	}
	if !w.cfg.Blocks.NoDigest {
		b := codec.AppendInt64(nil, digest.Zxid)
		b = codec.AppendInt32(b, digest.Version)
		b = codec.AppendInt64(b, int64(digest.Tree))
		if err := w.seal(b); err != nil {
			return err
		}
	}
	if !w.cfg.Blocks.NoLastZxid {
		if err := w.seal(codec.AppendInt64(nil, digest.Zxid)); err != nil {
			return err
		}
	}
	if err := w.pack.Close(); err != nil {
		return fmt.Errorf("snap: end %s stream: %w", w.cfg.Compression.Extension(), err)
	}
	if err := w.out.f.SyncData(); err != nil {
		return fmt.Errorf("snap: sync: %w", err)
	}
	return nil
}

// remove gives up.
func (w *file) remove() error { return errors.Join(w.out.f.Close(), w.removeName()) }

// removeName does so under the name; if it fails, the next attempt empties the file, or the next start removes it.
func (w *file) removeName() error { return w.cfg.FS.Remove(filepath.Join(w.cfg.Dir, tempName)) }

// RemoveUnfinished removes what a crash left of a snapshot that was being written.
func RemoveUnfinished(fs disk.FS, dir string) error {
	err := fs.Remove(filepath.Join(dir, tempName))
	if err != nil && !errors.Is(err, iofs.ErrNotExist) {
		return fmt.Errorf("snap: remove what is unfinished: %w", err)
	}
	return nil
}
