package backup

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"time"

	"paddock/disk"
)

// ErrDamaged is matched by every error that says a backup is not what its manifest promises.
var ErrDamaged = errors.New("backup: the backup is damaged")

const (
	manifestName    = "manifest.json"
	manifestFormat  = "paddock-backup"
	manifestVersion = 1
	manifestMax     = 1 << 20 // bytes; ours have some 500
	version2        = "version-2"
)

// Manifest says what a backup holds.
type Manifest struct {
	Format   string    `json:"format"`
	Version  int       `json:"version"`
	Zxid     string    `json:"zxid"` // hex with 0x: JSON's numbers are too short for it
	Znodes   int       `json:"znodes"`
	Sessions int       `json:"sessions"`
	Digest   string    `json:"treeDigest"` // hex, of Apache's digest version 2
	Taken    time.Time `json:"taken"`
	Tool     string    `json:"tool"`
	File     string    `json:"file"` // below the backup's folder
	Bytes    int64     `json:"bytes"`
	SHA256   string    `json:"sha256"` // hex, of the file

	// Where it comes from: for the reader, nothing depends on it.
	SnapDir string `json:"snapshotsFrom"`
	LogDir  string `json:"logFrom"`
}

// number reads the manifest's zxid.
func (m *Manifest) number() (int64, error) {
	z, err := strconv.ParseInt(m.Zxid, 0, 64)
	if err != nil || z < 0 {
		return 0, fmt.Errorf("%w: its manifest has the zxid %q", ErrDamaged, m.Zxid)
	}
	return z, nil
}

func (m *Manifest) encode() ([]byte, error) {
	b, err := json.MarshalIndent(m, "", "  ")
	return append(b, '\n'), err
}

// ReadManifest reads and checks the manifest of the backup in a folder.
func ReadManifest(fs disk.FS, dir string) (*Manifest, error) {
	path := filepath.Join(dir, manifestName)
	text, err := readSmall(fs, path)
	if err != nil {
		return nil, fmt.Errorf("backup: %s is no backup: %w", dir, err)
	}
	m := &Manifest{}
	if err := json.Unmarshal(text, m); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrDamaged, path, err)
	}
	if m.Format != manifestFormat || m.Version != manifestVersion {
		return nil, fmt.Errorf("%w: %s: format %q of version %d, expected %q of version %d",
			ErrDamaged, path, m.Format, m.Version, manifestFormat, manifestVersion)
	}
	if filepath.Dir(m.File) != version2 || !filepath.IsLocal(m.File) {
		return nil, fmt.Errorf("%w: %s: names the file %q, which is not in %s", ErrDamaged, path, m.File, version2)
	}
	_, err = m.number()
	return m, err
}

func readSmall(fs disk.FS, path string) (text []byte, err error) {
	f, err := fs.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	size, err := f.Size()
	if err != nil {
		return nil, err
	}
	if size > manifestMax {
		return nil, fmt.Errorf("%w: %s has %d bytes", ErrDamaged, path, size)
	}
	return io.ReadAll(io.NewSectionReader(f, 0, size))
}
