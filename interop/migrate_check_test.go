package interop

import (
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// migrateReport is what the test reads of the JSON of paddock migrate check.
type migrateReport struct {
	Verdict string
	Server  *struct {
		Version, Mode string
		PID           int
	}
	Data *struct {
		WrittenBy, Zxid string
		TornBytes       int64
		Content         struct{ Znodes, Ephemerals, Sessions int }
	}
	Findings []struct{ Level, Text string }
}

// TestMigrateCheckIsRightAboutARunningServer: under load the check finds nothing that would be in the way, though the files are
// being written; and once ZooKeeper is quiet, or was killed, it counts what that server counts.
func TestMigrateCheckIsRightAboutARunningServer(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "paddock")
	check(t, build(binary, "./cmd/paddock"))
	for _, c := range []struct {
		program            Program
		version, writtenBy string
	}{
		{tools.apache, "3.9.5", "ZooKeeper 3.9"},
		{debianProgram(t), "3.", "ZooKeeper 3.6 to 3.8"}, // 3.8.0 in Debian 12
	} {
		t.Run(c.program.Name, func(t *testing.T) {
			s := newServer(t, c.program, "snapCount=1000")
			check(t, s.Start())
			var pid int
			underLoad(t, s, func() {
				r := migrateCheck(t, binary, s)
				if r.Verdict != "note" || r.Server == nil || r.Data == nil {
					t.Fatalf("under load: %+v", r)
				}
				if pid = r.Server.PID; pid != s.Pid() || !strings.HasPrefix(r.Server.Version, c.version) || r.Server.Mode != "standalone" {
					t.Errorf("the server is %+v, its process is %d", r.Server, s.Pid())
				}
			})
			owner := dial(t, s, Hello{})
			quiet := regexp.MustCompile(`Connections: [12]\n`) // this one and the word's: nobody can send any more
			for end := time.Now().Add(PatienceMax); ; time.Sleep(20 * time.Millisecond) {
				srvr, err := s.Word("srvr")
				check(t, err)
				if quiet.MatchString(srvr) {
					break
				}
				if time.Now().After(end) {
					t.Fatalf("the load's connections stay: %s", srvr)
				}
			}
			_, err := owner.Call(OpCreate, CreateBody("/mine", nil, Open(), Ephemeral))
			check(t, err)
			srvr, err := s.Word("srvr")
			check(t, err)
			var words [2]string
			for i, name := range []string{`Node count: (\d+)`, `Zxid: (0x[0-9a-f]+)`} {
				found := regexp.MustCompile(name).FindStringSubmatch(srvr)
				if found == nil {
					t.Fatalf("srvr: %s", srvr)
				}
				words[i] = found[1]
			}
			check(t, s.Kill())
			r := migrateCheck(t, binary, s)
			d := r.Data
			if d == nil || fmt.Sprint(d.Content.Znodes) != words[0] || d.Zxid != words[1] || d.Content.Ephemerals != 1 || d.Content.Sessions < 1 {
				t.Fatalf("after kill -9: %+v, srvr said %q", r, words)
			}
			if d.WrittenBy != c.writtenBy || r.Server != nil {
				t.Errorf("found %+v, %+v", d, r.Server)
			}
		})
	}
}

// underLoad calls look a few times while connections write.
func underLoad(t *testing.T, s *Server, look func()) {
	t.Helper()
	const conns, looks, inFlightMax = 2, 4, 100
	var running sync.WaitGroup
	loaders := make([]*loader, conns)
	for i := range loaders {
		st := stream{base: fmt.Sprintf("/load%d", i)}
		setUp(t, s, st)
		loaders[i] = &loader{stream: st, conn: dial(t, s, Hello{})}
		running.Go(func() { loaders[i].run(inFlightMax, func() {}) })
	}
	for range looks {
		look()
	}
	for _, l := range loaders {
		_ = l.conn.Drop() // ends its run
	}
	running.Wait()
	for _, l := range loaders {
		check(t, l.failed)
		if l.acked == 0 {
			t.Error("nothing was written meanwhile")
		}
	}
}

func migrateCheck(t *testing.T, binary string, s *Server) (r migrateReport) {
	t.Helper()
	out, err := exec.Command(binary, "migrate", "check", "--json", filepath.Join(s.dir, "zoo.cfg")).Output()
	if _, exited := errors.AsType[*exec.ExitError](err); !exited {
		check(t, err)
	}
	check(t, json.Unmarshal(out, &r))
	return r
}
