package client

import (
	"errors"

	"paddock/zk"
)

// ErrClosed is the end that the caller asked for, by Close or Disconnect.
var ErrClosed = errors.New("client: connection closed")

// ErrSilent ends a connection whose server sent nothing for longer than the session timeout.
var ErrSilent = errors.New("client: server is silent")

// ErrTimeout is the result of a synchronous call that took longer than Options.Timeout. The request may still be
// carried out.
var ErrTimeout = errors.New("client: no answer in time")

// Error is a refusal by the server.
type Error struct {
	Op   zk.Op
	Path string // "" for operations without one
	Code zk.Err
}

// Error names operation, path and code.
func (e *Error) Error() string {
	if e.Path == "" {
		return "client: " + e.Op.String() + ": " + e.Code.String()
	}
	return "client: " + e.Op.String() + " " + e.Path + ": " + e.Code.String()
}

// Code gives the protocol code inside err: ErrOK for nil, and ErrSystemError, which servers do not send, for errors
// that are not the server's refusal.
func Code(err error) zk.Err {
	if err == nil {
		return zk.ErrOK
	}
	if refusal, ok := errors.AsType[*Error](err); ok {
		return refusal.Code
	}
	return zk.ErrSystemError
}
