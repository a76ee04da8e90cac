package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"paddock/cli/getopt"
)

// command is one word that the shell understands.
type command struct {
	name    string
	usage   string // behind the name
	help    string // one sentence
	ours    bool   // Apache's shell does not have it
	offline bool   // makes sense without a session
	raw     bool   // takes its words as they are, options or not
	detail  bool   // its usage lists the options, as Apache's does for some
	words   int    // fewest words, the name included
	spec    getopt.Spec
	// old is the proper form of a command whose third word Apache still takes for "watch".
	old string
	run func(ctx context.Context, s *Shell, p *getopt.Parsed) error
}

// flag is an option without a value, arg one with a value.
func flag(name, help string) getopt.Option { return getopt.Option{Name: name, Help: help} }

func arg(name, help string) getopt.Option { return getopt.Option{Name: name, Help: help, Value: true} }

func spec(options ...getopt.Option) getopt.Spec {
	return getopt.Spec{Options: options}
}

// commands is the whole table, sorted by name as Java sorts.
func commands() []*command {
	table := slices.Concat(
		sessionCommands(), readCommands(), writeCommands(), quotaCommands(), watchCommands(), ensembleCommands(),
		viewCommands(), subtreeCommands(), fileCommands(),
	)
	slices.SortFunc(table, func(a, b *command) int { return strings.Compare(a.name, b.name) })
	return table
}

// usageText is what Apache's shell prints for a wrong call.
func (c *command) usageText() string {
	text := c.name + " " + c.usage
	if c.detail {
		text += "\n" + optionTable(c.spec.Options)
	}
	return text
}

// optionTable lays options out as HelpFormatter of commons-cli does.
func optionTable(options []getopt.Option) string {
	sorted := slices.Clone(options)
	slices.SortFunc(sorted, func(a, b getopt.Option) int {
		return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
	})
	width := 0
	heads := make([]string, len(sorted))
	for i, o := range sorted {
		heads[i] = "-" + o.Name
		if o.Value {
			heads[i] += " <arg>"
		}
		width = max(width, len(heads[i]))
	}
	var b strings.Builder
	for i, o := range sorted {
		fmt.Fprintf(&b, " %-*s   %s\n", width, heads[i], o.Help)
	}
	return b.String()
}

// parse checks the words of a command. The third word of some means "watch", for old scripts.
func (s *Shell) parse(c *command, words []string) (*getopt.Parsed, error) {
	if c.raw {
		return &getopt.Parsed{Args: words}, nil
	}
	p, err := getopt.Parse(&c.spec, words)
	if wrong, is := errors.AsType[*getopt.Error](err); is && c.ours { // Apache's commands say it as Apache's shell does
		return nil, failf("%s: %s ('help %s' lists its options)", c.name, strings.ToLower(wrong.Text[:1])+wrong.Text[1:], c.name)
	}
	if err != nil {
		return nil, err
	}
	if c.name == "ls" && p.Has("?") {
		s.remark("usage: ls [options] path\n%s", strings.TrimSuffix(optionTable(c.spec.Options), "\n"))
	}
	if len(p.Args) < c.words && c.name != "ls" {
		return nil, c.misused()
	}
	if c.old != "" && len(p.Args) > 2 {
		words = slices.Clone(words)
		words[2] = "-w"
		s.complain("'%s path [watch]' has been deprecated. Please use '%s' instead.", c.name, c.old)
		if p, err = getopt.Parse(&c.spec, words); err != nil {
			return nil, err
		}
	}
	if len(p.Args) < c.words {
		return nil, c.misused()
	}
	return p, nil
}

func (c *command) misused() error { return &failure{c.usageText(), statusFailed} }

// run carries out one command and gives its status. What goes wrong has been said on stderr.
func (s *Shell) run(ctx context.Context, words []string) (status int, quit bool) {
	err := s.dispatch(ctx, words)
	switch {
	case err == nil:
		return statusOK, false
	case errors.Is(err, errQuit):
		return s.status, true
	case errors.Is(err, errSaid):
		return statusFailed, false
	}
	return s.report(err), false
}

func (s *Shell) dispatch(ctx context.Context, words []string) error {
	c := s.table[words[0]]
	if c == nil {
		s.printUsage()
		return &failure{"Command not found: Command not found " + words[0] + replacement(words[0]), statusNotFound}
	}
	if !c.offline && !s.link.State().Alive() {
		return s.notConnected()
	}
	p, err := s.parse(c, words)
	if err != nil {
		return err
	}
	if err := c.run(ctx, s, p); err != nil {
		return err
	}
	if c.offline && !c.ours && c.name != "quit" && !s.link.State().Alive() { // so does Apache's
		return s.notConnected()
	}
	return nil
}

func (s *Shell) notConnected() error {
	s.remark("Not connected")
	return errSaid
}

// replacement helps those who type what older shells had.
func replacement(name string) string {
	switch name {
	case "ls2":
		return " (since 3.5 it is: ls -s path)"
	case "rmr":
		return " (since 3.5 it is: deleteall path)"
	case "cat":
		return " (try: get path)"
	case "rm":
		return " (try: delete path)"
	}
	if strings.HasPrefix(name, "!") {
		return " (to run a line again: redo n, with its number as history shows it)"
	}
	return ""
}

// printUsage lists the commands, Apache's first, in its form.
func (s *Shell) printUsage() {
	if s.set.json {
		return // for programs, which have no use for it
	}
	var theirs, ours strings.Builder
	for _, c := range s.sorted {
		line := "\t" + c.name + " " + c.usage + "\n"
		if c.ours {
			ours.WriteString(line)
		} else {
			theirs.WriteString(line)
		}
	}
	s.complain("ZooKeeper -server host:port -client-configuration properties-file cmd args\n%sand Paddock's own ('help' says more):\n%s",
		theirs.String(), strings.TrimSuffix(ours.String(), "\n"))
}
