package backup

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"

	"paddock/disk"
	"paddock/snap"
)

// ErrNotEmpty says that a data directory holds something.
var ErrNotEmpty = errors.New("the data directory is not empty")

// Place is a data directory to restore into.
type Place struct {
	FS      disk.FS // nil is the operating system's
	DataDir string  // for snapshots; version-2 is made below it
	LogDir  string  // for logs; may be the same
	Log     *slog.Logger
	// MoveAside lets Restore rename what is there. Without it only an empty directory will do.
	MoveAside bool
	// Suffix marks what is moved aside: version-2.before-restore-<Suffix>.
	Suffix string
}

// Restored says what Restore has done.
type Restored struct {
	Manifest *Manifest
	Aside    []string // folders that were there, under their new names
}

// Verify reads a whole backup and holds it against its manifest.
func Verify(fs disk.FS, dir string, log *slog.Logger) (*Manifest, error) {
	m, err := ReadManifest(fs, dir)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, m.File)
	text, bytes, err := sum(fs, path)
	if err != nil {
		return m, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if err := m.sameBytes(path, text, bytes); err != nil {
		return m, err
	}
	return m, m.holds(fs, path, log)
}

// sameBytes compares the file with the manifest.
func (m *Manifest) sameBytes(path, sha string, bytes int64) error {
	if sha != m.SHA256 || bytes != m.Bytes {
		return fmt.Errorf("%w: %s has %d bytes of SHA-256 %s, expected %d of %s", ErrDamaged, path, bytes, sha, m.Bytes, m.SHA256)
	}
	return nil
}

// holds loads a copy of the snapshot as a server would, and compares the tree with the manifest.
func (m *Manifest) holds(fs disk.FS, path string, log *slog.Logger) error {
	found, err := snap.LoadFile(fs, path, log)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	zxid, err := m.number()
	if err != nil {
		return err
	}
	digest := fmt.Sprintf("%x", found.Tree.Digest())
	if found.Zxid != zxid || found.Tree.Count() != m.Znodes || len(found.Sessions) != m.Sessions || digest != m.Digest {
		return fmt.Errorf("%w: %s holds zxid 0x%x, %d znodes, %d sessions, digest %s; its manifest says %s, %d, %d, %s",
			ErrDamaged, path, uint64(found.Zxid), found.Tree.Count(), len(found.Sessions), digest,
			m.Zxid, m.Znodes, m.Sessions, m.Digest)
	}
	return nil
}

// Restore makes a data directory of a backup, after it has verified the whole of it. The directory must not be in use.
func Restore(dir string, p Place) (*Restored, error) {
	if p.FS == nil {
		p.FS = disk.OS{}
	}
	m, err := ReadManifest(p.FS, dir)
	if err != nil {
		return nil, err
	}
	s, err := newSwap(p)
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.lock.Close() }() // nothing was written to it
	if err := s.prepare(func(to string) error { return m.copyTo(p, dir, to) }); err != nil {
		return nil, errors.Join(fmt.Errorf("backup: restore %s: %w", dir, err), s.cleanUp())
	}
	aside, err := s.run()
	if err != nil {
		return nil, fmt.Errorf("backup: restore %s: %w", dir, err)
	}
	return &Restored{Manifest: m, Aside: aside}, nil
}

// copyTo copies the snapshot into a folder and verifies the copy.
func (m *Manifest) copyTo(p Place, from, to string) (err error) {
	in, err := p.FS.Open(filepath.Join(from, m.File))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	size, err := in.Size()
	if err != nil {
		return err
	}
	path := filepath.Join(to, filepath.Base(m.File))
	sha, err := copyFile(p.FS, path, in, size)
	if err != nil {
		return err
	}
	if err := m.sameBytes(filepath.Join(from, m.File), sha, size); err != nil {
		return err
	}
	return m.holds(p.FS, path, p.Log)
}

// copyFile makes a durable copy and gives the SHA-256 of what was copied.
func copyFile(fs disk.FS, path string, in io.ReaderAt, size int64) (sha string, err error) {
	const chunkBytes = 1 << 20
	out, err := fs.Create(path)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	h := sha256.New()
	to := io.MultiWriter(h, io.NewOffsetWriter(out, 0))
	if _, err := io.CopyBuffer(to, io.NewSectionReader(in, 0, size), make([]byte, chunkBytes)); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), out.Sync()
}
