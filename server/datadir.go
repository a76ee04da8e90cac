package server

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"paddock/backup"
	"paddock/config"
	"paddock/disk"
)

// DataDirError is a data directory that cannot be used. The binary exits with 3 for it, as ZooKeeper does.
type DataDirError struct{ Err error }

// Error says what is wrong with the directory.
func (e *DataDirError) Error() string { return e.Err.Error() }

// Unwrap gives the cause.
func (e *DataDirError) Unwrap() error { return e.Err }

// dirs are the folders of a server, each with its version-2 inside.
type dirs struct {
	fs        disk.FS
	snap, log string // version-2 folders
	lock      locks
}

// locks keep a second server out of the folders for as long as they are open.
type locks []*os.File

// Close lets other servers in.
func (l locks) Close() error {
	var errs []error
	for _, f := range l {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}

const version2 = "version-2"

// openDirs creates the folders if that is allowed, checks them and locks them.
func openDirs(cfg *config.Config) (dirs, error) {
	d := dirs{fs: disk.OS{}, snap: filepath.Join(cfg.DataDir, version2), log: filepath.Join(cfg.DataLogDir, version2)}
	folders := []string{d.snap, d.log}
	if d.snap == d.log {
		folders = folders[:1]
	}
	if err := d.open(folders, cfg.DataDirAutoCreate); err != nil {
		return d, &DataDirError{errors.Join(err, d.lock.Close())}
	}
	return d, nil
}

// open looks at all folders before it makes the first one, so that a refusal leaves nothing behind.
func (d *dirs) open(folders []string, create bool) error {
	for _, dir := range folders {
		if err := checkDir(dir, create); err != nil {
			return err
		}
	}
	if len(folders) > 1 {
		if err := checkSeparate(*d); err != nil {
			return err
		}
	}
	for _, dir := range folders {
		if err := d.fs.MkdirAll(dir); err != nil {
			return fmt.Errorf("data directory %s cannot be created: %w", dir, err)
		}
		lock, err := lockDir(dir)
		if err != nil {
			return err
		}
		d.lock = append(d.lock, lock)
	}
	return nil
}

func checkDir(dir string, create bool) error {
	info, err := os.Stat(dir)
	switch {
	case err == nil && !info.IsDir():
		return fmt.Errorf("data directory %s is not a directory", dir)
	case errors.Is(err, fs.ErrNotExist) && backup.UnfinishedBeside(dir) != "":
		return fmt.Errorf("data directory %s does not exist, and beside it lies %s of a restore that did not come to its end: "+
			"run the same paddock restore again", dir, backup.UnfinishedBeside(dir))
	case errors.Is(err, fs.ErrNotExist) && !create:
		return fmt.Errorf("data directory %s does not exist, and datadir.autocreate is false", dir)
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("data directory %s cannot be used: %w", dir, err)
	}
	if err := unix.Access(dir, unix.R_OK|unix.W_OK|unix.X_OK); err != nil {
		return fmt.Errorf("data directory %s cannot be read and written: %w", dir, err)
	}
	return nil
}

// checkSeparate refuses snapshots in the log's folder and logs in the snapshots' (FileTxnSnapLog, 3.9.5): they
// would be overlooked.
func checkSeparate(d dirs) error {
	for dir, prefix := range map[string]string{d.log: "snapshot.", d.snap: "log."} {
		entries, err := os.ReadDir(dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("data directory %s cannot be read: %w", dir, err)
		}
		for _, e := range entries {
			if strings.HasPrefix(e.Name(), prefix) {
				return fmt.Errorf("data directory %s holds %s: dataDir is for snapshots and dataLogDir for logs",
					dir, e.Name())
			}
		}
	}
	return nil
}

// lockDir keeps a second server out of the folder for as long as the file is open.
func lockDir(dir string) (*os.File, error) {
	name := filepath.Join(dir, "paddock.lock")
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("data directory %s cannot be locked: %w", dir, err)
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return nil, errors.Join(fmt.Errorf("data directory %s is in use by another server", dir), f.Close())
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("data directory %s cannot be locked: %w", dir, err), f.Close())
	}
	return f, nil
}
