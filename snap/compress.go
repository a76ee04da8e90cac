package snap

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
)

// Compression is how a snapshot's stream is packed into its file.
type Compression int

// The compressions, and the extensions of their files (SnapStream.StreamMode, 3.9.5).
const (
	Plain  Compression = iota
	Gzip               // .gz
	Snappy             // .snappy, in snappy-java's frames
)

// packBufferBytes is what is gathered before it goes to the file, or read from it at once: gzip writes in small pieces.
const packBufferBytes = 64 << 10

// ParseMethod reads a value of snapshot.compression.method, in any case. Apache takes what it does not know for plain.
func ParseMethod(text string) (c Compression, ok bool) {
	for c := Plain; c <= Snappy; c++ {
		if strings.EqualFold(text, strings.TrimPrefix(c.Extension(), ".")) {
			return c, true
		}
	}
	return Plain, false
}

// Extension is what the names of such files end with; empty for plain ones.
func (c Compression) Extension() string {
	switch c {
	case Gzip:
		return ".gz"
	case Snappy:
		return ".snappy"
	case Plain:
		return ""
	}
	panic(fmt.Sprintf("snap: compression %d", int(c)))
}

// FileName is the name of the snapshot that is complete up to zxid, in this compression.
func (c Compression) FileName(zxid int64) string { return FileName(zxid) + c.Extension() }

// compressionOf goes by what follows the last dot (SnapStream.getStreamMode, 3.9.5).
func compressionOf(name string) Compression {
	c, _ := ParseMethod(name[strings.LastIndexByte(name, '.')+1:])
	return c
}

// packInto gives what packs a stream on its way into a file. Its Close ends the stream and leaves the file open.
func (c Compression) packInto(w io.Writer) io.WriteCloser {
	switch c {
	case Gzip:
		buffered := bufio.NewWriterSize(w, packBufferBytes)
		// The fastest level: a snapshot should not be noticed, and Java's own is a good deal slower for a few percent.
		z, err := gzip.NewWriterLevel(buffered, gzip.BestSpeed)
		if err != nil {
			panic("snap: gzip: " + err.Error()) // only a level that does not exist
		}
		return flusher{z, buffered}
	case Snappy:
		return newSnappyWriter(w)
	case Plain:
	}
	return unpacked{w}
}

// flusher flushes a buffer behind a packer that has ended.
type flusher struct {
	io.WriteCloser
	buffered *bufio.Writer
}

// Close ends the stream.
func (f flusher) Close() error { return errors.Join(f.WriteCloser.Close(), f.buffered.Flush()) }

// unpacked passes everything through.
type unpacked struct{ io.Writer }

// Close implements io.Closer.
func (unpacked) Close() error { return nil }

// unpack gives the stream that a file holds.
func (c Compression) unpack(r io.Reader) (io.Reader, error) {
	switch c {
	case Gzip:
		z, err := gzip.NewReader(bufio.NewReaderSize(r, packBufferBytes))
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF // an empty file is no empty stream
		}
		if err != nil {
			return nil, gzipError(err)
		}
		return gzipReader{z}, nil
	case Snappy:
		return newSnappyReader(bufio.NewReaderSize(r, packBufferBytes))
	case Plain:
	}
	return r, nil
}

// gzipReader tells damage from a disk that cannot be read.
type gzipReader struct{ z *gzip.Reader }

// Read implements io.Reader.
func (r gzipReader) Read(p []byte) (int, error) {
	n, err := r.z.Read(p)
	return n, gzipError(err)
}

func gzipError(err error) error {
	var bad flate.CorruptInputError
	if errors.As(err, &bad) || errors.Is(err, gzip.ErrChecksum) || errors.Is(err, gzip.ErrHeader) ||
		errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return err
}
