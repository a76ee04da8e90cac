package disk

import (
	"io"
)

// FS is a file system, or the part of one that we use.
// All paths are as the caller's configuration gives them; errors match fs.ErrNotExist and syscall.Errno values.
type FS interface {
	// Create makes an empty file for reading and writing, emptying one that exists.
	Create(name string) (File, error)
	// CreateDirect makes an empty file as Create does whose writes go past the page cache, where the file system can do that:
	// they take no memory that the cache has to find, and no copy. Such a file is written in whole blocks: memory (see [Aligned]), offset
	// and length of each write are multiples of blockBytes. It is 1 where the file is like any other.
	CreateDirect(name string) (f File, blockBytes int64, err error)
	// Open opens an existing file for reading.
	Open(name string) (File, error)
	// OpenWrite opens an existing file for reading and writing, without changing it.
	OpenWrite(name string) (File, error)
	// Rename gives a file another name in one step, replacing what had that name.
	Rename(from, to string) error
	// Remove takes a file's name away.
	Remove(name string) error
	// ReadDir lists the files of a folder, sorted by name; folders within it are left out.
	ReadDir(dir string) ([]Entry, error)
	// MkdirAll makes a folder and those above it, and makes their names durable; one that exists is fine.
	MkdirAll(dir string) error
	// SyncDir makes durable which names the folder holds.
	SyncDir(dir string) error
	// FreeBytes says how many bytes an unprivileged writer can still store in the folder's file system.
	FreeBytes(dir string) (int64, error)
}

// File is an open file. Reads and writes name their offset, so it has no position of its own:
// wrap it in io.NewSectionReader or io.NewOffsetWriter for a stream.
type File interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	// Truncate sets the length; growth reads as zeros.
	Truncate(size int64) error
	// Sync makes data, length and attributes durable (fsync).
	Sync() error
	// SyncData makes data and length durable, which is all that reading it back needs (fdatasync).
	SyncData() error
	// Size is the current length in bytes.
	Size() (int64, error)
}

// Entry is one file in a folder.
type Entry struct {
	Name string // without the folder
	Size int64  // bytes
}
