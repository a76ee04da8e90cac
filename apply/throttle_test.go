package apply

import (
	"math"
	"testing"

	"paddock/auth"
	"paddock/codec"
)

func throttled(cfg ConnThrottleConfig) houseOption {
	return func(c *Config, _ *auth.Config) { c.ConnThrottle, c.Random = cfg, func() float64 { return 0.5 } }
}

// knock sends a connect request and tells whether it is refused.
func (h *house) knock(r codec.ConnectRequest) (c *client, refused bool) {
	h.t.Helper()
	r.TimeoutMs = 1000
	c = h.dial("127.0.0.1:4000")
	c.connect(r)
	h.commit()
	if !c.ended() {
		c.welcome()
		return c, false
	}
	if frames := c.raw(); len(frames) != 0 {
		h.t.Errorf("refused with %d frames, want none", len(frames))
	}
	return c, true
}

// W27, O04, O05.
func TestConnectionsBeyondTheTokensAreClosedWithoutAByte(t *testing.T) {
	h := newHouse(t, throttled(ConnThrottleConfig{Tokens: 3, FillMs: 100, FillCount: 2, FreezeMs: -1}))
	knock := func(refused bool, when string) {
		t.Helper()
		if _, got := h.knock(codec.ConnectRequest{}); got != refused {
			t.Fatalf("%s: refused: %v", when, got)
		}
	}
	for range 3 {
		knock(false, "while there are tokens")
	}
	knock(true, "with no token left")
	h.pass(100)
	knock(true, "after the time of a filling, which it must exceed")
	h.pass(1)
	knock(false, "after a filling")
	knock(false, "after a filling of two")
	knock(true, "with no token left again")
	h.pass(100_000)
	for range 3 {
		knock(false, "with a full bucket")
	}
	knock(true, "with more than a bucket holds")
	if n := h.p.Stats().ConnsRejected; n != 4 {
		t.Errorf("%d refusals counted, want 4", n)
	}
}

// W20: the throttle comes before everything else, so a client from the future costs a token.
func TestTheThrottleIsTheFirstCheckOfAConnectRequest(t *testing.T) {
	h := newHouse(t, throttled(ConnThrottleConfig{Tokens: 1, FillMs: 1 << 20, FillCount: 1, FreezeMs: -1}))
	if _, refused := h.knock(codec.ConnectRequest{LastZxidSeen: 1 << 40}); !refused {
		t.Error("a client that has seen a later zxid is served")
	}
	if _, refused := h.knock(codec.ConnectRequest{}); !refused || h.p.Stats().ConnsRejected != 1 {
		t.Error("the client before it has cost no token")
	}
}

// O07: the bucket counts new sessions, which cost more than renewed ones.
func TestSessionsCostTheirWeight(t *testing.T) {
	h := newHouse(t, throttled(ConnThrottleConfig{
		Tokens: 2, FillMs: 1 << 20, FillCount: 1, FreezeMs: -1, Weighted: true, GlobalWeight: 3, LocalWeight: 1, RenewWeight: 2,
	}))
	c, _ := h.knock(codec.ConnectRequest{}) // 6 tokens, 3 left
	renewal := codec.ConnectRequest{SessionID: c.session, Password: c.password}
	if _, refused := h.knock(renewal); refused { // 1 left
		t.Error("a renewal is refused")
	}
	if _, refused := h.knock(renewal); !refused {
		t.Error("a second renewal has no tokens and is let in")
	}
}

func TestNoWeightIsLessThanThatOfALocalSession(t *testing.T) {
	throttle := newConnThrottle(ConnThrottleConfig{Tokens: 2, FillCount: 3, Weighted: true, GlobalWeight: 3, LocalWeight: 5, RenewWeight: 2}, nil)
	if throttle.max != 10 || throttle.perFill != 15 || throttle.cost(false) != 5 || throttle.cost(true) != 5 {
		t.Errorf("got %+v", throttle)
	}
}

// O06: the probability rises while the bucket is empty and falls while no more than a share of it is used.
func TestTheDropProbabilityFollowsTheBucket(t *testing.T) {
	chance := 0.0
	throttle := newConnThrottle(ConnThrottleConfig{
		Tokens: 2, FillMs: 10, FillCount: 1, FreezeMs: 5, DropIncrease: 0.4, DropDecrease: 0.3, DecreaseRatio: 0.5,
	}, func() float64 { return chance })
	for _, step := range []struct {
		nowMs  int64
		chance float64
		admits bool
		drop   float64
		why    string
	}{
		{1000, 0, true, 0, "a full bucket"},
		{1001, 0, true, 0, "the last token"},
		{1002, 0, false, 0, "empty, but it is too early for a change"},
		{1006, 0, false, 0.4, "empty: dropped by chance"},
		{1007, 0.39, false, 0.4, "dropped by chance, too early for a change"},
		{1008, 0.41, false, 0.4, "chance lets it pass, and there is no token"},
		{1012, 0.05, false, 0.1, "one of two tokens is back, but chance is against it"},
		{1013, 0.2, true, 0.1, "that token"},
		{1018, 0.6, false, 0.5, "empty again"},
	} {
		chance = step.chance
		if got := throttle.admits(false, step.nowMs); got != step.admits || math.Abs(throttle.drop-step.drop) > 1e-9 {
			t.Errorf("at %d ms: %v with probability %v, want %v with %v: %s",
				step.nowMs, got, throttle.drop, step.admits, step.drop, step.why)
		}
	}
}

func TestTheDropProbabilityStaysBetweenZeroAndOne(t *testing.T) {
	throttle := newConnThrottle(ConnThrottleConfig{
		Tokens: 1, FillMs: 1 << 20, FillCount: 1, FreezeMs: 0, DropIncrease: 0.4, DropDecrease: 0.3,
	}, func() float64 { return 0.999 })
	throttle.admits(false, 1<<30) // takes the token
	for i, want := range []float64{0.4, 0.8, 1, 1} {
		if throttle.admits(false, 1<<30+1+int64(i)); math.Abs(throttle.drop-want) > 1e-9 {
			t.Errorf("empty look %d: probability %v, want %v", i, throttle.drop, want)
		}
	}
	for i, want := range []float64{0.7, 0.4, 0.1, 0, 0} {
		if throttle.admits(false, 1<<31+int64(i)<<22); math.Abs(throttle.drop-want) > 1e-9 {
			t.Errorf("calm look %d: probability %v, want %v", i, throttle.drop, want)
		}
	}
}

func TestWithoutAThrottleNothingIsCounted(t *testing.T) {
	h := newHouse(t)
	for range 100 {
		if _, refused := h.knock(codec.ConnectRequest{}); refused {
			t.Fatal("refused")
		}
	}
}
