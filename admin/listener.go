package admin

import (
	"log/slog"
	"net"
	"net/netip"
	"sync"
)

// Places of an HTTP port, all of which must hold against strangers. Whoever finds none is sent away at once, so that nobody waits
// behind strangers. This machine has places of its own: its health check is answered whoever holds the others.
const (
	placesMax      = 256 // connections of other machines
	placesLocalMax = 64  // connections of this machine
	placesShareMax = 32  // connections of one other machine
)

// shareBitsIPv6 is how much of an IPv6 address names one machine: it has the rest of the network for itself (RFC 4291, 2.5.1).
const shareBitsIPv6 = 64

// limitedListener accepts connections and sends away those that find no place.
type limitedListener struct {
	net.Listener

	log *slog.Logger

	mu      sync.Mutex           // one goroutine accepts, each connection's own closes it
	others  int                  // connections of other machines
	holding map[netip.Prefix]int // connections by machine, without zeros
}

func newLimitedListener(l net.Listener, log *slog.Logger) *limitedListener {
	return &limitedListener{Listener: l, log: log, holding: map[netip.Prefix]int{}}
}

// Accept implements net.Listener.
func (l *limitedListener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		who := machineOf(c.RemoteAddr())
		if why := l.take(who); why != "" {
			l.log.Warn("admin: an HTTP connection was refused: "+why, "from", c.RemoteAddr(), "port", l.Addr())
			_ = c.Close() // nothing was sent
			continue
		}
		return &countedConn{Conn: c, leave: sync.OnceFunc(func() { l.leave(who) })}, nil
	}
}

// machineOf names the machine that a connection comes from; all that come from this one, or from nowhere known, are alike.
func machineOf(addr net.Addr) netip.Prefix {
	from, err := netip.ParseAddrPort(addr.String())
	ip := from.Addr().Unmap()
	if err != nil || ip.IsLoopback() {
		return netip.Prefix{}
	}
	bits := ip.BitLen()
	if ip.Is6() {
		bits = shareBitsIPv6
	}
	machine, err := ip.WithZone("").Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return machine
}

// take gives a place to a connection, or says why not.
func (l *limitedListener) take(who netip.Prefix) (why string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	local := !who.IsValid()
	switch {
	case local && l.holding[who] >= placesLocalMax:
		why = "this machine has too many already"
	case !local && l.holding[who] >= placesShareMax:
		why = "its machine has too many already"
	case !local && l.others >= placesMax:
		why = "other machines have too many already"
	}
	if why != "" {
		return why
	}
	l.holding[who]++
	if !local {
		l.others++
	}
	return ""
}

// leave gives a place back.
func (l *limitedListener) leave(who netip.Prefix) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.holding[who]--; l.holding[who] == 0 {
		delete(l.holding, who)
	}
	if who.IsValid() {
		l.others--
	}
}

// countedConn gives its place back when it is closed.
type countedConn struct {
	net.Conn

	leave func()
}

// Close implements net.Conn.
func (c *countedConn) Close() error {
	c.leave()
	return c.Conn.Close()
}
