package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"paddock/cli/getopt"
)

// Commands about the session and the shell itself.
func sessionCommands() []*command {
	return []*command{
		{name: "addauth", usage: "scheme auth", help: "Add an identity to this session, as in: addauth digest user:password", words: 2, run: addAuth},
		{name: "close", help: "End the session.", raw: true, run: closeSession},
		{name: "connect", usage: "host:port", help: "End the session and open one with these servers, or the same.", offline: true, raw: true, run: connectCommand},
		{name: "exit", help: "The same as quit.", ours: true, offline: true, raw: true, run: quit},
		{name: "help", usage: "[command]", help: "Explain the commands, or one.", ours: true, offline: true, raw: true, run: help},
		{name: "history", help: "List the last eleven lines with their numbers.", offline: true, raw: true, run: history},
		{name: "printwatches", usage: "on|off", help: "Say whether events are shown, or change it.", offline: true, raw: true, run: printWatches},
		{name: "quit", help: "End the session and the shell.", offline: true, raw: true, run: quit},
		{name: "redo", usage: "cmdno", help: "Run the line with this number again.", offline: true, raw: true, run: redo},
		{name: "sync", usage: "path", help: "Let later reads see all that was written before.", words: 2, run: syncCommand},
		{name: "version", help: "Name the release of this shell.", words: 1, run: version},
		{name: "whoami", help: "List the identities of this session.", raw: true, run: whoAmI},
	}
}

func addAuth(ctx context.Context, s *Shell, p *getopt.Parsed) error {
	var auth []byte
	if len(p.Args) > 2 {
		auth = []byte(p.Args[2])
	}
	return s.link.AddAuth(ctx, p.Args[1], auth)
}

func closeSession(_ context.Context, s *Shell, _ *getopt.Parsed) error {
	s.link.Close()
	return nil
}

func connectCommand(ctx context.Context, s *Shell, p *getopt.Parsed) error {
	servers := s.host
	if len(p.Args) > 1 {
		servers = p.Args[1]
	}
	return s.connect(ctx, servers)
}

func quit(_ context.Context, s *Shell, _ *getopt.Parsed) error {
	s.link.Close()
	return errQuit
}

// historyShown is how many lines before the last one are listed (ZooKeeperMain.processZKCmd).
const historyShown = 10

func history(_ context.Context, s *Shell, _ *getopt.Parsed) error {
	last := len(s.history) - 1
	if s.set.json {
		lines := []any{}
		for i := max(0, last-historyShown); i <= last; i++ {
			lines = append(lines, map[string]any{"number": i, "line": s.history[i]})
		}
		s.printJSON(map[string]any{"history": lines})
		return nil
	}
	if last < 0 { // a single command: Apache's shell has no line to show either
		s.printf("0 - null\n")
	}
	for i := max(0, last-historyShown); i <= last; i++ {
		s.printf("%d - %s\n", i, s.history[i])
	}
	return nil
}

func redo(ctx context.Context, s *Shell, p *getopt.Parsed) error {
	if len(p.Args) < 2 {
		return nil
	}
	n, err := strconv.ParseInt(p.Args[1], 0, 32)
	if err != nil {
		return failf("redo %s: expected the number of a line, as history shows them", p.Args[1])
	}
	last := len(s.history) - 1 // the line of this redo
	if n < 0 || int(n) >= last {
		return failf("Command index out of range")
	}
	words := s.words(s.history[n])
	if words[0] == "redo" {
		return failf("No redoing redos")
	}
	s.history[last] = s.history[n]
	return s.dispatch(ctx, words)
}

func printWatches(_ context.Context, s *Shell, p *getopt.Parsed) error {
	if len(p.Args) == 1 {
		state := "off"
		if s.printWatches {
			state = "on"
		}
		if s.set.json {
			s.printJSON(map[string]any{"printwatches": s.printWatches})
			return nil
		}
		s.printf("printwatches is %s\n", state)
		return nil
	}
	s.mu.Lock()
	s.printWatches = p.Args[1] == "on"
	s.mu.Unlock()
	return nil
}

func syncCommand(ctx context.Context, s *Shell, p *getopt.Parsed) error {
	if err := s.link.Sync(ctx, p.Args[1]); err != nil {
		return syncFailed(s, err)
	}
	if s.set.json {
		s.printJSON(map[string]any{"synced": p.Args[1]})
		return nil
	}
	s.printf("Sync is OK\n")
	return nil
}

func version(_ context.Context, s *Shell, p *getopt.Parsed) error {
	if len(p.Args) > 1 {
		return failf("version ")
	}
	if s.set.json {
		s.printJSON(map[string]any{"version": s.opts.Version})
		return nil
	}
	s.printf("ZooKeeper CLI version: %s\n", s.opts.Version)
	return nil
}

func whoAmI(ctx context.Context, s *Shell, _ *getopt.Parsed) error {
	ids, err := s.link.WhoAmI(ctx)
	if err != nil {
		return err
	}
	if s.set.json {
		list := make([]string, len(ids))
		for i, id := range ids {
			list[i] = id.Scheme + ":" + id.ID
		}
		s.printJSON(map[string]any{"identities": list, "session": fmt.Sprintf("0x%x", uint64(s.link.Session()))})
		return nil
	}
	s.printf("Auth scheme: User\n")
	for _, id := range ids {
		s.printf("%s: %s\n", safeName(id.Scheme), safeName(id.ID))
	}
	return nil
}

func help(_ context.Context, s *Shell, p *getopt.Parsed) error {
	if len(p.Args) == 1 {
		s.remark("%s", strings.TrimSuffix(helpText(s.sorted), "\n"))
		return nil
	}
	c := s.table[p.Args[1]]
	if c == nil {
		return failf("help: there is no command %s%s; 'help' lists all", p.Args[1], replacement(p.Args[1]))
	}
	text := strings.TrimRight(c.name+" "+c.usage, " ") + "\n" + c.help + "\n" + optionTable(c.spec.Options)
	s.remark("%s", strings.TrimSuffix(text, "\n"))
	return nil
}

func helpText(table []*command) string {
	var b strings.Builder
	b.WriteString(`paddock cli [options] [command]   a shell for ZooKeeper servers; without a command it reads lines

  -server host:port[,host:port][/chroot]   the servers (localhost:2181)
  -timeout ms                              of the session (30000)
  -r                                       a server that only reads will do
  -waitforconnection                       run nothing before a server is connected
  -client-configuration file               properties of the Java client
  --output json                            one JSON value per line; errors, notes and events on stderr
  --no-history                             keep no lines of this run

`)
	for _, ours := range []bool{false, true} {
		if ours {
			b.WriteString("\nPaddock's own:\n")
		}
		for _, c := range table {
			if c.ours == ours {
				fmt.Fprintf(&b, "  %-22s %s\n", c.name, c.help)
			}
		}
	}
	b.WriteString("\n'help command' tells its options. Ctrl-C ends a command, Ctrl-D the shell; Tab completes, Ctrl-R searches the history.\n")
	return b.String()
}
