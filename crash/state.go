package main

import (
	"fmt"
	"slices"
	"strings"

	"paddock/zk"
)

// node is one znode of a family. Its children do not exist, so a few fields are its whole Stat.
type node struct {
	name    string
	data    string
	version int32
	czxid   int64
	mzxid   int64
	owner   int64
}

// fits compares a Stat with what the node must show.
func (n *node) fits(s *zk.Stat) bool {
	return s.Czxid == n.czxid && s.Mzxid == n.mzxid && s.Pzxid == n.czxid && s.Version == n.version && s.CVersion == 0 &&
		s.NumChildren == 0 && s.EphemeralOwner == n.owner && int(s.DataLength) == len(n.data)
}

// family is the state that the model gives to a parent and its children. It is never changed once it has been handed on:
// step changes a copy, which shares the nodes until something happens to them.
type family struct {
	changes int    // so far
	creates int32  // of children, ever: the number in the next sequential name
	pzxid   int64  // 0 before the first child: that of the parent's own creation, which is not looked at
	nodes   []node // sorted by name
}

func (f *family) copy() *family {
	c := *f
	return &c
}

func (f *family) find(name string) (int, bool) {
	return slices.BinarySearchFunc(f.nodes, name, func(n node, name string) int { return strings.Compare(n.name, name) })
}

// parentFits compares the parent's Stat. cversion counts creates and deletes alike.
func (f *family) parentFits(s *zk.Stat) bool {
	children := int32(len(f.nodes))
	return (f.pzxid == 0 || f.pzxid == s.Pzxid) && s.NumChildren == children && s.CVersion == 2*f.creates-children
}

// owns tells whether a session has ephemerals here.
func (f *family) owns(session int64) bool {
	return slices.ContainsFunc(f.nodes, func(n node) bool { return n.owner == session })
}

// end deletes a session's ephemerals, in place.
func (f *family) end(session int64, at int64) {
	if f.owns(session) {
		f.nodes = slices.DeleteFunc(slices.Clone(f.nodes), func(n node) bool { return n.owner == session })
		f.pzxid = at
	}
}

// outcome is what a server must answer to one part: a code, and for what it has written the znode as it then was.
type outcome struct {
	code zk.Err
	node node
}

// write carries out the parts of one request in place, all or none.
func (f *family) write(parts []part, session int64, at int64) (results []outcome, code zk.Err) {
	before := f.copy()
	f.nodes = slices.Clone(f.nodes)
	for i := range parts {
		r := outcome{code: zk.ErrRuntimeInconsistency} // behind the part that failed
		if code == zk.ErrOK {
			r = f.part(&parts[i], session, at)
			code = r.code
		}
		results = append(results, r)
	}
	if code != zk.ErrOK {
		*f = *before
	}
	return results, code
}

func (f *family) part(p *part, session int64, at int64) outcome {
	if p.op == zk.OpCreate2 {
		return f.create(p, session, at)
	}
	i, found := f.find(p.name)
	switch {
	case !found:
		return outcome{code: zk.ErrNoNode}
	case p.version != -1 && p.version != f.nodes[i].version:
		return outcome{code: zk.ErrBadVersion}
	}
	n := &f.nodes[i]
	switch p.op {
	case zk.OpSetData:
		n.data, n.mzxid = p.data, at
		n.version++
	case zk.OpDelete:
		f.nodes = slices.Delete(f.nodes, i, i+1)
		f.pzxid = at
		return outcome{}
	case zk.OpCheck:
	default:
		panic(fmt.Sprintf("crash: a part of type %d", p.op))
	}
	return outcome{node: *n}
}

func (f *family) create(p *part, session int64, at int64) outcome {
	n := node{name: p.name, data: p.data, czxid: at, mzxid: at}
	if p.mode.Sequential() {
		n.name = fmt.Sprintf("%s%010d", p.name, f.creates)
	}
	if p.mode.Ephemeral() {
		n.owner = session
	}
	i, found := f.find(n.name)
	if found {
		return outcome{code: zk.ErrNodeExists}
	}
	f.nodes = slices.Insert(f.nodes, i, n)
	f.creates++
	f.pzxid = at
	return outcome{node: n}
}

func (f *family) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d changes, %d creates, pzxid 0x%x", f.changes, f.creates, f.pzxid)
	for _, n := range f.nodes {
		fmt.Fprintf(&b, "; %+v", n)
	}
	return b.String()
}
