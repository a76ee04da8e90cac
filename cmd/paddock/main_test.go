package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"paddock/client"
)

// patience is how long any wait goes on before it is a failure: nothing here measures time.
const patience = 3 * time.Minute

// actEnv makes this test binary act as paddock. So the program under test is built with the flags of the test (-race),
// and a cached result of the tests is never that of another program, as it could be if they built it themselves.
const actEnv = "PADDOCK_TEST_ACT"

func TestMain(m *testing.M) {
	if os.Getenv(actEnv) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// process is a paddock that was started in a directory of its own.
type process struct {
	t     *testing.T
	cmd   *exec.Cmd
	lines []string // what it said at the start
	addr  string
	errs  *text
	ended chan struct{}
}

// text is what a process writes, while it writes.
type text struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (x *text) Write(p []byte) (int, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.b.Write(p)
}

func (x *text) String() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.b.String()
}

// command prepares a paddock. No test leaves one behind, not even one that panics.
func command(dir string, args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Dir = dir
	// The race detector would sleep for a second at each end.
	cmd.Env = append(os.Environ(), actEnv+"=1", "SERVER_JVMFLAGS=-Dzookeeper.admin.enableServer=false", "JVMFLAGS=", "GORACE=atexit_sleep_ms=0")
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd
}

// launch starts a server and waits until it says that it serves.
func launch(t *testing.T, cmd *exec.Cmd) *process {
	t.Helper()
	p := &process{t: t, cmd: cmd, errs: &text{}, ended: make(chan struct{})}
	cmd.Stderr = p.errs
	out, err := cmd.StdoutPipe()
	check(t, err)
	check(t, cmd.Start())
	read := bufio.NewScanner(out)
	for len(p.lines) < 2 && read.Scan() {
		p.lines = append(p.lines, read.Text())
	}
	go func() {
		_, _ = io.Copy(io.Discard, out)
		_ = cmd.Wait() // how it ended is read from ProcessState
		close(p.ended)
	}()
	t.Cleanup(func() { p.end(syscall.SIGKILL) })
	if len(p.lines) < 2 {
		<-p.ended
		t.Fatalf("%q ended with %v after saying %q\n%s", cmd.Args, cmd.ProcessState, p.lines, p.errs)
	}
	p.addr = addressIn(t, p.lines[0])
	return p
}

// addressIn finds where to connect in the first line that a server prints.
func addressIn(t *testing.T, line string) string {
	t.Helper()
	m := regexp.MustCompile(`on (?:port (\d+) of all addresses|(\S+:\d+)) \(standalone\)\.$`).FindStringSubmatch(line)
	if m == nil {
		t.Fatalf("the first line is %q", line)
	}
	if m[1] != "" {
		return "127.0.0.1:" + m[1]
	}
	return m[2]
}

// end sends a signal and gives the exit code, -1 for death by a signal.
func (p *process) end(signal syscall.Signal) int {
	p.t.Helper()
	if err := p.cmd.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Error(err)
	}
	select {
	case <-p.ended:
	case <-time.After(patience):
		_ = p.cmd.Process.Signal(syscall.SIGQUIT) // for the stacks
		<-p.ended
		p.t.Fatalf("the server does not end after %v\n%s", signal, p.errs)
	}
	return p.cmd.ProcessState.ExitCode()
}

func (p *process) dial(opts client.Options) *client.Client {
	p.t.Helper()
	if opts.SessionTimeout == 0 {
		opts.SessionTimeout = 40 * time.Second
	}
	opts.Timeout = patience
	c, err := client.Dial(context.Background(), p.addr, opts)
	if err != nil {
		p.t.Fatalf("%v\n%s", err, p.errs)
	}
	p.t.Cleanup(c.Disconnect)
	return c
}

// run runs a paddock that is to end by itself, and gives its exit code and what it wrote.
func run(t *testing.T, dir string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	from := command(dir, args...)
	cmd := exec.CommandContext(ctx, from.Path, args...)
	cmd.Dir, cmd.Env, cmd.SysProcAttr = from.Dir, from.Env, from.SysProcAttr
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) || ctx.Err() != nil {
		t.Fatalf("%v %v\n%s", err, ctx.Err(), errs.String())
	}
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}

// zooCfg writes a configuration on a free port with its data in ./data. The test's own lines come last, and replace the
// usual ones of the same key.
func zooCfg(t *testing.T, dir string, lines ...string) string {
	t.Helper()
	var all []string
	for _, usual := range []string{
		"clientPort=0", "clientPortAddress=127.0.0.1", "dataDir=./data", "tickTime=500", "maxSessionTimeout=60000",
		"preAllocSize=256", "maxClientCnxns=0",
	} {
		key, _, _ := strings.Cut(usual, "=")
		if slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(l, key+"=") }) {
			usual = "# " + key
		}
		all = append(all, usual)
	}
	all = append(all, lines...)
	check(t, os.WriteFile(filepath.Join(dir, "zoo.cfg"), []byte(strings.Join(all, "\n")+"\n"), 0o644))
	return "zoo.cfg"
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// says waits until the server has said all the words; what it writes comes some time after it was written.
func (p *process) says(words ...string) {
	p.t.Helper()
	for _, w := range words {
		waitFor(p.t, "the server to say "+w, func() bool { return strings.Contains(p.errs.String(), w) })
	}
}

// complaints are the lines of a server's log that are not of level info. What it says of a slow machine is none.
func complaints(log string) (lines []string) {
	for line := range strings.Lines(log) {
		slow := strings.Contains(line, "the server stood still") || strings.Contains(line, "syncing the transaction log was slow")
		if strings.Contains(line, "level=ERROR") || strings.Contains(line, "level=WARN") && !slow {
			lines = append(lines, line)
		}
	}
	return lines
}

func waitFor(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}
