package tree

import (
	"errors"
	"fmt"
	"hash/crc32"
)

// Check walks everything and compares it with itself: links, counts, index, block allocator, checksums, digest, data
// size, ephemerals, ACL counts, free lists. It takes about a microsecond per znode.
func (t *Tree) Check() error {
	c := checker{t: t, aclRefs: make([]uint32, len(t.acls.entries)), owned: map[Node]bool{}}
	for _, part := range [...]func() error{
		c.nodes, c.totals, c.index, c.freeNodes, c.ownerLists, c.aclTable, c.blocks, c.walk,
	} {
		if err := part(); err != nil {
			return fmt.Errorf("tree: check: %w", err)
		}
	}
	return nil
}

type checker struct {
	t          *Tree
	count      uint32
	digest     uint64
	dataUnits  int64
	path       []byte
	aclRefs    []uint32
	owned      map[Node]bool // ephemerals, containers and TTL znodes
	ephemerals int
	cursorSeen bool
	blockUnits int64 // in use by small blocks, as their classes have it
	largeBytes int64
}

// nodes visits every znode from the root.
func (c *checker) nodes() error {
	t := c.t
	for n := root; n != 0; {
		if err := c.node(n); err != nil {
			return fmt.Errorf("znode %d %q: %w", n, c.path, err)
		}
		if c.count > t.index.count {
			return fmt.Errorf("more znodes than the index's %d: a cycle", t.index.count)
		}
		next := t.slab.at(n).firstChild
		if next == 0 {
			next = t.afterSubtree(n)
		}
		n = next
	}
	return nil
}

func (c *checker) node(n Node) error {
	t := c.t
	nd := t.slab.at(n)
	c.count++
	c.path = t.appendDiskPath(c.path[:0], n)
	path := string(c.path)
	if found := t.Lookup(path); found != n {
		return fmt.Errorf("lookup finds %d", found)
	}
	if n != root && nd.nameBytes == 0 {
		return errors.New("no name")
	}
	if err := c.nodeDigest(nd, path, t.Data(n)); err != nil {
		return err
	}
	c.dataUnits += utf16Len(path) + int64(t.DataLength(n))
	c.aclRefs[nd.acl]++
	c.cursorSeen = c.cursorSeen || n == t.walk.cursor
	if n != root && listKey(nd) != 0 {
		c.owned[n] = true
		if isEphemeral(nd) {
			c.ephemerals++
		}
	}
	c.block(nd)
	return c.children(n, nd)
}

func (c *checker) nodeDigest(nd *node, path string, data []byte) error {
	crc := crc32.Update(crc32.ChecksumIEEE([]byte(path)), crc32.IEEETable, data)
	if nd.crc != crc {
		return fmt.Errorf("crc %#x, want %#x", nd.crc, crc)
	}
	var digest uint64
	if InDigest(path) {
		s := nd.persisted()
		digest = NodeDigest(crc, &s)
	}
	if uint64(nd.digest) != digest {
		return fmt.Errorf("digest %#x, want %#x", nd.digest, digest)
	}
	c.digest += digest
	return nil
}

func (c *checker) block(nd *node) {
	size := nd.blockBytes()
	switch {
	case nd.block == 0:
	case nd.block&largeBit != 0:
		c.largeBytes += int64(size)
	default:
		c.blockUnits += int64(classUnits(classOf(unitsOf(size))))
	}
}

func (c *checker) children(n Node, nd *node) error {
	t := c.t
	var count uint32
	var prev Node
	for m := nd.firstChild; m != 0; m = t.slab.at(m).next {
		child := t.slab.at(m)
		if child.parent != n || child.prev != prev {
			return fmt.Errorf("child %d: parent %d, previous %d, want %d, %d", m, child.parent, child.prev, n, prev)
		}
		if count++; count > nd.children {
			break
		}
		prev = m
	}
	if count != nd.children {
		return fmt.Errorf("%d children counted, %d noted", count, nd.children)
	}
	return nil
}

func (c *checker) totals() error {
	t := c.t
	switch {
	case c.count != t.index.count:
		return fmt.Errorf("%d znodes reached, index has %d", c.count, t.index.count)
	case c.digest != t.digest:
		return fmt.Errorf("digest %#x, nodes sum up to %#x", t.digest, c.digest)
	case c.dataUnits+1 != t.dataUnits:
		return fmt.Errorf("data size %d, want %d", t.dataUnits, c.dataUnits+1)
	}
	return nil
}

