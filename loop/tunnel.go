package loop

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// inwardBytes is what is decrypted at a time: requests are small, and every connection holds such a buffer.
	inwardBytes = 4 << 10
	// outwardBytes is what is encrypted at a time: the largest record of TLS. A connection holds such a buffer only while it sends.
	outwardBytes = 16 << 10
)

var errStopping = errors.New("the server is stopping")

// tunnel carries bytes between a client that speaks TLS and a loop, which sees a connection like any other.
//
//	client ◀─ TLS ─▶ client (socket) ◀─ two goroutines ─▶ plain (socket) ◀─ kernel ─▶ conn.fd of a loop
//
// Back-pressure needs no code: who is not read stops the goroutine that writes to it. Either side's end ends the other.
type tunnel struct {
	server *Server
	remote netip.AddrPort
	client *socket
	conn   *tls.Conn // over client
	plain  *socket   // our end of the pair
	proved *tls.ConnectionState
}

// state is nil for a connection without a tunnel.
func (t *tunnel) state() *tls.ConnectionState {
	if t == nil {
		return nil
	}
	return t.proved
}

// loopEnded is called by the loop when it has closed its end: what is on its way to the client gets a last chance.
func (t *tunnel) loopEnded() {
	_ = t.client.SetDeadline(time.Now().Add(t.server.cfg.CloseTimeout)) // an error: it is closed already
}

// carry returns when both directions have ended.
func (t *tunnel) carry() {
	var inward sync.WaitGroup
	inward.Go(t.carryIn)
	t.carryOut()
	inward.Wait()
}

// carryIn decrypts until the client or the loop has ended.
func (t *tunnel) carryIn() {
	buf := make([]byte, inwardBytes)
	for {
		n, err := t.conn.Read(buf)
		if n > 0 {
			if _, err := t.plain.Write(buf[:n]); err != nil {
				return // the loop has closed its end; carryOut notices as well
			}
		}
		switch {
		case err == nil:
		case errors.Is(err, io.EOF):
			t.plain.closeWrite() // replies may still be on their way
			return
		default:
			_ = t.plain.Close() // wakes carryOut, and the loop
			return
		}
	}
}

// carryOut encrypts until the loop has ended, or the client does not take any more. Then it closes everything.
func (t *tunnel) carryOut() {
	for {
		more, err := t.carryBatch()
		if err != nil || !more {
			break
		}
	}
	_ = t.plain.Close()     // carryIn may be writing to it
	_ = t.conn.CloseWrite() // close_notify; the client may be gone
	t.client.closeWrite()
	t.client.discardInput()
	_ = t.client.Close() // wakes carryIn
}

// carryBatch sends what the loop has written so far; more is false at its end.
func (t *tunnel) carryBatch() (more bool, err error) {
	buf, n, err := t.server.tunnels.read(t.plain)
	if n > 0 {
		_, err = t.conn.Write((*buf)[:n])
	}
	t.server.tunnels.release(buf)
	return n > 0, err
}

// socket is a descriptor of ours as a net.Conn that Go's poller waits on. (net.FileConn would duplicate it, and change its options.)
type socket struct {
	*os.File
	remote netip.AddrPort
}

func newSocket(fd int, remote netip.AddrPort) *socket {
	return &socket{File: os.NewFile(uintptr(fd), "client"), remote: remote}
}

// LocalAddr is not known; nobody asks.
func (s *socket) LocalAddr() net.Addr { return &net.TCPAddr{} }

// RemoteAddr is the client's, for both ends of a tunnel.
func (s *socket) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(s.remote) }

// closeWrite says that nothing more will come. Errors mean that nobody listens.
func (s *socket) closeWrite() {
	if raw, err := s.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) { _ = unix.Shutdown(int(fd), unix.SHUT_WR) })
	}
}

// discardInput is loop.drainInput for a socket of ours: unread input would reset the connection, and overtake the last reply.
func (s *socket) discardInput() {
	raw, err := s.SyscallConn()
	if err != nil {
		return
	}
	buf := make([]byte, inwardBytes)
	_ = raw.Control(func(fd uintptr) {
		for range 64 {
			if n, again, err := readFD(int(fd), buf); again || err != nil || n == 0 {
				return
			}
		}
	})
}

// tunnels are all that TLS has under way, so that Stop can end it, and the buffers that tunnels share.
type tunnels struct {
	running sync.WaitGroup
	buffers sync.Pool

	mu       sync.Mutex
	stopping bool
	live     map[*socket]bool // of clients; true: still in its handshake
}

// add notes a socket, or that its handshake is over. It reports false when the server stops and no handshake may begin.
func (ts *tunnels) add(s *socket, handshake bool) bool {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if ts.stopping && handshake {
		return false
	}
	if ts.live == nil {
		ts.live = make(map[*socket]bool)
	}
	ts.live[s] = handshake
	return true
}

func (ts *tunnels) remove(s *socket) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	delete(ts.live, s)
}

// breakOff ends every handshake, now and from now on.
func (ts *tunnels) breakOff() {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	ts.stopping = true
	for s, handshake := range ts.live {
		if handshake {
			_ = s.SetDeadline(time.Unix(1, 0)) // long ago; an error: it is closed already
		}
	}
}

// wait returns when every tunnel has ended, and ends them when ctx does.
func (ts *tunnels) wait(ctx context.Context) {
	ended := make(chan struct{})
	go func() { ts.running.Wait(); close(ended) }()
	select {
	case <-ended:
		return
	case <-ctx.Done():
	}
	ts.mu.Lock()
	for s := range ts.live {
		_ = s.Close()
	}
	ts.mu.Unlock()
	<-ended
}

// read waits until s has something, and only then takes a buffer for it: an idle connection holds none. n = 0 is the end.
func (ts *tunnels) read(s *socket) (buf *[]byte, n int, err error) {
	raw, err := s.SyscallConn()
	if err != nil {
		return nil, 0, err
	}
	waitErr := raw.Read(func(fd uintptr) bool {
		if buf == nil {
			buf = ts.buffer()
		}
		var again bool
		if n, again, err = readFD(int(fd), *buf); again {
			ts.release(buf)
			buf = nil
		}
		return !again
	})
	if err == nil {
		err = waitErr
	}
	return buf, max(n, 0), err
}

func (ts *tunnels) buffer() *[]byte {
	if buf, ok := ts.buffers.Get().(*[]byte); ok {
		return buf
	}
	buf := make([]byte, outwardBytes)
	return &buf
}

func (ts *tunnels) release(buf *[]byte) {
	if buf != nil {
		ts.buffers.Put(buf)
	}
}
