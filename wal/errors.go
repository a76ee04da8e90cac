package wal

import (
	"errors"
	"fmt"
)

// ErrCorrupt is matched by every error that means damage: the log does not hold what it was told to hold, and the server
// must not start on it.
var ErrCorrupt = errors.New("wal: the log is damaged")

// CorruptError says where and how the log is damaged. It matches ErrCorrupt.
type CorruptError struct {
	File     string // the full path
	Offset   int64  // bytes from the file's beginning
	Expected string
	Found    string
}

func (e *CorruptError) Error() string {
	return fmt.Sprintf("wal: %s is damaged at byte %d: expected %s, found %s. "+
		"Restore the data directory from a backup, or let 'paddock log repair' show what it would cut off from there on; "+
		"what that holds and no snapshot does is then lost", e.File, e.Offset, e.Expected, e.Found)
}

// Is makes errors.Is(err, ErrCorrupt) true.
func (e *CorruptError) Is(target error) bool { return target == ErrCorrupt }

// RecordError says at which record the reader of the log has given up, and why: the record is whole, but Err came of it.
type RecordError struct {
	File   string // the full path
	Offset int64  // bytes from the file's beginning
	Zxid   int64
	Err    error
}

func (e *RecordError) Error() string {
	return fmt.Sprintf("wal: %s: the record of zxid %#x at byte %d: %v", e.File, e.Zxid, e.Offset, e.Err)
}

// Unwrap gives the cause.
func (e *RecordError) Unwrap() error { return e.Err }
