package interop

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
)

// Recorded is one frame that passed a Proxy, its 4-byte length included.
type Recorded struct {
	Conn     int // connections count from 0 in the order they came
	ToServer bool
	Frame    []byte
}

// Proxy passes frames between clients and a server unchanged and remembers them in the order in which it saw them.
type Proxy struct {
	listener net.Listener
	server   string

	mu     sync.Mutex
	held   bool
	conns  int
	frames []Recorded
	open   []net.Conn
}

// NewProxy listens on a free port for clients of the server at addr.
func NewProxy(addr string) (*Proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("interop: proxy: %w", err)
	}
	p := &Proxy{listener: l, server: addr}
	go p.accept()
	return p, nil
}

// Addr is where clients connect.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Frames returns what passed so far.
func (p *Proxy) Frames() []Recorded {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]Recorded(nil), p.frames...)
}

// Close ends the proxy and all its connections.
func (p *Proxy) Close() error {
	err := p.listener.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.open {
		err = errors.Join(err, ignoreClosed(c.Close()))
	}
	return err
}

// Hold makes the proxy hang up on every new client until it is called with false. Apache 3.9.5 needs that while it starts: it
// forgets a connection that comes before its database exists, and the client waits in vain.
func (p *Proxy) Hold(held bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held = held
}

// Restarter returns a restart of the server during which the proxy holds clients back.
func (p *Proxy) Restarter(server *Server) func(kill bool) error {
	return func(kill bool) error {
		p.Hold(true)
		defer p.Hold(false)
		return server.Restart(kill)
	}
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return // closed
		}
		if !p.connect(client) {
			_ = client.Close() // to the client this looks like a server that hangs up
		}
	}
}

func (p *Proxy) connect(client net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.held {
		return false
	}
	server, err := net.Dial("tcp", p.server)
	if err != nil {
		return false // the server is down
	}
	id := p.conns
	p.conns++
	p.open = append(p.open, client, server)
	go p.pump(id, true, client, server)
	go p.pump(id, false, server, client)
	return true
}

// pump passes frames one way until one side hangs up, then hangs up both.
func (p *Proxy) pump(id int, toServer bool, from, to net.Conn) {
	defer func() { _, _ = from.Close(), to.Close() }() // the other pump may have been first
	for {
		var size [4]byte
		if _, err := io.ReadFull(from, size[:]); err != nil {
			return
		}
		frame := make([]byte, 4+binary.BigEndian.Uint32(size[:]))
		copy(frame, size[:])
		if _, err := io.ReadFull(from, frame[4:]); err != nil {
			return
		}
		p.mu.Lock()
		p.frames = append(p.frames, Recorded{Conn: id, ToServer: toServer, Frame: frame})
		p.mu.Unlock()
		if _, err := to.Write(frame); err != nil {
			return
		}
	}
}
