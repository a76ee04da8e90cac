package interop

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestScriptsAreClean runs shellcheck over every script of the repository.
func TestScriptsAreClean(t *testing.T) {
	root, err := RepoRoot()
	check(t, err)
	var files []string
	for _, pattern := range []string{"bin/*.sh", "interop/*.sh", "deploy/*.sh", "deploy/*/*.sh"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		check(t, err)
		files = append(files, found...)
	}
	if len(files) < 10 {
		t.Fatalf("only %q were found", files)
	}
	out, err := exec.Command("shellcheck", append([]string{"-x", "-P", filepath.Join(root, "bin")}, files...)...).CombinedOutput()
	if err != nil {
		t.Errorf("shellcheck: %v\n%s", err, out)
	}
}

func TestScriptsTakeZooKeepersVariables(t *testing.T) {
	i := install(t)
	check(t, os.MkdirAll(i.path("etc"), 0o755))
	i.write("etc/other.cfg", "dataDir="+i.path("data2"), fmt.Sprintf("clientPort=%d", i.port), "admin.enableServer=false", "preAllocSize=256")
	// What only a shell can do works, and nobody complains that it does not.
	i.write("etc/java.env", `if [ -n "$STRICT" ]; then`, `    SERVER_JVMFLAGS="$SERVER_JVMFLAGS -Dzookeeper.4lw.commands.whitelist=$(echo srvr,ruok)"`, `fi`)
	i.env = []string{
		"STRICT=1", "ZOOCFG=other.cfg", "ZOOPIDFILE=" + i.path("run/server.pid"), "ZOO_LOG_DIR=" + i.path("log"),
		"JVMFLAGS=-Dzookeeper.audit.enable=true -Xmx512m", "JMXDISABLE=true", "JAVA_HOME=/nowhere", "ZK_SERVER_HEAP=4000",
	}
	t.Cleanup(func() { i.run("zkServer.sh", "--config", i.path("etc"), "stop") })
	i.want(0, `Starting zookeeper \.\.\. STARTED\n`, "Using config: "+i.path("etc/other.cfg"), "zkServer.sh", "--config", i.path("etc"), "start")
	server := &Server{Port: i.port}
	if answer, err := server.Word("ruok"); err != nil || answer != "imok" {
		t.Errorf("ruok: %q, %v: the whitelist of java.env has no effect", answer, err)
	}
	said := i.read("log/zookeeper-tester-server-testhost.out")
	complaint := ""
	for line := range strings.Lines(said) { // that the machine is slow is no complaint of ours
		if strings.Contains(line, "level=WARN") && !strings.Contains(line, "stood still") && !strings.Contains(line, "was slow") {
			complaint = line
		}
	}
	if !strings.Contains(said, "serves ZooKeeper clients") || complaint != "" {
		t.Errorf("the server said:\n%s", said)
	}
	if audit := i.read("log/zookeeper_audit.log"); !strings.Contains(audit, "serverStart") {
		t.Errorf("the audit log is %q", audit)
	}
	i.env = append(i.env, "ZOOCFGDIR="+i.path("etc"))
	i.want(0, `(?s).*Mode: standalone\n`, "", "zkServer.sh", "status")
	i.want(0, `Stopping zookeeper \.\.\. STOPPED\n`, "", "zkServer.sh", "stop")
	if _, err := os.Stat(i.path("run/server.pid")); err == nil {
		t.Error("the pid file is left")
	}
}

