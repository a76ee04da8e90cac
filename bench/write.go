package bench

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"golang.org/x/sys/unix"

	"paddock/codec"
)

// writeBytes is where a burst is written without waiting for its end: enough to make the system call cheap per
// request, little enough to let the server begin.
const writeBytes = 64 << 10

// borrow gives a connection that has nothing to write the engine's buffer. It is given back by flush: whoever appends
// flushes before another connection's turn.
func (c *conn) borrow() {
	if c.out == nil {
		c.out, c.engine.spare = c.engine.spare[:0], nil
	}
}

// flush writes what was appended, unless the socket has no room.
func (c *conn) flush() {
	if c.out != nil && !c.blocked && !c.gone {
		c.write()
	}
}

// write gives the kernel what it takes at once. What it does not take stays with the connection, until the epoll tells of
// room.
func (c *conn) write() {
	n := 0
	if len(c.out) > 0 {
		var err error
		n, err = unix.Write(c.fd, c.out)
		if err != nil && !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EINTR) {
			c.fail(fmt.Errorf("write: %w", err))
			return
		}
		n = max(n, 0)
		c.silent = false
	}
	left := c.out[n:]
	switch {
	case len(left) > 0 && c.blocked:
		c.out = c.out[:copy(c.out, left)]
	case len(left) > 0:
		c.own = append(c.own[:0], left...)
		c.out, c.engine.spare = c.own, c.out[:0]
		c.block(true)
	case c.blocked:
		c.own, c.out = c.out[:0], nil
		c.block(false)
	default:
		c.out, c.engine.spare = nil, c.out[:0]
	}
}

func (c *conn) block(blocked bool) {
	c.blocked = blocked
	if err := c.engine.poll.wantRoom(c.fd, c.slot, blocked); err != nil {
		c.fail(fmt.Errorf("epoll: %w", err))
	}
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
