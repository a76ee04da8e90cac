package interop

import (
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// cliScript goes through every command of zkCli 3.9.5 and its options, and what each refuses. Lines that end Apache's shell with a
// Java exception (numbers that are none) are left out, and so is what its bugs make of a state: addWatch without -m takes the
// mode of the call before.
func cliScript() []string {
	return []string{
		"ls /", "get", "get -x", "get -xz /a", "get -- -x", "get --s /a", "get /nope true", "ls -?", "ls -? /", "ls", "ls2 /", "rmr /x", "foo",
		"create /a one", "create /a two", "get /a true", "ls /a true", "stat /a true", "set /a three", "get -s -b /a", "get -x /a", "get -sb /a",
		"create", "create x", "create /x/", "create /x//y", "create /./y", "create /no/parent", "create -q /a",
		"create -t 100 -e /x", "create -t x /x", "create -c -e /x", "create -t 100 -c /x", "create -t -5 /x", "create -t 0 /x",
		"create -t 1099511627776 /x", "create -t 1000000 /ttl v", "create -s -t 1000000 /ttls- v", "create -c /container",
		"create -e /eph x", "create /eph/child", "create -s /seq- x", "create -s /seq-", "create -e -s /ephseq-",
		`create "/sp ace" 'da ta'`, `get "/sp ace"`, "get '/sp ace' -b", `get -x "/sp ace"`, `create /empty ""`, "get /empty", "get -b /empty",
		"get -x /empty", "create /null", "get /null", "get -s /null", "get -b /null", "get -x /null", "create /acl x world:anyone:r", "set /acl y",
		"create /badacl x nonsense", "create /badacl x world:anyone", "create /badacl x nope:x:r", "create /perms x world:anyone:rz",
		"set", "set /a", "set /a x -v 99", "set /a x -v 1", "set /a x -v -1", "set -s /a x", "set /a -b aGVsbG8=", "get /a", "set /nope x", "set a x",
		`set /a "0123456789abcdef0123456789"`, "get -x /a", "get -s /a",
		"delete", "delete /nope", "delete /nope 3", "delete -v", "delete -v 9 /a", "delete -v=9 /a", "delete -v9 /a", "delete -v -1 /nope", "delete /zookeeper",
		"delete a", "delete /",
		"getAcl", "getAcl /a", "getAcl -s /a", "getAcl /nope", "setAcl", "setAcl /a", "setAcl /a world:anyone:cdrwaz", "setAcl /a bad", "setAcl /a ,", "create /comma v ,",
		"setAcl /a world:anyone:r,,world:anyone:cdrwa",
		"setAcl /a world:anyone", "setAcl -v 7 /a world:anyone:cdrwa", "setAcl -s -v 1 /a world:anyone:cdrwa", "setAcl /a auth::cdrwa",
		"create /tree t", "create /tree/b", "create /tree/a", "create /tree/a/c", "setAcl -R /tree world:anyone:cdrwa", "setAcl -R /nope world:anyone:r",
		"ls -R /tree", "ls -R /nope", "ls -s /tree", "ls -s -R /tree", "ls tree", "stat", "stat /tree", "stat /nope", "stat tree",
		"getEphemerals /eph", "getEphemerals eph", "getEphemerals /nope", "getAllChildrenNumber /", "getAllChildrenNumber /tree",
		"getAllChildrenNumber", "getAllChildrenNumber /nope",
		"setquota /a", "setquota -n 3 -b 3 /a", "setquota -n", "setquota -n x /a", "setquota -n 0 /a", "setquota -b -5 /a", "setquota -N 0 /a",
		"setquota -B -1 /a", "setquota -n 5 /tree", "listquota /tree", "setquota -b 70 /tree", "setquota -N 90 /tree", "setquota -B 100 /tree",
		"listquota /tree", "setquota -n 1 /tree", "setquota -n 3 /tree/a", "setquota -n 3 /", "setquota -n 3 /zookeeper/quota/x",
		"setquota -n 3 /nope", "delquota -n -b /tree", "delquota -n /tree", "listquota /tree", "delquota -B /tree", "listquota /tree",
		"delquota /tree", "delquota /tree", "listquota /tree", "listquota", "delquota", "setquota -n 9 /tree/a", "setquota -n 9 /tree",
		"delquota /tree/a", "ls -R /zookeeper",
		"whoami", "addauth digest bob:pw", "whoami", "addauth", "setAcl /a auth::cdrwa", "getAcl /a", "version x",
		"config", "config -c", "config -s", "config -z", "reconfig", "reconfig -add x -members y", "reconfig -file x -members y",
		"reconfig -v zz -add x", "reconfig -add server.1=a:1:2;3", "reconfig -members server.1=a:1:2;3",
		"sync", "sync /a", "sync a", "sync /nope",
		"removewatches", "removewatches /a", "removewatches a", "get -w /a", "removewatches /a -c", "removewatches /a -d",
		"addWatch", "addWatch -m foo /a", "addWatch /a /b", "addWatch -m persistent /a", "addWatch -m PERSISTENT_RECURSIVE /tree", "set /a w", "create /tree/d",
		"set /tree/d x", "delete /tree/d", "removewatches /a -p", "removewatches /tree -r", "set /a unseen",
		"ls -w /tree", "stat -w /tree/new", "create /tree/new", "get -w /tree/new", "delete /tree/new",
		"printwatches", "printwatches off", "printwatches", "get -w /a", "set /a x", "printwatches on", "history", "redo 0", "redo -1", "redo 9999", "redo",
		"deleteall", "deleteall -b x /a", "deleteall /nope", "deleteall x", "deleteall -b 2 /tree", "deleteall -b 0 /a", "ls /",
		"close", "ls /", "printwatches", "history", "close", "connect", "ls /", "connect 127.0.0.1:PORT/null", "ls /", "create /in x", "get /in", "getEphemerals",
		"stat /", "create -s /in/s-", "ls -R /", "delete /in/nope", "deleteall /in", "delete /", "deleteall -b 0 /", "ls /", "connect 127.0.0.1:PORT", "ls /null", "quit",
	}
}

// paddockBinary is our own shell, whatever server is under test.
func paddockBinary(t *testing.T) string {
	t.Helper()
	if tools.server.Name == "paddock" {
		return tools.server.Argv[0]
	}
	binary := filepath.Join(t.TempDir(), "paddock")
	check(t, build(binary, "./cmd/paddock"))
	return binary
}

// cliClient is our shell.
func cliClient(binary string) Client {
	return Client{Name: "paddock cli", Argv: []string{binary, "cli"}}
}

// shellTranscript types the script into a shell on a fresh server of the program.
func shellTranscript(t *testing.T, shell Client, program Program) (lines, events []string) {
	t.Helper()
	s := newServer(t, program, "extendedTypesEnabled=true")
	check(t, s.Start())
	script := strings.ReplaceAll(strings.Join(cliScript(), "\n")+"\n", "PORT", fmt.Sprint(s.Port))
	cmd := shell.Command("-server", s.Addr())
	cmd.Stdin = strings.NewReader(script)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s on %s: %v\n%s", shell.Name, program.Name, err, out)
	}
	for _, prompt := range []string{"(CONNECTED) 7] ", "(CLOSED) "} {
		if !strings.Contains(string(out), "[zk: "+s.Addr()+prompt) {
			t.Errorf("%s never showed the prompt [zk: %s%s", shell.Name, s.Addr(), prompt)
		}
	}
	return transcript(strings.ReplaceAll(ownPart(string(out)), fmt.Sprint(s.Port), "PORT"))
}

