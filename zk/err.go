package zk

import "strconv"

// Err is a protocol result as it stands in a reply header (KeeperException.Code, 3.9.5). It is a value, not a
// Go error: a refused request is an ordinary answer.
type Err int32

// The codes that a server sends.
const (
	ErrOK                      Err = 0
	ErrSystemError             Err = -1
	ErrRuntimeInconsistency    Err = -2
	ErrDataInconsistency       Err = -3
	ErrMarshallingError        Err = -5
	ErrUnimplemented           Err = -6
	ErrOperationTimeout        Err = -7
	ErrBadArguments            Err = -8
	ErrUnknownSession          Err = -12
	ErrNewConfigNoQuorum       Err = -13
	ErrReconfigInProgress      Err = -14
	ErrNoNode                  Err = -101
	ErrNoAuth                  Err = -102
	ErrBadVersion              Err = -103
	ErrNoChildrenForEphemerals Err = -108
	ErrNodeExists              Err = -110
	ErrNotEmpty                Err = -111
	ErrSessionExpired          Err = -112
	ErrInvalidCallback         Err = -113
	ErrInvalidACL              Err = -114
	ErrAuthFailed              Err = -115
	ErrSessionMoved            Err = -118
	ErrNotReadOnly             Err = -119
	ErrEphemeralOnLocalSession Err = -120
	ErrNoWatcher               Err = -121
	ErrReconfigDisabled        Err = -123
	ErrSessionClosedSASL       Err = -124
	ErrQuotaExceeded           Err = -125
	ErrThrottledOp             Err = -127
)

// String gives the code's name in KeeperException.Code, or its number.
func (e Err) String() string {
	switch e {
	case ErrOK:
		return "Ok"
	case ErrSystemError:
		return "SystemError"
	case ErrRuntimeInconsistency:
		return "RuntimeInconsistency"
	case ErrDataInconsistency:
		return "DataInconsistency"
	case ErrMarshallingError:
		return "MarshallingError"
	case ErrUnimplemented:
		return "Unimplemented"
	case ErrOperationTimeout:
		return "OperationTimeout"
	case ErrBadArguments:
		return "BadArguments"
	case ErrUnknownSession:
		return "UnknownSession"
	case ErrNewConfigNoQuorum:
		return "NewConfigNoQuorum"
	case ErrReconfigInProgress:
		return "ReconfigInProgress"
	default:
		return e.apiName()
	}
}

// apiName names the codes below -100, which KeeperException calls API errors.
func (e Err) apiName() string {
	switch e {
	case ErrNoNode:
		return "NoNode"
	case ErrNoAuth:
		return "NoAuth"
	case ErrBadVersion:
		return "BadVersion"
	case ErrNoChildrenForEphemerals:
		return "NoChildrenForEphemerals"
	case ErrNodeExists:
		return "NodeExists"
	case ErrNotEmpty:
		return "NotEmpty"
	case ErrSessionExpired:
		return "SessionExpired"
	case ErrInvalidCallback:
		return "InvalidCallback"
	case ErrInvalidACL:
		return "InvalidACL"
	case ErrAuthFailed:
		return "AuthFailed"
	case ErrSessionMoved:
		return "SessionMoved"
	case ErrNotReadOnly:
		return "NotReadOnly"
	case ErrEphemeralOnLocalSession:
		return "EphemeralOnLocalSession"
	case ErrNoWatcher:
		return "NoWatcher"
	case ErrReconfigDisabled:
		return "ReconfigDisabled"
	case ErrSessionClosedSASL:
		return "SessionClosedRequireSaslAuth"
	case ErrQuotaExceeded:
		return "QuotaExceeded"
	case ErrThrottledOp:
		return "ThrottledOp"
	default:
		return "Err" + strconv.Itoa(int(e))
	}
}
