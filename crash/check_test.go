package main

import (
	"slices"
	"strings"
	"testing"

	"paddock/zk"
)

// story begins every history: three clients write, read, watch, and live through a kill.
func story() *scribe {
	s := newScribe()
	s.create(1, "a", zk.ModePersistent)
	s.create(1, "b", zk.ModePersistent)
	s.create(2, "e", zk.ModeEphemeral)
	s.create(2, "s-", zk.ModePersistentSequential)
	s.setBoth(1, "a", "b")
	s.setBoth(1, "a", "nothing")
	s.create(3, "a", zk.ModePersistent)
	s.watch(3, "a")
	changed := s.set(2, "a")
	s.event(3, zk.EventNodeDataChanged, "/f0/a", changed.zxid)
	s.get(3, "a")
	s.do(3, operation{kind: kindExists, name: "nobody"})
	s.do(3, operation{kind: kindAddWatch, name: "b"})
	gone := s.remove(1, "b")
	s.event(3, zk.EventNodeDeleted, "/f0/b", gone.zxid)
	back := s.create(1, "b", zk.ModePersistent)
	s.event(3, zk.EventNodeCreated, "/f0/b", back.zxid)
	s.do(3, operation{kind: kindSync})
	s.list(3)
	s.kill()
	s.list(1)
	s.get(1, "a")
	return s
}

func TestARightHistoryIsFoundRight(t *testing.T) {
	s := story()
	s.lose(s.set(2, "a"))
	s.lose(s.setBoth(2, "a", "nothing"))
	s.kill()
	s.get(1, "a")
	s.closeSession(2)
	s.list(1)
	if err := s.h.hear(s.log()); err != nil {
		t.Error(err)
	}
	if verdict := s.verdict(t); verdict != "" {
		t.Error(verdict)
	}
	if len(s.h.ops) < 20 {
		t.Errorf("only %d operations were looked at", len(s.h.ops))
	}
}

const notLinearizable = "the history is not linearizable"

// TestEachFaultIsFound tells one history per promise that a server could break.
func TestEachFaultIsFound(t *testing.T) {
	for name, c := range map[string]struct {
		tell func(s *scribe)
		want string
	}{
		"an acknowledged write is gone after a restart": {func(s *scribe) {
			before := s.f
			s.set(1, "a")
			s.kill()
			s.f = before
			s.get(2, "a")
		}, notLinearizable},
		"an acknowledged sequential create is gone after a restart": {func(s *scribe) {
			before := s.f
			s.create(1, "s-", zk.ModePersistentSequential)
			s.kill()
			s.f = before
			s.list(2)
		}, notLinearizable},
		"a deleted znode is back after a restart": {func(s *scribe) {
			before := s.f
			s.remove(1, "a")
			s.kill()
			s.f = before
			s.get(2, "a")
		}, notLinearizable},
		"a read shows what was before an acknowledged write": {func(s *scribe) {
			before := s.f
			s.set(1, "a")
			s.f = before
			s.get(2, "a")
		}, notLinearizable},
		"a read shows a write that a crash takes back": {func(s *scribe) {
			before := s.f
			lost := s.set(1, "a")
			s.get(2, "a")
			s.lose(lost)
			s.h.ops = slices.DeleteFunc(s.h.ops, func(o *operation) bool { return o == lost })
			s.kill()
			s.f = before
			s.get(2, "a")
		}, notLinearizable},
		"a sequential name is given twice": {func(s *scribe) {
			made := s.create(1, "s-", zk.ModePersistentSequential)
			s.remove(1, nameOf(made.results[0].Path))
			s.kill()
			f := s.f.copy()
			f.creates--
			s.f = f
			s.create(2, "s-", zk.ModePersistentSequential)
		}, "was given twice"},
		"half of a multi": {func(s *scribe) {
			before := s.f.nodes
			s.setBoth(1, "a", "b")
			f := s.f.copy()
			f.nodes = slices.Clone(f.nodes)
			f.nodes[1] = before[1]
			s.f = f
			s.kill()
			s.get(2, "a")
			s.get(2, "b")
		}, notLinearizable},
		"an ephemeral outlives its session": {func(s *scribe) {
			before := s.f
			s.closeSession(2)
			s.f = before
			s.get(1, "e")
		}, notLinearizable},
		"an ephemeral of a refused session": {func(s *scribe) {
			s.do(2, operation{kind: kindGone, family: everyFamily})
		}, notLinearizable},
		"an ephemeral ends before its session": {func(s *scribe) {
			f := s.f.copy()
			f.end(session(2), s.zxid)
			s.f = f
			s.get(1, "e")
		}, notLinearizable},
		"a version is skipped":              {func(s *scribe) { s.set(1, "a").results[0].Stat.Version++ }, notLinearizable},
		"a Stat's mzxid is not the write's": {func(s *scribe) { s.set(1, "a").results[0].Stat.Mzxid-- }, notLinearizable},
		"a parent forgets a change":         {func(s *scribe) { s.list(1).stat.CVersion-- }, notLinearizable},
		"a refusal without a reason":        {func(s *scribe) { s.set(1, "a").code = zk.ErrNoNode }, notLinearizable},
		"a zxid goes back after a restart": {func(s *scribe) {
			s.kill()
			s.get(2, "nothing").zxid -= 3
		}, "a zxid went back"},
		"two changes with one zxid": {func(s *scribe) { s.set(1, "a").zxid-- }, "two changes have one zxid"},
		"a session's writes change places": {func(s *scribe) {
			one, two := s.set(1, "a"), s.set(1, "b")
			two.called = one.called // sent together
			one.zxid, two.zxid = two.zxid, one.zxid
		}, "a session's writes changed places"},
		"an answer overtakes the event of its change": {func(s *scribe) {
			s.watch(3, "a")
			set := s.set(1, "a")
			s.get(3, "a")
			s.event(3, zk.EventNodeDataChanged, "/f0/a", set.zxid)
		}, "and without an event came"},
		"an event never comes": {func(s *scribe) {
			s.do(3, operation{kind: kindAddWatch, name: "a"})
			s.set(1, "a")
			s.event(3, zk.EventNodeDataChanged, "/f0/a", s.set(1, "a").zxid)
		}, "no event for the change"},
		"a list of children changes without an event": {func(s *scribe) {
			s.do(3, operation{kind: kindList, watch: true})
			s.create(1, "c", zk.ModePersistent)
			s.do(3, operation{kind: kindSync})
		}, "and without an event came"},
		"an event that nobody asked for": {func(s *scribe) {
			s.event(1, zk.EventNodeDataChanged, "/f0/a", s.set(2, "a").zxid)
		}, "no watch was set"},
		"an event is followed by the older state": {func(s *scribe) {
			s.watch(3, "a")
			before := s.f
			s.event(3, zk.EventNodeDataChanged, "/f0/a", s.set(1, "a").zxid)
			s.f = before
			s.get(3, "a")
		}, "is followed by"},
	} {
		t.Run(name, func(t *testing.T) {
			s := story()
			c.tell(s)
			if verdict := s.verdict(t); !strings.Contains(verdict, c.want) {
				t.Errorf("found: %q, want %q", verdict, c.want)
			}
		})
	}
}

