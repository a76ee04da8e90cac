package bench

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"syscall"

	"paddock/codec"
)

// writeBytes is where a burst is written without waiting for its end: enough to make the system call cheap per
// request, little enough to let the server begin.
const writeBytes = 64 << 10

// flush gives the kernel what it takes without waiting, and the rest to a goroutine. The caller holds mu.
func (c *conn) flush() {
	if len(c.out) == 0 || c.draining || c.err != nil {
		return
	}
	err := c.raw.Write(c.writeOnce)
	if err == nil {
		err = c.wroteErr
	}
	if err != nil {
		c.failLocked(fmt.Errorf("write: %w", err))
		return
	}
	c.pinged = false
	if c.wrote == len(c.out) {
		c.out = c.out[:0]
		return
	}
	c.out = c.out[:copy(c.out, c.out[c.wrote:])]
	c.draining = true
	go c.drain()
}

// attempt is one write(2). It reports true always: false would wait for room.
func (c *conn) attempt(fd uintptr) bool {
	n, err := syscall.Write(int(fd), c.out)
	if errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EINTR) {
		err = nil
	}
	c.wrote, c.wroteErr = max(n, 0), err
	return true
}

// drain writes until the buffer is empty, waiting for room in the socket, without the lock.
func (c *conn) drain() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.out) > 0 && c.err == nil {
		chunk := c.out
		c.out = c.spare[:0]
		c.mu.Unlock()
		_, err := c.nc.Write(chunk)
		c.mu.Lock()
		c.spare = chunk
		if err != nil {
			c.failLocked(fmt.Errorf("write: %w", err))
		}
	}
	c.draining = false
}

// readFrame reads one frame and no byte more: the answer to a handshake, 37 bytes, with room for another's taste.
func readFrame(r io.Reader) ([]byte, error) {
	const bytesMax = 1024
	var length [codec.FrameLengthBytes]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(length[:])
	if n > bytesMax {
		return nil, fmt.Errorf("an answer of %d bytes, expected at most %d", n, bytesMax)
	}
	frame := make([]byte, n)
	_, err := io.ReadFull(r, frame)
	return frame, err
}

// pending is a request under way.
type pending struct {
	dueNs int64 // since the run's beginning
	kind  kind
}

// ring is a queue that grows and is used again for ever, so that a request costs no allocation.
//
// Invariant: len(items) is 0 or a power of two, and at least count.
type ring struct {
	items []pending
	head  int
	count int
}

func (q *ring) push(p pending) {
	if q.count == len(q.items) {
		bigger := make([]pending, max(16, 2*len(q.items)))
		n := copy(bigger, q.items[q.head:])
		copy(bigger[n:], q.items[:q.head])
		q.items, q.head = bigger, 0
	}
	q.items[(q.head+q.count)&(len(q.items)-1)] = p
	q.count++
}

func (q *ring) pop() (pending, bool) {
	if q.count == 0 {
		return pending{}, false
	}
	p := q.items[q.head]
	q.head = (q.head + 1) & (len(q.items) - 1)
	q.count--
	return p, true
}
