package suites

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"paddock/bench"
	"paddock/client"
)

// Starting and stopping wait this long at most; a Java server with a million znodes takes about 10 s on two cores.
const (
	startPatience = 120 * time.Second
	stopPatience  = 120 * time.Second
)

// Programs says what the named servers are.
type Programs struct {
	Self        string // this program's file
	Jars        string // folder with Apache ZooKeeper
	JavaOptions string // separated by blanks
	Dir         string // made if it is not there; data directories are made in it and removed: it is the disk that is measured
}

// kindOf gives the name in front of "=", or "" for an address.
func kindOf(server string) string {
	kind, _, _ := strings.Cut(server, "=")
	if slices.Contains([]string{"paddock", "apache", "floor", "floor-owner"}, kind) {
		return kind
	}
	return ""
}

// CheckServer says what is wrong with the name of a server.
func CheckServer(server string) error {
	if kindOf(server) != "" {
		return nil
	}
	if _, port, err := net.SplitHostPort(server); err != nil || port == "" {
		return fmt.Errorf("suites: %q is no server: expected paddock, paddock=FILE, apache, apache=DIR, floor, floor-owner or HOST:PORT", server)
	}
	return nil
}

// server is one that is being measured.
type server struct {
	programs *Programs
	name     string // as the user gave it
	addr     string
	dir      string    // "" for an address
	cmd      *exec.Cmd // nil for an address, and when it is down
	exited   chan struct{}
}

// argv is how a named server is started on a configuration.
func (s *server) argv(zooCfg string) ([]string, error) {
	_, given, _ := strings.Cut(s.name, "=")
	switch kindOf(s.name) {
	case "apache":
		jars := s.programs.Jars
		if given != "" {
			jars = given
		}
		if found, err := filepath.Glob(filepath.Join(jars, "zookeeper-3.*.jar")); err != nil || len(found) == 0 {
			return nil, fmt.Errorf("suites: no ZooKeeper in %s: run interop/install.sh, or name a folder with its jars", jars)
		}
		args := append([]string{"java"}, strings.Fields(s.programs.JavaOptions)...)
		return append(args, "-Dzookeeper.admin.enableServer=false", "-Dzookeeper.jmx.log4j.disable=true",
			"-cp", filepath.Join(jars, "*"), "org.apache.zookeeper.server.ZooKeeperServerMain", zooCfg), nil
	case "paddock":
		program := s.programs.Self
		if given != "" {
			program = given
		}
		return []string{program, "server", zooCfg}, nil
	case "floor":
		return []string{s.programs.Self, "bench", "floor", "--addr", s.addr, "--dir", s.dir, "--mode", "loop"}, nil
	default:
		return []string{s.programs.Self, "bench", "floor", "--addr", s.addr, "--dir", s.dir, "--mode", "owner"}, nil
	}
}

func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("suites: find a free port: %w", err)
	}
	return l.Addr().String(), l.Close()
}

// startServer runs a server on an empty data directory and returns when it answers. An address is taken as it is.
func startServer(ctx context.Context, p *Programs, name string, config []string) (*server, error) {
	s := &server{programs: p, name: name, addr: name}
	if kindOf(name) == "" {
		return s, nil
	}
	var err error
	if s.addr, err = freeAddr(); err != nil {
		return nil, err
	}
	parent, err := filepath.Abs(p.Dir)
	if err != nil {
		return nil, fmt.Errorf("suites: %w", err)
	}
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return nil, fmt.Errorf("suites: %w", err)
	}
	if s.dir, err = os.MkdirTemp(parent, "bench-"+kindOf(name)+"-"); err != nil {
		return nil, fmt.Errorf("suites: %w", err)
	}
	if err := s.configure(config); err != nil {
		return nil, errors.Join(err, s.remove())
	}
	if err := s.start(ctx); err != nil {
		return nil, errors.Join(err, s.remove())
	}
	return s, nil
}

