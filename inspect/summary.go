package inspect

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"paddock/snap"
	"paddock/tree"
)

// ErrNoNode says that a snapshot has no znode of the name asked for.
var ErrNoNode = errors.New("inspect: no such znode in the snapshot")

// Summarize prints how many znodes are below start and how many bytes they hold, and the same for every znode with children
// below it, down to depth levels (0: all of them), as Apache's SnapshotRecursiveSummary does.
func Summarize(out io.Writer, l snap.Loaded, start string, depth int) error {
	n := l.Tree.Lookup(start)
	if n == 0 {
		return fmt.Errorf("%w: %s", ErrNoNode, start)
	}
	s := summary{t: l.Tree, depth: depth, sums: map[tree.Node]sum{}}
	s.add(n)
	w := bufio.NewWriter(out)
	s.print(w, n, start, 0)
	_, _ = w.WriteString("\n") // a bufio.Writer keeps its first error until Flush
	return w.Flush()
}

// sum is what a znode and all below it hold.
type sum struct{ znodes, bytes int64 }

type summary struct {
	t     *tree.Tree
	depth int
	sums  map[tree.Node]sum // of znodes with children
}

func (s *summary) add(n tree.Node) sum {
	total := sum{1, int64(s.t.DataLength(n))}
	for c := s.t.FirstChild(n); c != 0; c = s.t.NextSibling(c) {
		below := s.add(c)
		total.znodes += below.znodes
		total.bytes += below.bytes
	}
	if s.t.FirstChild(n) != 0 {
		s.sums[n] = total
	}
	return total
}

func (s *summary) print(w io.Writer, n tree.Node, path string, level int) {
	total, inner := s.sums[n]
	if !inner || s.depth != 0 && level > s.depth {
		return
	}
	tab := strings.Repeat("--", level)
	_, _ = fmt.Fprintf(w, "%s %s\n%s   children: %d\n%s   data: %d\n", tab, path, tab, total.znodes-1, tab, total.bytes)
	for _, c := range children(s.t, n) {
		s.print(w, c.node, join(path, c.name), level+1)
	}
}
