package snap

import (
	"errors"
	"fmt"
	"hash"
	"hash/adler32"
	"io"
)

// sourceBufferBytes is the size of the read buffer, unless a single record is larger.
const sourceBufferBytes = 256 << 10

// source reads a stream through a buffer and keeps the Adler-32 of what was consumed.
type source struct {
	r      io.Reader
	buf    []byte
	pos    int // buf[:pos] is consumed
	summed int // buf[:summed] is in sum
	base   int64
	sum    hash.Hash32
	eof    bool
}

func newSource(r io.Reader) *source {
	return &source{r: r, buf: make([]byte, 0, sourceBufferBytes), sum: adler32.New()}
}

// offset is the place in the uncompressed stream.
func (s *source) offset() int64 { return s.base + int64(s.pos) }

// peek gives the next n bytes, borrowed until the next call. The buffer grows with what has been read, not with what
// was asked for.
func (s *source) peek(n int) ([]byte, error) {
	for len(s.buf)-s.pos < n {
		if s.eof {
			return nil, fmt.Errorf("%w: ends at offset %d, needs %d bytes from %d",
				ErrCorrupt, s.base+int64(len(s.buf)), n, s.offset())
		}
		if err := s.fill(); err != nil {
			return nil, err
		}
	}
	return s.buf[s.pos : s.pos+n], nil
}

func (s *source) skip(n int) { s.pos += n }

// checksum is the Adler-32 of everything consumed so far.
func (s *source) checksum() uint32 {
	s.sum.Write(s.buf[s.summed:s.pos]) // a hash never fails
	s.summed = s.pos
	return s.sum.Sum32()
}

// fill reads more, after making room: consumed bytes go, and a full buffer doubles.
func (s *source) fill() error {
	s.checksum()
	if s.pos > 0 {
		kept := copy(s.buf, s.buf[s.pos:])
		s.base += int64(s.pos)
		s.buf, s.pos, s.summed = s.buf[:kept], 0, 0
	}
	if len(s.buf) == cap(s.buf) {
		s.buf = append(make([]byte, 0, 2*cap(s.buf)), s.buf...)
	}
	n, err := s.r.Read(s.buf[len(s.buf):cap(s.buf)])
	s.buf = s.buf[:len(s.buf)+n]
	if errors.Is(err, io.EOF) {
		s.eof = true
		return nil
	}
	if err != nil {
		return fmt.Errorf("read at offset %d: %w", s.base+int64(len(s.buf)), err)
	}
	return nil
}

// rest gives all bytes that are left, which may be at most limit.
func (s *source) rest(limit int) ([]byte, error) {
	for !s.eof && len(s.buf)-s.pos <= limit {
		if err := s.fill(); err != nil {
			return nil, err
		}
	}
	if n := len(s.buf) - s.pos; n > limit {
		return nil, fmt.Errorf("%w: more than %d bytes behind the seal at offset %d", ErrCorrupt, limit, s.offset())
	}
	return s.buf[s.pos:], nil
}
