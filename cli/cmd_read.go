package cli

import (
	"context"
	"encoding/base64"
	"slices"
	"strings"

	"paddock/cli/getopt"
	"paddock/cli/link"
	"paddock/zk"
)

// Commands that read a znode.
func readCommands() []*command {
	return []*command{
		{
			name: "get", usage: "[-s] [-w] [-b] [-x] path", help: "Print a znode's data.", words: 2, detail: true,
			old: "get [-s] [-w] path", run: get,
			spec: spec(
				flag("s", "Print znode stats additionally"), flag("w", "Watch for changes on the znode"),
				flag("b", "Output data in base64 format"), flag("x", "Output data in hexdump format"),
			),
		},
		{
			name: "ls", usage: "[-s] [-w] [-R] path", help: "List a znode's children, with -R all its descendants.", words: 2,
			old: "ls [-w] path", run: ls,
			spec: spec(flag("?", "help"), flag("s", "stat"), flag("w", "watch"), flag("R", "recurse")),
		},
		{
			name: "stat", usage: "[-w] path", help: "Print a znode's Stat.", words: 2, old: "stat [-w] path", run: stat,
			spec: spec(flag("w", "watch")),
		},
		{name: "getAcl", usage: "[-s] path", help: "Print who may do what.", words: 2, run: getACL, spec: spec(flag("s", "stats"))},
		{name: "getAllChildrenNumber", usage: "path", help: "Count a znode's descendants.", words: 2, run: getAllChildrenNumber},
		{name: "getEphemerals", usage: "path", help: "List this session's ephemerals, all or those below a path.", words: 1, run: getEphemerals},
	}
}

func get(ctx context.Context, s *Shell, p *getopt.Parsed) error {
	path := p.Args[1]
	data, st, err := s.link.Get(ctx, path, p.Has("w"))
	if err != nil {
		return err
	}
	if s.set.json {
		s.printJSON(nodeJSON{Path: path, dataJSON: toData(data), Stat: toStat(&st)})
		return nil
	}
	if data == nil {
		data = []byte("null")
	}
	switch {
	case p.Has("x"):
		data = []byte(hexDump(data))
	case p.Has("b"):
		data = []byte(base64.StdEncoding.EncodeToString(data))
	}
	s.write(append(slices.Clone(data), '\n'))
	if p.Has("s") {
		s.printStat(&st)
	}
	return nil
}

func ls(ctx context.Context, s *Shell, p *getopt.Parsed) error {
	path, watch := p.Args[1], p.Has("w")
	if p.Has("R") {
		return s.visit(ctx, path, watch, func(at string) error {
			if s.set.json {
				s.printJSON(nodeJSON{Path: at})
			} else {
				s.printf("%s\n", at)
			}
			return nil
		})
	}
	names, st, err := s.link.Children(ctx, path, watch)
	if err != nil {
		return err
	}
	javaSort(names)
	if s.set.json {
		if names == nil {
			names = []string{}
		}
		s.printJSON(nodeJSON{Path: path, Children: &names, Stat: toStat(&st)})
		return nil
	}
	s.printf("[%s]\n", strings.Join(names, ", "))
	if p.Has("s") {
		s.printStat(&st)
	}
	return nil
}

// javaSort sorts as String.compareTo does within the basic plane, outside of which a path cannot have characters.
func javaSort(names []string) { slices.Sort(names) }

// visit tells of a subtree as ZKUtil.visitSubTreeDFS does: all children of a znode, then each child's own. With watch, data and
// child watches are left everywhere.
func (s *Shell) visit(ctx context.Context, path string, watch bool, tell func(path string) error) error {
	if _, _, err := s.link.Get(ctx, path, watch); err != nil {
		return err
	}
	if err := tell(path); err != nil {
		return err
	}
	stack := []string{path} // a loop, because a server's tree may be deeper than a stack should be
	for len(stack) > 0 {
		at := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		names, _, err := s.link.Children(ctx, at, watch)
		if link.Code(err) == zk.ErrNoNode {
			continue // it went away meanwhile
		}
		if err != nil {
			return err
		}
		javaSort(names)
		for _, name := range names {
			if err := tell(join(at, name)); err != nil {
				return err
			}
		}
		for _, name := range slices.Backward(names) {
			stack = append(stack, join(at, name))
		}
	}
	return nil
}

func join(parent, name string) string {
	if parent == zk.PathRoot {
		return parent + name
	}
	return parent + "/" + name
}

func stat(ctx context.Context, s *Shell, p *getopt.Parsed) error {
	path := p.Args[1]
	st, err := s.link.Exists(ctx, path, p.Has("w"))
	if err != nil {
		return err
	}
	if s.set.json {
		s.printJSON(nodeJSON{Path: path, Stat: toStat(&st)})
		return nil
	}
	s.printStat(&st)
	return nil
}

func getACL(ctx context.Context, s *Shell, p *getopt.Parsed) error {
	list, st, err := s.link.ACL(ctx, p.Args[1])
	if err != nil {
		return err
	}
	if s.set.json {
		s.printJSON(nodeJSON{Path: p.Args[1], ACL: aclTexts(list), Stat: toStat(&st)})
		return nil
	}
	for _, a := range list { // in a pipe too: an id with a line's end would look like two entries
		s.printf("'%s,'%s\n: %s\n", safeName(a.ID.Scheme), safeName(a.ID.ID), permText(a.Perms))
	}
	if p.Has("s") {
		s.printStat(&st)
	}
	return nil
}

func getAllChildrenNumber(ctx context.Context, s *Shell, p *getopt.Parsed) error {
	n, err := s.link.ChildrenNumber(ctx, p.Args[1])
	if err != nil {
		return err
	}
	if s.set.json {
		s.printJSON(map[string]any{"path": p.Args[1], "descendants": n})
		return nil
	}
	s.printf("%d\n", n)
	return nil
}

func getEphemerals(ctx context.Context, s *Shell, p *getopt.Parsed) error {
	prefix := zk.PathRoot
	if len(p.Args) > 1 {
		prefix = p.Args[1]
	}
	list, err := s.link.Ephemerals(ctx, prefix)
	if err != nil {
		return err
	}
	if s.set.json {
		s.printJSON(map[string]any{"ephemerals": append([]string{}, list...)})
		return nil
	}
	s.printf("[%s]\n", strings.Join(list, ", "))
	return nil
}
