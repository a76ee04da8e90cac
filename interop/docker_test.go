package interop

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// container is the tree of the image without Docker around it.
type container struct {
	t    *testing.T
	root string
	port int
	env  []string
	attr syscall.SysProcAttr
}

// newContainer lays the image out and puts its two halves into one tree, as the Dockerfile does. Root gets a real change of
// root into it; others are told where its folders are.
func newContainer(t *testing.T) *container {
	t.Helper()
	repo, err := RepoRoot()
	check(t, err)
	dir := t.TempDir()
	check(t, os.Chmod(filepath.Dir(dir), 0o755)) // user 1000 has to get through
	program, image := filepath.Join(dir, "paddock"), filepath.Join(dir, "image")
	cmd := exec.Command("go", "build", "-o", program, "./cmd/paddock")
	cmd.Dir, cmd.Env = repo, append(os.Environ(), "CGO_ENABLED=0") // as make build does: there are no libraries in there
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	if out, err := exec.Command(filepath.Join(repo, "deploy/docker/image.sh"), program, image).CombinedOutput(); err != nil {
		t.Fatalf("image.sh: %v\n%s", err, out)
	}
	c := &container{t: t, root: filepath.Join(image, "system")}
	for _, name := range []string{"conf", "data", "datalog", "logs"} {
		check(t, os.Rename(filepath.Join(image, "zookeeper", name), filepath.Join(c.root, name)))
	}
	c.port, err = freePort()
	check(t, err)
	c.env = []string{
		"ZOO_ADMINSERVER_ENABLED=false", "ZOO_TICK_TIME=500", "ZOO_CFG_EXTRA=preAllocSize=256",
		fmt.Sprintf("ZOO_SERVERS=server.1=localhost:2888:3888;%d", c.port),
	}
	inside := c.root
	if os.Getuid() == 0 {
		for _, name := range []string{"conf", "data", "datalog", "logs"} {
			check(t, os.Chown(filepath.Join(c.root, name), 1000, 0)) // what COPY --chown does
		}
		c.attr, inside = syscall.SysProcAttr{Chroot: c.root}, "/"
	}
	for variable, name := range map[string]string{
		"PATH": "usr/bin", "ZOO_CONF_DIR": "conf", "ZOOCFGDIR": "conf", "ZOO_DATA_DIR": "data", "ZOO_DATA_LOG_DIR": "datalog", "ZOO_LOG_DIR": "logs",
	} {
		c.env = append(c.env, variable+"="+filepath.Join(inside, name))
	}
	return c
}

// command is the container's, or with the path of a link one that is run inside.
func (c *container) command(program string, args ...string) *exec.Cmd {
	path := program
	if c.attr.Chroot == "" {
		path = filepath.Join(c.root, program)
	}
	cmd := exec.Command(path, args...)
	attr := c.attr
	attr.Pdeathsig = syscall.SIGKILL
	cmd.Dir, cmd.Env, cmd.SysProcAttr = "/", c.env, &attr
	return cmd
}

func (c *container) want(said, program string, args ...string) {
	c.t.Helper()
	out, err := c.command(program, args...).CombinedOutput()
	if err != nil || !strings.Contains(string(out), said) {
		c.t.Errorf("%s %q: %v, without %q:\n%s", program, args, err, said, out)
	}
}

// serve starts the container, and waits until its health check is content. The test ends the container, or stop does.
func (c *container) serve() (server *exec.Cmd, stop func()) {
	c.t.Helper()
	server = c.command("/usr/bin/paddock", "docker-entrypoint", "zkServer.sh", "start-foreground")
	log, err := os.Create(filepath.Join(c.t.TempDir(), "log"))
	check(c.t, err)
	server.Stdout, server.Stderr = log, log
	check(c.t, server.Start())
	ended := make(chan struct{})
	go func() { _ = server.Wait(); close(ended) }() // how it ended is read from ProcessState
	timer := time.AfterFunc(PatienceMax, func() { _ = server.Process.Kill() })
	eventually(c.t, "zkServer.sh status is content", func() bool {
		select {
		case <-ended:
			text, _ := os.ReadFile(log.Name())
			c.t.Fatalf("the container ended: %s", text)
		default:
		}
		return c.command("/usr/bin/zkServer.sh", "status").Run() == nil
	})
	return server, func() {
		c.t.Helper()
		check(c.t, server.Process.Signal(syscall.SIGTERM))
		<-ended
		timer.Stop()
		if code := server.ProcessState.ExitCode(); code != 0 {
			c.t.Errorf("exit code %d", code)
		}
	}
}

