package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"paddock/bench/floor"
	"paddock/client"
)

// Starting and stopping wait this long at most; a Java server takes about 3 s on two cores.
const (
	startPatience = 60 * time.Second
	stopPatience  = 60 * time.Second
)

// server is one process with a data directory of its own.
type server struct {
	name   string
	addr   string
	dir    string
	cmd    *exec.Cmd
	exited chan struct{}
}

// argv is how the named server is started on a configuration.
func argv(o *options, name, zooCfg, addr string) ([]string, error) {
	switch name {
	case "apache":
		if jars, err := filepath.Glob(filepath.Join(o.jars, "zookeeper-3.*.jar")); err != nil || len(jars) == 0 {
			return nil, fmt.Errorf("compare: no ZooKeeper in %s: run interop/install.sh", o.jars)
		}
		args := append([]string{"java"}, strings.Fields(o.java)...)
		return append(args, "-Dzookeeper.admin.enableServer=false", "-Dzookeeper.jmx.log4j.disable=true",
			"-cp", filepath.Join(o.jars, "*"), "org.apache.zookeeper.server.ZooKeeperServerMain", zooCfg), nil
	case "paddock":
		return []string{o.paddock, "server", zooCfg}, nil
	case "floor":
		self, err := os.Executable()
		return []string{self, floorVerb, addr}, err
	}
	return nil, fmt.Errorf("compare: no server is called %q; there are apache, paddock, floor", name)
}

func serveFloor(addr string) error {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("floor: %w", err)
	}
	return floor.Serve(l, make([]byte, 100))
}

func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("compare: find a free port: %w", err)
	}
	return l.Addr().String(), l.Close()
}

// startServer runs a server on an empty data directory and returns when it answers.
func startServer(ctx context.Context, o *options, name string) (*server, error) {
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	parent, err := filepath.Abs(o.dir)
	if err != nil {
		return nil, fmt.Errorf("compare: %w", err)
	}
	dir, err := os.MkdirTemp(parent, "bench-"+name+"-")
	if err != nil {
		return nil, fmt.Errorf("compare: %w", err)
	}
	s := &server{name: name, addr: addr, dir: dir, exited: make(chan struct{})}
	if err := s.start(ctx, o); err != nil {
		return nil, errors.Join(err, s.stop())
	}
	return s, nil
}

func (s *server) start(ctx context.Context, o *options) error {
	_, port, err := net.SplitHostPort(s.addr)
	if err != nil {
		return fmt.Errorf("compare: %w", err)
	}
	cfg := filepath.Join(s.dir, "zoo.cfg")
	text := fmt.Sprintf("tickTime=2000\ndataDir=%s\nclientPort=%s\nmaxClientCnxns=0\nadmin.enableServer=false\n",
		filepath.Join(s.dir, "data"), port)
	if err := os.WriteFile(cfg, []byte(text), 0o644); err != nil {
		return fmt.Errorf("compare: %w", err)
	}
	args, err := argv(o, s.name, cfg, s.addr)
	if err != nil {
		return err
	}
	out, err := os.Create(filepath.Join(s.dir, "server.log"))
	if err != nil {
		return fmt.Errorf("compare: %w", err)
	}
	defer func() { _ = out.Close() }() // the child has its own
	s.cmd = exec.Command(args[0], args[1:]...)
	s.cmd.Stdout, s.cmd.Stderr = out, out
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := s.cmd.Start(); err != nil {
		s.cmd = nil
		return fmt.Errorf("compare: start %s: %w", s.name, err)
	}
	go func() {
		_ = s.cmd.Wait() // a server that ends early shows in waitServing or in the run
		close(s.exited)
	}()
	return s.waitServing(ctx)
}

// waitServing opens and closes sessions until one succeeds.
func (s *server) waitServing(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	for {
		c, err := client.Dial(ctx, s.addr, client.Options{})
		if err == nil {
			return c.Close()
		}
		select {
		case <-s.exited:
			return fmt.Errorf("compare: %s ended at start: %s\n%s", s.name, s.cmd.ProcessState, s.log())
		case <-ctx.Done():
			return fmt.Errorf("compare: %s does not serve: %w\n%s", s.name, err, s.log())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (s *server) log() string {
	text, err := os.ReadFile(filepath.Join(s.dir, "server.log"))
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func (s *server) pid() int { return s.cmd.Process.Pid }

// stop ends the process and removes its directory.
func (s *server) stop() error {
	if s.cmd != nil {
		if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return fmt.Errorf("compare: stop %s: %w", s.name, err)
		}
		select {
		case <-s.exited:
		case <-time.After(stopPatience):
			if err := s.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
				return fmt.Errorf("compare: kill %s: %w", s.name, err)
			}
			<-s.exited
		}
	}
	if err := os.RemoveAll(s.dir); err != nil {
		return fmt.Errorf("compare: clean up: %w", err)
	}
	return nil
}
