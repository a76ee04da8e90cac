package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"paddock/interop"
)

// side is one of the two servers, with what is needed to translate its answers.
type side struct {
	name     string
	server   *interop.Server
	sessions map[int64]int   // session id -> order of birth, from 1
	numbers  map[int64]int64 // zxid -> the other side's, where a storm made them differ
	clock    clock
}

// zxid gives the number that the first side has for the same transaction.
func (s *side) zxid(zxid int64) int64 {
	if other, ok := s.numbers[zxid]; ok {
		return other
	}
	return zxid
}

// pair is the two servers: Apache first.
type pair [2]*side

// commonSettings come before those of a variant, which win. The longest timeouts outlast a run, and nothing needs to
// survive a power cut. Containers and TTL znodes stay for longer than a run: when they go is chance.
func commonSettings() []string {
	return []string{
		"minSessionTimeout=2000", "maxSessionTimeout=900000", "forceSync=no", "snapCount=1000000", "globalOutstandingLimit=100000",
		"-Dznode.container.checkIntervalMs=2000000000",
	}
}

// buildPaddock makes the binary below dir.
func buildPaddock(dir string) (string, error) {
	root, err := interop.RepoRoot()
	if err != nil {
		return "", err
	}
	binary := filepath.Join(dir, "paddock")
	cmd := exec.Command("go", "build", "-o", binary, "./cmd/paddock")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("crosscheck: build paddock: %w\n%s", err, out)
	}
	return binary, nil
}

// startPair starts both servers on empty directories below dir, with settings that win over the common ones.
func startPair(dir, paddock string, settings []string) (p pair, err error) {
	cache, err := interop.FindCache()
	if err != nil {
		return p, fmt.Errorf("crosscheck: %w", err)
	}
	programs := []interop.Program{interop.ApacheProgram(cache.ApacheJars()), interop.PaddockProgram(paddock)}
	cfg, properties := lines(append(commonSettings(), settings...))
	programs[0].Argv = slices.Insert(programs[0].Argv, 1, properties...)
	programs[1].Argv = append([]string{"env", "SERVER_JVMFLAGS=" + strings.Join(properties, " ")}, programs[1].Argv...)
	started := make(chan error, len(programs))
	for i, program := range programs {
		home := filepath.Join(dir, program.Name)
		if err := os.MkdirAll(home, 0o755); err != nil {
			return p, fmt.Errorf("crosscheck: %w", err)
		}
		server, err := interop.NewServer(program, home, cfg...)
		if err != nil {
			return p, err
		}
		p[i] = &side{name: program.Name, server: server, sessions: map[int64]int{}, numbers: map[int64]int64{}, clock: newClock()}
	}
	for _, s := range p {
		go func() { started <- s.server.Start() }()
	}
	if err := errors.Join(<-started, <-started); err != nil {
		return p, errors.Join(err, p.stop())
	}
	return p, nil
}

// stop kills both servers: nothing is asked of them any more.
func (p pair) stop() error {
	var errs []error
	for _, s := range p {
		if s != nil {
			errs = append(errs, s.server.Kill())
		}
	}
	return errors.Join(errs...)
}
