package interop

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/creack/pty"

	"paddock/client"
	"paddock/zk"
)

// onTerminal starts our shell on a pseudo-terminal, with its history below state.
func onTerminal(t *testing.T, s *Server, state, term string) *liveShell {
	t.Helper()
	l := &liveShell{t: t, cmd: cliClient(paddockBinary(t)).Command("-server", s.Addr())}
	l.cmd.Env = append(os.Environ(), "XDG_STATE_HOME="+state, "TERM="+term)
	terminal, err := pty.StartWithSize(l.cmd, &pty.Winsize{Rows: 40, Cols: 120})
	check(t, err)
	l.in = terminal
	copied := make(chan struct{})
	go func() {
		_, _ = io.Copy(l, terminal) // ends with the shell
		close(copied)
	}()
	t.Cleanup(func() {
		_ = l.cmd.Process.Kill() // it may have ended
		_ = l.cmd.Wait()         // how it ended is the test's business
		_ = terminal.Close()
		<-copied
		if t.Failed() {
			t.Logf("the terminal got:\n%q", l.said())
		}
	})
	l.say("", "(CONNECTED) 0] ", 1)
	return l
}

const (
	tab   = "\t"
	enter = "\r"
	ctrlC = "\x03"
	ctrlD = "\x04"
	ctrlR = "\x12"
	up    = "\x1b[A"
	left  = "\x1b[D"
)

func TestATerminalCompletesEditsAndSearches(t *testing.T) {
	s, state := started(t), t.TempDir()
	l := onTerminal(t, s, state, "xterm")
	l.say("create /longname hello"+enter, "Created /longname", 1)
	l.say("get /lo"+tab, "get /longname", 1)
	l.say(enter, "\nhello", 1)
	l.say("getAllC"+tab+"/"+enter, "(CONNECTED) 3] ", 1) // getAllChildrenNumber
	l.say("set -"+tab+tab, "-v", 1)
	l.say(ctrlC+"stat /longnamX"+left+"\x7f"+"m"+"\x1b[C\x7fe"+enter, "dataLength = 5", 1)
	l.say(up+enter, "dataLength = 5", 2)
	l.say("addauth digest bob:hushhush"+enter, "(CONNECTED) 6] ", 1)
	l.say("watch /"+enter, "Ctrl-C ends.", 1)
	l.say(ctrlC, "^C\r\n[zk: "+s.Addr()+"(CONNECTED) 7] ", 1)
	l.say(ctrlR+"create /lo", "create /longname hello", 2)
	l.say(enter, "Node already exists: /longname", 1)
	_, err := io.WriteString(l.in, ctrlD)
	check(t, err)
	if err := l.cmd.Wait(); err == nil || l.cmd.ProcessState.ExitCode() != 1 {
		t.Errorf("the last command failed, and the shell ended with %v", err)
	}
	kept, err := os.ReadFile(filepath.Join(state, "paddock", "cli_history"))
	check(t, err)
	if !strings.Contains(string(kept), "create /longname hello\n") || strings.Contains(string(kept), "hushhush") {
		t.Errorf("the history holds:\n%s", kept)
	}

	again := onTerminal(t, s, state, "xterm")
	again.say(ctrlR+"getAll"+enter, "\n4\r\n", 1) // what the last session typed
}

