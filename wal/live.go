package wal

import (
	"errors"
	"io"

	"paddock/disk"
)

// liveFS reads a log that a server may be writing meanwhile: when it is done with a file it cuts the zeros off that stand
// behind the last record. They are read all the same, so that a file stays as long as it was when it was opened.
type liveFS struct{ disk.FS }

// Open implements disk.FS.
func (l liveFS) Open(name string) (disk.File, error) {
	f, err := l.FS.Open(name)
	if err != nil {
		return nil, err
	}
	size, err := f.Size()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return liveFile{f, size}, nil
}

type liveFile struct {
	disk.File
	size int64 // when it was opened
}

func (f liveFile) Size() (int64, error) { return f.size, nil }

func (f liveFile) ReadAt(p []byte, off int64) (int, error) {
	n, err := f.File.ReadAt(p, off)
	if n == len(p) || !errors.Is(err, io.EOF) {
		return n, err
	}
	there := int(min(max(f.size-off, 0), int64(len(p))))
	if there <= n {
		return n, err
	}
	clear(p[n:there])
	if there < len(p) {
		return there, io.EOF
	}
	return there, nil
}
