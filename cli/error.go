package cli

import (
	"errors"
	"fmt"

	"paddock/cli/link"
	"paddock/zk"
)

// Statuses of the shell.
const (
	statusOK          = 0
	statusFailed      = 1
	statusInvocation  = 2   // ExitCode.INVALID_INVOCATION (3.9.5)
	statusNotFound    = 127 // CommandNotFoundException (3.9.5)
	statusInterrupted = 130 // 128 + SIGINT, as shells have it
)

// failure is a complaint in words of its own.
type failure struct {
	text   string
	status int
}

// Error is what the shell prints on stderr.
func (f *failure) Error() string { return f.text }

func failf(format string, args ...any) error {
	return &failure{fmt.Sprintf(format, args...), statusFailed}
}

// errSaid is a failure that has been told already.
var errSaid = errors.New("said already")

// errEnough ends a walk early.
var errEnough = errors.New("enough")

// errQuit ends the shell.
var errQuit = errors.New("quit")

// explain gives the words of Apache's shell for an error (CliWrapperException), and the status.
func explain(err error) (text string, status int) {
	if own, ok := errors.AsType[*failure](err); ok {
		return own.text, own.status
	}
	if link.Interrupted(err) {
		return "interrupted", statusInterrupted
	}
	refused, ok := errors.AsType[*link.Error](err)
	if !ok {
		return err.Error(), statusFailed
	}
	path := refused.Path
	if path == "" {
		path = "null"
	}
	switch refused.Code {
	case zk.ErrNoNode:
		text = "Node does not exist: " + path
	case zk.ErrNoChildrenForEphemerals:
		text = "Ephemerals cannot have children: " + path
	case zk.ErrNodeExists:
		text = "Node already exists: " + path
	case zk.ErrNotEmpty:
		text = "Node not empty: " + path
	case zk.ErrNotReadOnly:
		text = "Not a read-only call: " + path
	case zk.ErrInvalidACL:
		text = "Acl is not valid : " + path
	case zk.ErrNoAuth:
		text = "Insufficient permission : " + path
	case zk.ErrBadArguments:
		text = "Arguments are not valid : " + path
	case zk.ErrBadVersion:
		text = "version No is not valid : " + path
	case zk.ErrReconfigInProgress:
		text = "Another reconfiguration is in progress -- concurrent reconfigs not supported (yet)"
	case zk.ErrNewConfigNoQuorum:
		text = "No quorum of new config is connected and up-to-date with the leader of last commmitted config - " +
			"try invoking reconfiguration after new servers are connected and synced" // sic
	case zk.ErrQuotaExceeded:
		text = "Quota has exceeded : " + path
	default:
		text = refused.Error()
	}
	return text, statusFailed
}

// advice says what to do next, for errors that leave people puzzled; "" for the others.
func advice(err error, l *link.Link) string {
	switch link.Code(err) {
	case link.ErrConnectionLoss:
		if cause := l.LastError(); cause != nil {
			return fmt.Sprintf("(%v; trying again in the background)", cause)
		}
	case zk.ErrSessionExpired:
		return "(the session is over, with its ephemerals and watches; 'connect' opens a new one)"
	case zk.ErrAuthFailed:
		return "(the server does not accept that identity; 'connect' opens a new session without it)"
	case zk.ErrNoAuth:
		return "('getAcl' shows who may; 'addauth digest user:password' adds an identity to this session)"
	case zk.ErrUnimplemented:
		return "(this server does not know the operation, or does not allow it)"
	default:
	}
	return ""
}
