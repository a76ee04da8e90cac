package interop

import (
	"io"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"paddock/client"
	"paddock/zk"
)

// liveShell is a shell that is typed into while it runs.
type liveShell struct {
	t   *testing.T
	cmd *exec.Cmd
	in  io.WriteCloser

	mu  sync.Mutex
	out strings.Builder
}

// Write collects what the shell says.
func (l *liveShell) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.Write(p)
}

func (l *liveShell) said() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.String()
}

func startShell(t *testing.T, shell Client, args ...string) *liveShell {
	t.Helper()
	l := &liveShell{t: t, cmd: shell.Command(args...)}
	l.cmd.Stdout, l.cmd.Stderr = l, l
	var err error
	l.in, err = l.cmd.StdinPipe()
	check(t, err)
	check(t, l.cmd.Start())
	t.Cleanup(func() {
		_ = l.cmd.Process.Kill() // it may have ended
		_ = l.cmd.Wait()         // how it ended is the test's business
		if t.Failed() {
			t.Logf("%s said:\n%s", shell.Name, l.said())
		}
	})
	return l
}

// say types a line and waits until the text has been said so many times in all.
func (l *liveShell) say(line, text string, times int) {
	l.t.Helper()
	_, err := io.WriteString(l.in, line)
	check(l.t, err)
	eventually(l.t, "the shell says "+text, func() bool { return strings.Count(l.said(), text) >= times })
}

// shells are Apache's and ours.
func shells(t *testing.T) []Client {
	t.Helper()
	return []Client{ShellClient(tools.cache), cliClient(paddockBinary(t))}
}

func (l *liveShell) events() []string {
	_, events := transcript(l.said())
	return events
}

func TestAShellComesBackToItsSessionAfterARestart(t *testing.T) {
	var want []string
	for _, shell := range shells(t) {
		t.Run(shell.Name, func(t *testing.T) {
			s := started(t)
			l := startShell(t, shell, "-server", s.Addr())
			l.say("create /a x\n", "Created /a", 1)
			l.say("create -e /e x\n", "Created /e", 1)
			l.say("get -w /a\n", "(CONNECTED) 3]", 1)
			l.say("addWatch -m PERSISTENT_RECURSIVE /\n", "(CONNECTED) 4]", 1)
			check(t, s.Stop())
			l.say("", "state:Disconnected", 1)
			check(t, s.Start())
			l.say("", "state:SyncConnected type:None", 2)
			l.say("ls /\n", "[a, e, zookeeper]", 1)
			l.say("set /a y\n", "type:NodeDataChanged path:/a", 1)
			l.say("delete /e\n", "type:NodeDeleted path:/e", 1)
			got := l.events()
			if want == nil {
				want = got
			}
			if !slices.Equal(got, want) {
				t.Errorf("the events are %q, with Apache's shell %q", got, want)
			}
		})
	}
}

// TestAShellThatSleptTooLongSaysSo stops the shell's process until the server has expired its session.
func TestAShellThatSleptTooLongSaysSo(t *testing.T) {
	for _, shell := range shells(t) {
		t.Run(shell.Name, func(t *testing.T) {
			s := started(t)
			l := startShell(t, shell, "-server", s.Addr(), "-timeout", "4000")
			l.say("create -e /e x\n", "Created /e", 1)
			check(t, l.cmd.Process.Signal(syscall.SIGSTOP))
			witness, err := client.Dial(t.Context(), s.Addr(), client.Options{})
			check(t, err)
			defer witness.Disconnect()
			eventually(t, "the session expires", func() bool {
				_, err := witness.Exists("/e", false)
				return client.Code(err) == zk.ErrNoNode
			})
			check(t, l.cmd.Process.Signal(syscall.SIGCONT))
			l.say("", "state:Expired", 1)
			l.say("ls /\n", "Not connected", 1)
			l.say("\nget /\n", "(CLOSED)", 1)
			l.say("connect\n", "state:SyncConnected", 2)
			l.say("ls /\n", "[zookeeper]", 1)
			if events := l.events(); !strings.Contains(events[1], "state:Disconnected") {
				t.Errorf("the events are %q", events)
			}
		})
	}
}

func TestARefusedIdentityEndsTheSession(t *testing.T) {
	for _, shell := range shells(t) {
		t.Run(shell.Name, func(t *testing.T) {
			s := started(t)
			l := startShell(t, shell, "-server", s.Addr())
			l.say("whoami\n", "ip: 127.0.0.1", 1)
			l.say("addauth nothing x\n", "state:AuthFailed", 1)
			l.say("\nls /\n", "Not connected", 1)
			l.say("get /\n", "(AUTH_FAILED)", 1)
			l.say("connect\n", "state:SyncConnected", 2)
			l.say("ls /\n", "[zookeeper]", 1)
		})
	}
}

func TestAShellWithoutAServerGoesOnTrying(t *testing.T) {
	s := newServer(t, tools.server)
	l := startShell(t, cliClient(paddockBinary(t)), "-server", s.Addr())
	l.say("get /\n", "KeeperErrorCode = ConnectionLoss for /", 1)
	check(t, s.Start())
	l.say("", "state:SyncConnected", 1)
	l.say("ls /\n", "[zookeeper]", 1)
	check(t, l.in.Close()) // the end of the input
	if err := l.cmd.Wait(); err != nil {
		t.Errorf("the last command went well, and the shell ended with %v", err)
	}
}