func (s *server) configure(config []string) error {
	_, port, err := net.SplitHostPort(s.addr)
	if err != nil {
		return fmt.Errorf("suites: %w", err)
	}
	lines := append([]string{
		"tickTime=2000", "dataDir=" + s.dataDir(), "clientPort=" + port, "clientPortAddress=127.0.0.1", "maxClientCnxns=0",
		"admin.enableServer=false",
	}, config...)
	if err := os.WriteFile(s.file("zoo.cfg"), []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		return fmt.Errorf("suites: %w", err)
	}
	return nil
}

func (s *server) file(name string) string { return filepath.Join(s.dir, name) }

func (s *server) dataDir() string { return s.file("data") }

// start runs the program on what is in its directory and waits until it answers.
func (s *server) start(ctx context.Context) error {
	args, err := s.argv(s.file("zoo.cfg"))
	if err != nil {
		return err
	}
	out, err := os.OpenFile(s.file("server.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("suites: %w", err)
	}
	defer func() { _ = out.Close() }() // the child has its own
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdout, cmd.Stderr, cmd.Dir = out, out, s.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("suites: start %s: %w", s.name, err)
	}
	s.cmd, s.exited = cmd, make(chan struct{})
	go func(exited chan struct{}) {
		_ = cmd.Wait() // a server that ends early shows in waitServing or in the run
		close(exited)
	}(s.exited)
	if err := s.waitServing(ctx, "/"); err != nil {
		return errors.Join(err, s.stop())
	}
	return nil
}

// waitServing asks for a znode until it is there. Each attempt gets one second, because Apache 3.9.5 forgets a connection
// that comes before its database exists: never answered, never closed.
func (s *server) waitServing(ctx context.Context, path string) error {
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	for {
		err := s.ask(ctx, path)
		if err == nil {
			return nil
		}
		select {
		case <-s.exited:
			return fmt.Errorf("suites: %s ended at start: %s\n%s", s.name, s.cmd.ProcessState, s.log())
		case <-ctx.Done():
			return fmt.Errorf("suites: %s does not serve: %w\n%s", s.name, err, s.log())
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func (s *server) ask(ctx context.Context, path string) error {
	c, err := client.Dial(ctx, s.addr, client.Options{Timeout: time.Second})
	if err != nil {
		return err
	}
	_, _, err = c.GetData(path, false)
	return errors.Join(err, c.Close())
}

// log is the end of what the server wrote.
func (s *server) log() string {
	const bytesMax = 4 << 10
	text, err := os.ReadFile(s.file("server.log"))
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-bytesMax):])
}

func (s *server) pid() int {
	if s.cmd == nil {
		return 0 // bench looks for it
	}
	return s.cmd.Process.Pid
}

// restart stops the server and measures from the start of the new process to the answer about a znode.
func (s *server) restart(ctx context.Context, path string) (bench.Result, error) {
	if err := s.stop(); err != nil {
		return bench.Result{}, err
	}
	began := time.Now()
	if err := s.start(ctx); err != nil {
		return bench.Result{}, err
	}
	if err := s.waitServing(ctx, path); err != nil {
		return bench.Result{}, err
	}
	return bench.RestartResult(time.Since(began), s.pid())
}

// stop ends the process.
func (s *server) stop() error {
	if s.cmd == nil {
		return nil
	}
	cmd := s.cmd
	s.cmd = nil
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("suites: stop %s: %w", s.name, err)
	}
	select {
	case <-s.exited:
	case <-time.After(stopPatience):
		if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return fmt.Errorf("suites: kill %s: %w", s.name, err)
		}
		<-s.exited
	}
	return nil
}

// remove stops the server and removes its directory.
func (s *server) remove() error {
	err := s.stop()
	if s.dir != "" {
		err = errors.Join(err, os.RemoveAll(s.dir))
	}
	if err != nil {
		return fmt.Errorf("suites: clean up: %w", err)
	}
	return nil
}
