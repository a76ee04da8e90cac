package main

import "testing"

// TestTheComparisonSeesWhatItShould feeds answers that differ in one thing each: a checker that sees nothing would pass
// every run.
func TestTheComparisonSeesWhatItShould(t *testing.T) {
	for name, c := range differences() {
		a, b := newSide(), newSide()
		a.sessions[100], b.sessions[200] = 1, 1
		got := [2]string{a.render(c.op, c.apache).text, b.render(c.op, c.paddock).text}
		if same := got[0] == got[1]; same != c.same {
			t.Errorf("%s: equal is %v, want %v\n- %s\n+ %s", name, same, c.same, got[0], got[1])
		}
	}
}

func newSide() *side {
	return &side{sessions: map[int64]int{}, numbers: map[int64]int64{}, clock: newClock()}
}

func TestTimesAreRelations(t *testing.T) {
	c := newClock()
	for _, step := range []struct {
		zxid, ms int64
		good     bool
	}{{1, 50, true}, {1, 50, true}, {1, 51, false}, {0, 0, true}, {2, 0, false}, {3, 40, true}} {
		if fault := c.fault(step.zxid, step.ms); (fault == "") != step.good {
			t.Errorf("time %d of zxid %d: %q", step.ms, step.zxid, fault)
		}
	}
	if c.backwards() == "" {
		t.Error("zxid 3 is earlier than zxid 1, and nobody noticed")
	}
}

func TestASeedReplays(t *testing.T) {
	one, two, other := newPlan(5, variant{}), newPlan(5, variant{}), newPlan(6, variant{})
	differs := false
	for range 500 {
		a, b, c := one.request(), two.request(), other.request()
		if string(a.frame()) != string(b.frame()) {
			t.Fatalf("the same seed gives %v and %v", &a, &b)
		}
		differs = differs || string(a.frame()) != string(c.frame())
	}
	if !differs {
		t.Error("another seed gives the same stream")
	}
}

func TestEventsOfOneCloseSessionComeInAnyOrderAndOthersDoNot(t *testing.T) {
	event := func(zxid int64, path string) answer { return answer{event: true, zxid: zxid, text: path} }
	reply := answer{zxid: 7, text: "reply"}
	forth := outcome{lines: []answer{event(6, "x"), event(7, "a"), event(7, "b"), reply}}
	back := outcome{lines: []answer{event(6, "x"), event(7, "b"), event(7, "a"), reply}}
	if forth.text(&orders{}) == back.text(&orders{}) {
		t.Error("the order of events does not count")
	}
	closing := &orders{closes: map[int64]bool{7: true}}
	if forth.text(closing) != back.text(closing) {
		t.Errorf("the order counts within a closeSession:\n%s%s", forth.text(closing), back.text(closing))
	}
	// Two deletes in one transaction: of a session that somebody else has ended, unless it is known to be a multi.
	forth = outcome{lines: []answer{event(7, " type=2 a"), event(7, " type=2 b")}}
	back = outcome{lines: []answer{event(7, " type=2 b"), event(7, " type=2 a")}}
	if forth.text(&orders{}) != back.text(&orders{}) {
		t.Error("the order counts within a closeSession that no answer has told of")
	}
	forth = outcome{lines: []answer{event(7, " type=2 a"), event(7, " type=2 b")}}
	back = outcome{lines: []answer{event(7, " type=2 b"), event(7, " type=2 a")}}
	multi := &orders{multis: map[int64]bool{7: true}}
	if forth.text(multi) == back.text(multi) {
		t.Error("the order does not count within a multi")
	}
}
