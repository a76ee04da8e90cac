package interop

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// Shot is one request of the script and everything that came back: frames, their lengths included.
type Shot struct {
	Name    string
	Request []byte
	Events  [][]byte // watch events that came before the reply
	Reply   []byte
}

// Script sends every kind of request to a fresh server, by our own hand, so that each reply and each error comes to light,
// also those that no client library provokes. Its shots are the same on every run but for times, session ids and passwords.
func Script(addr string) ([]Shot, error) {
	s := &script{addr: addr}
	s.connects()
	s.requests()
	s.errors()
	s.bare()
	s.multis()
	s.watches()
	s.others()
	s.last()
	return s.shots, s.err
}

// script stops at its first error.
type script struct {
	addr  string
	shots []Shot
	err   error
}

func (s *script) keep(err error) {
	if s.err == nil {
		s.err = err
	}
}

// dial returns a connection that knows nothing but errors when the script has stopped.
func (s *script) dial() *Conn {
	c, err := Dial(s.addr, Hello{})
	s.keep(err)
	return c
}

// greet keeps one connect request and its answer, and leaves the connection.
func (s *script) greet(name string, hello Hello) Session {
	proxy, err := NewProxy(s.addr)
	if err != nil {
		s.keep(err)
		return Session{}
	}
	c, err := Dial(proxy.Addr(), hello)
	var session Session
	if c != nil {
		session = c.Session
		s.keep(c.Drop())
	}
	s.keep(proxy.Close())
	frames := proxy.Frames()
	if err != nil && !errors.Is(err, ErrRefused) || len(frames) < 2 {
		s.keep(fmt.Errorf("interop: %s: %d frames: %w", name, len(frames), orNone(err)))
		return session
	}
	s.shots = append(s.shots, Shot{Name: name, Request: frames[0].Frame, Reply: frames[1].Frame})
	return session
}

func (s *script) connects() {
	session := s.greet("connect", Hello{})
	s.greet("connect-no-readOnly", Hello{OmitReadOnly: true})
	session.Timeout = 20 * time.Second
	s.greet("connect-renew", Hello{Session: session})
	s.greet("connect-renew-no-readOnly", Hello{Session: session, OmitReadOnly: true})
	s.greet("connect-timeout-clamped-up", Hello{Session: Session{Timeout: time.Millisecond}})
	s.greet("connect-timeout-clamped-down", Hello{Session: Session{Timeout: time.Hour}})
	s.greet("connect-empty-password", Hello{Session: Session{Password: []byte{}}})
	wrong := session
	wrong.Password = []byte("0123456789abcdef")
	s.greet("connect-refused-wrong-password", Hello{Session: wrong})
	wrong.ID += 1 << 40
	s.greet("connect-refused-unknown-session", Hello{Session: wrong})
	s.greet("connect-refused-no-readOnly", Hello{Session: wrong, OmitReadOnly: true})
}

// call sends one request on c and keeps it with what comes back.
func (s *script) call(c *Conn, name string, xid, op int32, body Body) {
	if s.err != nil {
		return
	}
	s.keep(c.SendAs(xid, op, body))
	shot := Shot{Name: name, Request: framed(append(Body(nil).Int(xid).Int(op), body...))}
	for s.err == nil {
		frame, err := c.frame()
		if err != nil {
			s.keep(fmt.Errorf("interop: %s: %w", name, err))
			return
		}
		whole := framed(frame)
		if len(frame) < 4 || int32(binary.BigEndian.Uint32(frame)) != -1 {
			shot.Reply = whole
			s.shots = append(s.shots, shot)
			return
		}
		shot.Events = append(shot.Events, whole)
	}
}
