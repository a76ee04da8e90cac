package interop

import (
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// PatienceMax is how long any wait in this package goes on before it is a failure: far above what a loaded two-core
// machine needs to start a Java server (3 s when it has nothing else to do), because nothing here measures time.
const PatienceMax = 3 * time.Minute

// SuperSecret is what "super" must present by digest to see every znode and every ACL unmasked.
const SuperSecret = "interop"

// DigestID is the id that the digest scheme makes of a user and a secret.
func DigestID(user, secret string) string {
	digest := sha1.Sum([]byte(user + ":" + secret))
	return user + ":" + base64.StdEncoding.EncodeToString(digest[:])
}

// Program is a server that can be started on a zoo.cfg: its name and the command line before the file's name.
type Program struct {
	Name string
	Argv []string
}

// ApacheProgram runs Apache ZooKeeper's server from a folder of jars.
func ApacheProgram(jars string) Program {
	return Program{Name: "apache", Argv: []string{
		"java", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto",
		"-Dzookeeper.admin.enableServer=false", "-Dzookeeper.jmx.log4j.disable=true",
		"-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
		"-cp", filepath.Join(jars, "*"), "org.apache.zookeeper.server.quorum.QuorumPeerMain",
	}}
}

// PaddockProgram runs Paddock from its binary.
func PaddockProgram(binary string) Program {
	return Program{Name: "paddock", Argv: []string{binary, "server"}}
}

// Server is one server process with its data directory, which outlives the process: Start, Stop and Kill may follow each
// other any number of times, and Program may be exchanged while the server is down.
type Server struct {
	Program Program
	Port    int

	dir     string // holds zoo.cfg, server.log and data/
	process *exec.Cmd
	exited  chan struct{} // closed when the process is gone
}

// NewServer prepares a server below dir, on a free port. Settings are lines of zoo.cfg that come after, and so win over,
// the usual ones.
func NewServer(program Program, dir string, settings ...string) (*Server, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	lines := append([]string{
		"tickTime=500",
		"maxSessionTimeout=60000",
		"dataDir=" + filepath.Join(dir, "data"),
		fmt.Sprintf("clientPort=%d", port),
		"maxClientCnxns=0",
		"admin.enableServer=false",
		"4lw.commands.whitelist=*",
		"preAllocSize=256", // KiB; Apache's 64 MiB would be written anew for every small log
		"DigestAuthenticationProvider.superDigest=" + DigestID("super", SuperSecret),
	}, settings...)
	if err := os.MkdirAll(filepath.Join(dir, "data"), 0o755); err != nil {
		return nil, fmt.Errorf("interop: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "zoo.cfg"), []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		return nil, fmt.Errorf("interop: %w", err)
	}
	return &Server{Program: program, Port: port, dir: dir}, nil
}

// freePort asks the kernel for a port that nobody uses at this moment.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("interop: find a free port: %w", err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	return port, l.Close()
}

// Addr is where clients connect.
func (s *Server) Addr() string { return fmt.Sprintf("127.0.0.1:%d", s.Port) }

// Data is the folder with the snapshots and logs.
func (s *Server) Data() string { return filepath.Join(s.dir, "data", "version-2") }

// Log returns the end of what the server wrote to its output, over all its runs.
func (s *Server) Log() string {
	const bytesMax = 8 << 10
	text, err := os.ReadFile(filepath.Join(s.dir, "server.log"))
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-bytesMax):])
}

// Pid returns the process's number, or 0 when the server is down.
func (s *Server) Pid() int {
	if s.process == nil {
		return 0
	}
	return s.process.Process.Pid
}

// Start runs the program and returns when it answers. It fails at once when the process ends.
func (s *Server) Start() error {
	out, err := os.OpenFile(filepath.Join(s.dir, "server.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("interop: %w", err)
	}
	defer func() { _ = out.Close() }() // the process has its own
	argv := append(append([]string{}, s.Program.Argv...), filepath.Join(s.dir, "zoo.cfg"))
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Stdout, cmd.Stderr, cmd.Dir = out, out, s.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // even a panicking test leaves no server behind
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("interop: start %s: %w", s.Program.Name, err)
	}
	s.process, s.exited = cmd, make(chan struct{})
	go func(done chan struct{}) {
		_ = cmd.Wait() // how it ended is read from ProcessState
		close(done)
	}(s.exited)
	return s.waitServing()
}

func (s *Server) waitServing() error {
	deadline := time.Now().Add(PatienceMax)
	for time.Now().Before(deadline) {
		select {
		case <-s.exited:
			state := s.process.ProcessState
			s.process = nil
			return fmt.Errorf("interop: %s ended at start: %s\n%s", s.Program.Name, state, s.Log())
		case <-time.After(20 * time.Millisecond):
		}
		// One second, because Apache 3.9.5 forgets a connection that comes before its database exists: never answered, never
		// closed (a NullPointerException in removeCnxn).
		if answer, err := s.word("srvr", time.Second); err == nil && strings.Contains(answer, "Mode: standalone") {
			return nil
		}
	}
	return errors.Join(fmt.Errorf("interop: %s does not serve\n%s", s.Program.Name, s.Log()), s.Kill())
}

// Word sends a four-letter word and returns the answer.
func (s *Server) Word(word string) (string, error) { return s.word(word, PatienceMax) }

func (s *Server) word(word string, patience time.Duration) (string, error) {
	c, err := net.DialTimeout("tcp", s.Addr(), PatienceMax)
	if err != nil {
		return "", fmt.Errorf("interop: %w", err)
	}
	defer func() { _ = c.Close() }() // the answer is complete or is an error
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		return "", fmt.Errorf("interop: %w", err)
	}
	if _, err := io.WriteString(c, word); err != nil {
		return "", fmt.Errorf("interop: %w", err)
	}
	answer, err := io.ReadAll(c)
	if err != nil {
		return "", fmt.Errorf("interop: %w", err)
	}
	return string(answer), nil
}

// Stop sends SIGTERM and waits for the end. Paddock must end with status 0; Java reports the signal (143).
func (s *Server) Stop() error {
	state, err := s.end(syscall.SIGTERM)
	if err != nil || state == nil {
		return err
	}
	if s.Program.Name == "paddock" && state.ExitCode() != 0 {
		return fmt.Errorf("interop: paddock ended with %s after SIGTERM\n%s", state, s.Log())
	}
	return nil
}

// Kill is kill -9.
func (s *Server) Kill() error {
	_, err := s.end(syscall.SIGKILL)
	return err
}

func (s *Server) end(signal os.Signal) (*os.ProcessState, error) {
	if s.process == nil {
		return nil, nil
	}
	cmd := s.process
	if err := cmd.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return nil, fmt.Errorf("interop: signal %s: %w", s.Program.Name, err)
	}
	select {
	case <-s.exited:
	case <-time.After(PatienceMax):
		kill := cmd.Process.Kill()
		<-s.exited
		s.process = nil
		return nil, errors.Join(fmt.Errorf("interop: %s did not end after %s\n%s", s.Program.Name, signal, s.Log()), kill)
	}
	s.process = nil
	return cmd.ProcessState, nil
}

// Restart ends the server, by SIGTERM or kill -9, and starts it again on the same port and data.
func (s *Server) Restart(kill bool) error {
	end := s.Stop
	if kill {
		end = s.Kill
	}
	if err := end(); err != nil {
		return err
	}
	return s.Start()
}