// TestTheLogIsHeldAgainstTheAnswers tells the log's side of a history wrongly.
func TestTheLogIsHeldAgainstTheAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		falsify func(s *scribe, log *testimony)
		want    string
	}{
		"an acknowledged write is not in it": {func(s *scribe, log *testimony) {
			log.records = log.records[:len(log.records)-1]
		}, "acknowledged, and the log has"},
		"an acknowledged write failed": {func(s *scribe, log *testimony) {
			log.records[len(log.records)-1].op = zk.OpError
		}, "acknowledged, and the log has"},
		"a later write survived": {func(s *scribe, log *testimony) {
			s.lose(s.h.ops[len(s.h.ops)-1])
			s.lose(s.h.ops[len(s.h.ops)-2])
			log.records = slices.Delete(log.records, len(log.records)-2, len(log.records)-1)
		}, "a later write survived"},
		"a session ended by itself": {func(s *scribe, log *testimony) {
			log.records = append(log.records, record{session: session(1), zxid: s.zxid + 1, op: zk.OpCloseSession})
		}, "nobody had asked for it"},
	} {
		t.Run(name, func(t *testing.T) {
			s := story()
			s.set(1, "a")
			s.set(1, "a")
			log := s.log()
			c.falsify(s, log)
			err := s.h.hear(log)
			if err == nil || !strings.Contains(strings.ReplaceAll(err.Error(), "session's ", ""), c.want) {
				t.Errorf("found: %v, want %q", err, c.want)
			}
		})
	}
}

func TestASessionThatNobodyKeptAliveMayEnd(t *testing.T) {
	s := story()
	log := s.log()
	log.expiring[session(2)] = true
	s.zxid++
	log.records = append(log.records, record{session: session(2), zxid: s.zxid, op: zk.OpCloseSession})
	f := s.f.copy()
	f.end(session(2), s.zxid)
	s.f = f
	s.list(1)
	if err := s.h.hear(log); err != nil {
		t.Error(err)
	}
	if verdict := s.verdict(t); verdict != "" {
		t.Error(verdict)
	}
}
