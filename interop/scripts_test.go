package interop

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// installed is what `make install` leaves, with a configuration in it.
type installed struct {
	t      *testing.T
	prefix string
	port   int
	env    []string // added to an environment that is nearly empty
}

// install makes a tree of its own for a test: the scripts and the binary, and a zoo.cfg with more lines.
func install(t *testing.T, lines ...string) *installed {
	t.Helper()
	root, err := RepoRoot()
	check(t, err)
	i := &installed{t: t, prefix: t.TempDir()}
	i.port, err = freePort()
	check(t, err)
	check(t, os.MkdirAll(i.path("bin"), 0o755))
	check(t, os.MkdirAll(i.path("conf"), 0o755))
	check(t, build(i.path("bin/paddock"), "./cmd/paddock"))
	scripts, err := filepath.Glob(filepath.Join(root, "bin", "*.sh"))
	check(t, err)
	for _, script := range scripts {
		text, err := os.ReadFile(script)
		check(t, err)
		check(t, os.WriteFile(i.path("bin", filepath.Base(script)), text, 0o755))
	}
	i.write("conf/zoo.cfg", append([]string{
		"dataDir = " + i.path("data"), fmt.Sprintf("clientPort=%d", i.port), "admin.enableServer=false", "preAllocSize=256",
	}, lines...)...)
	t.Cleanup(i.end)
	return i
}

func (i *installed) path(parts ...string) string {
	return filepath.Join(append([]string{i.prefix}, parts...)...)
}

func (i *installed) write(name string, lines ...string) {
	i.t.Helper()
	check(i.t, os.WriteFile(i.path(name), []byte(strings.Join(lines, "\n")+"\n"), 0o644))
}

func (i *installed) read(name string) string {
	i.t.Helper()
	text, err := os.ReadFile(i.path(name))
	check(i.t, err)
	return string(text)
}

func (i *installed) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = i.prefix
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "USER=tester", "HOSTNAME=testhost"}, i.env...)
	return cmd
}

// run runs a script and gives its exit code and what it wrote.
func (i *installed) run(name string, args ...string) (code int, out, errs string) {
	i.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*PatienceMax)
	defer cancel()
	cmd := i.command(ctx, name, args...)
	if !strings.HasPrefix(name, "/") {
		cmd = i.command(ctx, i.path("bin", name), args...)
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		i.t.Fatalf("%s %q: %v", name, args, err)
	}
	return cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()
}

// want runs a script and compares. out is a regular expression for all of stdout, errs a text that is in stderr.
func (i *installed) want(code int, out, errs, name string, args ...string) {
	i.t.Helper()
	gotCode, gotOut, gotErrs := i.run(name, args...)
	if gotCode != code || !regexp.MustCompile("^(?:"+out+")$").MatchString(gotOut) || !strings.Contains(gotErrs, errs) {
		i.t.Fatalf("%s %q: exit code %d, want %d\nstdout:\n%swant:\n%s\nstderr:\n%swant:\n%s", name, args, gotCode, code, gotOut, out, gotErrs, errs)
	}
}

// pid is the number in the usual file, 0 if there is none.
func (i *installed) pid() int {
	text, err := os.ReadFile(i.path("data/zookeeper_server.pid"))
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(string(text))
	check(i.t, err)
	return pid
}

// end leaves no server behind, whatever became of the test.
func (i *installed) end() {
	if pid := i.pid(); pid != 0 && lives(pid) {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
}

// lives tells whether there is such a process. One that nobody has waited for is none.
func lives(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(stat), ") Z ")
}

// eventually waits for a condition.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(PatienceMax); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

