package floor

import (
	"context"
	"sync"

	"github.com/panjf2000/gnet/v2"
)

// peer is a connection as its event loop sees it.
type peer struct {
	conn  gnet.Conn
	desk  *desk
	state *peerState
	gone  bool // the loop's: no writes any more
}

// desk is what an event loop has: a stub of its own, or the way to the owner's.
type desk struct {
	loop gnet.EventLoop
	stub *stub // nil with an owner
}

// handler gets gnet's callbacks.
type handler struct {
	gnet.BuiltinEventEngine
	cfg    Config
	log    *syncer
	owner  *owner // nil: answered on the loops
	ready  func()
	booted chan struct{}
	engine gnet.Engine

	mu    sync.Mutex // guards desks: connections of all loops open at the same time
	desks map[gnet.EventLoop]*desk
}

// OnBoot notes the engine.
func (h *handler) OnBoot(e gnet.Engine) gnet.Action {
	h.engine = e
	close(h.booted)
	if h.ready != nil {
		h.ready()
	}
	return gnet.None
}

// OnOpen gives a connection its desk.
func (h *handler) OnOpen(c gnet.Conn) ([]byte, gnet.Action) {
	p := &peer{conn: c, desk: h.deskOf(c.EventLoop())}
	p.state = &peerState{peer: p}
	c.SetContext(p)
	return nil, gnet.None
}

func (h *handler) deskOf(loop gnet.EventLoop) *desk {
	h.mu.Lock()
	defer h.mu.Unlock()
	d := h.desks[loop]
	if d == nil {
		d = &desk{loop: loop}
		if h.owner == nil {
			d.stub = &stub{value: h.cfg.Value, submit: h.log.submit}
			d.stub.landed = func() {
				d.execute(func() {
					d.stub.synced()
					d.sendAll()
				})
			}
		}
		h.desks[loop] = d
	}
	return d
}

// execute runs on the loop. An engine that is stopping refuses: then nobody is left to be answered.
func (d *desk) execute(task func()) {
	_ = d.loop.Execute(context.Background(), gnet.RunnableFunc(func(context.Context) error {
		task()
		return nil
	}))
}

// OnTraffic takes what has arrived.
func (h *handler) OnTraffic(c gnet.Conn) gnet.Action {
	p := c.Context().(*peer)
	b, err := c.Peek(-1)
	if err != nil {
		return gnet.Close
	}
	used := 0
	if h.owner != nil {
		used = h.owner.take(p, b)
	} else {
		used = p.desk.stub.frames(p.state, b)
		p.desk.stub.kick()
	}
	if used > 0 { // Discard(0) would drop everything
		if _, err := c.Discard(used); err != nil {
			return gnet.Close
		}
	}
	if h.owner == nil {
		p.desk.sendAll()
	}
	return gnet.None
}

// OnClose notes the end, so that nothing is written any more.
func (h *handler) OnClose(c gnet.Conn, _ error) gnet.Action {
	if p, ok := c.Context().(*peer); ok {
		p.gone = true
	}
	return gnet.None
}

// sendAll writes what the loop's own stub has answered.
func (d *desk) sendAll() {
	for _, c := range d.stub.touched {
		c.touched = false
		c.peer.send(c.ready, c.finished())
		c.ready = c.ready[:0]
	}
	d.stub.touched = d.stub.touched[:0]
}

// finished tells whether the connection is to be closed now.
func (c *peerState) finished() bool { return c.ended && len(c.held) == 0 && len(c.flying) == 0 }

// send writes on the peer's loop.
func (p *peer) send(b []byte, last bool) {
	if p.gone {
		return
	}
	if len(b) > 0 {
		if _, err := p.conn.Write(b); err != nil {
			last = true
		}
	}
	if last {
		p.gone = true
		_ = p.conn.Close() // by a task of its own, after the bytes have left
	}
}
