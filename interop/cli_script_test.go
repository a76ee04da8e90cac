package interop

import (
	"encoding/json"
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
// Whatever a program types, each line that it gets is a JSON value.
func TestAProgramGetsNothingButJSON(t *testing.T) {
	s, file := started(t), filepath.Join(t.TempDir(), "j.jsonl")
	cmd := cliClient(paddockBinary(t)).Command("-server", s.Addr(), "--output", "json")
	cmd.Stdin = strings.NewReader(strings.Join([]string{
		"create /j one", "create -s /j/s- x", "create /j/acl x world:anyone:r", "ls /j", "ls -s /j", "ls -R /j", "ls -? /j", "stat /j", "get /j", "get -s -x /j", "getAcl -s /j",
		"set -s /j two", "setAcl -R /j world:anyone:cdrwa", "getEphemerals", "getAllChildrenNumber /", "whoami", "addauth digest a:b", "setquota -n 5 /j",
		"setquota -b 1 /j", "setquota -N 1 /j", "listquota /j", "delquota /j", "delquota /nope", "sync /j", "config", "config -c", "version", "history", "printwatches", "addWatch /j",
		"get -w /j", "set /j three", "removewatches /j", "tree -d 1 -s /j", "find -l /j", "hex /j", "json /j", "help", "help ls", "top -c 1 -i 0", "export /j -", "export /j " + file,
		"import -n " + file + " /k", "diff /j /zookeeper", "get /nope", "foo", "ls", "ls x", "delete -v 9 /j", "redo 0", "redo x", "reconfig -add x", "deleteall /j", "close", "ls /", "close", "quit",
	}, "\n") + "\n")
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	_ = cmd.Run() // it ends with the status of the last line
	results := 0
	for line := range strings.Lines(out.String() + errs.String()) {
		if results++; !json.Valid([]byte(line)) {
			t.Errorf("no JSON: %q", line)
		}
	}
	if results < 50 {
		t.Errorf("only %d lines", results)
	}
}

// A side that may not be read is no difference, and who has shown himself here has done so there.
func TestDiffTellsWhatItCouldNotRead(t *testing.T) {
	s, other := started(t), started(t)
	shell := cliClient(paddockBinary(t))
	tell := func(s *Server, lines ...string) string {
		t.Helper()
		cmd := shell.Command("-server", s.Addr())
		cmd.Stdin = strings.NewReader(strings.Join(lines, "\n") + "\n")
		out, _ := cmd.CombinedOutput() // it ends with the status of the last line
		return string(out)
	}
	for _, at := range []*Server{s, other} {
		tell(at, "addauth digest joe:pw", "create /hers x auth::cdrwa", "create /hers/below y", "create /open "+at.Addr())
	}
	compare := "diff -a -server " + other.Addr() + " /"
	out := tell(s, compare)
	for _, want := range []string{"? /hers  may not be read on both sides\n", "~ /open  data: ", "1 znode could not be read, nor what is below"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing from:\n%s", want, out)
		}
	}
	out = tell(s, "addauth digest joe:pw", compare)
	if strings.Contains(out, "/hers") || strings.Contains(out, "could not be read") || !strings.Contains(out, "~ /open  data: ") {
		t.Errorf("as joe:\n%s", out)
	}
	tell(other, "addauth digest joe:pw", "setAcl /hers digest:eve:VAXy9ajBTglP5dEFbkRFkF33wJ4=:cdrwa")
	out = tell(s, "addauth digest joe:pw", compare)
	if !strings.Contains(out, "? /hers  may not be read on the right\n") || strings.Contains(out, "/hers/below") {
		t.Errorf("one side is eve's:\n%s", out)
	}
}

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
