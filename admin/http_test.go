package admin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"testing"
	"time"
)

// patience is how long a test waits for what must happen.
const patience = 60 * time.Second

// street is a listener whose callers come from wherever the test says.
type street struct {
	net.Listener

	callers chan net.Conn
}

func (s *street) Accept() (net.Conn, error) {
	c, open := <-s.callers
	if !open {
		return nil, net.ErrClosed
	}
	return c, nil
}

// caller is a connection from an address.
type caller struct {
	net.Conn

	from   netip.AddrPort
	closed chan struct{}
	once   sync.Once
}

func (c *caller) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(c.from) }

func (c *caller) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.Conn.Close()
}

func (s *street) call(from string) *caller {
	near, far := net.Pipe()
	_ = far // the other side is silent
	c := &caller{Conn: near, from: netip.MustParseAddrPort(from), closed: make(chan struct{})}
	s.callers <- c
	return c
}

func isClosed(c *caller) bool {
	select {
	case <-c.closed:
		return true
	default:
		return false
	}
}

func newStreet(t *testing.T) (*street, *limitedListener) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	s := &street{Listener: l, callers: make(chan net.Conn)}
	return s, newLimitedListener(s, slog.New(slog.DiscardHandler))
}

// accepted lets callers in and counts those that got a place.
func accepted(s *street, l *limitedListener, from ...string) (held []net.Conn) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			held = append(held, c)
		}
	}()
	for _, f := range from {
		s.call(f)
	}
	close(s.callers)
	<-done
	s.callers = make(chan net.Conn)
	return held
}

func many(n int, from func(i int) string) (all []string) {
	for i := range n {
		all = append(all, from(i))
	}
	return all
}

func TestOneMachineGetsItsShareOfThePlacesAndNoMore(t *testing.T) {
	for name, from := range map[string]func(i int) string{
		"one address":            func(i int) string { return fmt.Sprintf("10.0.0.1:%d", 1000+i) },
		"one IPv6 network":       func(i int) string { return fmt.Sprintf("[2001:db8::%x]:99", i+1) },
		"one address, two forms": func(i int) string { return []string{"10.0.0.1:5", "[::ffff:10.0.0.1]:5"}[i%2] },
	} {
		s, l := newStreet(t)
		held := accepted(s, l, many(placesShareMax+20, from)...)
		if len(held) != placesShareMax {
			t.Errorf("%s has %d places", name, len(held))
		}
		_ = held[0].Close()
		_ = held[0].Close() // the second time gives nothing back
		if held := accepted(s, l, many(5, from)...); len(held) != 1 {
			t.Errorf("%s gets %d places for the one that it gave back", name, len(held))
		}
	}
}

func TestThisMachineHasPlacesOfItsOwn(t *testing.T) {
	s, l := newStreet(t)
	strangers := accepted(s, l, many(placesMax+50, func(i int) string { return fmt.Sprintf("10.0.%d.%d:7", i/250, i%250) })...)
	if len(strangers) != placesMax {
		t.Errorf("strangers hold %d places", len(strangers))
	}
	local := accepted(s, l, many(placesLocalMax+10, func(i int) string { return []string{"127.0.0.1:9", "[::1]:9", "127.1.2.3:9"}[i%3] })...)
	if len(local) != placesLocalMax {
		t.Errorf("this machine holds %d places", len(local))
	}
	for _, c := range append(strangers, local...) {
		_ = c.Close()
	}
	if len(l.holding) != 0 || l.others != 0 {
		t.Errorf("%d machines are remembered, with %d places", len(l.holding), l.others)
	}
}

func TestWhoFindsNoPlaceIsSentAwayAtOnce(t *testing.T) {
	s, l := newStreet(t)
	accepted(s, l, many(placesShareMax, func(int) string { return "10.0.0.1:7" })...)
	go func() { _, _ = l.Accept() }()
	c := s.call("10.0.0.1:8")
	select {
	case <-c.closed:
	case <-time.After(patience):
		t.Error("it waits")
	}
	if other := s.call("10.0.0.2:8"); isClosed(other) {
		t.Error("so is somebody else")
	}
}

// slowPort serves a handler that tells when it begins, and waits.
func slowPort(t *testing.T, wait func(ctx context.Context)) (port *HTTPServer, begun chan struct{}) {
	t.Helper()
	begun = make(chan struct{})
	port, err := Listen("127.0.0.1:0", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(begun)
		wait(r.Context())
	}), time.Minute, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		r, err := http.NewRequest(http.MethodGet, "http://"+port.Addr().String(), nil)
		if err != nil {
			return
		}
		if got, err := http.DefaultClient.Do(r); err == nil {
			_, _ = io.Copy(io.Discard, got.Body)
			_ = got.Body.Close()
		}
	}()
	return port, begun
}

func TestTheEndOfAPortWaitsForWhatIsBeingAnswered(t *testing.T) {
	ended := false
	port, begun := slowPort(t, func(ctx context.Context) {
		<-ctx.Done()
		time.Sleep(20 * time.Millisecond) // it tidies up
		ended = true
	})
	<-begun
	if err := port.close(time.Millisecond, patience); err != nil {
		t.Error(err)
	}
	if !ended {
		t.Error("the request is still being answered")
	}
}

func TestTheEndOfAPortDoesNotWaitForEver(t *testing.T) {
	stuck := make(chan struct{})
	defer close(stuck)
	port, begun := slowPort(t, func(context.Context) { <-stuck })
	<-begun
	done := make(chan error)
	go func() { done <- port.close(time.Millisecond, 10*time.Millisecond) }()
	select {
	case err := <-done:
		if err != nil && !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	case <-time.After(patience):
		t.Error("it waits")
	}
}
