package session

import (
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"
)

const tick = 2000

func newTracker() *Tracker {
	return New(Config{ServerID: 1, TickMs: tick, MinTimeoutMs: 2 * tick, MaxTimeoutMs: 20 * tick}, 0)
}

// expired runs Expire as the processor does: what is named is marked as closing.
func expired(tr *Tracker, nowMs int64) []int64 {
	var ids []int64
	tr.Expire(nowMs, func(s *Session) {
		ids = append(ids, s.ID)
		s.Closing = true
	})
	return ids
}

func wantExpired(t *testing.T, tr *Tracker, nowMs int64, want ...int64) {
	t.Helper()
	if got := expired(tr, nowMs); !slices.Equal(got, want) {
		t.Errorf("at %d ms: expired %v, want %v", nowMs, got, want)
	}
	checkTracker(t, tr)
}

// checkTracker holds the invariants of doc.go.
func checkTracker(t *testing.T, tr *Tracker) {
	t.Helper()
	linked := 0
	for at, b := range tr.buckets {
		if at != b.atMs || at%int64(tr.cfg.TickMs) != 0 || b.head == nil {
			t.Fatalf("bucket %d: time %d, empty %v", at, b.atMs, b.head == nil)
		}
		var last *Session
		for s := b.head; s != nil; s = s.next {
			if s.in != b || s.prev != last || s.gone || tr.sessions[s.ID] != s {
				t.Fatalf("session %#x is badly linked in bucket %d", s.ID, at)
			}
			last = s
			linked++
		}
		if b.tail != last {
			t.Fatalf("bucket %d: wrong tail", at)
		}
	}
	for s := range tr.All() {
		if s.in != nil {
			linked--
		}
	}
	if linked != 0 {
		t.Fatalf("%d sessions too many in buckets", linked)
	}
}

func TestTimeoutIsBroughtIntoBounds(t *testing.T) {
	tr := newTracker()
	for ask, want := range map[int32]int32{-1: 4000, 0: 4000, 3999: 4000, 4000: 4000, 30000: 30000, 40000: 40000, 40001: 40000, 1<<31 - 1: 40000} {
		if got := tr.Clamp(ask); got != want {
			t.Errorf("Clamp(%d) = %d, want %d", ask, got, want)
		}
	}
}

func TestSessionEndsAtTheTickAfterItsTimeout(t *testing.T) {
	for name, c := range map[string]struct{ now, timeout, ends int64 }{
		"between two ticks":    {1, 5000, 6000},
		"exactly on a tick":    {1000, 5000, 8000},
		"just before a tick":   {999, 5000, 6000},
		"timeout of zero":      {0, 0, 2000},
		"at a multiple itself": {2000, 4000, 8000},
	} {
		tr := newTracker()
		tr.Add(7, int32(c.timeout), c.now)
		if got := expired(tr, c.ends-1); got != nil {
			t.Errorf("%s: ended before %d ms", name, c.ends)
		}
		if got := expired(tr, c.ends); !slices.Equal(got, []int64{7}) {
			t.Errorf("%s: not ended at %d ms", name, c.ends)
		}
	}
}

func TestTouchKeepsASessionAlive(t *testing.T) {
	tr := newTracker()
	s := tr.Add(7, 5000, 0)
	tr.Add(8, 5000, 0)
	for now := int64(1000); now <= 20000; now += 1000 {
		tr.Touch(s, now)
		if now == 6000 {
			wantExpired(t, tr, now, 8)
		} else {
			wantExpired(t, tr, now)
		}
	}
	wantExpired(t, tr, 25999)
	wantExpired(t, tr, 26000, 7)
}

func TestExpiredSessionIsNamedOnceAndStaysKnown(t *testing.T) {
	tr := newTracker()
	s := tr.Add(7, 4000, 0)
	wantExpired(t, tr, 6000, 7)
	tr.Touch(s, 6001) // too late: it is closing
	tr.SetTimeout(s, 40000, 6002)
	tr.Renew(6003)
	wantExpired(t, tr, 100000)
	if tr.Get(7) != s || tr.Len() != 1 {
		t.Error("the session is forgotten before Remove")
	}
	tr.Remove(7)
	if tr.Get(7) != nil || tr.Len() != 0 {
		t.Error("the session is known after Remove")
	}
	tr.Touch(s, 100001) // by somebody who still holds it
	tr.Remove(7)
	wantExpired(t, tr, 200000)
}

func TestNamedSessionThatIsNotClosedLivesOnWhenTouched(t *testing.T) {
	tr := newTracker()
	tr.Add(7, 4000, 0)
	for _, now := range []int64{6000, 12000} { // its requests still wait: the caller touches it
		named := 0
		tr.Expire(now, func(s *Session) {
			named++
			tr.Touch(s, now)
		})
		if named != 1 {
			t.Errorf("at %d ms: named %d times", now, named)
		}
	}
	wantExpired(t, tr, 17999)
	wantExpired(t, tr, 18000, 7)
}

