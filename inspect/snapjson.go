package inspect

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"

	"paddock/snap"
	"paddock/tree"
)

// DumpSnapshotJSON prints the sizes of the znodes in the form of ncdu, as Apache's SnapshotFormatter does: a list whose first
// element is the znode and whose others are its children; a znode without children stands alone.
func DumpSnapshotJSON(out io.Writer, l snap.Loaded, now time.Time) error {
	const firstInode = 1001
	j := jsonDump{w: bufio.NewWriter(out), t: l.Tree, inode: firstInode}
	// Programs look for this name.
	j.printf(`[1,0,{"progname":"SnapshotFormatter.java","progver":"0.01","timestamp":%d}`, now.UnixMilli())
	j.node(l.Tree.Lookup("/"), "/")
	j.printf("]")
	return j.w.Flush()
}

type jsonDump struct {
	w     *bufio.Writer
	t     *tree.Tree
	inode int
}

func (j *jsonDump) printf(format string, args ...any) { _, _ = fmt.Fprintf(j.w, format, args...) }

func (j *jsonDump) node(n tree.Node, name string) {
	size := j.t.DataLength(n)
	text := fmt.Sprintf(`{"name":"%s","asize":%d,"dsize":%d,"dev":0,"ino":%d}`, quoted(name), size, size, j.inode)
	j.inode++
	list := children(j.t, n)
	if len(list) == 0 {
		j.printf(",%s", text)
		return
	}
	j.printf(",[%s", text)
	for _, c := range list {
		j.node(c.node, c.name)
	}
	j.printf("]")
}

// quoted escapes what JSON demands and nothing else.
func quoted(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ':
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
