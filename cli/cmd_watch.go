package cli

import (
	"context"
	"strings"

	"paddock/cli/getopt"
	"paddock/cli/link"
)

// Commands about watches.
func watchCommands() []*command {
	return []*command{
		{
			name: "addWatch", words: 2, run: addWatch, spec: spec(arg("m", "PERSISTENT or PERSISTENT_RECURSIVE")),
			usage: "[-m mode] path # optional mode is one of [PERSISTENT, PERSISTENT_RECURSIVE] - default is PERSISTENT_RECURSIVE",
			help:  "Set a watch that stays, on a znode or, by default, on all below it too.",
		},
		{
			name: "removewatches", usage: "path [-c|-d|-a] [-l]", words: 2, run: removeWatches,
			help: "Remove a path's watches: all, or those of one kind.",
			spec: spec(
				flag("c", "child watcher type"), flag("d", "data watcher type"), flag("p", "persistent watcher type"),
				flag("r", "persistent recursive watcher type"), flag("a", "any watcher type"),
				flag("l", "remove locally when there is no server connection"),
			),
		},
	}
}

func addWatch(ctx context.Context, s *Shell, p *getopt.Parsed) error {
	mode, known := link.ModeRecursive, true
	if p.Has("m") {
		switch strings.ToUpper(p.Value("m")) {
		case "PERSISTENT":
			mode = link.ModePersistent
		case "PERSISTENT_RECURSIVE":
		default:
			known = false
		}
	}
	if len(p.Args) != 2 || !known {
		return s.table["addWatch"].misused()
	}
	return s.link.AddWatch(ctx, p.Args[1], mode)
}

func removeWatches(ctx context.Context, s *Shell, p *getopt.Parsed) error {
	kind := link.KindAny
	switch {
	case p.Has("c"):
		kind = link.KindChildren
	case p.Has("d"):
		kind = link.KindData
	case p.Has("p"):
		kind = link.KindPersistent
	case p.Has("r"):
		kind = link.KindRecursive
	}
	return s.link.RemoveWatches(ctx, p.Args[1], kind, p.Has("l"))
}
