package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"sync"
	"time"

	"paddock/cli/link"
	"paddock/sasl"
)

// Options of Run. Files, because a terminal is more than a stream.
type Options struct {
	Args    []string // behind "paddock cli"
	In      *os.File
	Out     *os.File
	Err     *os.File
	Env     func(name string) string
	Now     func() time.Time
	Version string // what the command version says
}

// Shell is one run. The goroutine of Run owns it; mu guards what events need.
type Shell struct {
	opts   Options
	set    *settings
	table  map[string]*command
	sorted []*command
	token  *regexp.Regexp
	link   *link.Link
	dial   dialer
	sasl   *sasl.Client // nil: nobody
	host   string       // of the prompt
	reader lineReader

	history []string // by number, as typed
	status  int      // of the last command

	mu           sync.Mutex
	out, errs    io.Writer // safe on terminals
	printWatches bool
	listener     func(link.Event) // gets the events instead of the screen while a command streams them
	prompting    string           // the prompt that stands on a terminal at this moment, "" for none
}

// Run is the shell from its first line to its exit status.
func Run(opts Options) (status int) {
	set, err := parseSettings(opts.Args)
	if err != nil {
		_, _ = fmt.Fprintln(opts.Err, err) // nobody else could be told
		return statusInvocation
	}
	s := newShell(opts, set)
	if set.help {
		s.printf("%s", helpText(s.sorted))
		return statusOK
	}
	for _, word := range set.unknown {
		s.complain("option %s is unknown and means nothing ('paddock cli --help' lists the options)", safeName(word))
	}
	if err := s.clientConfiguration(); err != nil {
		return s.report(&failure{err.Error(), statusInvocation})
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	if !set.json {
		s.printf("Connecting to %s\n", set.servers)
	}
	if err := s.connect(ctx, set.servers); err != nil {
		return s.report(err)
	}
	defer s.leave()
	if set.command != nil {
		status, _ := s.interruptible(ctx, set.command)
		return status
	}
	return s.interactive(ctx)
}

// leave ends the session, at which scripts see nothing more: their last line is the result.
func (s *Shell) leave() {
	s.mu.Lock()
	s.printWatches = false
	s.mu.Unlock()
	s.link.Close()
}

func newShell(opts Options, set *settings) *Shell {
	s := &Shell{
		opts: opts, set: set, sorted: commands(), table: map[string]*command{}, printWatches: true,
		out: screenWriter(opts.Out), errs: screenWriter(opts.Err),
		token: regexp.MustCompile(`\s*([^"']\S*|"[^"]*"|'[^']*')\s*`), // ZooKeeperMain.MyCommandOptions.ARGS_PATTERN
	}
	for _, c := range s.sorted {
		s.table[c.name] = c
	}
	return s
}

// connect opens a session and leaves the one before.
func (s *Shell) connect(ctx context.Context, servers string) error {
	if s.link != nil {
		s.link.Close()
	}
	l, err := link.Open(link.Options{
		Servers: servers, SessionTimeout: s.set.timeout, ReadOnly: s.set.readOnly, OnEvent: s.event, Dial: s.dial, SASL: s.sasl,
	})
	if err != nil {
		return failf("-server: %v", err)
	}
	s.link, s.host = l, servers
	if !s.set.wait {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, s.set.timeout)
	defer cancel()
	if err := l.Wait(ctx); err != nil {
		l.Close()
		return failf("%v: no server of %s answered within %v: %v", err, servers, s.set.timeout, l.LastError())
	}
	return nil
}

// words parts a line as Apache's shell does: quotes hold words together and go.
func (s *Shell) words(line string) []string {
	var words []string
	for _, match := range s.token.FindAllStringSubmatch(line, -1) {
		word := match[1]
		if n := len(word); n >= 2 && (word[0] == '"' || word[0] == '\'') && word[n-1] == word[0] {
			word = word[1 : n-1]
		}
		words = append(words, word)
	}
	return words
}

// settleMax is how long the first prompt waits for a server to answer, so that it usually shows CONNECTED.
const settleMax = 2 * time.Second

// interactive reads lines until quit or the end of the input.
func (s *Shell) interactive(ctx context.Context) int {
	s.reader = s.newReader(ctx)
	defer s.reader.close()
	s.link.Settle(ctx, settleMax)
	if !s.forProgram() {
		s.printf("Welcome to ZooKeeper!\n%s\n", s.reader.describe())
	}
	for {
		prompt := fmt.Sprintf("[zk: %s(%s) %d] ", s.host, s.link.State(), len(s.history))
		line, err := s.reader.read(prompt)
		if err != nil {
			return s.status
		}
		if strings.TrimSpace(line) == "" {
			continue
		}
		words := s.words(line)
		if len(words) == 0 { // nothing but quotes
			continue
		}
		s.history = append(s.history, line)
		status, quit := s.interruptible(ctx, words)
		if quit {
			return s.status
		}
		s.status = status
	}
}

// forProgram tells whether a program reads what is printed: it gets results and nothing else.
func (s *Shell) forProgram() bool {
	return s.set.json && (!isTerminal(s.opts.In) || !isTerminal(s.opts.Out))
}

// interruptible runs a command that Ctrl-C ends.
func (s *Shell) interruptible(ctx context.Context, words []string) (int, bool) {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	status, quit := s.run(ctx, words)
	if ctx.Err() != nil && status == 0 && isTerminal(s.opts.Out) { // the prompt comes behind the ^C that the terminal has shown
		s.printf("\n")
	}
	return status, quit
}
