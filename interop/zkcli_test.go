package interop

import (
	"errors"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// shellScript is typed into zkCli: its everyday commands, with failures among them.
func shellScript() []string {
	return []string{
		"ls /", "create /cli one", "create /cli again", "create /cli/a aa", "create -s /cli/s- x", "create -s /cli/s- x",
		"create -e /cli/e x",
		"create /no/parent x", "create /cli/empty", "create /cli/e/child x",
		"ls /cli", "ls -s /cli", "ls -R /cli", "ls /nothing", "ls -R /zookeeper",
		"get /cli/a", "set /cli/a bb", "set -v 7 /cli/a cc", "set -s -v 1 /cli/a cc", "get -s /cli/a", "get /nothing",
		"stat /cli/a", "stat /nothing", "stat /", "stat /zookeeper/config",
		"delete /cli", "delete -v 9 /cli/a", "delete /nothing", "delete /zookeeper",
		"getAcl /cli", "create /cli/p secret digest:" + DigestID("bob", "builder") + ":cdrwa", "get /cli/p", "set /cli/p x",
		"getAcl /cli/p", "setAcl /cli/a auth::cdrwa", "addauth digest bob:builder", "get /cli/p", "getAcl /cli/p",
		"setAcl /cli/a auth::cdrwa", "getAcl -s /cli/a", "setAcl -v 9 /cli/a world:anyone:r", "setAcl /cli/a nothing:x:r",
		"sync /cli", "sync /nothing", "config",
		"get -w /cli/a", "set /cli/a w", "ls -w /cli", "delete /cli/e", "stat -w /cli/new", "create /cli/new",
		"deleteall /cli", "ls /", "quit",
	}
}

// TestZkCliShowsTheSameAsOnApache types one script into Apache's shell, once on Apache and once on the server under test, both
// fresh, and compares all that it prints, but for dates.
func TestZkCliShowsTheSameAsOnApache(t *testing.T) {
	run := func(program Program) (lines, events []string) {
		s := newServer(t, program)
		check(t, s.Start())
		cmd := ShellClient(tools.cache).Command("-server", s.Addr())
		cmd.Stdin = strings.NewReader(strings.Join(shellScript(), "\n") + "\n")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("zkCli on %s: %v\n%s", program.Name, err, out)
		}
		return transcript(string(out))
	}
	wantLines, wantEvents := run(tools.apache)
	for _, line := range []string{
		"Created /cli/s-0000000002", "Node already exists: /cli", "version No is not valid : /cli/a", "Insufficient permission : /cli/p",
		"Node not empty: /cli", "Sync is OK", "secret",
	} {
		if !slices.Contains(wantLines, line) {
			t.Errorf("zkCli on Apache did not say %q:\n%s", line, strings.Join(wantLines, "\n"))
		}
	}
	if len(wantEvents) != 5 {
		t.Errorf("zkCli on Apache saw %q, want connected, three changes and closed", wantEvents)
	}
	gotLines, gotEvents := run(tools.server)
	if !slices.Equal(wantLines, gotLines) {
		t.Errorf("zkCli prints something else:\n%s\nall of it:\n%s", Difference(wantLines, gotLines), strings.Join(gotLines, "\n"))
	}
	if !slices.Equal(wantEvents, gotEvents) {
		t.Errorf("zkCli saw the events %q, on Apache %q", gotEvents, wantEvents)
	}
}

// transcript parts what zkCli printed into answers and events, because nobody promises where an event appears among the answers.
// Prompts, dates and the terminal's complaints go.
func transcript(out string) (lines, events []string) {
	prompt := regexp.MustCompile(`\[zk: [^\]]*\] ?`)
	date := regexp.MustCompile(`^([cm]time) = .*`)
	noise := regexp.MustCompile(`^$|^WATCHER::$|^Connecting to|org\.jline|^WARNING: Unable to create a system terminal`)
	for line := range strings.Lines(prompt.ReplaceAllString(out, "\n")) {
		line = date.ReplaceAllString(strings.TrimRight(line, "\r\n"), "$1")
		switch {
		case noise.MatchString(line):
		case strings.HasPrefix(line, "WatchedEvent"):
			events = append(events, line)
		default:
			lines = append(lines, line)
		}
	}
	return lines, events
}

// TestZkCliRunsSingleCommands gives zkCli its command as arguments, as scripts do, and checks status and output.
func TestZkCliRunsSingleCommands(t *testing.T) {
	s := started(t)
	for _, c := range []struct {
		command string
		status  int
		says    string
	}{
		{"create /one first", 0, "Created /one"},
		{"create /one second", 1, "Node already exists: /one"},
		{"get -s /one", 0, "dataVersion = 0"},
		{"set /one second", 0, ""},
		{"get /one", 0, "\nsecond\n"},
		{"ls /", 0, "[one, zookeeper]"},
		{"delete /one", 0, ""},
		{"get /one", 1, "Node does not exist: /one"},
	} {
		args := append([]string{"-server", s.Addr()}, strings.Fields(c.command)...)
		out, err := ShellClient(tools.cache).Command(args...).CombinedOutput()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		status := 0
		if exit != nil {
			status = exit.ExitCode()
		}
		if status != c.status || !strings.Contains(string(out), c.says) {
			t.Errorf("%q ended with %d, want %d, and said, without %q:\n%s", c.command, status, c.status, c.says, out)
		}
	}
}
