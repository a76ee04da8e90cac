package tree

import "paddock/zk"

// walk is a snapshot's way through the tree, taken in steps between transactions.
type walk struct {
	running bool
	zxid    int64 // znodes created after it are skipped
	cursor  Node  // the znode to look at next; it is alive. 0 at the end
	path    []byte
	stat    zk.StatPersisted // of the znode being visited: on the stack it would be allocated anew for each
	aclWas  map[Node]ACLRef  // what changed since the beginning, and may not have been emitted yet
}

// Visit gets one znode of a walk. Path ("" for the root), data and stat are borrowed for the call; data is nil for null.
// The ACL reference is one of those that the table had when the walk began.
type Visit func(path, data []byte, acl ACLRef, st *zk.StatPersisted)

// BeginWalk starts a walk that emits exactly the living znodes with czxid <= s, parents first, each as it is when its
// turn comes. Only one walk can run at a time.
func (t *Tree) BeginWalk(s int64) {
	if t.walk.running {
		panic("tree: a walk is running already")
	}
	t.walk = walk{running: true, zxid: s, cursor: root, path: t.walk.path, aclWas: map[Node]ACLRef{}}
	t.acls.freeze()
}

// WalkACLs is the number of ACL lists that the table had when the walk began.
func (t *Tree) WalkACLs() int { return t.acls.frozenN }

// NextWalkACL gives the reference that follows r, 0 for the first, among those that the table had when the walk
// began; it returns 0 behind the last.
func (t *Tree) NextWalkACL(r ACLRef) ACLRef {
	for r++; r < t.acls.frozenLen; r++ {
		if t.acls.entries[r].list != nil {
			return r
		}
	}
	return 0
}

// walkRecordBytes is what a znode takes in a snapshot besides its path and data: their lengths, ACL id and stat.
const walkRecordBytes = 4 + 4 + 8 + 60

// WalkStep looks at up to nodes znodes, and stops earlier once it has emitted bytesMax bytes as a snapshot counts
// them. It tells whether there is more to come.
func (t *Tree) WalkStep(nodes, bytesMax int, visit Visit) bool {
	w := &t.walk
	for bytes := 0; w.cursor != 0 && nodes > 0 && bytes < bytesMax; nodes-- {
		n := w.cursor
		nd := t.slab.at(n)
		if nd.czxid > w.zxid && n != root {
			w.cursor = t.afterSubtree(n) // what hangs below a younger znode is younger too
			continue
		}
		w.path = t.appendDiskPath(w.path[:0], n)
		acl := nd.acl
		if was, ok := w.aclWas[n]; ok {
			acl = was
			delete(w.aclWas, n)
		}
		data := t.Data(n)
		w.stat = nd.persisted()
		visit(w.path, data, acl, &w.stat)
		bytes += len(w.path) + len(data) + walkRecordBytes
		w.cursor = nd.firstChild
		if w.cursor == 0 {
			w.cursor = t.afterSubtree(n)
		}
	}
	return w.cursor != 0
}

// EndWalk ends a walk, finished or not.
func (t *Tree) EndWalk() {
	if !t.walk.running {
		panic("tree: no walk is running")
	}
	t.walk = walk{path: t.walk.path}
	t.acls.thaw()
}

// afterSubtree gives the znode that follows n and everything below it, parents before children; 0 at the end.
func (t *Tree) afterSubtree(n Node) Node {
	for n != root {
		nd := t.slab.at(n)
		if nd.next != 0 {
			return nd.next
		}
		n = nd.parent
	}
	return 0
}

// moveWalkOff moves the cursor on if it stands on a znode that is going away with everything below it. So a slot may
// be reused at once: its new znode is younger than the walk.
func (t *Tree) moveWalkOff(top Node) {
	for n := t.walk.cursor; n != 0; n = t.slab.at(n).parent {
		if n == top {
			t.walk.cursor = t.afterSubtree(top)
			return
		}
	}
}

// noteWalkACL keeps the reference that the znode had when the walk began.
func (t *Tree) noteWalkACL(n Node, nd *node) {
	if !t.walk.running || nd.czxid > t.walk.zxid {
		return
	}
	if _, ok := t.walk.aclWas[n]; !ok {
		t.walk.aclWas[n] = nd.acl
	}
}

func (t *Tree) forgetWalkACL(n Node) {
	if t.walk.running {
		delete(t.walk.aclWas, n)
	}
}
