package interop

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Node is everything a client can learn about a znode.
type Node struct {
	Path     string
	Data     []byte // nil is the protocol's null
	Stat     Stat
	ACL      []ACL
	Children []string // sorted
}

// Dump reads every znode of a server as super, so that nothing is hidden or masked, parents first.
func Dump(addr string) (nodes []Node, err error) {
	c, err := Dial(addr, Hello{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	if err := c.Auth("digest", "super:"+SuperSecret); err != nil {
		return nil, err
	}
	for todo := []string{"/"}; len(todo) > 0; todo = todo[1:] {
		node, err := c.Node(todo[0])
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, node)
		for _, child := range node.Children {
			todo = append(todo, strings.TrimSuffix(node.Path, "/")+"/"+child)
		}
	}
	return nodes, nil
}

// Node reads one znode by getData, getChildren2 and getACL, and insists that all three tell the same Stat.
func (c *Conn) Node(path string) (Node, error) {
	n := Node{Path: path}
	read := func(op int32, body Body, take func(*Reader)) error {
		reply, err := c.Call(op, body)
		if err != nil {
			return err
		}
		if reply.Code != 0 {
			return fmt.Errorf("interop: operation %d on %s: %d", op, path, reply.Code)
		}
		r := Read(reply.Body)
		take(r)
		stat := r.Stat()
		if n.Stat == (Stat{}) {
			n.Stat = stat
		}
		if stat != n.Stat || r.Err != nil || r.Len() != 0 {
			return fmt.Errorf("interop: operation %d on %s: stat %+v, before it was %+v: %w", op, path, stat, n.Stat, orNone(r.Err))
		}
		return nil
	}
	err := errors.Join(
		read(OpGetData, WatchBody(path, false), func(r *Reader) { n.Data = r.Buffer() }),
		read(OpGetChildren2, WatchBody(path, false), func(r *Reader) { n.Children = r.Strings() }),
		read(OpGetACL, Body(nil).String(path), func(r *Reader) { n.ACL = r.ACLs() }),
	)
	slices.Sort(n.Children)
	return n, err
}

// Line is the node on one line, complete: two nodes are equal when their lines are.
func (n Node) Line() string { return n.line(n.Stat) }

// Timeless is Line without times and without the owner's number, which differ between two runs of one workload.
func (n Node) Timeless() string {
	s := n.Stat
	s.Ctime, s.Mtime = 0, 0
	if s.EphemeralOwner != 0 {
		s.EphemeralOwner = 1
	}
	return n.line(s)
}

func (n Node) line(s Stat) string {
	var acl []string
	for _, a := range n.ACL {
		acl = append(acl, fmt.Sprintf("%d:%s:%s", a.Perms, a.Scheme, a.ID))
	}
	return fmt.Sprintf("%+q data=%s czxid=%x mzxid=%x ctime=%d mtime=%d version=%d cversion=%d aversion=%d owner=%x length=%d "+
		"children=%d pzxid=%x acl=%q", n.Path, dataText(n.Data), s.Czxid, s.Mzxid, s.Ctime, s.Mtime, s.Version, s.Cversion,
		s.Aversion, uint64(s.EphemeralOwner), s.DataLength, s.NumChildren, s.Pzxid, acl)
}

func dataText(data []byte) string {
	switch {
	case data == nil:
		return "null"
	case len(data) <= 40:
		return fmt.Sprintf("%+q", data)
	}
	return fmt.Sprintf("sha256:%x", sha256.Sum256(data))
}

// Lines renders nodes one by one.
func Lines(nodes []Node, line func(Node) string) []string {
	lines := make([]string, 0, len(nodes))
	for _, n := range nodes {
		lines = append(lines, line(n))
	}
	return lines
}

// Difference tells what is in only one of two lists of lines: empty when they are equal. It shows the first twenty.
func Difference(want, got []string) string {
	const shownMax = 20
	var out []string
	only := func(mark string, a, b []string) {
		has := map[string]bool{}
		for _, line := range b {
			has[line] = true
		}
		for _, line := range a {
			if !has[line] {
				out = append(out, mark+line)
			}
		}
	}
	only("- ", want, got)
	only("+ ", got, want)
	slices.SortStableFunc(out, func(a, b string) int { return strings.Compare(a[2:], b[2:]) })
	return strings.Join(out[:min(len(out), shownMax)], "\n")
}
