package snap

import (
	"errors"
	"strconv"
	"strings"

	"paddock/codec"
)

// ErrCorrupt marks a file that is no whole snapshot.
var ErrCorrupt = errors.New("corrupt snapshot")

// ErrNone says that a folder holds no snapshot.
var ErrNone = errors.New("no snapshot")

// ErrAborted is the result of a Writer that was told to stop.
var ErrAborted = errors.New("snapshot aborted")

// Numbers of the format (FileSnap, 3.9.5).
const (
	magic         int32 = 0x5A4B534E // "ZKSN"
	formatVersion int32 = 2
	databaseID    int64 = -1
	openACLID     int64 = -1
	endOfNodes          = "/"
	sealPath            = "/"

	prefix   = "snapshot."
	tempName = "writing.snapshot"

	headerBytes    = 16
	sealBytes      = 8 + 4 + 1
	digestBytes    = 8 + 4 + 8
	lastZxidBytes  = 8
	nodeBytesMore  = 4 + 4 + 8 + codec.StatPersistedBytes // besides path and data
	wholeBytesMin  = 10                                   // Apache looks at no file that is shorter (SnapStream.isValidSnapshot)
	candidatesMax  = 100
	trailerBytesMx = 64 << 10
)

// FileName gives the name of the plain snapshot that is complete up to zxid.
func FileName(zxid int64) string { return prefix + strconv.FormatUint(uint64(zxid), 16) }

// ParseName reads the zxid from a snapshot's name. As in Apache, whatever follows a second dot does not matter.
func ParseName(name string) (zxid int64, ok bool) {
	rest, ok := strings.CutPrefix(name, prefix)
	if !ok {
		return 0, false
	}
	digits, _, _ := strings.Cut(rest, ".")
	zxid, err := strconv.ParseInt(digits, 16, 64)
	return zxid, err == nil && zxid >= 0
}
