package interop

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"paddock/client"
	"paddock/zk"
)

// rewrite lets the scripts below testdata/cli say what our shell prints now; read the difference before it is kept.
var rewrite = flag.Bool("rewrite", false, "write what the shell prints into testdata/cli")

// TestOurOwnCommandsPrintWhatTheirScriptsSay runs each script of testdata/cli: lines that begin with "$ " are typed into one shell
// on a fresh server, and what follows each is all that it prints. "$ (json) " types into a shell with --output json.
func TestOurOwnCommandsPrintWhatTheirScriptsSay(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "cli", "*.txt"))
	check(t, err)
	if len(files) < 4 {
		t.Fatalf("only %d scripts were found", len(files))
	}
	shell := cliClient(paddockBinary(t))
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			want, err := os.ReadFile(file)
			check(t, err)
			got := runCLIScript(t, shell, string(want))
			if *rewrite {
				check(t, os.WriteFile(file, []byte(got), 0o644))
			}
			if got != string(want) {
				t.Errorf("%s\nall of it:\n%s", Difference(strings.Split(string(want), "\n"), strings.Split(got, "\n")), got)
			}
		})
	}
}

// runCLIScript gives the script with what the shell printed. Comments and the order of the lines stay.
func runCLIScript(t *testing.T, shell Client, script string) string {
	t.Helper()
	s, other, dir := started(t), started(t), t.TempDir()
	fill := strings.NewReplacer("PORT", fmt.Sprint(s.Port), "OTHER", fmt.Sprint(other.Port), "DIR", dir)
	var out strings.Builder
	for line := range strings.Lines(script) {
		switch {
		case strings.HasPrefix(line, "#"):
			out.WriteString(line)
		case strings.HasPrefix(line, "$ "):
			out.WriteString(line)
			out.WriteString(normal(dir, s.Port, other.Port, callScripted(t, shell, s.Addr(), fill.Replace(strings.TrimSpace(line[2:])))))
		case line == "\n":
			out.WriteString(line)
		}
	}
	return out.String()
}

// callScripted runs one line in a shell of its own, so that each status can be seen.
func callScripted(t *testing.T, shell Client, addr, line string) string {
	t.Helper()
	args := []string{"-server", addr}
	if rest, asJSON := strings.CutPrefix(line, "(json) "); asJSON {
		args, line = append(args, "--output", "json"), rest
	}
	cmd := shell.Command(args...)
	cmd.Stdin = strings.NewReader(line + "\n")
	printed, err := cmd.CombinedOutput()
	status := ""
	if err != nil {
		status = fmt.Sprintf("[%v]\n", err)
	}
	lines, _ := transcript(ownPart(string(printed)))
	text := ""
	for _, l := range lines {
		if l != "Welcome to ZooKeeper!" {
			text += l + "\n"
		}
	}
	return text + status
}

// normal replaces what differs from run to run.
func normal(dir string, port, other int, text string) string {
	text = strings.NewReplacer(dir, "DIR", fmt.Sprint(port), "PORT", fmt.Sprint(other), "OTHER").Replace(text)
	for _, r := range [][2]string{
		{`0x1[0-9a-f]{10,}`, "SESSION"}, {`\d{4}-\d\d-\d\dT[\d:.]+Z`, "TIME"}, {`\d+m?\d*s  /`, "AGE  /"}, {` +AGE`, "  AGE"},
	} {
		text = regexp.MustCompile(r[0]).ReplaceAllString(text, r[1])
	}
	return text
}

// TestEphemeralsAreExportedAndMadeOnRequestOnly: an ephemeral belongs to a session that an import does not have.
func TestEphemeralsAreExportedAndMadeOnRequestOnly(t *testing.T) {
	s, file := started(t), filepath.Join(t.TempDir(), "export.jsonl")
	c, err := client.Dial(t.Context(), s.Addr(), client.Options{})
	check(t, err)
	defer c.Disconnect()
	for path, mode := range map[string]zk.CreateMode{"/a": zk.ModePersistent, "/b": zk.ModeEphemeral} {
		_, err := c.Create(path, []byte(path), zk.OpenACL(), mode)
		check(t, err)
	}
	shell := cliClient(paddockBinary(t))
	for _, step := range []struct{ line, want string }{
		{"export / " + file, "3 znodes of / written to " + file},
		{"import " + file + " /copy", "2 made, 0 the same, 0 changed, 0 different, 1 ephemeral skipped"},
		{"import -e " + file + " /copy", "1 made, 2 the same, 0 changed, 0 different, 0 ephemerals skipped"},
		{"diff -e -a / /copy", "- /copy"}, // and nothing below it besides
	} {
		if got := callScripted(t, shell, s.Addr(), step.line); !strings.Contains(got, step.want) {
			t.Errorf("%s: got %q, want %q", step.line, got, step.want)
		}
	}
	st, err := c.Exists("/copy/b", false)
	check(t, err)
	if st.EphemeralOwner != 0 {
		t.Error("the copy of the ephemeral is one itself")
	}
	if st, err = c.Exists("/b", false); err != nil || st.EphemeralOwner == 0 {
		t.Errorf("the ephemeral is gone: %v", err)
	}
}
