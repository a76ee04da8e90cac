package cli

import (
	"bytes"
	"context"
	"errors"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"

	"paddock/cli/getopt"
	"paddock/zk"
)

func findCommand() *command {
	return &command{
		name: "find", usage: "[options] [path]", ours: true, words: 1, run: find,
		help: "Print the paths of a subtree whose znodes meet all conditions.",
		spec: spec(
			arg("name", "the last part of the path matches a glob, as in 'lock-*'"), arg("data", "the data contains a text"),
			arg("regex", "the data matches a regular expression"), arg("owner", "a session's ephemerals: its id, 'any' or 'none'"),
			arg("newer", "changed within a time, as in 90s, 10m, 12h, 7d"), arg("older", "not changed within a time"),
			arg("larger", "more than so many bytes of data"), arg("empty", "yes: without children and data"),
			arg("d", "how many levels to go down"), arg("limit", "end after so many paths"), flag("l", "print size, age and owner too"),
		),
	}
}

// condition is met by a znode or not.
type condition func(n *node) bool

func find(ctx context.Context, s *Shell, p *getopt.Parsed) error {
	root := zk.PathRoot
	if len(p.Args) > 1 {
		root = p.Args[1]
	}
	conditions, err := findConditions(p, s.opts.Now())
	if err != nil {
		return err
	}
	w := wish{data: p.Has("data") || p.Has("regex"), depthMax: -1}
	if w.depthMax, err = number(p, "d", -1); err != nil {
		return err
	}
	limit, err := number(p, "limit", -1)
	if err != nil {
		return err
	}
	denied, found := 0, 0
	err = s.walk(ctx, s.link, root, w, func(n *node) error {
		if n.denied {
			denied++
		}
		for _, met := range conditions {
			if !met(n) {
				return nil
			}
		}
		s.printFound(n, p.Has("l"))
		if found++; found == limit {
			return errEnough
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	if denied > 0 {
		return failf("%s could not be read: insufficient permission ('addauth' adds an identity)", counted(denied, "znode"))
	}
	return nil
}

func (s *Shell) printFound(n *node, long bool) {
	switch {
	case s.set.json:
		s.printJSON(nodeJSON{Path: n.path, Stat: toStat(&n.stat)})
	case long:
		owner := ""
		if n.stat.EphemeralOwner != 0 {
			owner = "  owner 0x" + strconv.FormatUint(uint64(n.stat.EphemeralOwner), 16)
		}
		age := s.opts.Now().Sub(time.UnixMilli(n.stat.Mtime)).Truncate(time.Second)
		s.printf("%10s  %12s  %s%s\n", byteText(int64(n.stat.DataLength)), age, safeName(n.path), owner)
	default:
		s.printf("%s\n", n.path)
	}
}

// number reads an option that is a count.
func number(p *getopt.Parsed, name string, missing int) (int, error) {
	if !p.Has(name) {
		return missing, nil
	}
	n, err := strconv.Atoi(p.Value(name))
	if err != nil || n < 0 {
		return 0, failf("-%s %q: expected a number, 0 or more", name, p.Value(name))
	}
	return n, nil
}

func findConditions(p *getopt.Parsed, now time.Time) ([]condition, error) {
	var all []condition
	for _, build := range []func(*getopt.Parsed, time.Time) (condition, error){byName, byText, byRegex, byOwner, byNewer, byOlder, bySize, byEmpty} {
		met, err := build(p, now)
		if err != nil {
			return nil, err
		}
		if met != nil {
			all = append(all, met)
		}
	}
	return all, nil
}

func byName(p *getopt.Parsed, _ time.Time) (condition, error) {
	if !p.Has("name") {
		return nil, nil //nolint:nilnil // no condition
	}
	glob := p.Value("name")
	if _, err := path.Match(glob, ""); err != nil {
		return nil, failf("-name %q: %v", glob, err)
	}
	return func(n *node) bool {
		met, _ := path.Match(glob, n.path[strings.LastIndexByte(n.path, '/')+1:]) // checked above
		return met
	}, nil
}

func byText(p *getopt.Parsed, _ time.Time) (condition, error) {
	if !p.Has("data") {
		return nil, nil //nolint:nilnil // no condition
	}
	text := []byte(p.Value("data"))
	return func(n *node) bool { return bytes.Contains(n.data, text) }, nil
}

func byRegex(p *getopt.Parsed, _ time.Time) (condition, error) {
	if !p.Has("regex") {
		return nil, nil //nolint:nilnil // no condition
	}
	pattern, err := regexp.Compile(p.Value("regex"))
	if err != nil {
		return nil, failf("-regex: %v", err)
	}
	return func(n *node) bool { return n.data != nil && pattern.Match(n.data) }, nil
}

func byOwner(p *getopt.Parsed, _ time.Time) (condition, error) {
	switch owner := p.Value("owner"); {
	case !p.Has("owner"):
		return nil, nil //nolint:nilnil // no condition
	case owner == "any":
		return func(n *node) bool { return n.stat.EphemeralOwner != 0 }, nil
	case owner == "none":
		return func(n *node) bool { return n.stat.EphemeralOwner == 0 }, nil
	default:
		id, err := strconv.ParseUint(strings.TrimPrefix(strings.ToLower(owner), "0x"), 16, 64)
		if err != nil {
			return nil, failf("-owner %q: expected a session id in hex (as in 0x10000a1b2c3), any or none", owner)
		}
		return func(n *node) bool { return uint64(n.stat.EphemeralOwner) == id }, nil
	}
}

func byNewer(p *getopt.Parsed, now time.Time) (condition, error) { return byAge(p, "newer", now) }
func byOlder(p *getopt.Parsed, now time.Time) (condition, error) { return byAge(p, "older", now) }

func byAge(p *getopt.Parsed, name string, now time.Time) (condition, error) {
	if !p.Has(name) {
		return nil, nil //nolint:nilnil // no condition
	}
	text := p.Value(name)
	var age time.Duration
	var err error
	if days, isDays := strings.CutSuffix(text, "d"); isDays {
		var n float64
		n, err = strconv.ParseFloat(days, 64)
		age = time.Duration(n * float64(24*time.Hour))
	} else {
		age, err = time.ParseDuration(text)
	}
	if err != nil || age < 0 {
		return nil, failf("-%s %q: expected a time, as in 90s, 10m, 12h or 7d", name, text)
	}
	limit := now.Add(-age).UnixMilli()
	if name == "newer" {
		return func(n *node) bool { return n.stat.Mtime >= limit }, nil
	}
	return func(n *node) bool { return n.stat.Mtime < limit }, nil
}

func bySize(p *getopt.Parsed, _ time.Time) (condition, error) {
	size, err := number(p, "larger", -1)
	if err != nil || size < 0 {
		return nil, err
	}
	return func(n *node) bool { return int(n.stat.DataLength) > size }, nil
}

func byEmpty(p *getopt.Parsed, _ time.Time) (condition, error) {
	switch p.Value("empty") {
	case "":
		return nil, nil //nolint:nilnil // no condition
	case "yes":
		return func(n *node) bool { return n.stat.DataLength == 0 && n.stat.NumChildren == 0 }, nil
	case "no":
		return func(n *node) bool { return n.stat.DataLength > 0 || n.stat.NumChildren > 0 }, nil
	}
	return nil, failf("-empty %q: expected yes or no", p.Value("empty"))
}
