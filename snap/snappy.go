package snap

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/s2"
)

// Bounds of snappy-java's stream: blocks hold 32 KiB unless configured, and 512 MiB at most; no snappy block grows
// more than some twenty times when it is unpacked.
const (
	snappyHeaderBytes = 16
	snappyGrowthMax   = 64
	snappyStepBytes   = 64 << 10
)

// snappyMagic begins a stream of snappy-java (SnappyCodec): 82 "SNAPPY" 00.
func snappyMagic() []byte { return []byte{0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0} }

// snappyReader unpacks snappy-java's stream: a header of magic, version and compatible version, then blocks, each
// with its packed length in front. A header may come again between blocks, where streams were put together.
type snappyReader struct {
	r        io.Reader
	packed   []byte
	unpacked []byte
	pos      int
}

func newSnappyReader(r io.Reader) (*snappyReader, error) {
	s := &snappyReader{r: r}
	var head [snappyHeaderBytes]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, fmt.Errorf("%w: snappy header: %w", ErrCorrupt, err)
	}
	return s, s.checkHeader(head[:])
}

func (s *snappyReader) checkHeader(head []byte) error {
	if !bytes.Equal(head[:8], snappyMagic()) {
		return fmt.Errorf("%w: snappy header %x", ErrCorrupt, head[:8])
	}
	if v := binary.BigEndian.Uint32(head[12:]); v != 1 {
		return fmt.Errorf("%w: snappy stream needs version %d, we know 1", ErrCorrupt, v)
	}
	return nil
}

// Read implements io.Reader.
func (s *snappyReader) Read(p []byte) (int, error) {
	for s.pos == len(s.unpacked) {
		if err := s.block(); err != nil {
			return 0, err
		}
	}
	n := copy(p, s.unpacked[s.pos:])
	s.pos += n
	return n, nil
}

func (s *snappyReader) block() error {
	var head [snappyHeaderBytes]byte
	if _, err := io.ReadFull(s.r, head[:4]); err != nil {
		if errors.Is(err, io.EOF) {
			return io.EOF
		}
		return fmt.Errorf("%w: snappy block length: %w", ErrCorrupt, err)
	}
	if bytes.Equal(head[:4], snappyMagic()[:4]) {
		if _, err := io.ReadFull(s.r, head[4:]); err != nil {
			return fmt.Errorf("%w: snappy header: %w", ErrCorrupt, err)
		}
		return s.checkHeader(head[:])
	}
	n := int32(binary.BigEndian.Uint32(head[:4]))
	if n <= 0 {
		return fmt.Errorf("%w: snappy block of %d bytes", ErrCorrupt, n)
	}
	if err := s.readPacked(int(n)); err != nil {
		return err
	}
	size, err := s2.DecodedLen(s.packed)
	if err != nil || size > snappyGrowthMax*len(s.packed) {
		return fmt.Errorf("%w: snappy block of %d bytes claims %d", ErrCorrupt, len(s.packed), size)
	}
	if s.unpacked, err = s2.Decode(s.unpacked[:0:cap(s.unpacked)], s.packed); err != nil {
		return fmt.Errorf("%w: snappy block: %w", ErrCorrupt, err)
	}
	s.pos = 0
	return nil
}

// readPacked reads n bytes in steps, so that a false length costs no more memory than the file has bytes.
func (s *snappyReader) readPacked(n int) error {
	s.packed = s.packed[:0]
	for len(s.packed) < n {
		start := len(s.packed)
		s.packed = append(s.packed, make([]byte, min(n-start, snappyStepBytes))...)
		if _, err := io.ReadFull(s.r, s.packed[start:]); err != nil {
			return fmt.Errorf("%w: snappy block of %d bytes: %w", ErrCorrupt, n, err)
		}
	}
	return nil
}
