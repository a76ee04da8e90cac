package audit

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// FileName is the name of the file in ZooKeeper's conf/logback.xml (3.9.5). The limits come from there, too.
const FileName = "zookeeper_audit.log"

const (
	fileBytesMax = 10 << 20
	filesKept    = 10 // behind the one that is being written: .1 is the youngest
)

// File is a file that makes room for a new one when it has become large.
type File struct {
	path  string
	max   int64
	file  *os.File
	bytes int64
}

// OpenFile goes on with a file, and makes it and its folder where there is none.
func OpenFile(path string) (*File, error) {
	f := &File{path: path, max: fileBytesMax}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	if err := f.open(); err != nil {
		return nil, err
	}
	return f, nil
}

// open appends, so that whoever cuts the file from outside (logrotate's copytruncate) does no harm.
func (f *File) open() error {
	file, err := os.OpenFile(f.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o640)
	if err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	info, err := file.Stat()
	if err != nil {
		return errors.Join(fmt.Errorf("audit: %w", err), file.Close())
	}
	f.file, f.bytes = file, info.Size()
	return nil
}

// Write puts all of p into one file. If there is no way to begin a new one, the old one goes on growing, and the error says
// so although everything was written.
func (f *File) Write(p []byte) (int, error) {
	var rolled error
	if f.bytes > 0 && f.bytes+int64(len(p)) > f.max {
		rolled = f.roll()
	}
	n, err := f.file.Write(p)
	f.bytes += int64(n)
	if err != nil {
		err = fmt.Errorf("audit: %w", err)
	}
	return n, errors.Join(err, rolled)
}

// roll begins a new file. f.file stays usable whatever happens.
func (f *File) roll() error {
	for i := filesKept - 1; i > 0; i-- {
		if err := os.Rename(f.old(i), f.old(i+1)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("audit: begin a new file: %w", err)
		}
	}
	if err := os.Rename(f.path, f.old(1)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("audit: begin a new file: %w", err)
	}
	full := f.file
	if err := f.open(); err != nil {
		return err
	}
	if err := full.Close(); err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	return nil
}

// old names an older file.
func (f *File) old(i int) string { return f.path + "." + strconv.Itoa(i) }

// Close closes the file.
func (f *File) Close() error { return f.file.Close() }
