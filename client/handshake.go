package client

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"time"

	"paddock/codec"
	"paddock/zk"
)

// connectFrameBytesMax bounds the first answer: 37 bytes with a 16-byte password, and room for another's taste.
const connectFrameBytesMax = 1024

// handshake opens or resumes the session, and runs the exchange of SASL. It reads no byte beyond their last answer.
func handshake(ctx context.Context, conn net.Conn, opts *Options) (Session, error) {
	stop := context.AfterFunc(ctx, func() {
		_ = conn.SetDeadline(time.Unix(1, 0)) // a dead socket fails the read as well
	})
	session, err := greet(conn, opts)
	if !stop() && err == nil { // too late: the deadline is set or is about to be
		err = ctx.Err()
	}
	return session, err
}

func greet(conn net.Conn, opts *Options) (Session, error) {
	if _, err := conn.Write(connectFrame(opts)); err != nil {
		return Session{}, fmt.Errorf("send connect request: %w", err)
	}
	var length [codec.FrameLengthBytes]byte
	if _, err := io.ReadFull(conn, length[:]); err != nil {
		return Session{}, fmt.Errorf("read connect response: %w", err)
	}
	n := binary.BigEndian.Uint32(length[:])
	if n > connectFrameBytesMax {
		return Session{}, fmt.Errorf("connect response of %d bytes: %w", n, codec.ErrMalformed)
	}
	frame := make([]byte, n)
	if _, err := io.ReadFull(conn, frame); err != nil {
		return Session{}, fmt.Errorf("read connect response: %w", err)
	}
	session, err := granted(frame, opts)
	if err == nil && opts.SASL != nil {
		err = prove(conn, opts.SASL)
	}
	return session, err
}

func connectFrame(opts *Options) []byte {
	r := codec.ConnectRequest{
		LastZxidSeen: opts.LastZxidSeen,
		TimeoutMs:    int32(opts.SessionTimeout.Milliseconds()),
		Password:     make([]byte, 16), // what Apache's own client sends for a new session
		ReadOnly:     opts.ReadOnly,
		HasReadOnly:  true,
	}
	if opts.Resume != nil {
		r.SessionID, r.Password = opts.Resume.ID, opts.Resume.Password
	}
	b, at := codec.BeginFrame(nil)
	b = codec.AppendConnectRequest(b, &r)
	codec.EndFrame(b, at)
	return b
}

// granted reads the connect response. A refusal is a response with timeout and session id 0.
func granted(frame []byte, opts *Options) (Session, error) {
	r, err := codec.DecodeConnectResponse(frame)
	if err != nil {
		return Session{}, fmt.Errorf("connect response: %w", err)
	}
	if r.TimeoutMs <= 0 || r.SessionID == 0 {
		return Session{}, &Error{Op: zk.OpCreateSession, Code: zk.ErrSessionExpired}
	}
	if opts.Resume != nil && r.SessionID != opts.Resume.ID {
		return Session{}, fmt.Errorf("asked for session 0x%x, got 0x%x: %w", opts.Resume.ID, r.SessionID, codec.ErrMalformed)
	}
	return Session{
		ID: r.SessionID, Password: bytes.Clone(r.Password), Timeout: time.Duration(r.TimeoutMs) * time.Millisecond,
		ReadOnly: r.ReadOnly,
	}, nil
}

func wrapDial(addr string, err error) error {
	return fmt.Errorf("client: connect to %s: %w", addr, err)
}
