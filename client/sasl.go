package client

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"

	"paddock/codec"
	"paddock/sasl"
	"paddock/zk"
)

// saslFrameBytesMax bounds an answer of the server: a challenge has at most 2048 bytes (RFC 2831), a header 16.
const saslFrameBytesMax = 4096

// prove runs the exchange of SASL behind the connect response, before anything else is sent. A refusal of the server, and a server
// that does not prove itself, is an *Error of the operation sasl.
func prove(conn net.Conn, who *sasl.Client) error {
	exchange := who.Begin()
	var challenge []byte
	for xid := int32(1); ; xid++ {
		token, done, err := exchange.Step(challenge)
		switch {
		case done:
			return nil
		case err != nil:
			return fmt.Errorf("%w: %w", &Error{Op: zk.OpSASL, Code: zk.ErrAuthFailed}, err)
		}
		if challenge, err = askSASL(conn, xid, token); err != nil {
			return err
		}
	}
}

// askSASL sends a token and returns the server's, which is nil where the server has no SASL.
func askSASL(conn net.Conn, xid int32, token []byte) ([]byte, error) {
	b, at := codec.BeginFrame(nil)
	b = codec.AppendRequestHeader(b, codec.RequestHeader{Xid: xid, Op: zk.OpSASL})
	b = codec.AppendBuffer(b, token)
	codec.EndFrame(b, at)
	if _, err := conn.Write(b); err != nil {
		return nil, fmt.Errorf("send sasl request: %w", err)
	}
	var length [codec.FrameLengthBytes]byte
	if _, err := io.ReadFull(conn, length[:]); err != nil {
		return nil, fmt.Errorf("read sasl response: %w", err)
	}
	n := binary.BigEndian.Uint32(length[:])
	if n > saslFrameBytesMax {
		return nil, fmt.Errorf("sasl response of %d bytes: %w", n, codec.ErrMalformed)
	}
	frame := make([]byte, n)
	if _, err := io.ReadFull(conn, frame); err != nil {
		return nil, fmt.Errorf("read sasl response: %w", err)
	}
	d := codec.NewDecoder(frame)
	h := d.ReplyHeader()
	switch {
	case d.Err() != nil || h.Xid != xid:
		return nil, fmt.Errorf("sasl response with xid %d: %w", h.Xid, codec.ErrMalformed)
	case h.Err != zk.ErrOK:
		return nil, &Error{Op: zk.OpSASL, Code: h.Err}
	}
	answer := d.Buffer()
	if d.Err() != nil {
		return nil, fmt.Errorf("sasl response: %w", codec.ErrMalformed)
	}
	if answer == nil {
		return nil, fmt.Errorf("%w: the server has no SASL", &Error{Op: zk.OpSASL, Code: zk.ErrAuthFailed})
	}
	return answer, nil
}
