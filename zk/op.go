package zk

import "strconv"

// Op is a request or transaction type (ZooDefs.OpCode, 3.9.5).
type Op int32

// The operations of the client protocol, and the types that appear only in the log.
const (
	OpNotification         Op = 0
	OpCreate               Op = 1
	OpDelete               Op = 2
	OpExists               Op = 3
	OpGetData              Op = 4
	OpSetData              Op = 5
	OpGetACL               Op = 6
	OpSetACL               Op = 7
	OpGetChildren          Op = 8
	OpSync                 Op = 9
	OpPing                 Op = 11
	OpGetChildren2         Op = 12
	OpCheck                Op = 13
	OpMulti                Op = 14
	OpCreate2              Op = 15
	OpReconfig             Op = 16
	OpCheckWatches         Op = 17
	OpRemoveWatches        Op = 18
	OpCreateContainer      Op = 19
	OpDeleteContainer      Op = 20
	OpCreateTTL            Op = 21
	OpMultiRead            Op = 22
	OpAuth                 Op = 100
	OpSetWatches           Op = 101
	OpSASL                 Op = 102
	OpGetEphemerals        Op = 103
	OpGetAllChildrenNumber Op = 104
	OpSetWatches2          Op = 105
	OpAddWatch             Op = 106
	OpWhoAmI               Op = 107
	OpCreateSession        Op = -10
	OpCloseSession         Op = -11
	OpError                Op = -1
)

// Reserved xids of the client protocol (ClientCnxn, 3.9.5).
const (
	XidNotification int32 = -1
	XidPing         int32 = -2
	XidAuth         int32 = -4
	XidSetWatches   int32 = -8
)

// String names the operation as ZooKeeper's logs do (Request.op2String, 3.9.5); unknown types print their number.
func (o Op) String() string {
	if name, ok := opName(o); ok {
		return name
	}
	return "unknown " + strconv.Itoa(int(o))
}

func opName(o Op) (string, bool) {
	names := [...]string{
		OpNotification: "notification", OpCreate: "create", OpDelete: "delete", OpExists: "exists",
		OpGetData: "getData", OpSetData: "setData", OpGetACL: "getACL", OpSetACL: "setACL",
		OpGetChildren: "getChildren", OpSync: "sync", OpPing: "ping", OpGetChildren2: "getChildren2",
		OpCheck: "check", OpMulti: "multi", OpCreate2: "create2", OpReconfig: "reconfig",
		OpCheckWatches: "checkWatches", OpRemoveWatches: "removeWatches",
		OpCreateContainer: "createContainer", OpDeleteContainer: "deleteContainer",
		OpCreateTTL: "createTtl", OpMultiRead: "multiRead", OpAuth: "auth", OpSetWatches: "setWatches",
		OpSASL: "sasl", OpGetEphemerals: "getEphemerals", OpGetAllChildrenNumber: "getAllChildrenNumber",
		OpSetWatches2: "setWatches2", OpAddWatch: "addWatch", OpWhoAmI: "whoAmI",
	}
	switch o {
	case OpCreateSession:
		return "createSession", true
	case OpCloseSession:
		return "closeSession", true
	case OpError:
		return "error", true
	}
	if o < 0 || int(o) >= len(names) || names[o] == "" {
		return "", false
	}
	return names[o], true
}
