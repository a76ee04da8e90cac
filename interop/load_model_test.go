package interop

import "testing"

// TestStreamFindTellsRightFromWrong proves the judge of TestEveryAcknowledgedWriteSurvives: it must accept every state
// between acknowledged and sent, and nothing else.
func TestStreamFindTellsRightFromWrong(t *testing.T) {
	s := stream{base: "/s"}
	after := func(n int) state {
		st := s.start()
		for i := range n {
			s.apply(st, i)
		}
		return st
	}
	for n := 100; n <= 120; n++ {
		if found, err := s.find(after(n), 100, 120); err != nil || found != n {
			t.Errorf("the state after %d requests is taken for %d: %v", n, found, err)
		}
	}
	wrong := map[string]state{
		"an acknowledged write is lost": after(99),
		"a write that was never sent":   after(121),
		"a write lost among others":     after(110),
		"a znode nobody made":           after(110),
		"a multi half done":             after(101), // request 101 is one
	}
	delete(wrong["a write lost among others"], s.made(104))
	wrong["a znode nobody made"]["/s/other"] = "0 x"
	wrong["a multi half done"][s.made(101)] = "0 /s request 101"
	for name, st := range wrong {
		if n, err := s.find(st, 100, 120); err == nil {
			t.Errorf("%s is accepted as the state after %d requests", name, n)
		}
	}
}
