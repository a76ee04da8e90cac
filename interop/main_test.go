package interop

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// tools is what TestMain prepares once for all tests; it is written before the first of them and only read after.
var tools struct {
	cache    Cache
	server   Program // the server under test
	apache   Program
	goClient string
}

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "interop-")
	if err == nil {
		err = prepare(dir)
	}
	code := 1
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	} else {
		code = m.Run()
	}
	if err := os.RemoveAll(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(code)
}

func prepare(dir string) error {
	var err error
	if tools.cache, err = FindCache(); err != nil {
		return err
	}
	tools.apache = ApacheProgram(tools.cache.ApacheJars())
	tools.goClient = filepath.Join(dir, "session-go")
	if err := build(tools.goClient, "./interop/clients/golang"); err != nil {
		return err
	}
	switch which := os.Getenv("PADDOCK_INTEROP_SERVER"); which {
	case "apache":
		tools.server = tools.apache
		return nil
	case "", "paddock":
		binary := filepath.Join(dir, "paddock")
		tools.server = PaddockProgram(binary)
		return build(binary, "./cmd/paddock")
	default:
		return fmt.Errorf("PADDOCK_INTEROP_SERVER is %q: neither paddock nor apache", which)
	}
}

func build(binary, pkg string) error {
	root, err := RepoRoot()
	if err != nil {
		return err
	}
	cmd := exec.Command("go", "build", "-o", binary, pkg)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("interop: build %s: %w\n%s", pkg, err, out)
	}
	return nil
}

// newServer prepares a server that is not started yet, and ends it with the test.
func newServer(t *testing.T, program Program, settings ...string) *Server {
	t.Helper()
	s, err := NewServer(program, t.TempDir(), settings...)
	check(t, err)
	t.Cleanup(func() {
		if err := s.Kill(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("what the server said:\n%s", s.Log())
		}
	})
	return s
}

// started is a server under test that serves.
func started(t *testing.T, settings ...string) *Server {
	t.Helper()
	s := newServer(t, tools.server, settings...)
	check(t, s.Start())
	return s
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func dial(t *testing.T, s *Server, hello Hello) *Conn {
	t.Helper()
	c, err := Dial(s.Addr(), hello)
	check(t, err)
	t.Cleanup(func() { _ = c.Drop() }) // the test may have closed it
	return c
}