func TestImageServesWithTheOfficialImagesVariables(t *testing.T) {
	c := newContainer(t)
	server, stop := c.serve()
	c.want("Mode: standalone", "/usr/bin/zkServer.sh", "status")
	c.want("Created /a", "/usr/bin/zkCli.sh", "-server", fmt.Sprintf("127.0.0.1:%d", c.port), "create", "/a", "x")
	c.want("ZooKeeper, version 3.9", "/usr/bin/zkServer.sh", "version")
	c.want("", "/usr/bin/zkCleanup.sh", "-n", "3")
	c.want("[a, zookeeper]", "/usr/bin/paddock", "docker-entrypoint", "zkCli.sh", "-server", fmt.Sprintf("127.0.0.1:%d", c.port), "ls", "/")
	if myid, err := os.ReadFile(filepath.Join(c.root, "data/myid")); err != nil || string(myid) != "1\n" {
		t.Errorf("myid is %q, %v", myid, err)
	}
	if logs, err := filepath.Glob(filepath.Join(c.root, "datalog/version-2/log.*")); err != nil || len(logs) == 0 {
		t.Errorf("there is no log in /datalog: %v", err)
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", server.Process.Pid))
	check(t, err)
	uid := os.Getuid()
	if uid == 0 {
		uid = 1000
	}
	for _, line := range []string{"Uid:", "Gid:"} {
		want := fmt.Sprintf("%s\t%[2]d\t%[2]d\t%[2]d\t%[2]d\n", line, uid)
		if line == "Uid:" && !strings.Contains(string(status), want) || os.Getuid() == 0 && !strings.Contains(string(status), want) {
			t.Errorf("the server does not run with %q:\n%s", want, status)
		}
	}
	stop()
}

// docker run --read-only, and readOnlyRootFilesystem in Kubernetes: nothing can be written but the volumes.
func TestImageServesWhereItsConfigurationCannotBeWritten(t *testing.T) {
	c := newContainer(t)
	conf := filepath.Join(c.root, "conf")
	if os.Getuid() == 0 {
		check(t, os.Chown(conf, 0, 0))
	}
	check(t, os.Chmod(conf, 0o555))
	for range 2 { // the second time with another port, for which the file of the first must not stand
		_, stop := c.serve()
		stop()
		text, err := os.ReadFile(filepath.Join(c.root, "data/paddock.zoo.cfg"))
		if port := fmt.Sprintf(";%d\n", c.port); err != nil || !strings.Contains(string(text), port) {
			t.Errorf("without %q: %v\n%s", port, err, text)
		}
		c.port, err = freePort()
		check(t, err)
		c.env = append(c.env, fmt.Sprintf("ZOO_SERVERS=server.1=localhost:2888:3888;%d", c.port))
	}
	if entries, err := os.ReadDir(conf); err != nil || len(entries) != 0 {
		t.Errorf("in conf are %v, %v", entries, err)
	}
}

// docker run --user 1234: its group is 0, and the image's folders are open to that.
func TestImageServesAsAUserThatItDoesNotKnow(t *testing.T) {
	c := newContainer(t)
	for _, name := range []string{"conf", "data", "datalog", "logs"} {
		if info, err := os.Stat(filepath.Join(c.root, name)); err != nil || info.Mode().Perm() != 0o775 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	if os.Getuid() == 0 {
		c.attr.Credential = &syscall.Credential{Uid: 1234, Gid: 0}
	}
	_, stop := c.serve()
	stop()
}

func TestImageSaysWhoMayNotWriteTheData(t *testing.T) {
	c := newContainer(t)
	check(t, os.Chmod(filepath.Join(c.root, "data"), 0o555))
	who := fmt.Sprintf("this is user %d of group %d", os.Getuid(), os.Getgid())
	if os.Getuid() == 0 {
		c.attr.Credential = &syscall.Credential{Uid: 1234, Gid: 1234}
		who = "this is user 1234 of group 1234"
	}
	out, err := c.command("/usr/bin/paddock", "docker-entrypoint", "zkServer.sh", "start-foreground").CombinedOutput()
	if err == nil || !strings.Contains(string(out), who) {
		t.Errorf("%v, without %q\n%s", err, who, out)
	}
}

func TestImageKeepsAConfigurationThatIsThere(t *testing.T) {
	c := newContainer(t)
	mine := "dataDir=/nowhere\nclientPort=none\n"
	check(t, os.WriteFile(filepath.Join(c.root, "conf/zoo.cfg"), []byte(mine), 0o644))
	check(t, os.WriteFile(filepath.Join(c.root, "data/myid"), []byte("7\n"), 0o644))
	out, err := c.command("/usr/bin/paddock", "docker-entrypoint", "zkServer.sh", "start-foreground").CombinedOutput()
	if err == nil || !strings.Contains(string(out), `zoo.cfg:2: clientPort: found "none"`) {
		t.Errorf("%v\n%s", err, out)
	}
	for file, want := range map[string]string{"conf/zoo.cfg": mine, "data/myid": "7\n"} {
		if got, err := os.ReadFile(filepath.Join(c.root, file)); err != nil || string(got) != want {
			t.Errorf("%s is now %q, %v", file, got, err)
		}
	}
}

func TestImageSaysWhatItCannotRun(t *testing.T) {
	c := newContainer(t)
	for _, tt := range []struct{ args, want string }{
		{"zkServer.sh start", "the server is this container's only process, so start the container"},
		{"zkServer.sh", "usage: zkServer.sh"},
		{"bash", "neither a verb, nor a script of ZooKeeper, nor a program"},
	} {
		out, err := c.command("/usr/bin/paddock", append([]string{"docker-entrypoint"}, strings.Fields(tt.args)...)...).CombinedOutput()
		if err == nil || !strings.Contains(string(out), tt.want) {
			t.Errorf("%s: %v\n%s", tt.args, err, out)
		}
	}
}