// ownPart cuts out what only our shell says, or only Apache's: the list of our commands, hints, and the line about line editing.
func ownPart(out string) string {
	for _, pattern := range []string{
		`(?m)^and Paddock's own.*\n(\t.*\n)*`, `(?m)^(JLine support|Line editing) is .*\n`, ` \(since 3.5 it is: .*\)`,
		`(?m)^\[main\] ERROR .*Exiting JVM.*\n`,
	} {
		out = regexp.MustCompile(pattern).ReplaceAllString(out, "")
	}
	return out
}

func TestOurShellPrintsWhatApachesPrints(t *testing.T) {
	wantLines, wantEvents := shellTranscript(t, ShellClient(tools.cache), tools.apache)
	if len(wantLines) < 500 || len(wantEvents) < 12 {
		t.Fatalf("Apache's shell said only %d lines and %q", len(wantLines), wantEvents)
	}
	ours := cliClient(paddockBinary(t))
	programs := []Program{tools.apache, PaddockProgram(ours.Argv[0])}
	for _, program := range programs {
		t.Run("on "+program.Name, func(t *testing.T) {
			gotLines, gotEvents := shellTranscript(t, ours, program)
			if !slices.Equal(wantLines, gotLines) {
				t.Errorf("the lines differ:\n%s", Difference(wantLines, gotLines))
			}
			if !slices.Equal(wantEvents, gotEvents) {
				t.Errorf("the events differ:\n%s", Difference(wantEvents, gotEvents))
			}
		})
	}
}

