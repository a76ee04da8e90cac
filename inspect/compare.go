package inspect

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"paddock/tree"
)

// CompareOptions are those of Apache's SnapshotComparer.
type CompareOptions struct {
	Bytes       int64     // a difference in bytes is printed above this
	Nodes       int64     // and one in the number of descendants above this
	Debug       bool      // print every comparison
	Interactive io.Reader // nil: all levels in turn; else what to look at, line by line
}

// Side is one of two trees that are compared, with the sums of its znodes.
type Side struct {
	t       *tree.Tree
	bytes   []int64       // by node: its data and that of everything below
	below   []int64       // by node: how many znodes are below it
	byDepth [][]tree.Node // the root alone at depth 0
	count   int64
}

// NewSide sums up a tree.
func NewSide(t *tree.Tree) *Side {
	s := &Side{t: t}
	s.add(t.Lookup("/"), 0)
	return s
}

func (s *Side) add(n tree.Node, depth int) {
	if depth == len(s.byDepth) {
		s.byDepth = append(s.byDepth, nil)
	}
	s.byDepth[depth] = append(s.byDepth[depth], n)
	if grow := int(n) + 1 - len(s.bytes); grow > 0 {
		s.bytes = append(s.bytes, make([]int64, grow)...)
		s.below = append(s.below, make([]int64, grow)...)
	}
	bytes, below := int64(s.t.DataLength(n)), int64(0)
	for c := s.t.FirstChild(n); c != 0; c = s.t.NextSibling(c) {
		s.add(c, depth+1)
		bytes += s.bytes[c]
		below += 1 + s.below[c]
	}
	s.bytes[n], s.below[n] = bytes, below
	s.count++
}

// Print shows how large the tree is.
func (s *Side) Print(out io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Node count: %d\nTotal size: %d\nMax depth: %d\n", s.count, s.bytes[s.byDepth[0][0]], len(s.byDepth))
	for depth, nodes := range s.byDepth {
		fmt.Fprintf(&b, "Count of nodes at depth %d: %d\n", depth, len(nodes))
	}
	b.WriteString("\n")
	_, err := io.WriteString(out, b.String())
	return err
}

// place is a znode with its name as Apache's tool prints it: "" for the root.
type place struct {
	label string
	node  tree.Node
}

// level gives the znodes at a depth, sorted by their paths.
func (s *Side) level(depth int) []place {
	if depth >= len(s.byDepth) {
		return nil
	}
	list := make([]place, 0, len(s.byDepth[depth]))
	for _, n := range s.byDepth[depth] {
		list = append(list, s.place(n))
	}
	return sorted(list)
}

// childrenOf gives the children of a path, and whether there is such a znode.
func (s *Side) childrenOf(path string) ([]place, bool) {
	n := s.t.Lookup(path)
	if n == 0 {
		return nil, false
	}
	var list []place
	for c := s.t.FirstChild(n); c != 0; c = s.t.NextSibling(c) {
		list = append(list, s.place(c))
	}
	return sorted(list), true
}

func (s *Side) place(n tree.Node) place {
	label := string(s.t.AppendPath(nil, n))
	if label == "/" {
		label = ""
	}
	return place{label, n}
}

func sorted(list []place) []place {
	slices.SortFunc(list, func(a, b place) int { return cmp.Compare(a.label, b.label) })
	return list
}

// Compare prints what differs between two trees in the sizes of their subtrees, and tells whether anything does.
// As Apache's tool it looks at sizes and names only; Stat, ACLs and sessions do not count.
func Compare(out io.Writer, left, right *Side, o CompareOptions) (differ bool, err error) {
	c := comparison{w: bufio.NewWriter(out), left: left, right: right, o: o}
	depths := max(len(left.byDepth), len(right.byDepth))
	if o.Interactive == nil {
		c.thresholds()
		for depth := range depths {
			c.depth(depth)
		}
	} else if err := c.interact(depths); err != nil {
		return c.differ, err
	}
	c.printf("All layers compared.\n")
	return c.differ, c.w.Flush()
}

type comparison struct {
	w           *bufio.Writer // keeps its first error until Flush
	left, right *Side
	o           CompareOptions
	differ      bool
}

