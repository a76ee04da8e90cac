package interop

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"
)

// manySnapshots makes a snapshot and a new log after 20 to 40 transactions.
const manySnapshots = "snapCount=40"

// TestDataDirectoryMovesToTheOtherServerAndBack lets one server write a directory, ends it, serves the directory with the
// other one, goes on writing there, ends that one, and returns to the first. Everything must be equal after each move:
// every znode with data, Stat and ACL, and every session with its ephemerals.
func TestDataDirectoryMovesToTheOtherServerAndBack(t *testing.T) {
	for _, first := range []Program{tools.apache, tools.server} {
		second := tools.server
		if first.Name == second.Name {
			second = tools.apache
		}
		for how, kill := range map[string]bool{"clean stop": false, "kill -9": true} {
			t.Run(fmt.Sprintf("%s writes, %s, %s serves", first.Name, how, second.Name), func(t *testing.T) {
				m := &move{server: newServer(t, first, manySnapshots), kill: kill}
				check(t, m.server.Start())
				one := m.write(t, Workload{Seed: 11, Base: "/one", Steps: 400, BigDataBytes: 200 << 10})
				m.to(t, second)
				m.resume(t, one[0])
				m.resume(t, one[1])
				two := m.write(t, Workload{Seed: 12, Base: "/two", Steps: 150, BigDataBytes: 200 << 10})
				m.expire(t, one[0])
				m.to(t, first)
				m.resume(t, one[1])
				m.resume(t, two[0])
				m.close(t, one[1])
				m.to(t, second)
				m.refused(t, one[0])
				m.refused(t, one[1])
			})
		}
	}
}

type move struct {
	server *Server
	kill   bool
}

func (m *move) write(t *testing.T, w Workload) []Session {
	t.Helper()
	left, err := w.Run(m.server.Addr())
	check(t, err)
	return left.Sessions
}

func (m *move) lines(t *testing.T) []string {
	t.Helper()
	nodes, err := Dump(m.server.Addr())
	check(t, err)
	return Lines(nodes, Node.Line)
}

// to ends the server and serves its directory with another program, which must show the same.
func (m *move) to(t *testing.T, next Program) {
	t.Helper()
	before := m.lines(t)
	end := m.server.Stop
	if m.kill {
		end = m.server.Kill
	}
	check(t, end())
	m.manyFiles(t)
	m.server.Program = next
	check(t, m.server.Start())
	if diff := Difference(before, m.lines(t)); diff != "" {
		t.Fatalf("%s shows something else than what was written:\n%s", next.Name, diff)
	}
}

// manyFiles makes sure that the directory is worth reading: with several snapshots and several logs.
func (m *move) manyFiles(t *testing.T) {
	t.Helper()
	for _, kind := range []string{"snapshot.*", "log.*"} {
		if files, err := filepath.Glob(filepath.Join(m.server.Data(), kind)); err != nil || len(files) < 2 {
			t.Errorf("after all that was written there is only %q: %v", files, err)
		}
	}
}

// resume takes a session up again under its id and password, sees its ephemerals, and leaves the connection.
func (m *move) resume(t *testing.T, session Session) {
	t.Helper()
	c := dial(t, m.server, Hello{Session: session})
	if c.Session.ID != session.ID {
		t.Fatalf("asked for session %x, got %x", session.ID, c.Session.ID)
	}
	if owned, err := m.ephemerals(session); err != nil || len(owned) == 0 {
		t.Fatalf("session %x has lost its ephemerals: %v", session.ID, err)
	}
	path := fmt.Sprintf("/again-%x-%d", session.ID, time.Now().UnixNano())
	reply, err := c.Call(OpCreate, CreateBody(path, nil, Open(), Ephemeral))
	check(t, err)
	if reply.Code != 0 {
		t.Fatalf("create in a resumed session: %d", reply.Code)
	}
	check(t, c.Drop())
}

// ephemerals are the znodes that a session owns.
func (m *move) ephemerals(session Session) ([]string, error) {
	nodes, err := Dump(m.server.Addr())
	var paths []string
	for _, n := range nodes {
		if n.Stat.EphemeralOwner == session.ID {
			paths = append(paths, n.Path)
		}
	}
	return paths, err
}

// expire resumes a session for the shortest time-out, leaves it, and waits until its ephemerals are gone.
func (m *move) expire(t *testing.T, session Session) {
	t.Helper()
	session.Timeout = time.Millisecond // the server makes two ticks of it
	check(t, dial(t, m.server, Hello{Session: session}).Drop())
	m.waitGone(t, session)
}

func (m *move) close(t *testing.T, session Session) {
	t.Helper()
	check(t, dial(t, m.server, Hello{Session: session}).Close())
	m.waitGone(t, session)
}

func (m *move) waitGone(t *testing.T, session Session) {
	t.Helper()
	for end := time.Now().Add(PatienceMax); ; time.Sleep(100 * time.Millisecond) {
		owned, err := m.ephemerals(session) // fails when a znode vanishes between two reads
		if err == nil && len(owned) == 0 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("session %x is over, and it still owns %q: %v", session.ID, owned, err)
		}
	}
	m.refused(t, session)
}

func (m *move) refused(t *testing.T, session Session) {
	t.Helper()
	if _, err := Dial(m.server.Addr(), Hello{Session: session}); !errors.Is(err, ErrRefused) {
		t.Fatalf("session %x is over, and resuming it gives: %v", session.ID, err)
	}
}

// TestSameRequestsGetTheSameAnswersAsFromApache runs workloads on fresh servers, both kinds, and compares every answer and then
// every znode, all but times and session ids.
func TestSameRequestsGetTheSameAnswersAsFromApache(t *testing.T) {
	run := func(program Program) (answers, nodes []string) {
		s := newServer(t, program)
		check(t, s.Start())
		for seed := range uint64(3) {
			w := Workload{Seed: seed, Base: fmt.Sprintf("/w%d", seed), Steps: 700, BigDataBytes: 2000}
			left, err := w.Run(s.Addr())
			check(t, err)
			answers = append(answers, left.Answers...)
		}
		all, err := Dump(s.Addr())
		check(t, err)
		return answers, Lines(all, Node.Timeless)
	}
	wantAnswers, wantNodes := run(tools.apache)
	gotAnswers, gotNodes := run(tools.server)
	if diff := Difference(wantAnswers, gotAnswers); diff != "" {
		t.Errorf("answers differ (- apache, + %s):\n%s", tools.server.Name, diff)
	}
	if diff := Difference(wantNodes, gotNodes); diff != "" {
		t.Errorf("znodes differ (- apache, + %s):\n%s", tools.server.Name, diff)
	}
}