func TestSessionThatClosesByItselfIsNotNamed(t *testing.T) {
	tr := newTracker()
	tr.Add(7, 4000, 0).Closing = true
	wantExpired(t, tr, 10000)
	if tr.Get(7) == nil {
		t.Error("it must stay known until Remove")
	}
}

func TestSessionsExpireInTheOrderOfTheirEnds(t *testing.T) {
	tr := newTracker()
	tr.Add(3, 8000, 0)
	tr.Add(1, 4000, 0)
	tr.Add(2, 4000, 1)
	tr.Touch(tr.Add(4, 4000, 2), 3)
	wantExpired(t, tr, 50000, 1, 2, 4, 3)
}

func TestExpireMayRemoveAndAddSessions(t *testing.T) {
	tr := newTracker()
	for id := range int64(6) {
		tr.Add(id+1, 4000, 0)
	}
	var named []int64
	tr.Expire(6000, func(s *Session) {
		named = append(named, s.ID)
		tr.Remove(s.ID)
		tr.Remove(s.ID + 1)
		tr.Add(s.ID+100, 4000, 0) // a time that is over: waits for the next tick, no endless round
	})
	if !slices.Equal(named, []int64{1, 3, 5}) || tr.Len() != 3 {
		t.Errorf("named %v, left %d", named, tr.Len())
	}
	checkTracker(t, tr)
	wantExpired(t, tr, 8000, 101, 103, 105)
}

func TestRenewGivesEverybodyAFreshInterval(t *testing.T) {
	tr := newTracker()
	tr.Add(1, 4000, 0)
	tr.Add(2, 40000, 0)
	tr.Renew(1_000_000) // the machine slept
	wantExpired(t, tr, 1_005_999)
	wantExpired(t, tr, 1_006_000, 1)
	wantExpired(t, tr, 1_042_000, 2)
}

func TestTimeoutMayChange(t *testing.T) {
	tr := newTracker()
	s := tr.Add(1, 40000, 0)
	tr.SetTimeout(s, 4000, 1)
	wantExpired(t, tr, 5999)
	wantExpired(t, tr, 6000, 1)
}

func TestAddingAKnownIDKeepsTheSession(t *testing.T) {
	tr := newTracker()
	s := tr.Add(1, 4000, 0)
	s.Conn = 9
	if again := tr.Add(1, 8000, 1); again != s || s.Conn != 9 || s.TimeoutMs != 8000 || tr.Len() != 1 {
		t.Errorf("%+v", s)
	}
}

func TestTickMustBePositive(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a tick of 0 was accepted")
		}
	}()
	New(Config{}, 0)
}

func TestSessionIsSmall(t *testing.T) {
	const bytesMax = 64
	if size := unsafe.Sizeof(Session{}); size > bytesMax {
		t.Errorf("a session takes %d bytes, want at most %d", size, bytesMax)
	}
}

// TestRandomStoryAgreesWithAPlainModel compares with a map of end times that is searched in full.
func TestRandomStoryAgreesWithAPlainModel(t *testing.T) {
	for seed := range uint64(20) {
		runStory(t, rand.New(rand.NewPCG(seed, 1)))
	}
}

func runStory(t *testing.T, rnd *rand.Rand) {
	tr, ends, now := newTracker(), make(map[int64]int64), int64(0)
	end := func(timeoutMs int32) int64 { return ((now+int64(timeoutMs))/tick + 1) * tick }
	for range 2000 {
		now += rnd.Int64N(400)
		id := rnd.Int64N(50)
		s := tr.Get(id)
		switch rnd.IntN(6) {
		case 0:
			timeout := rnd.Int32N(40000)
			if s == nil || !s.Closing {
				ends[id] = end(timeout)
			}
			tr.Add(id, timeout, now)
		case 1:
			tr.Remove(id)
			delete(ends, id)
		case 2:
			var want []int64
			for id, at := range ends {
				if at <= now {
					want = append(want, id)
					delete(ends, id)
				}
			}
			got := expired(tr, now)
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Fatalf("at %d ms: expired %v, want %v", now, got, want)
			}
		default:
			if s == nil {
				continue
			}
			tr.Touch(s, now)
			if !s.Closing {
				ends[id] = end(s.TimeoutMs)
			}
		}
		checkTracker(t, tr)
	}
}

func BenchmarkTouch(b *testing.B) {
	tr := newTracker()
	sessions := make([]*Session, 1000)
	for i := range sessions {
		sessions[i] = tr.Add(int64(i+1), 30000, 0)
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		tr.Touch(sessions[i%len(sessions)], int64(i)/1000) // a million requests per second
		i++
	}
}

func BenchmarkIdleExpire(b *testing.B) {
	tr := newTracker()
	for i := range int64(100_000) {
		tr.Add(i+1, 30000, 0)
	}
	b.ReportAllocs()
	for b.Loop() {
		tr.Expire(1999, func(*Session) { b.Fatal("expired") })
	}
}
