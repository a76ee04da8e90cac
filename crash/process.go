package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"time"
)

// patience is how long any wait goes on before it is a failure: nothing here measures time.
const patience = 60 * time.Second

// process is one run of the server.
type process struct {
	cmd   *exec.Cmd
	began time.Time
	ready chan string   // gets the address once, when it serves
	ended chan struct{} // closed when the process is gone
}

// launch starts the binary in dir, which holds zoo.cfg and gets server.log. It waits for nothing.
func launch(binary, dir string) (*process, error) {
	log, err := os.OpenFile(filepath.Join(dir, "server.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, fmt.Errorf("crash: %w", err)
	}
	defer func() { _ = log.Close() }() // the process has its own
	cmd := exec.Command(binary, "server", "zoo.cfg")
	cmd.Dir, cmd.Stderr = dir, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // even a panicking test leaves no server behind
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("crash: %w", err)
	}
	p := &process{cmd: cmd, began: time.Now(), ready: make(chan string, 1), ended: make(chan struct{})}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("crash: start %s: %w", binary, err)
	}
	go p.watch(out)
	return p, nil
}

// watch waits for the first line, which tells the address, and for the end.
func (p *process) watch(out io.Reader) {
	address := regexp.MustCompile(`on (\S+:\d+) \(standalone\)\.$`)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if m := address.FindStringSubmatch(lines.Text()); m != nil {
			p.ready <- m[1]
			break
		}
	}
	_, _ = io.Copy(io.Discard, out) // until the process is gone
	_ = p.cmd.Wait()                // how it ended is read from ProcessState
	close(p.ended)
}

// end sends a signal and waits. A process that had ended by itself is an error.
func (p *process) end(signal syscall.Signal) error {
	select {
	case <-p.ended:
		return fmt.Errorf("crash: the server ended by itself: %s", p.cmd.ProcessState)
	default:
	}
	if err := p.cmd.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("crash: %w", err)
	}
	select {
	case <-p.ended:
	case <-time.After(patience):
		return errors.Join(fmt.Errorf("crash: the server does not end after %v", signal), p.cmd.Process.Kill())
	}
	status, _ := p.cmd.ProcessState.Sys().(syscall.WaitStatus)
	if signal == syscall.SIGKILL && status.Signal() == signal || signal != syscall.SIGKILL && p.cmd.ProcessState.Success() {
		return nil
	}
	return fmt.Errorf("crash: after %v the server ended with %s", signal, p.cmd.ProcessState)
}
