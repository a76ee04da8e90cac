package wal

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"paddock/disk"
)

const (
	magic       = "ZKLG"
	version     = 2
	headerBytes = 16 // magic, int version, long dbid

	prefixBytes = 12 // long Adler-32, int length
	endMark     = 'B'
	frameBytes  = prefixBytes + 1 // what a record costs beyond its payload

	// payloadBytesMin is a TxnHeader: long clientId, int cxid, long zxid, long time, int type.
	payloadBytesMin = 8 + 4 + 8 + 8 + 4
	// zxidOffset is where the zxid stands in a payload: after clientId and cxid.
	zxidOffset = 12

	logPrefix = "log."
	// sparePrefix begins the names of segments not yet in service. Apache takes everything that begins with "log." or
	// "snapshot." for the real thing, whatever follows.
	sparePrefix = "paddock.spare-"
)

func appendHeader(b []byte) []byte {
	b = append(b, magic...)
	b = binary.BigEndian.AppendUint32(b, version)
	return binary.BigEndian.AppendUint64(b, 0) // dbid: Apache's servers write 0
}

func payloadZxid(payload []byte) int64 {
	return int64(binary.BigEndian.Uint64(payload[zxidOffset:]))
}

// follows says whether next may be the first transaction after last: the next of its epoch, or the beginning of a later
// one, whose counter starts at 1, or at 0 where the new leader logs an entry of its own.
func follows(last, next int64) bool {
	const counterBits = 32
	if next>>counterBits > last>>counterBits {
		return next&(1<<counterBits-1) <= 1
	}
	return next == last+1
}

func logName(zxid int64) string { return logPrefix + strconv.FormatUint(uint64(zxid), 16) }

// parseLogName takes exactly what logName makes, so that a copy such as log.5.bak is never read as a log.
func parseLogName(name string) (zxid int64, ok bool) {
	digits, found := strings.CutPrefix(name, logPrefix)
	if !found {
		return 0, false
	}
	z, err := strconv.ParseInt(digits, 16, 64)
	if err != nil || z < 0 || logName(z) != name {
		return 0, false
	}
	return z, true
}

// Segment is a log file found in the folder.
type Segment struct {
	Name string // without the folder
	Zxid int64  // of its first transaction, by its name
	Size int64  // bytes, padding included
}

// Segments lists the log files of a folder, oldest first. Everything not named exactly log.<hex> is someone else's.
func Segments(fs disk.FS, dir string) ([]Segment, error) {
	entries, err := fs.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("wal: list %s: %w", dir, err)
	}
	var out []Segment
	for _, e := range entries {
		if z, ok := parseLogName(e.Name); ok {
			out = append(out, Segment{Name: e.Name, Zxid: z, Size: e.Size})
		}
	}
	slices.SortFunc(out, func(a, b Segment) int { return cmp.Compare(a.Zxid, b.Zxid) })
	return out, nil
}

// startingAt drops the files that cannot hold anything after the zxid: all before the last whose name is not above it.
func startingAt(files []Segment, after int64) []Segment {
	first := 0
	for i, f := range files {
		if f.Zxid <= after {
			first = i
		}
	}
	return files[first:]
}

func (c Config) path(name string) string { return filepath.Join(c.Dir, name) }
