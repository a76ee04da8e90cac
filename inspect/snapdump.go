package inspect

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"paddock/snap"
	"paddock/tree"
	"paddock/zk"
)

// DumpSnapshot prints the znodes with their Stat, and the sessions, as Apache's SnapshotFormatter does. With data the
// znodes' data is printed in base64, else its length.
func DumpSnapshot(out io.Writer, l snap.Loaded, data bool) error {
	d := dump{w: bufio.NewWriter(out), t: l.Tree, data: data, zxid: l.Zxid}
	d.printf("ZNode Details (count=%d):\n", l.Tree.Count())
	d.node(l.Tree.Lookup("/"), "/")
	d.printf("----\n")
	d.sessions(l.Sessions)
	d.printf("----\nLast zxid: 0x%x\n", uint64(d.zxid))
	return d.w.Flush()
}

// dump is one run. A bufio.Writer keeps its first error until Flush.
type dump struct {
	w    *bufio.Writer
	t    *tree.Tree
	data bool
	zxid int64 // the highest seen
}

func (d *dump) printf(format string, args ...any) {
	_, _ = fmt.Fprintf(d.w, format, args...)
}

func (d *dump) node(n tree.Node, path string) {
	st := d.t.Persisted(n)
	d.printf("----\n%s\n", path)
	d.stat(&st)
	if d.data {
		d.printf("  data = %s\n", base64.StdEncoding.EncodeToString(d.t.Data(n)))
	} else {
		d.printf("  dataLength = %d\n", d.t.DataLength(n))
	}
	d.zxid = max(d.zxid, st.Mzxid, st.Pzxid)
	for _, c := range children(d.t, n) {
		d.node(c.node, join(path, c.name))
	}
}

func (d *dump) stat(st *zk.StatPersisted) {
	d.hex("cZxid", st.Czxid)
	d.printf("  ctime = %s\n", dateText(st.Ctime))
	d.hex("mZxid", st.Mzxid)
	d.printf("  mtime = %s\n", dateText(st.Mtime))
	d.hex("pZxid", st.Pzxid)
	d.printf("  cversion = %d\n  dataVersion = %d\n  aclVersion = %d\n", st.CVersion, st.Version, st.AVersion)
	d.hex("ephemeralOwner", st.EphemeralOwner)
}

func (d *dump) hex(name string, v int64) { d.printf("  %s = %s\n", name, hex16(v)) }

func (d *dump) sessions(timeouts map[int64]int32) {
	d.printf("Session Details (sid, timeout, ephemeralCount):\n")
	ids := slices.Sorted(maps.Keys(timeouts)) // ids grow with time, so mostly in the order of their making
	hashOrder(ids, sessionSlots, longHash)
	for _, id := range ids {
		d.printf("%s, %d, %d\n", hex16(id), timeouts[id], d.t.EphemeralsOf(id))
	}
}

// hex16 is Java's %#016x: 16 characters with the 0x.
func hex16(v int64) string { return fmt.Sprintf("0x%014x", uint64(v)) }

// dateText is Java's Date.toString.
func dateText(ms int64) string { return time.UnixMilli(ms).Format("Mon Jan 02 15:04:05 MST 2006") }

func join(parent, name string) string {
	if parent == "/" {
		return "/" + name
	}
	return parent + "/" + name
}

// child is a znode below another.
type child struct {
	name string
	node tree.Node
}

// children lists a znode's children as Apache goes through them once it has loaded the snapshot.
func children(t *tree.Tree, n tree.Node) []child {
	list := make([]child, 0, t.NumChildren(n))
	for c := t.FirstChild(n); c != 0; c = t.NextSibling(c) {
		list = append(list, child{string(t.Name(c)), c})
	}
	slices.Reverse(list) // the tree has the newest first
	hashOrder(list, childSlots, func(c child) uint32 { return stringHash(c.name) })
	return list
}