// The words are those of Apache's script, 3.9.5, run side by side.
func TestInitializeMakesWhatAStartMayNot(t *testing.T) {
	i := install(t)
	i.write("conf/zoo.cfg", append(strings.Split(strings.TrimSpace(i.read("conf/zoo.cfg")), "\n"), "dataLogDir="+i.path("datalog"))...)
	i.env = []string{"ZOO_DATADIR_AUTOCREATE_DISABLE=1"}
	i.want(1, `ZooKeeper data directory is missing at `+i.path("data")+` fix the path or run initialize\n`, "", "zkServer.sh", "start")
	i.want(0, `No myid provided, be sure to specify it in `+i.path("data/myid")+` if using non-standalone\n`, "", "zkServer-initialize.sh")
	i.want(0, `Starting zookeeper \.\.\. STARTED\n`, "", "zkServer.sh", "start")
	i.want(1, `ZooKeeper data directory already exists at `+i.path("data")+` \(or use --force to force re-initialization\)\n`, "", "zkServer-initialize.sh")
	i.want(1, `A server uses `+i.path("data/version-2")+`: stop it first\n`, "", "zkServer-initialize.sh", "--force")
	i.want(0, `Stopping zookeeper \.\.\. STOPPED\n`, "", "zkServer.sh", "stop")
	i.write("data/mine", "stays")
	i.want(0, `Force enabled, data/txnlog directories will be re-initialized\nUsing myid of 5\n`, "", "zkServer-initialize.sh", "--force", "--myid", "5")
	if i.read("data/myid") != "5\n" || i.read("data/mine") != "stays\n" {
		t.Error("myid was not written, or what is above version-2 is gone")
	}
	for _, dir := range []string{"data/version-2", "datalog/version-2"} {
		if entries, err := os.ReadDir(i.path(dir)); err != nil || len(entries) != 0 {
			t.Errorf("%s holds %v, %v", dir, entries, err)
		}
	}
	i.want(1, `Unable to find config file at /none\n`, "", "zkServer-initialize.sh", "--configfile=/none")
	i.want(1, `(?s)Unknown option: --fast\nusage: .*--force .*`, "", "zkServer-initialize.sh", "--fast")
	i.want(1, `myid "five" is not a number\n`, "", "zkServer-initialize.sh", "--myid=five")
}

// The verbs have tests of their own; here they have to be reached, also through a link.
func TestToolScriptsReachTheirVerbs(t *testing.T) {
	i := install(t)
	i.want(0, `Starting zookeeper \.\.\. STARTED\n`, "", "zkServer.sh", "start")
	addr := fmt.Sprintf("127.0.0.1:%d", i.port)
	i.want(0, `(?s).*`, "Created /a", "zkCli.sh", "-server", addr, "create", "/a", "x")
	i.want(0, `(?s).*\[a, zookeeper\].*`, "", "zkCli.sh", "-server", addr, "ls", "/")
	link := i.path("elsewhere.sh")
	check(t, os.Symlink(i.path("bin/zkServer.sh"), link))
	i.want(0, `(?s).*Mode: standalone\n`, "", link, "status")
	i.want(0, `Stopping zookeeper \.\.\. STOPPED\n`, "", "zkServer.sh", "stop")

	logs, err := filepath.Glob(i.path("data/version-2/log.*"))
	check(t, err)
	snapshots, err := filepath.Glob(i.path("data/version-2/snapshot.*"))
	check(t, err)
	if len(logs) == 0 || len(snapshots) == 0 {
		t.Fatalf("found %q and %q", logs, snapshots)
	}
	i.want(0, `(?s).*create.*/a.*`, "", "zkTxnLogToolkit.sh", logs[0])
	i.want(0, `(?s).*/zookeeper/config.*`, "", "zkSnapShotToolkit.sh", snapshots[0])
	i.want(0, `(?s).*`, "", "zkSnapshotComparer.sh", "-l", snapshots[0], "-r", snapshots[0], "-b", "0", "-n", "0")
	i.want(0, `(?s).*/.*`, "", "zkSnapshotRecursiveSummaryToolkit.sh", snapshots[0], "/", "1")
	i.want(0, ``, "", "zkCleanup.sh", "-n", "3")
	i.want(2, ``, "count should be greater than or equal to 3", "zkCleanup.sh", "-n", "2")
}

func TestMakeInstallGivesATreeThatWorks(t *testing.T) {
	root, err := RepoRoot()
	check(t, err)
	dest := t.TempDir()
	program := filepath.Join(t.TempDir(), "paddock")
	check(t, build(program, "./cmd/paddock"))
	cmd := exec.Command("make", "-C", root, "install", "DESTDIR="+dest, "PREFIX=/opt/paddock", "PROGRAM="+program)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("make install: %v\n%s", err, out)
	}
	i := &installed{t: t, prefix: filepath.Join(dest, "opt/paddock")}
	i.port, err = freePort()
	check(t, err)
	sample := i.read("etc/zookeeper/zoo_sample.cfg")
	i.write("etc/zookeeper/zoo.cfg", sample, "dataDir="+i.path("data"), fmt.Sprintf("clientPort=%d", i.port), "admin.enableServer=false")
	t.Cleanup(i.end)
	i.want(0, `Starting zookeeper \.\.\. STARTED\n`, "", "zkServer.sh", "start")
	i.want(0, `(?s).*Mode: standalone\n`, "", "zkServer.sh", "status")
	i.want(0, `Stopping zookeeper \.\.\. STOPPED\n`, "", "zkServer.sh", "stop")
	i.want(0, `(?s).*`, "", "paddock", "config", "check", i.path("etc/zookeeper/zoo_sample.cfg"))
}
