package cli

import (
	"context"
	"slices"
	"strings"
	"time"

	"paddock/cli/link"
	"paddock/zk"
)

// What Tab may cost: completionsMax names are shown, and nobody waits longer than completionWait for a server.
const (
	completionsMax = 200
	completionWait = 2 * time.Second
)

// complete offers what may stand at the end of the text before the cursor: a command, an option of it, or a path.
func (s *Shell) complete(ctx context.Context, text string, pos int) (head string, offers []string, tail string) {
	runes := []rune(text) // the editor counts characters
	before, tail := string(runes[:min(pos, len(runes))]), string(runes[min(pos, len(runes)):])
	start := strings.LastIndexAny(before, " \t") + 1
	if open := openQuote(before); open >= 0 {
		start = open
	}
	head, word := before[:start], before[start:]
	first := strings.Fields(head)
	switch {
	case len(first) == 0:
		offers = s.completeCommand(word)
	case first[0] == "help":
		offers = s.completeCommand(word)
	case strings.HasPrefix(word, "-"):
		offers = s.completeOption(first[0], word)
	case strings.HasPrefix(strings.TrimLeft(word, `"'`), "/"):
		offers = s.completePath(ctx, word)
	}
	return head, offers, tail
}

// openQuote gives where a quoted word begins that is not closed yet, or -1.
func openQuote(text string) int {
	open, quote := -1, rune(0)
	for i, r := range text {
		switch {
		case open >= 0 && r == quote:
			open = -1
		case open < 0 && (r == '"' || r == '\''):
			open, quote = i, r
		}
	}
	return open
}

func (s *Shell) completeCommand(word string) (offers []string) {
	for _, c := range s.sorted {
		if strings.HasPrefix(c.name, word) {
			offers = append(offers, c.name+" ")
		}
	}
	return offers
}

func (s *Shell) completeOption(command, word string) (offers []string) {
	c := s.table[command]
	if c == nil {
		return nil
	}
	for _, o := range c.spec.Options {
		if strings.HasPrefix("-"+o.Name, word) {
			offers = append(offers, "-"+o.Name+" ")
		}
	}
	return offers
}

// completePath asks the server for the children of the path's last whole part, and for nothing else. Names that a terminal cannot
// show are not offered.
func (s *Shell) completePath(ctx context.Context, word string) (offers []string) {
	quote, path := "", word
	if word[0] == '"' || word[0] == '\'' {
		quote, path = word[:1], word[1:]
	}
	slash := strings.LastIndexByte(path, '/')
	dir, prefix := path[:slash], path[slash+1:]
	if dir == "" {
		dir = zk.PathRoot
	}
	ctx, cancel := context.WithTimeout(ctx, completionWait)
	defer cancel()
	if s.link.State() != link.Connected && s.link.State() != link.ConnectedReadOnly {
		return nil // Tab waits for nothing
	}
	names, _, err := s.link.Children(ctx, dir, false)
	if err != nil {
		return nil
	}
	for _, name := range names {
		if strings.HasPrefix(name, prefix) && safeName(name) == name {
			offers = append(offers, quoted(join(dir, name), quote))
		}
	}
	slices.Sort(offers)
	return offers[:min(len(offers), completionsMax)]
}

// quoted makes one word of a path.
func quoted(path, quote string) string {
	if quote == "" && strings.ContainsAny(path, " \t") {
		quote = `"`
	}
	return quote + path
}