func TestATerminalNeverObeysData(t *testing.T) {
	s := started(t)
	c, err := client.Dial(t.Context(), s.Addr(), client.Options{})
	check(t, err)
	defer c.Disconnect()
	const evil = "\x1b]0;owned\x07\x1b[2J\u202e\x9b31m\r"
	_, err = c.Create("/evil", []byte(evil), zk.OpenACL(), zk.ModePersistent)
	check(t, err)
	entry := zk.ACL{Perms: zk.PermRead, ID: zk.ID{Scheme: "digest", ID: "eve\n'world,'anyone\n\u202e:aYXlLOpEooaV1cRAvUL1fp9Qt7E="}}
	_, err = c.Create("/evilacl", nil, append(zk.OpenACL(), entry), zk.ModePersistent)
	check(t, err)
	const line = `'digest,'eve\n'world,'anyone\n\u202e:aYXlLOpEooaV1cRAvUL1fp9Qt7E=`
	if got := callShell(t, cliClient(paddockBinary(t)), "-server", s.Addr(), "getAcl", "/evilacl"); !slices.Contains(got.stdout, line) {
		t.Errorf("in a pipe: %+v", got)
	}
	for _, term := range []string{"xterm", "dumb"} {
		l := onTerminal(t, s, t.TempDir(), term)
		l.say("getAcl /evilacl"+enter, line, 1)
		l.say("get /evil"+enter, `\x1b]0;owned\x07\x1b[2J\u202e\x9b31m\x0d`, 1)
		l.say(enter+"watch -d -c 1 /evil"+enter, "Ctrl-C ends.", 1)
		_, err = c.SetData("/evil", []byte(evil+term), -1)
		check(t, err)
		l.say("", `\x9b31m\x0d`+term, 1)
		for _, obeyed := range []string{"\x1b]0;", "\x1b[2J", "\u202e", "\x9b31m"} {
			if strings.Contains(l.said(), obeyed) {
				t.Errorf("%s: %q reached the terminal", term, obeyed)
			}
		}
	}
}

func TestADumbTerminalWorksWithoutEscapes(t *testing.T) {
	s := started(t)
	l := onTerminal(t, s, t.TempDir(), "dumb")
	l.say("create /a x\n", "Created /a", 1)
	l.say("get -w /a\n", "\nx\r\n", 1)
	l.say("set /a y\n", "type:NodeDataChanged path:/a", 1)
	l.say("top -c 1 -i 0\n", "connections", 1)
	l.say("quit\n", "state:Closed", 1)
	if strings.Contains(l.said(), "\x1b") {
		t.Error("an escape sequence")
	}
}

// TestWatchStreamsEvents reads the stream as a script would, from a pipe.
func TestWatchStreamsEvents(t *testing.T) {
	s := started(t)
	l := startShell(t, cliClient(paddockBinary(t)), "-server", s.Addr(), "--output", "json", "watch", "-d", "-c", "4", "/a")
	eventually(t, "the watch is set", func() bool {
		text, err := s.Word("wchs")
		return err == nil && strings.Contains(text, "Total watches:1")
	})
	c, err := client.Dial(t.Context(), s.Addr(), client.Options{})
	check(t, err)
	defer c.Disconnect()
	for _, path := range []string{"/a", "/a/b"} {
		_, err = c.Create(path, []byte("data of "+path), zk.OpenACL(), zk.ModePersistent)
		check(t, err)
		l.say("", fmt.Sprintf(`"data of %s"`, path), 1)
	}
	check(t, c.Delete("/a/b", -1))
	check(t, c.Delete("/a", -1))
	if err := l.cmd.Wait(); err != nil {
		t.Errorf("the stream ended with %v", err)
	}
	for _, want := range []string{`"event":"NodeCreated","path":"/a"`, `"event":"NodeDeleted","path":"/a/b"`, `"event":"NodeDeleted","path":"/a"`} {
		if !strings.Contains(l.said(), want) {
			t.Errorf("%s is missing", want)
		}
	}
}

// TestTopSaysWhatToAllow needs words that the server does not allow by default.
func TestTopSaysWhatToAllow(t *testing.T) {
	s := started(t, "4lw.commands.whitelist=srvr")
	got := callShell(t, cliClient(paddockBinary(t)), "-server", s.Addr(), "top", "-c", "1")
	if got.status != 1 || !strings.Contains(strings.Join(got.error, ""), "4lw.commands.whitelist=srvr,mntr,cons") {
		t.Errorf("got %+v", got)
	}
	s = started(t, "4lw.commands.whitelist=srvr,mntr")
	got = callShell(t, cliClient(paddockBinary(t)), "-server", s.Addr(), "top", "-c", "1")
	if got.status != 0 || !strings.Contains(strings.Join(got.stdout, "\n"), "No list of sessions: ") {
		t.Errorf("got %+v", got)
	}
}
