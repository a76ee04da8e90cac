package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"paddock/interop"
)

// release is one Apache ZooKeeper whose data directory we keep.
type release struct {
	name     string // of the folder, after "apache-"
	version  string
	settings []string
	after    func(addr string) error // what to write after the common workload
	stop     bool                    // end the server by SIGTERM, not by kill -9
}

const (
	extendedTypes = "extendedTypesEnabled=true"
	gzip          = "snapshot.compression.method=gz"
	snappy        = "snapshot.compression.method=snappy"
)

func releases() []release {
	return []release{
		{name: "3.4.14", version: "3.4.14"},
		{name: "3.4.14-stopped", version: "3.4.14", stop: true},
		{name: "3.5.9", version: "3.5.9"},
		{name: "3.5.9-extended", version: "3.5.9", settings: []string{extendedTypes}, after: extended, stop: true},
		{name: "3.6.3", version: "3.6.3"},
		{name: "3.6.3-extended-gz", version: "3.6.3", settings: []string{extendedTypes, gzip}, after: extended},
		{name: "3.6.3-snappy", version: "3.6.3", settings: []string{snappy}, stop: true},
		{name: "3.8.6", version: "3.8.6"},
		{name: "3.8.6-extended", version: "3.8.6", settings: []string{extendedTypes}, after: extended, stop: true},
		{name: "3.8.6-gz", version: "3.8.6", settings: []string{gzip}, stop: true},
		{name: "3.8.6-snappy", version: "3.8.6", settings: []string{snappy}},
		{name: "3.9.5", version: "3.9.5"},
		{name: "3.9.5-extended", version: "3.9.5", settings: []string{extendedTypes}, after: extended},
		{name: "3.9.5-extended-gz", version: "3.9.5", settings: []string{extendedTypes, gzip}, after: extended, stop: true},
		{name: "3.9.5-snappy", version: "3.9.5", settings: []string{snappy}},
	}
}

// datadirs lets each release write the same workload, ends it, and keeps its files and what a client saw of them. What is there
// already stays as it is.
func datadirs(cache interop.Cache, work, out string) error {
	for _, r := range releases() {
		dir := filepath.Join(out, "testdata", "apache-"+r.name)
		if _, err := os.Stat(dir); err == nil {
			continue
		}
		jars, err := fetch(cache, r.version, work, out)
		if err != nil {
			return err
		}
		if err := r.keep(interop.ApacheProgram(jars), filepath.Join(work, r.name), dir); err != nil {
			return fmt.Errorf("capture: %s: %w", r.name, err)
		}
	}
	return nil
}

// fetch returns a folder with the jars of a release.
func fetch(cache interop.Cache, version, work, interopDir string) (string, error) {
	if version == "3.9.5" {
		return cache.ApacheJars(), nil
	}
	jars := filepath.Join(work, "jars-"+version)
	cmd := exec.Command("mvn", "-q", "-B", "-f", filepath.Join(interopDir, "pom.xml"), "-Pold", "-Dzookeeper.version="+version,
		"dependency:copy-dependencies", "-DoutputDirectory="+jars)
	if text, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("capture: fetch %s: %w\n%s", version, err, text)
	}
	return jars, nil
}

func (r release) keep(program interop.Program, work, dir string) (err error) {
	server, err := interop.NewServer(program, work, append([]string{"snapCount=60"}, r.settings...)...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Kill()) }()
	if err := server.Start(); err != nil {
		return err
	}
	left, err := interop.Workload{Seed: 31, Base: "/w", Steps: 160, BigDataBytes: 3000, Only34: r.version == "3.4.14"}.Run(server.Addr())
	if err != nil {
		return err
	}
	if r.after != nil {
		if err := r.after(server.Addr()); err != nil {
			return err
		}
	}
	nodes, err := interop.Dump(server.Addr())
	if err != nil {
		return err
	}
	end := server.Kill
	if r.stop {
		end = server.Stop
	}
	if err := end(); err != nil {
		return err
	}
	var sessions []string
	for _, s := range left.Sessions {
		sessions = append(sessions, fmt.Sprintf("%x %x", s.ID, s.Password))
	}
	return errors.Join(
		copyFiles(server.Data(), filepath.Join(dir, "version-2")),
		writeLines(filepath.Join(dir, "tree.txt"), interop.Lines(nodes, interop.Node.Line)),
		writeLines(filepath.Join(dir, "sessions.txt"), sessions),
	)
}

func writeLines(name string, lines []string) error {
	return os.WriteFile(name, []byte(strings.Join(lines, "\n")+"\n"), 0o644)
}

// copyFiles copies a data directory without the zeros at the end of its logs: every record ends with 'B', so no byte of a
// record is lost.
func copyFiles(from, to string) error {
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(from, e.Name()))
		if err != nil {
			return err
		}
		if strings.HasPrefix(e.Name(), "log.") {
			data = bytes.TrimRight(data, "\x00")
		}
		if err := os.WriteFile(filepath.Join(to, e.Name()), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// extended makes containers and znodes with a time to live, also in a multi. None of them ends while anybody looks: the
// containers have a child or never had one, and the time to live is 34 years.
func extended(addr string) error {
	const (
		opCreateContainer, opCreateTTL = 19, 21
		container, ttl, ttlSequential  = 4, 5, 6
		lifeMs                         = 1<<40 - 1 // the longest that Apache takes
	)
	c, err := interop.Dial(addr, interop.Hello{})
	if err != nil {
		return err
	}
	open := interop.Open()
	box := interop.CreateBody("/box", []byte("b"), open, container)
	box2 := interop.CreateBody("/box2", nil, open, container)
	long := interop.CreateBody("/ttl", []byte("t"), open, ttl).Long(lifeMs)
	seq := interop.CreateBody("/ttl-", nil, open, ttlSequential).Long(lifeMs)
	in := append(interop.Body(nil).Op(opCreateContainer), interop.CreateBody("/box3", nil, open, container)...)
	in = append(in.Op(opCreateTTL), interop.CreateBody("/ttl3", nil, open, ttl).Long(12345678901)...)
	for _, request := range []struct {
		op   int32
		body interop.Body
	}{
		{opCreateContainer, box},
		{interop.OpCreate2, interop.CreateBody("/box/child", []byte("c"), open, 0)},
		{opCreateContainer, box2},
		{opCreateTTL, long},
		{opCreateTTL, seq},
		{interop.OpCreate, interop.CreateBody("/ttl/child", nil, open, 0)},
		{interop.OpMulti, in.End()},
	} {
		reply, err := c.Call(request.op, request.body)
		if err != nil {
			return err
		}
		if reply.Code != 0 {
			return fmt.Errorf("capture: operation %d: code %d", request.op, reply.Code)
		}
	}
	return c.Close()
}
