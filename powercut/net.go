package powercut

import (
	"context"
	"net"
	"sync"

	"paddock/loop"
	"paddock/server"
)

// network is a server's network without sockets: one loop, whose connections are the world's clients.
type network struct {
	server.Network // nil: what is not here is not called

	mu     sync.Mutex
	staged []loop.Event // the world's, for deliver
	events []loop.Event // for the server
	outs   []loop.Out   // for the clients
	ready  chan struct{}
}

// Carry says that there is no loop that could: the world waits for Ready's signals.
func (n *network) Carry(func() bool, int) (bool, error) { return false, nil }

func newNetwork() *network { return &network{ready: make(chan struct{}, 1)} }

// send stages what a connection does: the server gets all of it at once, or a run would depend on who is faster.
func (n *network) send(events ...loop.Event) { n.staged = append(n.staged, events...) }

// deliver hands over what is staged.
func (n *network) deliver() {
	if len(n.staged) == 0 {
		return
	}
	n.mu.Lock()
	n.events = append(n.events, n.staged...)
	n.mu.Unlock()
	n.staged = nil
	select {
	case n.ready <- struct{}{}:
	default:
	}
}

// receive takes what the server has said.
func (n *network) receive() []loop.Out {
	n.mu.Lock()
	defer n.mu.Unlock()
	outs := n.outs
	n.outs = nil
	return outs
}

func (n *network) Start() error                 { return nil }
func (n *network) Addrs() []net.Addr            { return []net.Addr{&net.TCPAddr{Port: 2181}} }
func (n *network) Loops() int                   { return 1 }
func (n *network) Ready() <-chan struct{}       { return n.ready }
func (n *network) Stats() (s loop.Stats)        { return s }
func (n *network) StopAccepting()               {}
func (n *network) Stop(_ context.Context) error { return nil }

func (n *network) Take(into []loop.Event) []loop.Event {
	n.mu.Lock()
	defer n.mu.Unlock()
	into = append(into, n.events...)
	n.events = nil
	return into
}

func (n *network) Post(_ int, outs []loop.Out) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.outs = append(n.outs, outs...)
}
