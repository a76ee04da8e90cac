package wal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/adler32"
	"io"

	"paddock/disk"
)

// windowBytes is how much of a file is read at once: large enough to stream at the disk's speed, small enough for a cache.
const windowBytes = 1 << 20

// stop says why reading a file ended, and where: the offset just behind its last whole record.
type stop struct {
	offset   int64
	expected string
	found    string
	// hard is a stop that no crash leaves behind, whatever stands around it.
	hard bool
}

// reader reads the records of one file, in order, up to the first that is not whole.
type reader struct {
	f    disk.File
	size int64 // of the file, when it was opened

	window []byte // bytes of the file, windowBytes of them at most
	at     int64  // the file offset of window[0]
	off    int64  // the file offset of the next record
	large  []byte // the last record that did not fit into the window
	stop   stop   // why next returned false
}

func newReader(f disk.File, size int64, window []byte) *reader {
	return &reader{f: f, size: size, window: window[:0]}
}

// view returns n bytes of the file from offset off, n at most windowBytes and within the file. They live until the next view.
func (r *reader) view(off int64, n int) ([]byte, error) {
	if lo := off - r.at; lo >= 0 && lo+int64(n) <= int64(len(r.window)) {
		return r.window[lo : lo+int64(n)], nil
	}
	want := min(int64(cap(r.window)), r.size-off)
	r.window, r.at = r.window[:want], off
	if err := readFull(r.f, r.window, off); err != nil {
		r.window = r.window[:0]
		return nil, err
	}
	return r.window[:n], nil
}

