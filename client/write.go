package client

import (
	"errors"
	"fmt"
	"math"
	"syscall"

	"paddock/codec"
	"paddock/zk"
)

// flushBytes is where a burst is written without waiting for its end: enough to make the system call cheap per
// request, little enough to let the server begin.
const flushBytes = 64 << 10

// begin opens a frame for a request and remembers its call. The caller holds mu, appends the body to out and calls
// end. An error means that nothing was sent and the handler will not be called.
func (c *Client) begin(op zk.Op, tag int64, done Handler) (at int, err error) {
	if c.err != nil {
		return 0, c.err
	}
	if c.xid == math.MaxInt32 {
		c.xid = 0
	}
	c.xid++
	c.calls.push(call{done: done, tag: tag, xid: c.xid, op: op})
	return c.header(c.xid, op), nil
}

func (c *Client) header(xid int32, op zk.Op) (at int) {
	c.out, at = codec.BeginFrame(c.out)
	c.out = codec.AppendRequestHeader(c.out, codec.RequestHeader{Xid: xid, Op: op})
	return at
}

func (c *Client) end(at int) {
	codec.EndFrame(c.out, at)
	c.sent = true
	if len(c.out) >= flushBytes {
		c.flushLocked()
	}
}

// Flush ends a burst: everything sent so far leaves. It does not wait for the socket. Handlers need not call it.
func (c *Client) Flush() {
	c.mu.Lock()
	c.flushLocked()
	c.mu.Unlock()
}

func (c *Client) flushLocked() {
	if len(c.out) == 0 || c.draining || c.err != nil {
		return
	}
	if c.raw != nil {
		c.writeNow()
	}
	if len(c.out) > 0 && c.err == nil {
		c.draining = true
		go c.drain()
	}
}

// writeNow gives the kernel what it takes without waiting.
func (c *Client) writeNow() {
	if err := c.raw.Write(c.writeOnce); err != nil {
		c.failLocked(fmt.Errorf("client: write: %w", err))
		return
	}
	if c.wroteErr != nil {
		c.failLocked(fmt.Errorf("client: write: %w", c.wroteErr))
		return
	}
	c.out = c.out[:copy(c.out, c.out[c.wrote:])]
}

// attempt is one write(2). It reports true always: false would wait for room.
func (c *Client) attempt(fd uintptr) bool {
	n, err := syscall.Write(int(fd), c.out)
	if n < 0 {
		n = 0
	}
	if errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EINTR) {
		err = nil
	}
	c.wrote, c.wroteErr = n, err
	return true
}

// drain writes until the buffer is empty, waiting for room in the socket, without the lock.
func (c *Client) drain() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.out) > 0 && c.err == nil {
		chunk := c.out
		c.out = c.spare[:0]
		c.mu.Unlock()
		_, err := c.conn.Write(chunk)
		c.mu.Lock()
		c.spare = chunk
		if err != nil {
			c.failLocked(fmt.Errorf("client: write: %w", err))
		}
	}
	c.draining = false
}
