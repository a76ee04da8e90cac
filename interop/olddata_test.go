package interop

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// olderApache is the release before Apache's present one, which operators may go back to.
func olderApache(t *testing.T) Program {
	t.Helper()
	const version = "3.8.6"
	jars := filepath.Join(tools.cache.dir, "apache-"+version, "lib")
	if _, err := os.Stat(filepath.Join(jars, "zookeeper-"+version+".jar")); err != nil {
		t.Fatalf("Apache ZooKeeper %s is not installed, run interop/install.sh: %v", version, err)
	}
	// It logs with logback, at level DEBUG unless it is told otherwise: thousands of lines for what a test does.
	quiet := filepath.Join(t.TempDir(), "logback.xml")
	check(t, os.WriteFile(quiet, []byte(`<configuration><root level="OFF"/></configuration>`), 0o644))
	p := ApacheProgram(jars)
	p.Name, p.Argv = "apache "+version, slices.Insert(p.Argv, 1, "-Dlogback.configurationFile="+quiet)
	return p
}

// oldServer prepares a server on a copy of what a release of Apache's server left behind.
func oldServer(t *testing.T, program Program, name string) *Server {
	t.Helper()
	s := newServer(t, program, manySnapshots, "extendedTypesEnabled=true")
	check(t, os.CopyFS(s.Data(), os.DirFS(filepath.Join("testdata", "apache-"+name, "version-2"))))
	return s
}

// TestOldDirectoriesGoOnWithPaddockAndBackToApache lets Paddock write on in directories of all releases, as they were left by kill -9 and by a
// clean stop, with plain and with compressed snapshots, with containers and times to live. Then two releases of Apache's server
// open what Paddock left, after a clean stop and after kill -9: each must show every znode as Paddock showed it.
func TestOldDirectoriesGoOnWithPaddockAndBackToApache(t *testing.T) {
	older := olderApache(t)
	for i, name := range []string{
		"3.4.14-stopped", "3.5.9-extended", "3.6.3-extended-gz", "3.8.6-snappy", "3.9.5-extended-gz",
	} {
		t.Run(name, func(t *testing.T) {
			back := []Program{older, tools.apache}
			if i%2 == 1 {
				slices.Reverse(back)
			}
			m := &move{server: oldServer(t, tools.server, name)}
			check(t, m.server.Start())
			if diff := Difference(readLines(t, filepath.Join("testdata", "apache-"+name, "tree.txt")), m.lines(t)); diff != "" {
				t.Fatalf("the tree differs (- as written, + now):\n%s", diff)
			}
			sessions := readLines(t, filepath.Join("testdata", "apache-"+name, "sessions.txt"))
			first := parseSession(t, sessions[0])
			m.resume(t, first)
			m.write(t, Workload{Seed: uint64(51 + i), Base: "/later", Steps: 150, BigDataBytes: 5000})
			m.to(t, back[0])
			m.resume(t, first)
			m.to(t, tools.server)
			m.close(t, first)
			m.write(t, Workload{Seed: uint64(71 + i), Base: "/latest", Steps: 150, BigDataBytes: 5000})
			m.kill = true
			m.to(t, back[1])
			m.refused(t, first)
			m.resume(t, parseSession(t, sessions[1]))
		})
	}
}

// TestATornEndOfAnOldLogIsReadAsApacheReadsIt breaks the last log of each release off, as a kill does in the middle of a write.
func TestATornEndOfAnOldLogIsReadAsApacheReadsIt(t *testing.T) {
	for _, name := range []string{"3.4.14", "3.5.9", "3.6.3-extended-gz", "3.8.6", "3.9.5"} {
		t.Run(name, func(t *testing.T) {
			var trees [2][]string
			for i, program := range []Program{tools.apache, tools.server} {
				s := oldServer(t, program, name)
				lost := tear(t, s.Data())
				check(t, s.Start())
				trees[i] = (&move{server: s}).lines(t)
				check(t, s.Kill())
				t.Logf("%s serves %d znodes without the last %d bytes", program.Name, len(trees[i]), lost)
			}
			if diff := Difference(trees[0], trees[1]); diff != "" {
				t.Errorf("the tree differs (- apache, + %s):\n%s", tools.server.Name, diff)
			}
			if before := readLines(t, filepath.Join("testdata", "apache-"+name, "tree.txt")); Difference(before, trees[1]) == "" {
				t.Error("nothing was lost, so the cut has not hit a change")
			}
		})
	}
}

// tear cuts a third off the newest log, most likely in the middle of a record, and removes snapshots that know what it held. It
// returns how many bytes are gone.
func tear(t *testing.T, dir string) int64 {
	t.Helper()
	zxid := func(name string) (n int64) {
		_, err := fmt.Sscanf(strings.Split(filepath.Base(name), ".")[1], "%x", &n)
		check(t, err)
		return n
	}
	logs, err := filepath.Glob(filepath.Join(dir, "log.*"))
	check(t, err)
	last := slices.MaxFunc(logs, func(a, b string) int { return int(zxid(a) - zxid(b)) })
	snapshots, err := filepath.Glob(filepath.Join(dir, "snapshot.*"))
	check(t, err)
	for _, s := range snapshots {
		if zxid(s) > zxid(last) {
			check(t, os.Remove(s))
		}
	}
	info, err := os.Stat(last)
	check(t, err)
	lost := info.Size() / 3
	check(t, os.Truncate(last, info.Size()-lost))
	return lost
}