// readFull fails when the file has shrunk since it was measured: someone else is writing in our folder.
func readFull(f disk.File, p []byte, off int64) error {
	n, err := f.ReadAt(p, off)
	if n == len(p) {
		return nil
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return err
}

func (r *reader) end(expected, found string) (payload []byte, ok bool, err error) {
	r.stop = stop{offset: r.off, expected: expected, found: found}
	return nil, false, nil
}

// header reads the file's first 16 bytes. False is a file that a crash left without them.
func (r *reader) header() (ok bool, err error) {
	h, err := r.view(0, int(min(headerBytes, r.size)))
	if err != nil {
		return false, err
	}
	const looked = headerBytes - 8 // the dbid is not looked at: Apache does not either
	right := appendHeader(nil)[:looked]
	if len(h) == headerBytes && bytes.Equal(h[:looked], right) {
		r.off = headerBytes
		return true, nil
	}
	want := fmt.Sprintf("the header %q, version %d", magic, version)
	begun := h[:usedOf(h)]
	switch {
	case len(begun) == 0 && len(h) == headerBytes:
		r.stop = stop{0, want, "zeros", false}
	case len(h) == headerBytes:
		r.stop = stop{0, want, fmt.Sprintf("%q, version %d", h[:4], binary.BigEndian.Uint32(h[4:])), true}
	default:
		half := bytes.HasPrefix(right, begun[:min(len(begun), looked)])
		r.stop = stop{0, want, fmt.Sprintf("a file of the bytes %q", h), !half}
	}
	return false, nil
}

// usedOf is where the zeros at the end of b begin.
func usedOf(b []byte) int {
	n := len(b)
	for n > 0 && b[n-1] == 0 {
		n--
	}
	return n
}

// used is where the zeros at the end of the file begin, from if there is nothing else from there on.
func (r *reader) used(from int64) (int64, error) {
	end := from
	for off := from; off < r.size; {
		b, err := r.view(off, int(min(r.size-off, int64(cap(r.window)))))
		if err != nil {
			return 0, err
		}
		if n := usedOf(b); n > 0 {
			end = off + int64(n)
		}
		off += int64(len(b))
	}
	return end, nil
}

// next returns the next record's payload, which lives until the following call. When there is none, r.stop says why.
func (r *reader) next() (payload []byte, ok bool, err error) {
	left := r.size - r.off
	if left == 0 {
		return r.end("a record", "the end of the file")
	}
	if left < frameBytes {
		return r.end("a record", fmt.Sprintf("%d bytes before the end of the file", left))
	}
	head, err := r.view(r.off, prefixBytes)
	if err != nil {
		return nil, false, err
	}
	sum := binary.BigEndian.Uint64(head)
	length := int64(int32(binary.BigEndian.Uint32(head[8:])))
	switch {
	case length == 0:
		return r.end("a record", "a length of zero")
	case length < payloadBytesMin || length > left-frameBytes:
		return r.end(fmt.Sprintf("a record's length from %d to %d", payloadBytesMin, left-frameBytes), fmt.Sprint(length))
	}
	payload, mark, got, err := r.load(r.off+prefixBytes, length)
	switch {
	case err != nil:
		return nil, false, err
	case got != sum:
		return r.end(fmt.Sprintf("the Adler-32 %#x", sum), fmt.Sprintf("%#x", got))
	case mark != endMark:
		return r.end("the end mark 'B'", fmt.Sprintf("byte %#02x", mark))
	}
	r.off += length + frameBytes
	return payload, true, nil
}

// load returns the payload at off, the byte behind it and its checksum. The payload of a wrong checksum may be nil: memory
// for one that exceeds the window is taken only after a first pass has found it whole.
func (r *reader) load(off, length int64) (payload []byte, mark byte, sum uint64, err error) {
	if length+1 <= int64(cap(r.window)) {
		b, err := r.view(off, int(length)+1)
		if err != nil {
			return nil, 0, 0, err
		}
		payload = b[:length]
		return payload, b[length], uint64(adler32.Checksum(payload)), nil
	}
	want, err := checksumAt(r, off, length)
	if err != nil {
		return nil, 0, 0, err
	}
	tail, err := r.view(off+length, 1)
	if err != nil {
		return nil, 0, 0, err
	}
	mark = tail[0]
	head, err := r.view(off-prefixBytes, prefixBytes)
	if err != nil || binary.BigEndian.Uint64(head) != want || mark != endMark {
		return nil, mark, want, err
	}
	if int64(cap(r.large)) < length {
		r.large = make([]byte, length)
	}
	r.large = r.large[:length]
	if err := readFull(r.f, r.large, off); err != nil {
		return nil, 0, 0, err
	}
	return r.large, mark, uint64(adler32.Checksum(r.large)), nil
}

// checksumAt is the Adler-32 of a stretch of any length, through the window.
func checksumAt(r *reader, off, length int64) (uint64, error) {
	h := adler32.New()
	for length > 0 {
		n := min(length, int64(cap(r.window)))
		b, err := r.view(off, int(n))
		if err != nil {
			return 0, err
		}
		h.Write(b)
		off, length = off+n, length-n
	}
	return uint64(h.Sum32()), nil
}

// findRecord looks for a whole record that starts at from or later, at any byte, and whose zxid is above the given one.
func (r *reader) findRecord(from, zxid int64) (off int64, found bool, err error) {
	for base := from; base+frameBytes+payloadBytesMin <= r.size; {
		if _, err := r.view(base, lookBytes); err != nil {
			return 0, false, err
		}
		b := r.window[base-r.at:]
		i := candidate(b, r.size-base, zxid)
		if i < 0 {
			base += int64(len(b)) - lookBytes + 1
			continue
		}
		base += int64(i)
		whole, err := r.wholeAt(base)
		if err != nil || whole {
			return base, whole, err
		}
		base++
	}
	return 0, false, nil
}

// lookBytes is what candidate looks at: a record up to and including its zxid.
const lookBytes = prefixBytes + zxidOffset + 8

// candidate finds in b, behind which the file goes on to left bytes from b's beginning, the first place that looks like a
// record: upper half of the checksum zero, a length that fits, a zxid above the given one. -1 is none.
func candidate(b []byte, left, zxid int64) int {
	for i := 0; i+lookBytes <= len(b); i++ {
		length := int64(int32(binary.BigEndian.Uint32(b[i+8:])))
		if length < payloadBytesMin || length > left-int64(i)-frameBytes || binary.BigEndian.Uint32(b[i:]) != 0 {
			continue
		}
		if payloadZxid(b[i+prefixBytes:]) > zxid {
			return i
		}
	}
	return -1
}

func (r *reader) wholeAt(off int64) (bool, error) {
	was := r.off
	r.off = off
	_, ok, err := r.next()
	r.off = was
	return ok, err
}
