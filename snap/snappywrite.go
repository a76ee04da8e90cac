package snap

import (
	"encoding/binary"
	"io"

	"github.com/klauspost/compress/s2"
)

// snappyBlockBytes is what goes into one block: snappy-java's own size (SnappyOutputStream.DEFAULT_BLOCK_SIZE).
const snappyBlockBytes = 32 << 10

// snappyStreamVersion stands in the header twice: the version, and the oldest one whose readers understand it.
const snappyStreamVersion = 1

// snappyWriter packs a stream as snappy-java does, see snappyReader.
type snappyWriter struct {
	w      io.Writer
	block  []byte // not packed yet
	packed []byte // what goes to w next
}

func newSnappyWriter(w io.Writer) *snappyWriter {
	header := binary.BigEndian.AppendUint32(snappyMagic(), snappyStreamVersion)
	return &snappyWriter{
		w: w, block: make([]byte, 0, snappyBlockBytes), packed: binary.BigEndian.AppendUint32(header, snappyStreamVersion),
	}
}

// Write implements io.Writer.
func (s *snappyWriter) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		n := min(len(rest), snappyBlockBytes-len(s.block))
		s.block = append(s.block, rest[:n]...)
		rest = rest[n:]
		if len(s.block) == snappyBlockBytes {
			if err := s.flush(); err != nil {
				return len(p) - len(rest), err
			}
		}
	}
	return len(p), nil
}

// Close packs what is left. Nothing marks the end of such a stream.
func (s *snappyWriter) Close() error { return s.flush() }

// flush writes the block in one piece: its packed length and its packed bytes, behind the header if it is the first.
func (s *snappyWriter) flush() error {
	if len(s.block) > 0 {
		s.packBlock()
		s.block = s.block[:0]
	}
	_, err := s.w.Write(s.packed)
	s.packed = s.packed[:0]
	return err
}

func (s *snappyWriter) packBlock() {
	const lengthBytes = 4
	at := len(s.packed)
	need := at + lengthBytes + s2.MaxEncodedLen(len(s.block))
	if cap(s.packed) < need {
		s.packed = append(make([]byte, 0, need), s.packed...)
	}
	body := s2.EncodeSnappy(s.packed[at+lengthBytes:need], s.block)
	s.packed = s.packed[:at+lengthBytes+len(body)]
	binary.BigEndian.PutUint32(s.packed[at:], uint32(len(body)))
}