// The words and exit codes are those of Apache's zkServer.sh, 3.9.5, run side by side, without what it says of Java.
func TestZkServerShSaysWhatApachesSays(t *testing.T) {
	i := install(t)
	found := fmt.Sprintf(`Client port found: %d\. Client address: localhost\. Client SSL: false\.\n`, i.port)
	using := "Using config: " + i.path("conf/zoo.cfg") + "\n"
	none := `Stopping zookeeper \.\.\. no zookeeper to stop \(could not find file ` + i.path("data/zookeeper_server.pid") + `\)\n`

	i.want(1, found+`Error contacting service\. It is probably not running\.\n`, using, "zkServer.sh", "status")
	i.want(0, none, using, "zkServer.sh", "stop")
	i.want(0, `Starting zookeeper \.\.\. STARTED\n`, using, "zkServer.sh", "start")
	pid := i.pid()
	i.want(1, fmt.Sprintf(`Starting zookeeper \.\.\. already running as process %d\.\n`, pid), using, "zkServer.sh", "start")
	i.want(0, found+`Mode: standalone\n`, using, "zkServer.sh", "status")
	i.want(0, `Stopping zookeeper \.\.\. STOPPED\nStarting zookeeper \.\.\. STARTED\n`, using, "zkServer.sh", "restart")
	if again := i.pid(); again == pid || lives(pid) {
		t.Errorf("process %d lives on, or is the new one, %d", pid, again)
	}
	pid = i.pid()
	i.want(0, `Stopping zookeeper \.\.\. STOPPED\n`, using, "zkServer.sh", "stop")
	if lives(pid) {
		t.Errorf("process %d lives on after its stop", pid)
	}
	i.want(0, none, using, "zkServer.sh", "stop")
	i.want(0, `.*ZooKeeper, version 3\.9\.\d.*\n`, "", "zkServer.sh", "version")
	i.want(0, `"`+i.path("bin/paddock")+`" server "`+i.path("conf/zoo.cfg")+`" >> "`+i.path("logs/zookeeper-tester-server-testhost.out")+
		`" 2>&1 < /dev/null\n`, using, "zkServer.sh", "print-cmd")
	i.want(2, ``, "{start|start-foreground|stop|version|restart|status|print-cmd}", "zkServer.sh", "begin")
}

func TestZkServerShTellsWhyAServerDidNotStart(t *testing.T) {
	i := install(t)
	i.write("conf/bad.cfg", "dataDir="+i.path("data"), "clientPort=many")
	i.want(1, `Starting zookeeper \.\.\. FAILED TO START\n`, `bad.cfg:2: clientPort: found "many"`, "zkServer.sh", "start", "bad.cfg")
	if i.pid() != 0 {
		t.Error("a pid file is left")
	}
	i.want(1, ``, "there is no "+i.path("conf/none.cfg"), "zkServer.sh", "start", "none.cfg")
	i.want(1, ``, "none.cfg: cannot be read", "zkServer.sh", "status", "none.cfg")

	other := started(t)
	i.write("conf/taken.cfg", "dataDir="+i.path("data"), fmt.Sprintf("clientPort=%d", other.Port), "admin.enableServer=false")
	i.want(1, `Starting zookeeper \.\.\. FAILED TO START\n`, "address already in use", "zkServer.sh", "start", "taken.cfg")
	if said := i.read("logs/zookeeper-tester-server-testhost.out"); !strings.Contains(said, "many") {
		t.Errorf("what the start before said is gone:\n%s", said)
	}
}

// A restart that could only stop the server stops nothing: be it that of a Java server, whose sessions would run out.
func TestZkServerShDoesNotStopWhatItCannotStartAgain(t *testing.T) {
	i := install(t)
	good := i.read("conf/zoo.cfg")
	i.want(0, `Starting zookeeper \.\.\. STARTED\n`, "", "zkServer.sh", "start")
	pid := i.pid()

	i.write("conf/zoo.cfg", good+"tickTime=soon")
	i.want(1, ``, `tickTime: found "soon"`, "zkServer.sh", "restart")
	i.want(1, ``, "nothing was stopped", "zkServer.sh", "restart")
	i.write("conf/zoo.cfg", good)

	i.write("file", "no folder")
	i.env = []string{"ZOO_LOG_DIR=" + i.path("file")}
	i.want(1, ``, "nothing can be written to "+i.path("file"), "zkServer.sh", "restart")
	i.env = nil

	if !lives(pid) || i.pid() != pid {
		t.Fatalf("process %d was stopped", pid)
	}
	i.want(0, `Stopping zookeeper \.\.\. STOPPED\nStarting zookeeper \.\.\. STARTED\n`, "", "zkServer.sh", "restart")
	i.want(0, `Stopping zookeeper \.\.\. STOPPED\n`, "", "zkServer.sh", "stop")
}

