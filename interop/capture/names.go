package main

import (
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"paddock/interop"
)

// opName is what a file is called after; unknown opcodes are called by number.
func opName(op int32) string {
	names := map[int32]string{
		interop.OpCreate: "create", interop.OpDelete: "delete", interop.OpExists: "exists", interop.OpGetData: "getData",
		interop.OpSetData: "setData", interop.OpGetACL: "getACL", interop.OpSetACL: "setACL",
		interop.OpGetChildren: "getChildren", interop.OpSync: "sync", interop.OpPing: "ping",
		interop.OpGetChildren2: "getChildren2", interop.OpCheck: "check", interop.OpMulti: "multi",
		interop.OpCreate2: "create2", interop.OpAuth: "auth", interop.OpSetWatches: "setWatches",
		interop.OpCloseSession: "closeSession",
		17:                     "checkWatches", 18: "removeWatches", 19: "createContainer", 21: "createTTL", 22: "multiRead",
		103: "getEphemerals", 104: "getAllChildrenNumber", 105: "setWatches2", 106: "addWatch", 107: "whoAmI",
	}
	if name, known := names[op]; known {
		return name
	}
	return fmt.Sprintf("op%d", op)
}

// codeName is the suffix of a file's name for an error reply.
func codeName(code int32) string {
	names := map[int32]string{
		-5: "marshalling", -6: "unimplemented", -8: "badArguments", -101: "noNode", -102: "noAuth", -103: "badVersion",
		-108: "noChildrenForEphemerals", -110: "nodeExists", -111: "notEmpty", -112: "sessionExpired", -114: "invalidACL",
		-115: "authFailed",
	}
	if name, known := names[code]; known {
		return name
	}
	return fmt.Sprintf("code%d", code)
}

func eventName(kind int32) string {
	names := map[int32]string{1: "created", 2: "deleted", 3: "dataChanged", 4: "childrenChanged"}
	return "event-" + names[kind]
}

// store writes one frame as text: a line that says what it is, then 32 bytes a line.
func store(dir, name, comment string, frame []byte) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	var text strings.Builder
	fmt.Fprintf(&text, "# %s\n", comment)
	for rest := frame; len(rest) > 0; {
		n := min(32, len(rest))
		text.WriteString(hex.EncodeToString(rest[:n]) + "\n")
		rest = rest[n:]
	}
	return os.WriteFile(filepath.Join(dir, name+".hex"), []byte(text.String()), 0o644)
}
