package cli

import (
	"context"
	"slices"
	"sync"

	"paddock/cli/link"
	"paddock/zk"
)

// walkParallel is how many requests a walk keeps under way: enough to hide the round trip, little enough to be no load.
const walkParallel = 32

// each runs job for every index below n, walkParallel at a time, and gives the first error. The others are waited for.
func each(ctx context.Context, n int, job func(ctx context.Context, i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wait sync.WaitGroup
	slots := make(chan struct{}, walkParallel)
	for i := 0; i < n && ctx.Err() == nil; i++ {
		slots <- struct{}{}
		wait.Go(func() {
			defer func() { <-slots }()
			if err := job(ctx, i); err != nil {
				cancel(err)
			}
		})
	}
	wait.Wait()
	return context.Cause(ctx)
}

// breadthFirst lists a znode and all its descendants, parents first (ZKUtil.listSubTreeBFS).
func (s *Shell) breadthFirst(ctx context.Context, path string) ([]string, error) {
	tree := []string{path}
	for begin := 0; begin < len(tree); {
		level := tree[begin:]
		begin = len(tree)
		children := make([][]string, len(level))
		err := each(ctx, len(level), func(ctx context.Context, i int) error {
			names, _, err := s.link.Children(ctx, level[i], false)
			children[i] = names
			return err
		})
		if err != nil {
			return nil, err
		}
		for i, names := range children {
			for _, name := range names {
				tree = append(tree, join(level[i], name))
			}
		}
	}
	return tree, nil
}

// node is what a walk has seen of a znode.
type node struct {
	path     string
	depth    int
	stat     zk.Stat
	data     []byte
	acl      []zk.ACL
	read     bool
	gone     bool     // it went away before it was read
	denied   bool     // the data, the ACL or the children may not be read
	children []string // sorted
}

// wish says what a walk reads of each znode besides its children and Stat.
type wish struct {
	data, acl bool
	depthMax  int // -1 for no bound
}

// walk tells of a znode and its descendants in the order of paths, each parent before its children. Nothing of a whole subtree is
// held: only the path down to the znode at hand, with the siblings that are still to come.
func (s *Shell) walk(ctx context.Context, l *link.Link, root string, w wish, tell func(*node) error) error {
	if err := link.CheckPath(root); err != nil {
		return err
	}
	if _, err := l.Exists(ctx, root, false); err != nil && link.Code(err) != zk.ErrNoAuth {
		return err
	}
	stack := [][]*node{{{path: root}}} // each level's siblings, those to come
	for len(stack) > 0 {
		top := len(stack) - 1
		if len(stack[top]) == 0 {
			stack = stack[:top]
			continue
		}
		if err := fill(ctx, l, stack[top], w); err != nil {
			return err
		}
		n := stack[top][0]
		stack[top] = stack[top][1:]
		if n.gone {
			continue
		}
		if err := tell(n); err != nil {
			return err
		}
		n.data = nil
		if below := n.below(w); len(below) > 0 {
			stack = append(stack, below)
		}
	}
	return nil
}

func (n *node) below(w wish) []*node {
	if w.depthMax >= 0 && n.depth >= w.depthMax {
		return nil
	}
	below := make([]*node, len(n.children))
	for i, name := range n.children {
		below[i] = &node{path: join(n.path, name), depth: n.depth + 1}
	}
	return below
}

// fillAhead bounds how many siblings are read ahead, and with them their data.
const fillAhead = walkParallel

// fill reads the first of the siblings, and with it some that follow, unless that has happened.
func fill(ctx context.Context, l *link.Link, siblings []*node, w wish) error {
	if siblings[0].read {
		return nil
	}
	ahead := siblings[:min(len(siblings), fillAhead)]
	return each(ctx, len(ahead), func(ctx context.Context, i int) error { return ahead[i].fill(ctx, l, w) })
}

// fill reads one node. A znode that is gone is marked, and so is one that may not be read.
func (n *node) fill(ctx context.Context, l *link.Link, w wish) error {
	n.read = true
	err := n.ask(ctx, l, w)
	if link.Code(err) == zk.ErrNoNode {
		n.gone = true
		return nil
	}
	return err
}

func (n *node) ask(ctx context.Context, l *link.Link, w wish) error {
	var err error
	n.children, n.stat, err = l.Children(ctx, n.path, false)
	if n.deny(err) { // the Stat used to be nobody's secret
		if n.stat, err = l.Exists(ctx, n.path, false); n.deny(err) { // servers since 3.9.5 think otherwise
			return nil
		}
	}
	if err != nil {
		return err
	}
	slices.Sort(n.children)
	if w.data {
		if n.data, _, err = l.Get(ctx, n.path, false); err != nil && !n.deny(err) {
			return err
		}
	}
	if w.acl {
		if n.acl, _, err = l.ACL(ctx, n.path); err != nil && !n.deny(err) {
			return err
		}
	}
	return nil
}

// deny notes that something may not be read.
func (n *node) deny(err error) bool {
	if link.Code(err) != zk.ErrNoAuth {
		return false
	}
	n.denied = true
	return true
}
