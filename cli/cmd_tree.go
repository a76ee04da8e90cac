package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"paddock/cli/getopt"
)

// Commands of our own that walk subtrees.
func subtreeCommands() []*command {
	return []*command{
		{
			name: "tree", usage: "[-d depth] [-s] path", ours: true, words: 1, run: tree,
			help: "Draw a subtree with its ephemerals marked, and count it; -s adds sizes.",
			spec: spec(arg("d", "how many levels to draw; deeper ones are counted only"), flag("s", "bytes and children of each znode")),
		},
		findCommand(),
		{
			name: "watch", usage: "[-n] [-d] [-c count] path", ours: true, words: 2, run: stream,
			help: "Print the events of a subtree as they come, until Ctrl-C; -n of the znode alone, -d with the new data.",
			spec: spec(flag("n", "the znode alone"), flag("d", "print the new data too"), arg("c", "end after so many events")),
		},
		{
			name: "top", usage: "[-i seconds] [-c count]", ours: true, words: 1, run: top,
			help: "Show the server's sessions and rates, again and again, until Ctrl-C.",
			spec: spec(arg("i", "seconds between two looks (2)"), arg("c", "end after so many looks")),
		},
	}
}

// totals is what tree counts.
type totals struct {
	Path       string `json:"path"`
	Znodes     int    `json:"znodes"`
	Bytes      int64  `json:"bytes"`
	Ephemerals int    `json:"ephemerals"`
	Depth      int    `json:"depth"`
	Denied     int    `json:"denied"`
}

func tree(ctx context.Context, s *Shell, p *getopt.Parsed) error {
	path, depth := "/", -1
	if len(p.Args) > 1 {
		path = p.Args[1]
	}
	if p.Has("d") {
		n, err := strconv.Atoi(p.Value("d"))
		if err != nil || n < 0 {
			return failf("-d %q: expected how many levels to draw, 0 or more", p.Value("d"))
		}
		depth = n
	}
	count := totals{Path: path}
	err := s.walk(ctx, s.link, path, wish{depthMax: -1}, func(n *node) error {
		count.add(n)
		if depth < 0 || n.depth <= depth {
			s.drawNode(n, p.Has("s"))
		}
		return nil
	})
	if err != nil {
		return err
	}
	if s.set.json {
		s.printJSON(count)
		return nil
	}
	s.printf("\n%s, %s of data, %s, %s\n", counted(count.Znodes, "znode"), byteText(count.Bytes),
		counted(count.Ephemerals, "ephemeral"), counted(count.Depth+1, "level"))
	if count.Denied > 0 {
		return failf("%s could not be read: %s ('addauth' adds an identity)", counted(count.Denied, "znode"), "insufficient permission")
	}
	return nil
}

func (t *totals) add(n *node) {
	t.Znodes++
	t.Bytes += int64(n.stat.DataLength)
	t.Depth = max(t.Depth, n.depth)
	if n.stat.EphemeralOwner != 0 {
		t.Ephemerals++
	}
	if n.denied {
		t.Denied++
	}
}

func (s *Shell) drawNode(n *node, sizes bool) {
	if s.set.json {
		s.printJSON(nodeJSON{Path: n.path, Stat: toStat(&n.stat)})
		return
	}
	name := n.path
	if n.depth > 0 {
		name = n.path[strings.LastIndexByte(n.path, '/')+1:]
	}
	line := strings.Repeat("  ", n.depth) + safeName(name)
	if n.stat.EphemeralOwner != 0 {
		line += fmt.Sprintf("  (ephemeral of 0x%x)", uint64(n.stat.EphemeralOwner))
	}
	if sizes {
		line += fmt.Sprintf("  %s", byteText(int64(n.stat.DataLength)))
		if n.stat.NumChildren > 0 {
			line += ", " + counted(int(n.stat.NumChildren), "child")
		}
	}
	if n.denied {
		line += "  (children not readable)"
	}
	s.printf("%s\n", line)
}

func counted(n int, what string) string {
	switch {
	case n == 1:
		return "1 " + what
	case what == "child":
		what = "children"
	default:
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// byteText prints sizes as people read them, in steps of 1024.
func byteText(n int64) string {
	const step = 1024
	if n < step {
		return fmt.Sprintf("%d B", n)
	}
	value, unit := float64(n), ""
	for _, unit = range []string{"KiB", "MiB", "GiB"} {
		if value /= step; value < step {
			break
		}
	}
	return fmt.Sprintf("%.1f %s", value, unit)
}
