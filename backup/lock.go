package backup

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// lockName is the file that Paddock's servers lock, see server.
const lockName = "paddock.lock"

// ErrInUse says that a server has the directory.
var ErrInUse = errors.New("a server uses the data directory: stop it first")

// Lock keeps Paddock's servers out of folders for as long as the result is open, by the lock that they take themselves. It
// fails where one of them runs. Apache's server knows no lock.
func Lock(dirs ...string) (io.Closer, error) {
	var held locks
	for _, dir := range dirs {
		f, err := lock(dir)
		if err != nil {
			return nil, errors.Join(err, held.Close())
		}
		held = append(held, f)
	}
	return held, nil
}

type locks []*os.File

// Close lets servers in.
func (l locks) Close() error {
	var err error
	for _, f := range l {
		err = errors.Join(err, f.Close())
	}
	return err
}

func lock(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("backup: lock %s: %w", dir, err)
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		err = ErrInUse
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("backup: lock %s: %w", dir, err), f.Close())
	}
	return f, nil
}
