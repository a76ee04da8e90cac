package snap

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"paddock/disk"
)

const (
	// writeOutBytes is how much of a snapshot the disk is told to write at once; as much again may be on its way. So there is
	// never more than that in the disk's queue in front of a sync of the log, and little is left for the sync at the end.
	writeOutBytes = 256 << 10
	// syncEveryBytes bounds the same where a file system cannot write out a part of a file. Larger, since a sync is dearer:
	// it makes the file system write its journal, and the log's own syncs wait behind that.
	syncEveryBytes = 8 << 20
)

// outFile is the file of a snapshot. It grows at its end and is written out to the disk along the way; only the sync
// at the end makes it durable.
type outFile struct {
	f       disk.File
	off     int64 // its length
	started int64 // the disk was told to write what is before
	waited  int64 // and has written what is before this
	byRange bool  // see writeOut; else by syncs
	fd      int   // with byRange
	// syncRange is the kernel's sync_file_range.
	syncRange func(fd int, off, n int64, flags int) error
}

func newOutFile(f disk.File) outFile {
	o := outFile{f: f, syncRange: unix.SyncFileRange}
	if handle, ok := f.(interface{ Fd() uintptr }); ok { // not on a simulated disk
		o.byRange, o.fd = true, int(handle.Fd())
	}
	return o
}

// Write implements io.Writer.
func (o *outFile) Write(p []byte) (int, error) {
	n, err := o.f.WriteAt(p, o.off)
	if err != nil {
		return n, fmt.Errorf("snap: write at %d: %w", o.off, err)
	}
	o.off += int64(n)
	if err := o.writeOut(); err != nil {
		return n, fmt.Errorf("snap: write out up to %d: %w", o.off, err)
	}
	return n, nil
}

// writeOut starts to write what has gathered and waits for the piece before. The kernel reports an error of the disk only
// once, here or at the sync at the end: either ends the snapshot.
func (o *outFile) writeOut() error {
	if o.byRange && o.off-o.started >= writeOutBytes {
		return o.writeOutRange()
	}
	if !o.byRange && o.off-o.started >= syncEveryBytes {
		o.started = o.off
		return o.f.SyncData()
	}
	return nil
}

func (o *outFile) writeOutRange() error {
	const wait = unix.SYNC_FILE_RANGE_WAIT_BEFORE | unix.SYNC_FILE_RANGE_WRITE | unix.SYNC_FILE_RANGE_WAIT_AFTER
	err := o.syncRange(o.fd, o.started, o.off-o.started, unix.SYNC_FILE_RANGE_WRITE)
	if err == nil && o.started > o.waited {
		err = o.syncRange(o.fd, o.waited, o.started-o.waited, wait)
	}
	if errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EINVAL) || errors.Is(err, unix.EOPNOTSUPP) {
		o.byRange = false
		return nil
	}
	o.waited, o.started = o.started, o.off
	return err
}
