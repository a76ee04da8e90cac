package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"paddock/interop"
)

// patienceMax is how long an answer may take before it counts as silence.
const patienceMax = interop.PatienceMax

// replyBytesMax bounds a frame: larger ones are nonsense.
const replyBytesMax = 64 << 20

// conn is one raw connection.
type conn struct {
	raw      net.Conn
	in       *bufio.Reader
	patience time.Duration
}

func dial(addr string, patience time.Duration) (*conn, error) {
	raw, err := net.DialTimeout("tcp", addr, patienceMax)
	if err != nil {
		return nil, fmt.Errorf("crosscheck: %w", err)
	}
	return &conn{raw: raw, in: bufio.NewReaderSize(raw, 64<<10), patience: patience}, nil
}

// framed puts the length in front.
func framed(body []byte) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), body...)
}

// send writes raw bytes. A connection that the server has ended shows when it is read.
func (c *conn) send(b []byte) error {
	if err := c.raw.SetWriteDeadline(time.Now().Add(patienceMax)); err != nil {
		return fmt.Errorf("crosscheck: %w", err)
	}
	_, err := c.raw.Write(b)
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return fmt.Errorf("crosscheck: the server does not read: %w", err)
	}
	return nil
}

// The ways in which no frame comes.
var (
	errClosed = errors.New("connection closed")
	errSilent = errors.New("no answer")
)

// receive returns the next frame's body.
func (c *conn) receive() ([]byte, error) {
	if err := c.raw.SetReadDeadline(time.Now().Add(c.patience)); err != nil {
		return nil, errClosed
	}
	var size [4]byte
	if _, err := io.ReadFull(c.in, size[:]); err != nil {
		return nil, why(err)
	}
	n := binary.BigEndian.Uint32(size[:])
	if n > replyBytesMax {
		return nil, fmt.Errorf("crosscheck: frame of %d bytes", n)
	}
	body := make([]byte, n)
	if _, err := io.ReadFull(c.in, body); err != nil {
		return nil, why(err)
	}
	return body, nil
}

// why makes one of two errors of the many of a socket.
func why(err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return errSilent
	}
	return errClosed
}

func (c *conn) close() { _ = c.raw.Close() } // there is nothing to do about a failing close

// frameXid is a reply's xid, or 0.
func frameXid(frame []byte) int32 {
	if len(frame) < 4 {
		return 0
	}
	return int32(binary.BigEndian.Uint32(frame))
}