// shellOutcome is what a script gets from one call of a shell.
type shellOutcome struct {
	status        int
	stdout, error []string
}

func callShell(t *testing.T, shell Client, args ...string) shellOutcome {
	t.Helper()
	cmd := shell.Command(args...)
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	var o shellOutcome
	o.stdout, _ = transcript(ownPart(out.String()))
	o.error, _ = transcript(ownPart(errs.String()))
	if exit != nil {
		o.status = exit.ExitCode()
	}
	return o
}

// TestTheLastLineOfASingleCommandIsItsResult: scripts cut it off with tail.
func TestTheLastLineOfASingleCommandIsItsResult(t *testing.T) {
	s := started(t)
	call := func(args ...string) string {
		out, err := cliClient(paddockBinary(t)).Command(append([]string{"-server", s.Addr()}, args...)...).Output()
		check(t, err)
		return string(out)
	}
	first := "Connecting to " + s.Addr() + "\n"
	event := "\nWATCHER::\n\nWatchedEvent state:SyncConnected type:None path:null zxid: -1\n"
	if got := call("create", "-e", "/a", "x"); got != first+event { // the rest is on stderr, as in Apache's
		t.Errorf("create printed %q", got)
	}
	if got := call("ls", "/"); got != first+event+"[zookeeper]\n" { // the ephemeral went with its session, at once
		t.Errorf("ls printed %q", got)
	}
	if got := call("--output", "json", "ls", "/"); !strings.HasPrefix(got, "{") || strings.Count(got, "\n") != 1 {
		t.Errorf("JSON with something else: %q", got)
	}
}

// TestSingleCommandsEndAsWithApachesShell gives both shells one command each, as scripts do.
func TestSingleCommandsEndAsWithApachesShell(t *testing.T) {
	s := newServer(t, tools.apache)
	check(t, s.Start())
	binary := paddockBinary(t)
	check(t, cliClient(binary).Command("-server", s.Addr(), "create", "/a", "text with  spaces").Run())
	for _, args := range [][]string{
		{"-server", s.Addr(), "get", "/a"},
		{"-server", s.Addr(), "-timeout", "20000", "-r", "-waitforconnection", "-unheard-of", "stat", "/a"},
		{"-server", s.Addr(), "get", "/nope"},
		{"-server", s.Addr() + "/a", "ls", "-s", "/"},
		{"-server", s.Addr(), "no-such-command"},
		{"-server", s.Addr(), "delete", "-z"},
		{"-server", "127.0.0.1:1", "ls", "/"},
		{"-server", s.Addr(), "history"},
	} {
		want, got := callShell(t, ShellClient(tools.cache), args...), callShell(t, cliClient(binary), args...)
		if slices.Contains(args, "-unheard-of") { // ours says so
			got.error = slices.DeleteFunc(got.error, func(l string) bool { return strings.Contains(l, "-unheard-of is unknown") })
		}
		if want.status != got.status || !slices.Equal(want.stdout, got.stdout) || !slices.Equal(want.error, got.error) {
			t.Errorf("%q: Apache's shell ended with %+v, ours with %+v", args, want, got)
		}
	}
}
