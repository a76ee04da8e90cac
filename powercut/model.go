package powercut

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"paddock/zk"
)

// znode is one in the model.
type znode struct {
	data     string
	acl      []zk.ACL
	stat     zk.StatPersisted
	children int32
}

// session is one in the model. Its id is not known before its client has been answered.
type session struct {
	id        int64
	timeoutMs int32
}

// state is everything after one transaction. It never changes once it is in the history.
type state struct {
	zxid     int64
	nodes    map[string]znode
	sessions map[*session]bool
}

// history is what the tree has to be after every transaction, acknowledged or not. The script is the only client, so a
// request's transaction is known when it is sent.
type history struct {
	states []state // without gaps, by zxid
}

func (h *history) last() state { return h.states[len(h.states)-1] }

// at gives the state after a transaction.
func (h *history) at(zxid int64) (state, bool) {
	i := zxid - h.states[0].zxid
	if i < 0 || i >= int64(len(h.states)) {
		return state{}, false
	}
	return h.states[i], true
}

// upTo is the history as another life of the server finds it, if it finds this transaction as the last one.
func (h *history) upTo(zxid int64) *history {
	n := zxid - h.states[0].zxid + 1
	return &history{states: slices.Clone(h.states[:n])}
}

// change is one transaction in the making.
type change struct {
	state
	wallMs int64
}

// write makes the next transaction: do changes the state, and an error takes everything back, for a failed request leaves
// its number and nothing else.
func (h *history) write(wallMs int64, do func(*change) zk.Err) (zxid int64, code zk.Err) {
	last := h.last()
	c := &change{state: last.clone(), wallMs: wallMs}
	c.zxid++
	if code = do(c); code != zk.ErrOK {
		c.state = last.clone()
		c.zxid++
	}
	h.states = append(h.states, c.state)
	return c.zxid, code
}

func (s state) clone() state {
	return state{zxid: s.zxid, nodes: maps.Clone(s.nodes), sessions: maps.Clone(s.sessions)}
}

// create returns the name that the znode gets.
func (c *change) create(path string, data []byte, acl []zk.ACL, owner int64, sequential bool) (string, zk.Err) {
	parentPath := zk.ParentPath(path)
	parent, there := c.nodes[parentPath]
	if !there {
		return "", zk.ErrNoNode
	}
	if sequential {
		path += fmt.Sprintf("%010d", parent.stat.CVersion)
	}
	if _, there := c.nodes[path]; there {
		return "", zk.ErrNodeExists
	}
	if parent.stat.EphemeralOwner != 0 {
		return "", zk.ErrNoChildrenForEphemerals
	}
	parent.stat.CVersion++
	parent.stat.Pzxid = c.zxid
	parent.children++
	c.nodes[parentPath] = parent
	c.nodes[path] = znode{data: string(data), acl: acl, stat: zk.StatPersisted{
		Czxid: c.zxid, Mzxid: c.zxid, Pzxid: c.zxid, Ctime: c.wallMs, Mtime: c.wallMs, EphemeralOwner: owner,
	}}
	return path, zk.ErrOK
}

func (c *change) delete(path string, version int32) zk.Err {
	n, there := c.nodes[path]
	switch {
	case !there:
		return zk.ErrNoNode
	case version != -1 && version != n.stat.Version:
		return zk.ErrBadVersion
	case n.children > 0:
		return zk.ErrNotEmpty
	}
	delete(c.nodes, path)
	parent := c.nodes[zk.ParentPath(path)]
	parent.stat.Pzxid = c.zxid
	parent.children--
	c.nodes[zk.ParentPath(path)] = parent
	return zk.ErrOK
}

func (c *change) setData(path string, data []byte, version int32) zk.Err {
	n, code := c.versioned(path, version, func(s *zk.StatPersisted) int32 { return s.Version })
	if code == zk.ErrOK {
		n.data = string(data)
		n.stat.Version++
		n.stat.Mzxid, n.stat.Mtime = c.zxid, c.wallMs
		c.nodes[path] = n
	}
	return code
}

func (c *change) setACL(path string, acl []zk.ACL, version int32) zk.Err {
	n, code := c.versioned(path, version, func(s *zk.StatPersisted) int32 { return s.AVersion })
	if code == zk.ErrOK {
		n.acl = acl
		n.stat.AVersion++
		c.nodes[path] = n
	}
	return code
}

func (c *change) versioned(path string, version int32, of func(*zk.StatPersisted) int32) (znode, zk.Err) {
	n, there := c.nodes[path]
	switch {
	case !there:
		return n, zk.ErrNoNode
	case version != -1 && version != of(&n.stat):
		return n, zk.ErrBadVersion
	}
	return n, zk.ErrOK
}

// end takes a session away, with everything that it owns.
func (c *change) end(s *session) {
	delete(c.sessions, s)
	for path, n := range c.nodes {
		if n.stat.EphemeralOwner == s.id {
			c.delete(path, -1)
		}
	}
}

// below lists what stands under a path, sorted.
func (s state) below(path string) []string {
	var out []string
	for p := range s.nodes {
		if strings.HasPrefix(p, path+"/") {
			out = append(out, p)
		}
	}
	slices.Sort(out)
	return out
}
