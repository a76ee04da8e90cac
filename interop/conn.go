package interop

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// ErrRefused says that the server answered a connect request with an empty session: unknown, expired, or wrong password.
var ErrRefused = errors.New("interop: session refused")

// Session is what a client must remember to come back.
type Session struct {
	ID       int64
	Password []byte
	Timeout  time.Duration // as the server granted it
}

// Hello is a connect request.
type Hello struct {
	Session      Session // the zero value asks for a new one
	LastZxidSeen int64
	OmitReadOnly bool // as clients before 3.4 did
}

// Frame returns the request with its length.
func (h Hello) Frame() []byte {
	password := h.Session.Password
	if password == nil {
		password = make([]byte, 16)
	}
	body := Body(nil).Int(0).Long(h.LastZxidSeen).Int(int32(h.Session.Timeout.Milliseconds())).
		Long(h.Session.ID).Buffer(password)
	if !h.OmitReadOnly {
		body = body.Bool(false)
	}
	return framed(body)
}

func framed(body []byte) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), body...)
}

// Reply is one frame from the server: an answer, or an event when its xid is -1.
type Reply struct {
	Xid  int32
	Zxid int64
	Code int32
	Body []byte
}

// Conn is a connection with a session. One goroutine may send while another receives; Call does both.
type Conn struct {
	Session Session
	Events  []Reply // events that came while Call waited for its answer

	net net.Conn
	in  *bufio.Reader
	xid int32
}

// Dial connects and gets, or gets back, a session. Its errors include ErrRefused.
func Dial(addr string, hello Hello) (*Conn, error) {
	if hello.Session.Timeout == 0 {
		hello.Session.Timeout = 30 * time.Second
	}
	raw, err := net.DialTimeout("tcp", addr, PatienceMax)
	if err != nil {
		return nil, fmt.Errorf("interop: %w", err)
	}
	c := &Conn{net: raw, in: bufio.NewReaderSize(raw, 64<<10)}
	if err := c.greet(hello); err != nil {
		return nil, errors.Join(err, raw.Close())
	}
	return c, nil
}

func (c *Conn) greet(hello Hello) error {
	if err := c.Write(hello.Frame()); err != nil {
		return err
	}
	body, err := c.frame()
	if err != nil {
		return fmt.Errorf("interop: connect: %w", err)
	}
	r := Read(body)
	r.Int()
	timeout := time.Duration(r.Int()) * time.Millisecond
	c.Session = Session{Timeout: timeout, ID: r.Long(), Password: r.Buffer()}
	if r.Err != nil {
		return fmt.Errorf("interop: connect: %w", r.Err)
	}
	if c.Session.ID == 0 {
		return ErrRefused
	}
	return nil
}

// Write sends raw bytes.
func (c *Conn) Write(b []byte) error {
	if err := c.net.SetWriteDeadline(time.Now().Add(PatienceMax)); err != nil {
		return fmt.Errorf("interop: %w", err)
	}
	if _, err := c.net.Write(b); err != nil {
		return fmt.Errorf("interop: %w", err)
	}
	return nil
}

// Send sends one request without waiting, and returns its xid.
func (c *Conn) Send(op int32, body Body) (int32, error) {
	c.xid++
	return c.xid, c.SendAs(c.xid, op, body)
}

// SendAs sends one request under an xid of the caller's choice.
func (c *Conn) SendAs(xid, op int32, body Body) error {
	return c.Write(framed(append(Body(nil).Int(xid).Int(op), body...)))
}

func (c *Conn) frame() ([]byte, error) {
	if err := c.net.SetReadDeadline(time.Now().Add(PatienceMax)); err != nil {
		return nil, err
	}
	var size [4]byte
	if _, err := io.ReadFull(c.in, size[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(size[:])
	if n > 64<<20 {
		return nil, fmt.Errorf("interop: the server sent a frame of %d bytes", n)
	}
	body := make([]byte, n)
	_, err := io.ReadFull(c.in, body)
	return body, err
}

// Receive returns the next frame, event or answer.
func (c *Conn) Receive() (Reply, error) {
	body, err := c.frame()
	if err != nil {
		return Reply{}, fmt.Errorf("interop: receive: %w", err)
	}
	r := Read(body)
	reply := Reply{Xid: r.Int(), Zxid: r.Long(), Code: r.Int()}
	reply.Body = r.rest
	return reply, r.Err
}

// Call sends one request and returns its answer. Events that come before it are kept in Events.
func (c *Conn) Call(op int32, body Body) (Reply, error) {
	xid, err := c.Send(op, body)
	if err != nil {
		return Reply{}, err
	}
	return c.await(xid)
}

func (c *Conn) await(xid int32) (Reply, error) {
	for {
		reply, err := c.Receive()
		if err != nil {
			return Reply{}, err
		}
		if reply.Xid == xid {
			return reply, nil
		}
		if reply.Xid != -1 {
			return Reply{}, fmt.Errorf("interop: answer to xid %d while waiting for %d", reply.Xid, xid)
		}
		c.Events = append(c.Events, reply)
	}
}

// Auth adds an identity, as clients do it: under xid -4.
func (c *Conn) Auth(scheme, secret string) error {
	if err := c.SendAs(-4, OpAuth, AuthBody(scheme, secret)); err != nil {
		return err
	}
	reply, err := c.await(-4)
	if err == nil && reply.Code != 0 {
		err = fmt.Errorf("interop: auth was refused: %d", reply.Code)
	}
	return err
}

// Close ends the session and then the connection.
func (c *Conn) Close() error {
	_, err := c.Call(OpCloseSession, nil)
	return errors.Join(err, c.net.Close())
}

// Drop ends the connection and leaves the session open.
func (c *Conn) Drop() error { return c.net.Close() }
