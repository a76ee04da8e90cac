package interop

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// Steps are what each session program in clients/ prints, in its own order, when all went well.
func Steps() []string {
	return []string{
		"connect", "create", "exists", "read", "write", "bad version", "children", "delete", "no node",
		"exists watch", "child watch", "data watch", "ephemeral", "sequential", "acl denied", "acl allowed", "set acl",
		"sync", "multi", "failed multi", "restart clean", "restart kill", "close",
	}
}

// Client is a foreign program that runs one session: its name, and its command line before "host:port path".
type Client struct {
	Name string
	Argv []string
	Env  []string // added to our own
}

// SessionClients are the session programs of all languages; goBinary is clients/golang, built.
func SessionClients(cache Cache, goBinary string) ([]Client, error) {
	root, err := RepoRoot()
	if err != nil {
		return nil, err
	}
	script := filepath.Join(root, "interop", "clients", "python", "session.py")
	return []Client{
		{Name: "go", Argv: []string{goBinary}},
		{Name: "python", Argv: []string{"python3", script}, Env: []string{
			"PYTHONPATH=" + cache.PythonPath(), "PYTHONDONTWRITEBYTECODE=1",
		}},
		{Name: "c", Argv: []string{cache.CProgram()}},
		{Name: "java", Argv: append(javaClient(), "-cp", cache.JavaClass(), "Session")},
	}, nil
}

// javaClient is how every Java client is started: small, and quiet about its connection.
func javaClient() []string {
	return []string{
		"java", "-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
		"-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
	}
}

// Command prepares the program with more arguments. It dies with us.
func (c Client) Command(args ...string) *exec.Cmd {
	argv := append(append([]string{}, c.Argv...), args...)
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), c.Env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd
}

// RunSession runs a session program against addr below base. When the program asks, it calls restart and lets the program go
// on. It returns the steps that succeeded; the error holds all that the program said.
func RunSession(client Client, addr, base string, restart func(kill bool) error) (steps []string, err error) {
	cmd := client.Command(addr, base)
	var said bytes.Buffer
	cmd.Stderr = &said
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("interop: %s: %w", client.Name, err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("interop: %s: %w", client.Name, err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("interop: %s: %w", client.Name, err)
	}
	steps, talk := converse(out, in, restart)
	if talk != nil {
		_ = cmd.Process.Kill() // Wait reports how it ended
	}
	if err := cmd.Wait(); err != nil || talk != nil {
		return steps, fmt.Errorf("interop: %s: %w, %w\nsteps done: %s\n%s", client.Name, orNone(err), orNone(talk),
			strings.Join(steps, ", "), said.String())
	}
	return steps, nil
}

// orNone gives %w something to print.
func orNone(err error) error {
	if err == nil {
		return fmt.Errorf("no error")
	}
	return err
}

func converse(out io.Reader, in io.Writer, restart func(kill bool) error) (steps []string, err error) {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if step, is := strings.CutPrefix(lines.Text(), "ok "); is {
			steps = append(steps, step)
		}
		if how, is := strings.CutPrefix(lines.Text(), "RESTART "); is {
			if err := restart(how == "kill"); err != nil {
				return steps, err
			}
			if _, err := io.WriteString(in, "\n"); err != nil {
				return steps, fmt.Errorf("interop: %w", err)
			}
		}
	}
	return steps, lines.Err()
}

// ShellClient is Apache's own shell, zkCli.
func ShellClient(cache Cache) Client {
	argv := append(javaClient(), "-Djava.awt.headless=true", "-cp", cache.JavaClass(), "org.apache.zookeeper.ZooKeeperMain")
	return Client{Name: "zkcli", Argv: argv}
}
