package client

import (
	"time"

	"paddock/codec"
	"paddock/zk"
)

// ticksPerTimeout: something is sent at least every second tick, so a session is refreshed after two thirds of its
// timeout at the latest, and quietTicksMax leaves an answer as long again.
const (
	ticksPerTimeout = 3
	quietTicksMax   = 4
)

func (c *Client) tickInterval() time.Duration { return c.session.Timeout / ticksPerTimeout }

// tick pings if nothing was sent since the last tick, and ends a connection on which nothing comes back.
func (c *Client) tick() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return
	}
	if c.quiet++; c.received {
		c.quiet = 0
	}
	if c.quiet >= quietTicksMax {
		c.failLocked(ErrSilent)
		return
	}
	if !c.sent {
		at := c.header(zk.XidPing, zk.OpPing)
		codec.EndFrame(c.out, at)
	}
	c.sent, c.received = false, false
	c.flushLocked() // also a burst that its sender forgot
	c.ticker.Reset(c.tickInterval())
}
