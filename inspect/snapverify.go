package inspect

import (
	"errors"
	"fmt"
	"strings"

	"paddock/disk"
	"paddock/snap"
	"paddock/tree"
	"paddock/zk"
)

// SnapVerdict is what a snapshot holds, and whether a server would load it.
type SnapVerdict struct {
	snap.Summary
	Zxid     int64 // of its name; -1 if the name has none
	Bytes    int64 // of data in znodes
	Tree     uint64
	LastSeen int64    // the highest zxid of any znode
	Faults   []string // what makes it unloadable though every seal is right
}

// Exact says that the znodes are those of one moment: the digest in the file is theirs. A snapshot that was written while the
// tree changed is not, and needs the log to become a state.
func (v *SnapVerdict) Exact() bool { return v.HasDigest && v.Digest.Tree == v.Tree }

// VerifySnapshot reads a snapshot to its end: every length, every seal, and that parents come first. Damage matches
// snap.ErrCorrupt.
func VerifySnapshot(fs disk.FS, path string, zxid int64) (SnapVerdict, error) {
	c := snapCheck{verdict: SnapVerdict{Zxid: zxid}, acls: map[int64]bool{}}
	s, err := snap.Scan(fs, path, snap.Visitor{ACL: c.acl, Node: c.node})
	c.verdict.Summary = s
	if err == nil && s.Nodes == 0 {
		err = errors.Join(snap.ErrCorrupt, errors.New("there is no znode, not even the root"))
	}
	return c.verdict, err
}

// faultsMax bounds what is listed of one file.
const faultsMax = 10

// snapCheck goes through the znodes in the file's order. A znode comes behind its parent, and in all files that are known right
// behind its parent's other children and what is below them: so the way from the root is all that has to be kept.
type snapCheck struct {
	verdict SnapVerdict
	acls    map[int64]bool
	way     []byte // the path of the znode before, with a slash behind: parents are prefixes of it
	open    bool   // a root was seen
}

func (c *snapCheck) acl(id int64, _ []zk.ACL) error {
	c.acls[id] = true
	return nil
}

func (c *snapCheck) node(path string, data []byte, acl int64, st *zk.StatPersisted) error {
	v := &c.verdict
	slash := strings.LastIndexByte(path, '/')
	switch {
	case path == "" && c.open:
		c.fault("the root is there twice")
	case path != "" && (slash < 0 || slash == len(path)-1):
		c.fault("%q is no path", path)
	case path != "" && (len(c.way) <= slash || string(c.way[:slash+1]) != path[:slash+1]):
		c.fault("%q comes before its parent", path)
	case acl != -1 && !c.acls[acl]:
		c.fault("%q has the ACL id %d, which the table lacks", path, acl)
	}
	c.open = true
	c.way = append(append(c.way[:0], path...), '/')
	v.Bytes += int64(len(data))
	v.LastSeen = max(v.LastSeen, st.Mzxid, st.Pzxid)
	if tree.InDigest(path) {
		v.Tree += tree.NodeDigest(tree.PathDataCRC(path, data), st)
	}
	return nil
}

func (c *snapCheck) fault(format string, args ...any) {
	if len(c.verdict.Faults) < faultsMax {
		c.verdict.Faults = append(c.verdict.Faults, fmt.Sprintf(format, args...))
	}
}

// Text tells the verdict on one line.
func (v *SnapVerdict) Text() string {
	var b strings.Builder
	if v.Zxid >= 0 {
		fmt.Fprintf(&b, "complete to zxid 0x%x, ", uint64(v.Zxid))
	}
	const rootAgain = 1 // ZooKeeper counts the root twice, as "" and as "/", and so do its words and ours
	fmt.Fprintf(&b, "%d znodes, %d bytes of data, %d ACL lists, %d sessions", v.Nodes+rootAgain, v.Bytes, v.ACLs, v.Sessions)
	switch {
	case !v.HasDigest || v.Digest.Zxid == 0:
	case v.Exact():
		fmt.Fprintf(&b, ", exact: the digest is that of zxid 0x%x", uint64(v.Digest.Zxid))
	default:
		fmt.Fprintf(&b, ", written while the tree changed, up to zxid 0x%x", uint64(v.Digest.Zxid))
	}
	for _, f := range v.Faults {
		b.WriteString("; FAULT: " + f)
	}
	return b.String()
}
