package inspect

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/adler32"
	"io"
)

// Sizes of the log's format; see package wal.
const (
	logMagic       = "ZKLG"
	logHeaderBytes = 16
	endMark        = 'B'
)

// ErrNoLog says that a file does not begin as a log does.
var ErrNoLog = errors.New("inspect: not a transaction log")

// logReader reads the records of one log file one after the other, wrong checksums and all: whoever prints a broken log wants
// to see what is there. Package wal, which decides what counts, stops at the first of them.
type logReader struct {
	r      *bufio.Reader
	left   int64 // bytes up to the end of the file
	offset int64 // of the next record
	buf    []byte
}

// logHeader is how a log file begins.
type logHeader struct {
	version int32
	dbid    int64
	raw     [logHeaderBytes]byte
}

// logRecord is one record. Its payload lives until the next one is read.
type logRecord struct {
	offset   int64
	sum      uint64 // the checksum that stands in front of it
	computed uint64 // the one it has
	payload  []byte
	whole    bool // the end mark is there
}

// newLogReader reads the header of a file of size bytes.
func newLogReader(file io.ReaderAt, size int64) (*logReader, logHeader, error) {
	const bufferBytes = 256 << 10
	l := &logReader{r: bufio.NewReaderSize(io.NewSectionReader(file, 0, size), bufferBytes), left: size}
	var h logHeader
	if err := l.read(h.raw[:]); err != nil {
		return nil, h, fmt.Errorf("%w: %d bytes, a header has %d", ErrNoLog, size, logHeaderBytes)
	}
	if got := string(h.raw[:4]); got != logMagic {
		return nil, h, fmt.Errorf("%w: it begins with %q, expected %q", ErrNoLog, got, logMagic)
	}
	h.version = int32(binary.BigEndian.Uint32(h.raw[4:]))
	h.dbid = int64(binary.BigEndian.Uint64(h.raw[8:]))
	return l, h, nil
}

func (l *logReader) read(p []byte) error {
	n, err := io.ReadFull(l.r, p)
	l.left -= int64(n)
	l.offset += int64(n)
	return err
}

// next reads one record. io.EOF is where Apache's readers see the end: a length of zero, or a file that ends within the
// record; rest says in words what stands there, "" for padding and for the end of the file itself.
func (l *logReader) next() (rec logRecord, rest string, err error) {
	rec.offset = l.offset
	const prefixBytes = 12
	var head [prefixBytes]byte
	if l.left < prefixBytes {
		if l.left > 0 {
			rest = fmt.Sprintf("%d bytes, which are no whole record", l.left)
		}
		return rec, rest, io.EOF
	}
	if err := l.read(head[:]); err != nil {
		return rec, "", err
	}
	rec.sum = binary.BigEndian.Uint64(head[:])
	n := int64(int32(binary.BigEndian.Uint32(head[8:])))
	switch {
	case n == 0:
		return rec, "", io.EOF
	case n < 0:
		return rec, "", fmt.Errorf("inspect: record at byte %d: a length of %d", rec.offset, n)
	case n > l.left:
		return rec, fmt.Sprintf("a record of %d bytes of which %d are there", n, l.left), io.EOF
	}
	if int64(cap(l.buf)) < n {
		l.buf = make([]byte, n)
	}
	rec.payload = l.buf[:n]
	if err := l.read(rec.payload); err != nil {
		return rec, "", err
	}
	rec.computed = uint64(adler32.Checksum(rec.payload))
	var mark [1]byte
	if l.left > 0 {
		if err := l.read(mark[:]); err != nil {
			return rec, "", err
		}
	}
	rec.whole = mark[0] == endMark
	return rec, "", nil
}
