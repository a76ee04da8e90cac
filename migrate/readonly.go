package migrate

import (
	"errors"
	"io/fs"

	"paddock/disk"
)

// errReadOnly is what every attempt to change something gets.
var errReadOnly = errors.New("migrate: a check changes nothing")

// readOnly is a file system that can only be read. It remembers what could not be: those who look for a good snapshot pass over
// files that they cannot open.
type readOnly struct {
	disk.FS
	denied error // the first refusal
}

// Open implements disk.FS.
func (r *readOnly) Open(name string) (disk.File, error) {
	f, err := r.FS.Open(name)
	if errors.Is(err, fs.ErrPermission) && r.denied == nil {
		r.denied = err
	}
	return f, err
}

// Create implements disk.FS.
func (*readOnly) Create(string) (disk.File, error) { return nil, errReadOnly }

// CreateDirect implements disk.FS.
func (*readOnly) CreateDirect(string) (disk.File, int64, error) { return nil, 0, errReadOnly }

// OpenWrite implements disk.FS.
func (*readOnly) OpenWrite(string) (disk.File, error) { return nil, errReadOnly }

// Rename implements disk.FS.
func (*readOnly) Rename(string, string) error { return errReadOnly }

// Remove implements disk.FS.
func (*readOnly) Remove(string) error { return errReadOnly }

// MkdirAll implements disk.FS.
func (*readOnly) MkdirAll(string) error { return errReadOnly }

// SyncDir implements disk.FS.
func (*readOnly) SyncDir(string) error { return errReadOnly }