// index looks whether every slot is where its hash belongs, and the counts. That each znode is found was seen by Lookup.
func (c *checker) index() error {
	x := &c.t.index
	var count uint32
	for i := range x.segments {
		s := &x.segments[i]
		used := uint16(0)
		for _, v := range s.slots {
			if v.node == 0 {
				continue
			}
			used++
			if x.segment(v.hash) != s {
				return fmt.Errorf("znode %d is in segment %d, where its hash does not belong", v.node, i)
			}
		}
		if used != s.used {
			return fmt.Errorf("segment %d holds %d znodes, %d noted", i, used, s.used)
		}
		count += uint32(used)
	}
	if count != x.count {
		return fmt.Errorf("%d znodes in segments, index says %d", count, x.count)
	}
	return nil
}

func (c *checker) freeNodes() error {
	s := &c.t.slab
	free := 0
	for n := s.free; n != 0 && free <= s.freed; n = s.at(n).next {
		free++
	}
	if free != s.freed || int(s.used)-1 != free+int(c.count) {
		return fmt.Errorf("%d slots used, %d live, %d on the free list, %d noted", s.used-1, c.count, free, s.freed)
	}
	return nil
}

func (c *checker) ownerLists() error {
	t := c.t
	if c.ephemerals != t.ephemeralCount {
		return fmt.Errorf("%d ephemerals, %d noted", c.ephemerals, t.ephemeralCount)
	}
	for owner, list := range t.sessions {
		count := 0
		var prev Node
		for n := list.head; n != 0; n = t.slab.at(n).ephNext {
			nd := t.slab.at(n)
			if !c.owned[n] || listKey(nd) != owner || nd.ephPrev != prev {
				return fmt.Errorf("znode %d does not belong into the list of session %#x", n, owner)
			}
			delete(c.owned, n)
			prev = n
			count++
		}
		if count != list.count || count == 0 {
			return fmt.Errorf("owner %#x has %d znodes in its list, %d noted", uint64(owner), count, list.count)
		}
	}
	if len(c.owned) != 0 {
		return fmt.Errorf("%d owned znodes are in no list", len(c.owned))
	}
	return nil
}

func (c *checker) aclTable() error {
	a := &c.t.acls
	live, keys := 0, 0
	for i := range a.entries {
		e := &a.entries[i]
		if i > 0 && e.refs != c.aclRefs[i] {
			return fmt.Errorf("ACL %d has %d users, %d noted", i, c.aclRefs[i], e.refs)
		}
		if e.list == nil {
			continue
		}
		live++
		if e.refs == 0 && !a.frozen {
			return fmt.Errorf("ACL %d has no users and was not freed", i)
		}
		if e.key != "" {
			keys++
			if a.byKey[e.key] != ACLRef(i) {
				return fmt.Errorf("ACL %d is not found by its key", i)
			}
		}
	}
	if live != a.live() || keys != len(a.byKey) {
		return fmt.Errorf("%d ACLs, %d noted; %d keys, %d noted", live, a.live(), keys, len(a.byKey))
	}
	return nil
}

// blocks accounts for every unit of the chunks: in use, free, or not handed out yet.
func (c *checker) blocks() error {
	b := &c.t.blocks
	total := int64(len(b.chunks)) * chunkUnits
	var free int64
	for class, ref := range b.free {
		for ; ref != 0 && free <= total; ref = b.nextFree(ref) {
			free += int64(classUnits(class))
		}
	}
	var reserved int64 // place 0
	if total > 0 {
		reserved = 1
	}
	if got := c.blockUnits + free + total - int64(b.bump) + reserved; got != total {
		return fmt.Errorf("%d units in use, %d free, %d fresh, %d in chunks", c.blockUnits, free, total-int64(b.bump), total)
	}
	if c.largeBytes > b.largeSum {
		return fmt.Errorf("%d bytes in large blocks, %d noted", c.largeBytes, b.largeSum)
	}
	return nil
}

func (c *checker) walk() error {
	if c.t.walk.cursor != 0 && !c.cursorSeen {
		return fmt.Errorf("the walk stands on %d, which is no znode", c.t.walk.cursor)
	}
	return nil
}
