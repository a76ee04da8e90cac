package main

import (
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"paddock/client"
	"paddock/zk"
)

func TestServerTakesZooKeepersFormsOfArguments(t *testing.T) {
	for name, args := range map[string][]string{
		"a configuration file":               {"server", "zoo.cfg"},
		"port and directory":                 {"server", "0", "./data"},
		"port, directory, tick":              {"server", "0", "./data", "1000"},
		"port, directory, tick, connections": {"server", "0", "./data", "1000", "5"},
		"with a property":                    {"server", "-Dzookeeper.preAllocSize=64", "0", "./data"},
		"with words for a JVM":               {"server", "-Xmx1g", "zoo.cfg", "-Dzookeeper.forceSync=no"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			zooCfg(t, dir)
			p := launch(t, command(dir, args...))
			wantLines(t, p.lines)
			_, err := p.dial(client.Options{}).Create("/a", nil, zk.OpenACL(), zk.ModePersistent)
			check(t, err)
			if _, err := os.Stat(filepath.Join(dir, "data/version-2/snapshot.0")); err != nil {
				t.Error(err)
			}
			if code := p.end(syscall.SIGTERM); code != 0 {
				t.Errorf("exit code %d after SIGTERM\n%s", code, p.errs)
			}
			if lines := complaints(p.errs.String()); len(lines) > 0 {
				t.Errorf("it complains: %q", lines)
			}
		})
	}
}

func wantLines(t *testing.T, got []string) {
	t.Helper()
	for i, want := range []string{
		`^Paddock \d+\.\d+\.\d+ serves ZooKeeper clients on (port \d+ of all addresses|127\.0\.0\.1:\d+) \(standalone\)\.$`,
		`^Data in \S*data: \d+ znodes\. Stop with Ctrl-C or SIGTERM\.$`,
	} {
		if !regexp.MustCompile(want).MatchString(got[i]) {
			t.Errorf("line %d is %q, want %s", i+1, got[i], want)
		}
	}
}

func TestServerListensOnAllAddressesOfBothFamilies(t *testing.T) {
	p := launch(t, command(t.TempDir(), "server", "0", "./data"))
	_, port, err := net.SplitHostPort(p.addr)
	check(t, err)
	hosts := []string{"127.0.0.1", "localhost"}
	if l, err := net.Listen("tcp6", "[::1]:0"); err == nil { // IPv6 is on
		check(t, l.Close())
		hosts = append(hosts, "::1")
	}
	for _, host := range hosts {
		c, err := net.Dial("tcp", net.JoinHostPort(host, port))
		if err != nil {
			t.Errorf("%s: %v", host, err)
			continue
		}
		check(t, c.Close())
	}
}

// Without arguments the embedded configuration counts, whose port may be taken on this machine: either is an answer.
func TestServerWithoutArgumentsUsesTheEmbeddedConfiguration(t *testing.T) {
	dir := t.TempDir()
	code, out, errs := run(t, dir, "server", "-Dzookeeper.datadir.autocreate=false")
	switch {
	case code == 3 && strings.Contains(errs, "data/version-2 does not exist"):
	case code == 1 && strings.Contains(errs, ":2181") && strings.Contains(errs, "address already in use"):
	default:
		t.Errorf("exit code %d\n%s\n%s", code, out, errs)
	}
	wantOneLine(t, errs)
	wantNothingMade(t, dir)
}

func wantOneLine(t *testing.T, errs string) {
	t.Helper()
	if strings.Count(errs, "\n") != 1 || !strings.HasPrefix(errs, "paddock: ") {
		t.Errorf("not one line:\n%s", errs)
	}
}

func wantNothingMade(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	check(t, err)
	for _, e := range entries {
		if e.Name() != "zoo.cfg" {
			t.Errorf("%s was made", e.Name())
		}
	}
}

