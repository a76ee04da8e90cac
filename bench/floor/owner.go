package floor

import (
	"encoding/binary"
	"sync"

	"github.com/valyala/bytebufferpool"

	"paddock/codec"
)

// arrival is what one read of a connection has brought: whole frames, copied out of the loop's buffer.
type arrival struct {
	peer *peer
	buf  *bytebufferpool.ByteBuffer
}

// reply is what one batch has for a connection.
type reply struct {
	peer *peer
	buf  *bytebufferpool.ByteBuffer // nil: nothing but the end
	last bool
}

// owner is the goroutine that all requests go through.
type owner struct {
	stub   *stub
	ready  chan struct{} // something is in the inbox
	landed chan struct{}
	stop   chan struct{}
	over   chan struct{}
	outs   map[*desk][]reply

	mu    sync.Mutex
	inbox []arrival
	spare []arrival // the owner's
}

func newOwner(h *handler) *owner {
	o := &owner{
		ready: make(chan struct{}, 1), landed: make(chan struct{}, 1), stop: make(chan struct{}), over: make(chan struct{}),
		outs: map[*desk][]reply{},
	}
	o.stub = &stub{
		value: h.cfg.Value, submit: h.log.submit, watched: map[string]*watchers{},
		landed: func() { o.landed <- struct{}{} }, // one sync at a time: there is room
	}
	return o
}

// take is called by the loops. It returns how many bytes the whole frames in b take.
func (o *owner) take(p *peer, b []byte) (used int) {
	for len(b)-used >= codec.FrameLengthBytes {
		n := int(binary.BigEndian.Uint32(b[used:]))
		if n > frameBytesMax {
			used = len(b) // for the stub to see
			break
		}
		if len(b)-used < codec.FrameLengthBytes+n {
			break
		}
		used += codec.FrameLengthBytes + n
	}
	if used == 0 {
		return 0
	}
	buf := bytebufferpool.Get()
	buf.Set(b[:used])
	o.mu.Lock()
	o.inbox = append(o.inbox, arrival{p, buf})
	tell := len(o.inbox) == 1
	o.mu.Unlock()
	if tell {
		select {
		case o.ready <- struct{}{}:
		default: // still there, and run takes everything
		}
	}
	return used
}

func (o *owner) run() {
	defer close(o.over)
	for {
		select {
		case <-o.stop:
			return
		case <-o.ready:
		case <-o.landed:
			o.stub.synced()
		}
		o.pass()
	}
}

// pass takes what has queued up and answers: one task per loop, one write per connection.
func (o *owner) pass() {
	o.mu.Lock()
	batch := o.inbox
	o.inbox = o.spare[:0]
	o.mu.Unlock()
	for i := range batch {
		a := &batch[i]
		o.stub.frames(a.peer.state, a.buf.B)
		bytebufferpool.Put(a.buf)
	}
	clear(batch)
	o.spare = batch
	o.stub.kick()
	for _, c := range o.stub.touched {
		c.touched = false
		r := reply{peer: c.peer, last: c.finished()}
		if len(c.ready) > 0 {
			r.buf = bytebufferpool.Get()
			r.buf.Set(c.ready)
			c.ready = c.ready[:0]
		}
		if r.buf != nil || r.last {
			o.outs[c.peer.desk] = append(o.outs[c.peer.desk], r)
		}
	}
	o.stub.touched = o.stub.touched[:0]
	for d, replies := range o.outs {
		if len(replies) == 0 {
			continue
		}
		o.outs[d] = nil
		d.execute(func() {
			for _, r := range replies {
				if r.buf == nil {
					r.peer.send(nil, r.last)
					continue
				}
				r.peer.send(r.buf.B, r.last)
				bytebufferpool.Put(r.buf)
			}
		})
	}
}
