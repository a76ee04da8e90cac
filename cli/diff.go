package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"paddock/cli/getopt"
	"paddock/cli/link"
	"paddock/zk"
)

// difference is one finding of diff.
type difference struct {
	Path string `json:"path"` // below the roots
	What string `json:"what"` // "only left", "only right", "data", "acl", "unread"
	Note string `json:"note,omitempty"`
}

func diff(ctx context.Context, s *Shell, p *getopt.Parsed) error {
	left, right := p.Args[1], p.Args[1]
	if len(p.Args) > 2 {
		right = p.Args[2]
	}
	other := s.link
	if p.Has("server") {
		var err error
		other, err = link.Open(link.Options{Servers: p.Value("server"), SessionTimeout: s.set.timeout, ReadOnly: true, Dial: s.dial, SASL: s.sasl})
		if err != nil {
			return failf("diff: -server: %v", err)
		}
		defer other.Close()
		if err := s.link.Introduce(ctx, other); err != nil { // who may read one side may as well read the other
			return err
		}
	} else if left == right {
		return failf("diff: two paths are needed, or another server: diff -server host:port %s", left)
	}
	found, denied := 0, 0
	err := s.compare(ctx, side{s.link, left}, side{other, right}, p, &denied, func(d difference) {
		found++
		s.showDifference(d)
	})
	if err != nil {
		return err
	}
	if denied > 0 {
		return failf("%s could not be read, nor what is below: insufficient permission ('addauth' adds an identity, for both servers)", counted(denied, "znode"))
	}
	if found > 0 {
		return errSaid
	}
	return nil
}

// side is one of the two subtrees.
type side struct {
	link *link.Link
	root string
}

// blame says on which server an error happened.
func (at side) blame(err error) error {
	if err == nil || link.Interrupted(err) {
		return err
	}
	text, _ := explain(err)
	return failf("%s (on %s)", text, at.link.Addr())
}

// compare walks both sides at once, in the same order of paths, and holds one znode of each.
func (s *Shell) compare(ctx context.Context, a, b side, p *getopt.Parsed, denied *int, tell func(difference)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w := wish{data: true, acl: p.Has("a"), depthMax: -1}
	left, right := s.stroll(ctx, a, w, p.Has("e")), s.stroll(ctx, b, w, p.Has("e"))
	x, y, unread := <-left, <-right, "none"
	for x.node != nil || y.node != nil {
		if err := errors.Join(x.err, y.err); err != nil {
			return err
		}
		switch order(x, y) {
		case -1:
			onlyOne(x, unread, "only left", tell)
			x = <-left
		case 1:
			onlyOne(y, unread, "only right", tell)
			y = <-right
		default:
			if x.node.denied || y.node.denied {
				*denied++
				unread = x.rel
				tell(difference{x.rel, "unread", sides(x.node.denied, y.node.denied)})
			} else {
				compareNodes(x, y, p.Has("a"), tell)
			}
			x, y = <-left, <-right
		}
	}
	return errors.Join(x.err, y.err)
}

// onlyOne tells of a znode that the other side has not, unless nobody knows: it is below one that was not to be read there.
func onlyOne(at step, unread, what string, tell func(difference)) {
	if !strings.HasPrefix(at.rel, unread+"/") {
		tell(difference{at.rel, what, ""})
	}
}

func sides(left, right bool) string {
	switch {
	case left && right:
		return "on both sides"
	case left:
		return "on the left"
	}
	return "on the right"
}

// step is a znode of one side; node is nil at the end, with the error if there was one.
type step struct {
	node *node
	rel  string // path below the root
	data []byte
	err  error
}

// stroll walks a side on a goroutine of its own.
func (s *Shell) stroll(ctx context.Context, at side, w wish, ephemerals bool) <-chan step {
	steps := make(chan step)
	go func() {
		err := s.walk(ctx, at.link, at.root, w, func(n *node) error {
			rel := strings.TrimPrefix(n.path, strings.TrimSuffix(at.root, "/"))
			if n.path == at.root {
				rel = ""
			}
			if n.stat.EphemeralOwner != 0 && !ephemerals || zk.IsSpecialPath(n.path) && rel != "" {
				return nil
			}
			select {
			case steps <- step{node: n, rel: rel, data: n.data}:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
		for { // the end, for as long as anybody asks
			select {
			case steps <- step{err: at.blame(err)}:
			case <-ctx.Done():
				return
			}
		}
	}()
	return steps
}

// order compares two steps as the walk does: by the parts of their paths. The end comes last.
func order(x, y step) int {
	switch {
	case x.node == nil:
		return 1
	case y.node == nil:
		return -1
	}
	return slices.Compare(strings.Split(x.rel, "/"), strings.Split(y.rel, "/"))
}

func compareNodes(x, y step, acl bool, tell func(difference)) {
	if !bytes.Equal(x.data, y.data) || (x.data == nil) != (y.data == nil) {
		tell(difference{x.rel, "data", fmt.Sprintf("%s and %s", byteText(int64(len(x.data))), byteText(int64(len(y.data))))})
	}
	if acl && !slices.Equal(x.node.acl, y.node.acl) {
		tell(difference{x.rel, "acl", strings.Join(aclTexts(x.node.acl), ",") + " and " + strings.Join(aclTexts(y.node.acl), ",")})
	}
}

func (s *Shell) showDifference(d difference) {
	if s.set.json {
		s.printJSON(d)
		return
	}
	if d.Path == "" {
		d.Path = "/"
	}
	if d.What == "unread" {
		s.printf("? %s  may not be read %s\n", safeName(d.Path), d.Note)
		return
	}
	mark := map[string]string{"only left": "-", "only right": "+"}[d.What]
	if mark != "" {
		s.printf("%s %s\n", mark, safeName(d.Path))
		return
	}
	s.printf("~ %s  %s: %s\n", safeName(d.Path), d.What, safeName(d.Note))
}
