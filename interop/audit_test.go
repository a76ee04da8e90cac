package interop

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// Operations that only this file sends.
const (
	opReconfig        = 16
	opCreateContainer = 19
	opCreateTTL       = 21
)

// withAudit makes a program write its audit log: Apache to its output, which is where its lines go unless logback is told
// otherwise, Paddock to a folder.
func withAudit(p Program) Program {
	words := []string{"-Dzookeeper.audit.enable=true", "-Dzookeeper.extendedTypesEnabled=true"}
	if p.Name == "apache" {
		words = append(words, "-Dorg.slf4j.simpleLogger.log.org.apache.zookeeper.audit=info")
		return Program{Name: p.Name, Argv: slices.Concat(p.Argv[:1], words, p.Argv[1:])}
	}
	words = append(words, "-Dzookeeper.log.dir=audit")
	return Program{Name: p.Name, Argv: slices.Concat(p.Argv, words)}
}

// auditLines reads what was audited, from the first pair on. A line of Apache's may really be several, or the end of one.
func auditLines(t *testing.T, s *Server) (all []string) {
	t.Helper()
	file := "server.log"
	if s.Program.Name == "paddock" {
		file = filepath.Join("audit", "zookeeper_audit.log")
	}
	text, err := os.ReadFile(filepath.Join(s.dir, file))
	check(t, err)
	for line := range strings.SplitSeq(string(text), "\n") {
		for _, mark := range []string{"Slf4jAuditLogger - ", "Slf4jAuditLogger: "} {
			if _, pairs, is := strings.Cut(line, mark); is {
				all = append(all, pairs)
			}
		}
	}
	return all
}

// wantDigest is a digest that nobody may find in an audit log of ours.
const wantDigest = "0mIZzbbXSzCvwBQMHNRmcbgTVCs="

// writes does everything that is audited, and some of what is not.
func writes(t *testing.T, s *Server) {
	t.Helper()
	c := dial(t, s, Hello{})
	check(t, c.Auth("digest", "alice:wonder"))
	call := func(op int32, body Body) {
		_, err := c.Call(op, body)
		check(t, err)
	}
	for flags, path := range []string{"/p", "/e", "/s-", "/es-", "/c", "/t", "/ts-", "/nothing"} {
		call(OpCreate, CreateBody(path, nil, Open(), int32(flags)))
		call(OpCreate2, CreateBody(path+"2", []byte("x"), Open(), int32(flags)))
		call(opCreateContainer, CreateBody(path+"3", nil, Open(), int32(flags)))
		call(opCreateTTL, CreateBody(path+"4", nil, Open(), int32(flags)).Long(100_000_000))
		call(OpCreate, CreateBody("/none"+path, nil, Open(), int32(flags)))
	}
	call(OpSetData, SetDataBody("/p", []byte("y"), 0))
	call(OpSetData, SetDataBody("/p", []byte("y"), 0))
	call(OpSetData, SetDataBody("/none", nil, -1))
	call(OpSetData, nil)
	call(OpSetData, SetDataBody("/torn", nil, 0)[:12])
	call(OpDelete, DeleteBody("/torn", 0)[:10])
	call(OpCreate, CreateBody("/torn", nil, Open(), 1)[:15])
	call(OpDelete, DeleteBody("/", -1))
	call(OpDelete, DeleteBody("/p2", 7))
	call(OpDelete, DeleteBody("/p2", -1))
	call(OpDelete, DeleteBody("relative", -1))
	call(OpCreate, Body(nil).Int(-1).Buffer(nil).ACLs(Open()).Int(0)) // a null path
	call(OpSetACL, SetACLBody("/p", append(Open(), ACL{Perms: 5, Scheme: "ip", ID: "10.0.0.0/8"}, ACL{Perms: 0, Scheme: "ip", ID: "::1"}), -1))
	call(OpSetACL, SetACLBody("/p", []ACL{{Perms: 31, Scheme: "digest", ID: "bob:" + wantDigest}, {Perms: 9, Scheme: "auth"}}, -1))
	call(OpSetACL, SetACLBody("/p", Open(), 99))
	call(OpSetACL, SetACLBody("/p", []ACL{{Perms: 1, Scheme: "nosuch", ID: "x"}}, -1))
	call(OpGetData, WatchBody("/p", false))
	call(OpExists, WatchBody("/none", false))
	call(opReconfig, Body(nil).String("").String("").String("").Long(-1))
	multis(call)
	check(t, c.Auth("digest", "super:"+SuperSecret))
	call(OpCreate, CreateBody("/by-super", nil, Open(), 0))
	other := dial(t, s, Hello{})
	call(OpCreate, CreateBody("/not-gr\u00fc\u00df-\u65e5\u672c = x", nil, Open(), 0))
	check(t, c.Close())
	check(t, other.Close())
}

func multis(call func(op int32, body Body)) {
	op := func(b Body, op int32, body Body) Body { return append(b.Op(op), body...) }
	good := op(nil, OpCreate, CreateBody("/m", nil, Open(), 0))
	good = op(good, OpCreate2, CreateBody("/m/e", nil, Open(), Ephemeral))
	good = op(good, OpSetData, SetDataBody("/m", nil, -1))
	good = op(good, OpCheck, DeleteBody("/m", -1))
	good = op(good, OpDelete, DeleteBody("/m/e", -1)).End()
	call(OpMulti, good)
	call(OpMulti, good) // /m is there
	call(OpMulti, good[:len(good)-20])
	call(OpMulti, Body(nil).End())
	call(OpMulti, op(nil, OpCreate, CreateBody("/m/s-", nil, Open(), Sequential)).End())
}

