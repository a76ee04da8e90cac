package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"unsafe"

	"golang.org/x/sys/unix"
)

// OS is the operating system's own file system.
type OS struct{}

// File and folder modes are Java's, so that a directory written by both servers looks alike; the umask applies.
const (
	fileMode = 0o666
	dirMode  = 0o777
)

// Create implements FS.
func (OS) Create(name string) (File, error) {
	return openOS(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC)
}

// directBlockBytes suits every disk whose sectors are of 512 or 4096 bytes, and is the size of a page.
const directBlockBytes = 4096

// CreateDirect implements FS. Some file systems refuse O_DIRECT when the file is opened, others when it is written: so a block is.
func (OS) CreateDirect(name string) (f File, blockBytes int64, err error) {
	if f, err = openOS(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC|unix.O_DIRECT); err == nil {
		if _, err = f.WriteAt(Aligned(directBlockBytes), 0); err == nil {
			if err = f.Truncate(0); err == nil {
				return f, directBlockBytes, nil
			}
		}
		err = errors.Join(err, f.Close())
	}
	if !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.EOPNOTSUPP) && !errors.Is(err, unix.ENOSYS) {
		return nil, 0, err
	}
	f, err = OS{}.Create(name)
	return f, 1, err
}

// Aligned makes a buffer that direct writes may come from.
func Aligned(bytes int) []byte {
	b := make([]byte, bytes+directBlockBytes)
	past := int(uintptr(unsafe.Pointer(unsafe.SliceData(b))) % directBlockBytes)
	return b[directBlockBytes-past:][:bytes:bytes]
}

// Open implements FS.
func (OS) Open(name string) (File, error) { return openOS(name, os.O_RDONLY) }

// OpenWrite implements FS.
func (OS) OpenWrite(name string) (File, error) { return openOS(name, os.O_RDWR) }

// Rename implements FS.
func (OS) Rename(from, to string) error { return os.Rename(from, to) }

// Remove implements FS.
func (OS) Remove(name string) error { return os.Remove(name) }

// MkdirAll implements FS.
func (OS) MkdirAll(dir string) error { return makeDurable(filepath.Clean(dir), OS{}.SyncDir) }

// makeDurable makes a folder, and those above it first. Its name is in the folder above, and that one's name above that: a
// folder is not begun before the one around it is durable, and an earlier process may have died before its sync. So a
// folder that exists, with one of ours in it, has all names above on the disk.
func makeDurable(dir string, sync func(dir string) error) error {
	above := filepath.Dir(dir)
	err := os.Mkdir(dir, dirMode)
	if errors.Is(err, fs.ErrNotExist) && above != dir {
		if err := makeDurable(above, sync); err != nil {
			return err
		}
		err = os.Mkdir(dir, dirMode)
	}
	if err != nil {
		if info, statErr := os.Stat(dir); statErr != nil || !info.IsDir() {
			return err
		}
		return syncAbove(above, sync)
	}
	return errors.Join(syncAbove(filepath.Dir(above), sync), syncAbove(above, sync))
}

// syncAbove syncs a folder that may be anybody's: one that we may not read, or whose file system knows no such sync, cannot be
// helped.
func syncAbove(dir string, sync func(dir string) error) error {
	err := sync(dir)
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, unix.EINVAL) {
		return nil
	}
	return err
}

// ReadDir implements FS.
func (OS) ReadDir(dir string) ([]Entry, error) {
	list, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	out := make([]Entry, 0, len(list))
	for _, e := range list {
		// Info and not the type bits of the listing: a link to a file counts as a file.
		info, err := os.Stat(dir + string(os.PathSeparator) + e.Name())
		if errors.Is(err, fs.ErrNotExist) {
			continue // removed since the listing, or a link to nothing
		}
		if err != nil {
			return nil, err
		}
		if info.Mode().IsRegular() {
			out = append(out, Entry{Name: e.Name(), Size: info.Size()})
		}
	}
	return out, nil
}

// SyncDir implements FS.
func (OS) SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	return errors.Join(err, d.Close())
}

// FreeBytes implements FS.
func (OS) FreeBytes(dir string) (int64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, &fs.PathError{Op: "statfs", Path: dir, Err: err}
	}
	return int64(st.Bavail) * st.Bsize, nil
}

type osFile struct{ *os.File }

func openOS(name string, flag int) (File, error) {
	f, err := os.OpenFile(name, flag, fileMode)
	if err != nil {
		return nil, err
	}
	return osFile{f}, nil
}

// SyncData retries only an interrupted call, never a failed one.
func (f osFile) SyncData() error {
	for {
		err := unix.Fdatasync(int(f.Fd()))
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return &fs.PathError{Op: "fdatasync", Path: f.Name(), Err: err}
		}
		return nil
	}
}

func (f osFile) Size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, fmt.Errorf("disk: size: %w", err)
	}
	return info.Size(), nil
}
