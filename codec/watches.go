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

// NullPath stands for a null path in these records, where Apache's server takes some of them for a path like any other. No
// string that was decoded holds this byte.
const NullPath = "\xff"

func (d *Decoder) pathOrNull() string {
	p := d.Buffer()
	if p == nil {
		return NullPath
	}
	return text(p)
}

func appendPathOrNull(b []byte, path string) []byte {
	if path == NullPath {
		return AppendBuffer(b, nil)
	}
	return AppendString(b, path)
}

// PathCode is the body of addWatch, whose code is a mode, and of checkWatches and removeWatches, whose code is a type of
// watcher. The path may be NullPath.
type PathCode struct {
	Path string
	Code int32
}

// PathCode reads the body of addWatch, checkWatches and removeWatches.
func (d *Decoder) PathCode() PathCode { return PathCode{Path: d.pathOrNull(), Code: d.Int32()} }

// AppendPathCode appends the body of addWatch, checkWatches and removeWatches.
func AppendPathCode(b []byte, path string, code int32) []byte {
	return AppendInt32(appendPathOrNull(b, path), code)
}

// SetWatches2 arms the watches of a client that has reconnected, those that addWatch has set included. What changed since
// RelativeZxid fires at once, unless it is in the last two lists. A list may be nil for null, and a path NullPath.
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
	r := SetWatches2{RelativeZxid: d.Int64(), Data: d.paths(), Exist: d.paths(), Child: d.paths()}
	if op == zk.OpSetWatches {
		r.Persistent, r.Recursive = []string{}, []string{}
		return r
	}
	r.Persistent, r.Recursive = d.paths(), d.paths()
	return r
}

// paths reads a vector of paths, each borrowed; null gives nil, and an empty one does not.
func (d *Decoder) paths() []string {
	n := d.Count(4)
	if n < 0 {
		return nil
	}
	paths := make([]string, n)
	for i := range paths {
		paths[i] = d.pathOrNull()
	}
	return paths
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
	b = AppendInt32(b, int32(len(paths)))
	for _, path := range paths {
		b = appendPathOrNull(b, path)
	}
	return b
}
