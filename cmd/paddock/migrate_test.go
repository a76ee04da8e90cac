package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Each case is a folder with a zoo.cfg on a port that nobody serves.
func TestMigrateCheckSaysByItsExitCodeWhetherPaddockCouldTakeOver(t *testing.T) {
	for name, c := range map[string]struct {
		lines []string
		args  []string
		data  map[string]string
		code  int
		want  string // in stdout
		errs  string // in stderr
	}{
		"nothing would be noticed": {want: "zoo.cfg: Paddock can take the place of this ZooKeeper.\n"},
		"for programs":             {args: []string{"--json"}, want: `"verdict": "note"`},
		"something to look at":     {lines: []string{"tickTme=5"}, code: 1, want: "did you mean tickTime?", errs: "with 1 thing to look at first"},
		"an ensemble":              {lines: []string{"server.1=a:1:2", "server.2=b:1:2"}, code: 2, want: "Stands in the way:", errs: "cannot take the place"},
		"a log without a snapshot": {data: map[string]string{"log.1": "ZKLG"}, code: 2, want: "no whole snapshot"},
		"no such file":             {args: []string{"none.cfg"}, code: 2, errs: "found 2 arguments"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			file := zooCfg(t, dir, append([]string{"admin.enableServer=false", "clientPort=1", "clientPortAddress=127.0.0.1"}, c.lines...)...)
			for name, text := range c.data {
				folder := filepath.Join(dir, "data", "version-2")
				check(t, os.MkdirAll(folder, 0o755))
				check(t, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600))
			}
			code, out, errs := run(t, dir, append([]string{"migrate", "check", file}, c.args...)...)
			if code != c.code || !strings.Contains(out, c.want) || !strings.Contains(errs, c.errs) {
				t.Errorf("exit code %d, want %d\n%s\n%s", code, c.code, out, errs)
			}
		})
	}
}

func TestMigrateCheckKnowsThatPaddockServesAlready(t *testing.T) {
	dir := t.TempDir()
	file := zooCfg(t, dir, "admin.enableServer=false")
	p := launch(t, command(dir, "server", file))
	_, port, found := strings.Cut(p.addr, ":")
	if !found {
		t.Fatal(p.addr)
	}
	text, err := os.ReadFile(filepath.Join(dir, file))
	check(t, err)
	check(t, os.WriteFile(filepath.Join(dir, "now.cfg"), fmt.Appendf(text, "\nclientPort=%s\nclientPortAddress=127.0.0.1\n", port), 0o600))
	_, out, errs := run(t, dir, "migrate", "check", "now.cfg")
	if !strings.Contains(out, "Paddock serves this installation already, at 127.0.0.1:"+port) {
		t.Errorf("%s\n%s", out, errs)
	}
}