// Exit code 2 is ExitCode.INVALID_INVOCATION (3.9.5).
func TestBadConfigurationEndsWithOneLineAndCode2(t *testing.T) {
	for name, c := range map[string]struct {
		lines []string
		args  []string
		want  string
	}{
		"a word for a number": {lines: []string{"tickTime=soon"}, want: `zoo.cfg:8: tickTime: found "soon"`},
		"a port out of range": {lines: []string{"clientPort=70000"}, want: `zoo.cfg:8: clientPort: found "70000"`},
		"an empty directory":  {lines: []string{"dataDir="}, want: "zoo.cfg: dataDir: not set"},
		"bounds that cross":   {lines: []string{"minSessionTimeout=70000"}, want: "zoo.cfg:8: minSessionTimeout: found 70000 ms"},
		"no such file":        {args: []string{"none.cfg"}, want: "none.cfg: cannot be read"},
		"too many arguments":  {args: []string{"0", "data", "1", "2", "3"}, want: "found 5 arguments"},
		"a bad port argument": {args: []string{"port", "data"}, want: `clientPort: found "port"`},
		"a bad property":      {args: []string{"zoo.cfg", "-Dzookeeper.snapCount=many"}, want: `-Dzookeeper.snapCount: found "many"`},
		"a directory as file": {args: []string{"."}, want: ".: cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			file := zooCfg(t, dir, c.lines...)
			args := append([]string{"server"}, c.args...)
			if c.args == nil {
				args = append(args, file)
			}
			code, out, errs := run(t, dir, args...)
			if code != 2 || out != "" || !strings.Contains(errs, c.want) {
				t.Errorf("exit code %d, want 2; %q\n%s\nwant %s", code, out, errs, c.want)
			}
			wantOneLine(t, errs)
			wantNothingMade(t, dir)
		})
	}
}

// Exit code 3 is ExitCode.UNABLE_TO_ACCESS_DATADIR (3.9.5).
func TestUnusableDataDirectoryEndsWithOneLineAndCode3(t *testing.T) {
	dir := t.TempDir()
	file := zooCfg(t, dir)
	check(t, os.WriteFile(filepath.Join(dir, "data"), []byte("mine"), 0o644))
	code, out, errs := run(t, dir, "server", file)
	if code != 3 || out != "" || !strings.Contains(errs, "data") {
		t.Errorf("exit code %d, want 3; %q\n%s", code, out, errs)
	}
	wantOneLine(t, errs)
	if b, err := os.ReadFile(filepath.Join(dir, "data")); err != nil || string(b) != "mine" {
		t.Errorf("the file was touched: %q, %v", b, err)
	}
}

func TestSecondServerOnTheDirectoryEndsWithCode3(t *testing.T) {
	dir := t.TempDir()
	file := zooCfg(t, dir)
	p := launch(t, command(dir, "server", file))
	code, _, errs := run(t, dir, "server", file)
	if code != 3 || !strings.Contains(errs, "in use by another server") {
		t.Errorf("exit code %d, want 3\n%s", code, errs)
	}
	wantOneLine(t, errs)
	check(t, p.dial(client.Options{}).Sync("/"))
}

// Exit code 1 is ExitCode.UNEXPECTED_ERROR (3.9.5).
func TestPortInUseEndsWithOneLineAndCode1(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	defer func() { check(t, l.Close()) }()
	dir := t.TempDir()
	port := strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
	for _, args := range [][]string{{"server", zooCfg(t, dir, "clientPort="+port)}, {"server", port, "./data"}} {
		code, out, errs := run(t, dir, args...)
		if code != 1 || out != "" || !strings.Contains(errs, port) || !strings.Contains(errs, "address already in use") {
			t.Errorf("exit code %d, want 1; %q\n%s", code, out, errs)
		}
		wantOneLine(t, errs)
		wantNothingMade(t, dir)
	}
}

func TestUnknownKeyOnlyWarns(t *testing.T) {
	dir := t.TempDir()
	p := launch(t, command(dir, "server", zooCfg(t, dir, "tickTim=7", "initLimit=5"), "-Dzookeeper.nonsense=1"))
	check(t, p.dial(client.Options{}).Sync("/"))
	p.says("level=WARN", "zoo.cfg:8: tickTim: unknown key", "-Dzookeeper.nonsense: unknown property")
}

func TestHelpAndVersionAreNoErrors(t *testing.T) {
	for _, args := range [][]string{{"--help"}, {"server", "--help"}, {"--version"}} {
		code, out, errs := run(t, t.TempDir(), args...)
		if code != 0 || !strings.Contains(out, "paddock") || errs != "" {
			t.Errorf("%q: exit code %d\n%s\n%s", args, code, out, errs)
		}
	}
}