// What editors make of a zoo.cfg, and what Java's properties allow.
func TestZkServerShReadsTheDataDirAsTheServerDoes(t *testing.T) {
	i := install(t)
	rest := fmt.Sprintf("clientPort=%d\r\nadmin.enableServer=false\r\npreAllocSize=256\r\n", i.port)
	for name, first := range map[string]string{"a blank": "dataDir ", "a colon": "dataDir : ", "set twice": "dataDir=/nowhere\r\n dataDir="} {
		check(t, os.WriteFile(i.path("conf/zoo.cfg"), []byte(first+i.path("data")+" \r\n"+rest), 0o644))
		t.Log(name)
		i.want(0, `Starting zookeeper \.\.\. STARTED\n`, "", "zkServer.sh", "start")
		i.want(0, `(?s).*Mode: standalone\n`, "", "zkServer.sh", "status")
		i.want(0, `Stopping zookeeper \.\.\. STOPPED\n`, "", "zkServer.sh", "stop")
	}
	i.write("conf/marked.cfg", "\ufeffdataDir="+i.path("data"), rest)
	i.want(1, ``, "byte order mark", "zkServer.sh", "start", "marked.cfg")
	i.write("conf/unknown.cfg", "dataDir="+i.path("data"), rest, "clientPortAddress=name.invalid")
	i.want(1, `(?s).*Error contacting service.*`, "name.invalid", "zkServer.sh", "status", "unknown.cfg")
}

// After a reboot the number in a pid file may be another program's. Apache's script refuses to start then, and its stop
// ends that program.
func TestZkServerShLeavesOtherProgramsAlone(t *testing.T) {
	i := install(t)
	other := exec.Command("sleep", "1000")
	other.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	check(t, other.Start())
	t.Cleanup(func() { _ = other.Process.Kill(); _ = other.Wait() })
	check(t, os.MkdirAll(i.path("data"), 0o755))
	claim := func() {
		check(t, os.WriteFile(i.path("data/zookeeper_server.pid"), []byte(strconv.Itoa(other.Process.Pid)), 0o644))
	}
	claim()
	i.want(0, `Stopping zookeeper \.\.\. STOPPED\n`, "is no server: nothing to stop", "zkServer.sh", "stop")
	claim()
	i.want(0, `Starting zookeeper \.\.\. STARTED\n`, "", "zkServer.sh", "start")
	i.want(0, `Stopping zookeeper \.\.\. STOPPED\n`, "", "zkServer.sh", "stop")
	if !lives(other.Process.Pid) {
		t.Error("the other program was ended")
	}
}

func TestZkServerShStopsTheJavaServerThatItReplaces(t *testing.T) {
	i, java := install(t), newServer(t, tools.apache)
	check(t, java.Start())
	check(t, os.MkdirAll(i.path("data"), 0o755))
	check(t, os.WriteFile(i.path("data/zookeeper_server.pid"), []byte(strconv.Itoa(java.Pid())), 0o644))
	i.want(1, fmt.Sprintf(`Starting zookeeper \.\.\. already running as process %d\.\n`, java.Pid()), "", "zkServer.sh", "start")
	i.want(0, `Stopping zookeeper \.\.\. STOPPED\n`, "", "zkServer.sh", "stop")
	<-java.exited
}

// A Ctrl-C goes to every process of the terminal's group.
func TestAServerOutlivesTheTerminalThatStartedIt(t *testing.T) {
	i := install(t)
	cmd := i.command(context.Background(), "bash", "-c", i.path("bin/zkServer.sh")+" start; exec sleep 1000")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	check(t, cmd.Start())
	status := func() bool { code, _, _ := i.run("zkServer.sh", "status"); return code == 0 }
	eventually(t, "the server answers", status)
	check(t, syscall.Kill(-cmd.Process.Pid, syscall.SIGINT))
	check(t, syscall.Kill(-cmd.Process.Pid, syscall.SIGHUP))
	_ = cmd.Wait() // by the signal
	if !status() {
		t.Error("the server is gone")
	}
	i.want(0, `Stopping zookeeper \.\.\. STOPPED\n`, "", "zkServer.sh", "stop")
}

func TestStartForegroundBecomesTheServer(t *testing.T) {
	for name, env := range map[string][]string{"by exec": nil, "with ZOO_NOEXEC": {"ZOO_NOEXEC=1"}} {
		t.Run(name, func(t *testing.T) {
			i := install(t)
			i.env = env
			cmd := i.command(context.Background(), i.path("bin/zkServer.sh"), "start-foreground")
			cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
			check(t, cmd.Start())
			eventually(t, "the server answers", func() bool { code, _, _ := i.run("zkServer.sh", "status"); return code == 0 })
			program, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", cmd.Process.Pid))
			check(t, err)
			if is := program == i.path("bin/paddock"); is != (env == nil) {
				t.Errorf("the process is %s", program)
			}
			check(t, syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM))
			err = cmd.Wait()
			if env == nil {
				check(t, err)
			}
			eventually(t, "the server has ended", func() bool { code, _, _ := i.run("zkServer.sh", "status"); return code != 0 })
		})
	}
}
