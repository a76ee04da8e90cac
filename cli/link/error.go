package link

import (
	"errors"

	"paddock/zk"
)

// ErrConnectionLoss is the code that the client itself gives to requests whose answer will never come.
const ErrConnectionLoss zk.Err = -4

// Error is a request that failed, in the words of the Java client.
type Error struct {
	Code zk.Err
	Path string // the caller's; "" where the operation has none
}

// Error is KeeperException's message.
func (e *Error) Error() string {
	text := "KeeperErrorCode = " + codeText(e.Code)
	if e.Path != "" {
		text += " for " + e.Path
	}
	return text
}

// codeText differs from the code's name for some codes only.
func codeText(code zk.Err) string {
	switch code {
	case zk.ErrOK:
		return "ok"
	case ErrConnectionLoss:
		return "ConnectionLoss"
	case zk.ErrNotEmpty:
		return "Directory not empty"
	case zk.ErrSessionExpired:
		return "Session expired"
	case zk.ErrInvalidCallback:
		return "Invalid callback"
	case zk.ErrSessionMoved:
		return "Session moved"
	case zk.ErrNotReadOnly:
		return "Not a read-only call"
	case zk.ErrEphemeralOnLocalSession:
		return "Ephemeral node on local session"
	case zk.ErrNoWatcher:
		return "No such watcher"
	case zk.ErrReconfigDisabled:
		return "Reconfig is disabled"
	case zk.ErrSessionClosedSASL:
		return "Session closed because client failed to authenticate"
	case zk.ErrQuotaExceeded:
		return "Quota has exceeded"
	case zk.ErrThrottledOp:
		return "Op throttled due to high load"
	default:
		return code.String()
	}
}

// Code gives the protocol code inside err, ErrOK for nil, and ErrSystemError for what is no Error.
func Code(err error) zk.Err {
	if err == nil {
		return zk.ErrOK
	}
	if failed, ok := errors.AsType[*Error](err); ok {
		return failed.Code
	}
	return zk.ErrSystemError
}
