package main

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"paddock/client"
)

func TestConfigCheckSaysWhatAServerWouldDo(t *testing.T) {
	for name, c := range map[string]struct {
		lines []string
		args  []string
		code  int
		want  []string
	}{
		"nothing to say": {
			lines: []string{"admin.enableServer=false", "initLimit=5"},
			want:  []string{"zoo.cfg: a server would start", "accepted, no effect on a standalone server: initLimit", "500 ms", "zoo.cfg:4"},
		},
		"warnings": {
			lines: []string{"admin.enableServer=false", "tickTme=5"}, code: 1,
			want: []string{"would start", "zoo.cfg:9: tickTme: unknown key, has no effect; did you mean tickTime?"},
		},
		"refusals": {
			lines: []string{"tickTime=x", "snapCount=y"}, code: 2,
			want: []string{"zoo.cfg: a server would not start", "zoo.cfg:8: tickTime: found", "zoo.cfg:9: snapCount: found"},
		},
		"properties and JSON": {
			lines: []string{"admin.enableServer=false"}, args: []string{"--json", "zoo.cfg", "-Dzookeeper.snapCount=77"},
			want: []string{`"starts": true`, `"value": "77"`, `"from": "command line"`},
		},
		"the other form of arguments": {
			args: []string{"0", "data", "-Dzookeeper.admin.enableServer=false"}, code: 1, // the directory is relative
			want: []string{"a server would start, with clients on a port that the system chooses"},
		},
		"a file that is not there": {args: []string{"none.cfg"}, code: 2, want: []string{"none.cfg: cannot be read"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			args := c.args
			if file := zooCfg(t, dir, c.lines...); args == nil {
				args = []string{file}
			}
			code, out, errs := run(t, dir, append([]string{"config", "check"}, args...)...)
			if code != c.code || (code == 0) != (errs == "") {
				t.Errorf("exit code %d, want %d\n%s\n%s", code, c.code, out, errs)
			}
			for _, want := range c.want {
				if !strings.Contains(out, want) {
					t.Errorf("%q is not in\n%s", want, out)
				}
			}
			wantNothingMade(t, dir)
		})
	}
}

func TestConfigPrintWritesAZooCfgThatServes(t *testing.T) {
	dir := t.TempDir()
	file := zooCfg(t, dir, "snapCount=77", "admin.enableServer=false")
	code, out, errs := run(t, dir, "config", "print", file, "-Dzookeeper.maxCnxns=9")
	if code != 0 || errs != "" || !strings.Contains(out, "snapCount=77\n") || !strings.Contains(out, "maxCnxns=9\n") {
		t.Fatalf("exit code %d\n%s\n%s", code, out, errs)
	}
	check(t, os.WriteFile(filepath.Join(dir, "printed.cfg"), []byte(out), 0o600))
	p := launch(t, command(dir, "server", "printed.cfg"))
	check(t, p.dial(client.Options{}).Sync("/"))
	code, out, errs = run(t, dir, "config", "print", "none.cfg")
	if code != 2 || out != "" || !strings.Contains(errs, "none.cfg: cannot be read") {
		t.Errorf("exit code %d\n%s\n%s", code, out, errs)
	}
}

func TestConfigCheckExplainsItsExitCodes(t *testing.T) {
	code, out, _ := run(t, t.TempDir(), "config", "check", "--help")
	if code != 0 || !strings.Contains(out, "Exit code: 0 if the server would start") {
		t.Errorf("exit code %d\n%s", code, out)
	}
}

// A server heeds java.env beside its zoo.cfg, as zkServer.sh does.
func TestServerReadsJavaEnvBesideItsConfiguration(t *testing.T) {
	dir := t.TempDir()
	check(t, os.Mkdir(filepath.Join(dir, "conf"), 0o755))
	file := zooCfg(t, filepath.Join(dir, "conf"), "admin.enableServer=false")
	env := "export SERVER_JVMFLAGS=\"-Xmx2g -Dzookeeper.4lw.commands.whitelist=ruok $SERVER_JVMFLAGS\"\nhostname\n"
	check(t, os.WriteFile(filepath.Join(dir, "conf", "java.env"), []byte(env), 0o600))
	p := launch(t, command(dir, "server", filepath.Join("conf", file)))
	if got := fourLetters(t, p.addr, "ruok"); got != "imok" {
		t.Errorf("ruok got %q", got)
	}
	p.says("no effect without a Java machine: -Xmx2g", `conf/java.env:2: found the command \"hostname\"`)
}

// fourLetters sends a four-letter word and returns the answer.
func fourLetters(t *testing.T, addr, word string) string {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	check(t, err)
	defer func() { check(t, c.Close()) }()
	check(t, c.SetDeadline(time.Now().Add(patience)))
	_, err = io.WriteString(c, word)
	check(t, err)
	answer, err := io.ReadAll(c)
	check(t, err)
	return string(answer)
}
