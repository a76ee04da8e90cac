package tree

import (
	"errors"
	"fmt"
	"strings"

	"paddock/zk"
)

// ErrCorrupt marks a set of records that is no tree.
var ErrCorrupt = errors.New("corrupt tree")

// openDiskID is the id of the open ACL list on disk (ReferenceCountedACLCache, 3.9.5).
const openDiskID int64 = -1

// Loader builds a Tree from the records of a snapshot: first the ACL lists, then the znodes, parents first.
type Loader struct {
	t        *Tree
	byDiskID map[int64]ACLRef
	hasRoot  bool

	parent     Node   // of the last znode: most records are siblings of the one before
	parentPath []byte //
}

// NewLoader begins an empty tree.
func NewLoader() *Loader {
	l := &Loader{t: newEmpty(), byDiskID: map[int64]ACLRef{openDiskID: OpenACL}}
	l.t.acls.freeze() // lists have no users until znodes name them
	return l
}

// AddACL adds an entry of the snapshot's table. It copies the list; a list that is nil is the open one.
func (l *Loader) AddACL(id int64, acl []zk.ACL) error {
	if _, ok := l.byDiskID[id]; ok {
		return fmt.Errorf("%w: ACL id %d is there twice", ErrCorrupt, id)
	}
	ref := l.t.acls.intern(acl)
	l.byDiskID[id] = ref
	if ref != OpenACL && l.t.acls.entries[ref].refs == 0 {
		l.t.acls.dead = append(l.t.acls.dead, ref) // in case no znode will name it
	}
	return nil
}

// Add inserts a znode; the root's path is "". It copies what it keeps. An ACL id that the table lacks denies
// everything, see Tree.UnknownACLs.
func (l *Loader) Add(path string, data []byte, aclID int64, st *zk.StatPersisted) error {
	t := l.t
	ref, ok := l.byDiskID[aclID]
	if !ok {
		ref = t.acls.addUnknown()
		l.byDiskID[aclID] = ref
	}
	if path == "" {
		return l.setRoot(data, ref, st)
	}
	slash := strings.LastIndexByte(path, '/')
	if slash < 0 || slash == len(path)-1 {
		return fmt.Errorf("%w: %q is no path", ErrCorrupt, path)
	}
	parent := l.findParent(path[:slash])
	if parent == 0 {
		return fmt.Errorf("%w: %q comes before its parent", ErrCorrupt, path)
	}
	r := record{path: path, name: path[slash+1:], data: data, acl: ref, stat: *st, hash: t.hash(path)}
	if t.find(path, r.hash) != 0 {
		return fmt.Errorf("%w: %q is there twice", ErrCorrupt, path)
	}
	t.insert(parent, &r)
	return nil
}

func (l *Loader) findParent(path string) Node {
	if !l.hasRoot {
		return 0
	}
	if l.parent != 0 && string(l.parentPath) == path {
		return l.parent
	}
	l.parent = l.t.Lookup(path)
	l.parentPath = append(l.parentPath[:0], path...)
	return l.parent
}

func (l *Loader) setRoot(data []byte, ref ACLRef, st *zk.StatPersisted) error {
	if l.hasRoot {
		return fmt.Errorf("%w: the root is there twice", ErrCorrupt)
	}
	l.hasRoot = true
	t := l.t
	nd := t.slab.at(root)
	t.replaceData(nd, data)
	t.dataUnits += int64(len(data))
	nd.czxid, nd.mzxid, nd.pzxid = st.Czxid, st.Mzxid, st.Pzxid
	nd.ctimeMs, nd.mtimeMs = st.Ctime, st.Mtime
	nd.version, nd.cversion, nd.aversion = st.Version, st.CVersion, st.AVersion
	nd.owner = st.EphemeralOwner
	t.changeACL(root, nd, ref)
	nd.crc = PathDataCRC("", data)
	t.redigest(nd, true)
	return nil
}

// Finish gives the tree, with what the snapshot holds and nothing else: those of 3.4 have no /zookeeper/config, and
// Apache's standalone server serves them so (DataTree.deserialize, 3.9.5).
func (l *Loader) Finish() (*Tree, error) {
	if !l.hasRoot {
		return nil, fmt.Errorf("%w: no root", ErrCorrupt)
	}
	t := l.t
	t.acls.thaw()
	l.t = nil
	return t, nil
}