// TestTheSameWritesAreAuditedAlike runs one story on both servers, from the start to the stop.
func TestTheSameWritesAreAuditedAlike(t *testing.T) {
	session := regexp.MustCompile(`session=0x[0-9a-f]+`)
	told := map[string][]string{}
	for _, program := range []Program{tools.apache, tools.server} {
		s := newServer(t, withAudit(program))
		check(t, s.Start())
		writes(t, s)
		check(t, s.Stop())
		for _, line := range auditLines(t, s) {
			if program.Name == "paddock" && strings.Contains(line, wantDigest) {
				t.Errorf("a digest is told: %s", line)
			}
			told[program.Name] = append(told[program.Name], session.ReplaceAllString(line, "session=S"))
		}
	}
	apache, ours := asWeWrite(told["apache"]), told[tools.server.Name]
	ours = slices.DeleteFunc(ours, func(line string) bool { // a mode that does not exist: Apache writes no line then
		return strings.Contains(line, "/nothing") && !strings.Contains(line, "znode_type")
	})
	for _, list := range [][]string{apache, ours} { // a session's ephemerals go in any order
		first := slices.IndexFunc(list, func(l string) bool { return strings.Contains(l, "ephemeralZNode") })
		slices.Sort(list[max(first, 0):])
	}
	if len(apache) < 60 {
		t.Errorf("only %d lines", len(apache))
	}
	for i := range max(len(apache), len(ours)) {
		a, o := at(apache, i), at(ours, i)
		if a != o {
			t.Fatalf("line %d:\napache  %q\npaddock %q\nall of apache's:\n%s\nall of ours:\n%s", i, a, o, strings.Join(apache, "\n"), strings.Join(ours, "\n"))
		}
	}
}

// asWeWrite makes of Apache's lines what ours are meant to be, where they differ on purpose.
func asWeWrite(lines []string) []string {
	r := strings.NewReplacer(wantDigest, "x",
		"znode=/m/s-0000000001\tresult", "znode=/m/s-0000000001\tznode_type=persistent_sequential\tresult")
	for i := range lines {
		lines[i] = r.Replace(lines[i])
	}
	return lines
}

func at(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return "(nothing)"
}

// TestNobodyForgesALineOfTheAuditLog: Apache writes what comes, and the line that a client makes up is one like any other.
func TestNobodyForgesALineOfTheAuditLog(t *testing.T) {
	const forged = "user=root\toperation=delete\tznode=/forged\tresult=success"
	for program, forgeries := range map[string]int{"apache": 2, "paddock": 0} {
		p := map[string]Program{"apache": tools.apache, "paddock": tools.server}[program]
		if p.Name != program {
			continue // both are Apache
		}
		s := newServer(t, withAudit(p))
		check(t, s.Start())
		c := dial(t, s, Hello{})
		check(t, c.Auth("digest", "x\n[a] INFO org.apache.zookeeper.audit.Slf4jAuditLogger - "+forged+"\t:secret"))
		_, err := c.Call(OpCreate, CreateBody("/a\n[a] INFO org.apache.zookeeper.audit.Slf4jAuditLogger - "+forged, nil, Open(), 0))
		check(t, err)
		check(t, c.Close())
		check(t, s.Stop())
		found := 0
		for _, line := range auditLines(t, s) {
			if strings.HasPrefix(line, forged) {
				found++
			}
		}
		if found != forgeries {
			t.Errorf("%s: %d forged lines, expected %d", program, found, forgeries)
		}
	}
}

// TestARestartAuditsOnceMoreOnApacheOnly: Apache tells what it replays as if it happened now.
func TestARestartAuditsOnceMoreOnApacheOnly(t *testing.T) {
	for _, program := range []Program{tools.apache, tools.server} {
		s := newServer(t, withAudit(program))
		check(t, s.Start())
		c := dial(t, s, Hello{})
		_, err := c.Call(OpCreate, CreateBody("/e", nil, Open(), Ephemeral))
		check(t, err)
		check(t, c.Close())
		for deadline := time.Now().Add(PatienceMax); ends(t, s) == 0; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%s: the end of /e is not told", program.Name)
			}
		}
		check(t, s.Kill()) // before Paddock has a snapshot that makes the replay short
		check(t, s.Start())
		check(t, s.Stop())
		want := map[string]int{"apache": 2, "paddock": 1}[program.Name]
		if got := ends(t, s); got != want {
			t.Errorf("%s: the end of /e is told %d times, expected %d", program.Name, got, want)
		}
	}
}

// ends counts the ephemerals that went with their sessions.
func ends(t *testing.T, s *Server) int {
	t.Helper()
	return strings.Count(strings.Join(auditLines(t, s), "\n"), "ephemeralZNode")
}

// TestAServerThatDoesNotStartAuditsThat as far as it knows that it is to audit: the port is in use.
func TestAServerThatDoesNotStartAuditsThat(t *testing.T) {
	first := started(t)
	for _, program := range []Program{tools.apache, tools.server} {
		s, err := NewServer(withAudit(program), t.TempDir())
		check(t, err)
		check(t, replaceInFile(filepath.Join(s.dir, "zoo.cfg"), fmt.Sprintf("clientPort=%d", s.Port), fmt.Sprintf("clientPort=%d", first.Port)))
		if err := s.Start(); err == nil || !strings.Contains(err.Error(), "ended at start") {
			t.Fatalf("%s: %v", program.Name, err)
		}
		if got := auditLines(t, s); len(got) != 1 || !strings.HasSuffix(got[0], "\toperation=serverStart\tresult=failure") {
			t.Errorf("%s: %q", program.Name, got)
		}
	}
}

func replaceInFile(file, old, other string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	return os.WriteFile(file, []byte(strings.Replace(string(text), old, other, 1)), 0o644)
}
