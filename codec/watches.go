package codec

import "paddock/zk"

// The request records of addWatch, checkWatches, removeWatches, setWatches and setWatches2.

// Modes of addWatch (ZooDefs.AddWatchModes, 3.9.5).
const (
	AddPersistent int32 = 0
	AddRecursive  int32 = 1
)

// Types of watcher that checkWatches and removeWatches name (Watcher.WatcherType, 3.9.5).
const (
	WatcherChildren   int32 = 1
	WatcherData       int32 = 2
	WatcherAny        int32 = 3
	WatcherPersistent int32 = 4
	WatcherRecursive  int32 = 5
)

// PathCode is the body of addWatch, whose code is a mode, and of checkWatches and removeWatches, whose code is a type of
// watcher. The path may be zk.NullText, which Apache takes for a path like any other.
type PathCode struct {
	Path string
	Code int32
}

// PathCode reads the body of addWatch, checkWatches and removeWatches.
func (d *Decoder) PathCode() PathCode { return PathCode{Path: d.Text(), Code: d.Int32()} }

// AppendPathCode appends the body of addWatch, checkWatches and removeWatches.
func AppendPathCode(b []byte, path string, code int32) []byte {
	return AppendInt32(AppendString(b, path), code)
}

// SetWatches2 arms the watches of a client that has reconnected, those that addWatch has set included. What changed since
// RelativeZxid fires at once, unless it is in the last two lists. A list may be nil for null, and a path zk.NullText.
type SetWatches2 struct {
	RelativeZxid int64
	Data         []string
	Exist        []string
	Child        []string
	Persistent   []string
	Recursive    []string
}

// SetWatches2 reads the body of setWatches2, or of setWatches if op says so, whose last two lists are empty.
func (d *Decoder) SetWatches2(op zk.Op) SetWatches2 {
	r := SetWatches2{RelativeZxid: d.Int64(), Data: d.Strings(), Exist: d.Strings(), Child: d.Strings()}
	if op == zk.OpSetWatches {
		r.Persistent, r.Recursive = []string{}, []string{}
		return r
	}
	r.Persistent, r.Recursive = d.Strings(), d.Strings()
	return r
}

// AppendSetWatches2 appends the body of setWatches2, or of setWatches if op says so.
func AppendSetWatches2(b []byte, op zk.Op, r *SetWatches2) []byte {
	b = AppendInt64(b, r.RelativeZxid)
	b = appendPaths(b, r.Data)
	b = appendPaths(b, r.Exist)
	b = appendPaths(b, r.Child)
	if op == zk.OpSetWatches {
		return b
	}
	b = appendPaths(b, r.Persistent)
	return appendPaths(b, r.Recursive)
}

func appendPaths(b []byte, paths []string) []byte {
	if paths == nil {
		return AppendInt32(b, -1)
	}
	return AppendStrings(b, paths)
}