func (c *comparison) printf(format string, args ...any) { _, _ = fmt.Fprintf(c.w, format, args...) }

func (c *comparison) thresholds() {
	c.printf("Printing analysis for nodes difference larger than %d bytes or node count difference larger than %d.\n",
		c.o.Bytes, c.o.Nodes)
}

func (c *comparison) depth(depth int) {
	c.printf("Analysis for depth %d\n", depth)
	c.lists(c.left.level(depth), c.right.level(depth))
}

// interact takes one line at a time: empty for the next level, a number for that level, a path for what is below it.
func (c *comparison) interact(depths int) error {
	in := bufio.NewScanner(c.o.Interactive)
	for depth := 0; depth < depths; {
		c.printf("Current depth is %d\n", depth)
		c.printf("- Press enter to move to print current depth layer;\n" +
			"- Type a number to jump to and print all nodes at a given depth;\n" +
			"- Enter an ABSOLUTE path to print the immediate subtree of a node. Path must start with '/'.\n")
		if err := c.w.Flush(); err != nil {
			return err
		}
		if !in.Scan() {
			return in.Err()
		}
		c.thresholds()
		line := in.Text()
		switch n, err := strconv.Atoi(line); {
		case line == "":
			c.depth(depth)
			depth++
		case line[0] == '/':
			c.printf("Analysis for node %s\n", line)
			c.subtree(line)
		case err != nil:
			c.printf("Input %s is not valid. Depth must be in range [0, %d]. Path must be an absolute path which starts with '/'.\n",
				line, depths-1)
		case n < 0 || n >= depths:
			c.printf("Depth must be in range [0, %d]\n", depths-1)
			continue
		default:
			depth = n
			c.depth(depth)
		}
		c.printf("\n")
	}
	return nil
}

func (c *comparison) subtree(path string) {
	left, inLeft := c.left.childrenOf(path)
	right, inRight := c.right.childrenOf(path)
	if !inLeft && !inRight {
		c.printf("Path %s is neither found in left tree nor right tree.\n", path)
		return
	}
	c.lists(left, right)
}

// lists goes through two sorted lists side by side.
func (c *comparison) lists(left, right []place) {
	for len(left) > 0 || len(right) > 0 {
		order := 0
		switch {
		case len(right) == 0:
			order = -1
		case len(left) == 0:
			order = 1
		default:
			order = cmp.Compare(left[0].label, right[0].label)
			if c.o.Debug {
				said := [...]string{"left is less", "same", "right is less"}[order+1]
				c.printf("Comparing %s to %s\n%s\n", left[0].label, right[0].label, said)
			}
		}
		switch order {
		case -1:
			c.only("left", c.left, left[0])
			left = left[1:]
		case 1:
			c.only("right", c.right, right[0])
			right = right[1:]
		default:
			c.both(left[0], right[0])
			left, right = left[1:], right[1:]
		}
	}
}

func (c *comparison) only(side string, s *Side, p place) {
	bytes, below := s.bytes[p.node], s.below[p.node]
	switch {
	case bytes > c.o.Bytes || below > c.o.Nodes:
		c.differ = true
		c.printf("Node %s found only in %s tree. Descendant size: %d. Descendant count: %d\n", p.label, side, bytes, below)
	case c.verbose():
		c.printf("Filtered %s node %s of size %d\n", side, p.label, bytes)
	}
}

func (c *comparison) both(l, r place) {
	bytes := c.right.bytes[r.node] - c.left.bytes[l.node]
	below := c.right.below[r.node] - c.left.below[l.node]
	switch {
	case max(bytes, -bytes) > c.o.Bytes || max(below, -below) > c.o.Nodes:
		c.differ = true
		c.printf("Node %s found in both trees. Delta: %d bytes, %d descendants\n", l.label, bytes, below)
	case c.verbose():
		c.printf("Filtered node %s of left size %d, right size %d\n", l.label, c.left.bytes[l.node], c.right.bytes[r.node])
	}
}

func (c *comparison) verbose() bool { return c.o.Debug || c.o.Interactive != nil }
