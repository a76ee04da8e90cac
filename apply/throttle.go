package apply

import "math"

// ConnThrottleConfig bounds how fast sessions are opened and renewed: each takes tokens out of a bucket that fills with
// time, and while the bucket is often empty, connections are dropped by chance too.
type ConnThrottleConfig struct {
	Tokens        int     // size of the bucket; 0: there is no bound
	FillMs        int     // time in which FillCount tokens come back, at least 1
	FillCount     int     //
	FreezeMs      int     // least time between two changes of the drop probability; -1: nothing is dropped by chance
	DropIncrease  float64 // step of the probability when the bucket is empty
	DropDecrease  float64 // step back when no more than the share DecreaseRatio of the bucket is used
	DecreaseRatio float64 //
	Weighted      bool    // a session costs its weight, and Tokens and FillCount count new sessions
	GlobalWeight  int     // of a new session
	LocalWeight   int     // the least that the other two count as: there are no local sessions here
	RenewWeight   int     // of a renewed session
}

// connThrottle is the bucket. The rule is BLUE ("A New Class of Active Queue Management Algorithms"), as in BlueThrottle
// of 3.9.5, whose order it keeps: fill, change the probability, drop by chance, take.
type connThrottle struct {
	cfg          ConnThrottleConfig
	random       func() float64 // from 0 to 1, 1 excluded
	max, perFill int64          // tokens
	tokens       int64          // Invariant: 0 <= tokens <= max
	filledMs     int64          // monotonic, as frozenMs
	frozenMs     int64
	drop         float64 // Invariant: 0 <= drop <= 1
}

func newConnThrottle(cfg ConnThrottleConfig, random func() float64) connThrottle {
	t := connThrottle{cfg: cfg, random: random, max: int64(cfg.Tokens), perFill: int64(cfg.FillCount)}
	if cfg.Weighted {
		weight := int64(max(cfg.GlobalWeight, cfg.LocalWeight))
		t.max *= weight
		t.perFill *= weight
	}
	t.tokens = t.max
	return t
}

// admits tells whether a connection may open or renew its session, and takes its tokens if so.
func (t *connThrottle) admits(renew bool, nowMs int64) bool {
	if t.max == 0 {
		return true
	}
	t.fill(nowMs)
	if t.cfg.FreezeMs >= 0 && t.dropsByChance(nowMs) {
		return false
	}
	cost := t.cost(renew)
	if t.tokens < cost {
		return false
	}
	t.tokens -= cost
	return true
}

func (t *connThrottle) cost(renew bool) int64 {
	switch {
	case !t.cfg.Weighted:
		return 1
	case renew:
		return int64(max(t.cfg.RenewWeight, t.cfg.LocalWeight))
	default:
		return int64(max(t.cfg.GlobalWeight, t.cfg.LocalWeight))
	}
}

// fill gives back what the time since the last filling is worth: whole tokens, and only after more than FillMs.
func (t *connThrottle) fill(nowMs int64) {
	passedMs := nowMs - t.filledMs
	if passedMs <= int64(t.cfg.FillMs) {
		return
	}
	t.filledMs = nowMs
	due := float64(passedMs) * float64(t.perFill) / float64(t.cfg.FillMs) // 64 bits of whole numbers can be too few
	if due >= float64(t.max-t.tokens) {
		t.tokens = t.max
		return
	}
	t.tokens += int64(due)
}

func (t *connThrottle) dropsByChance(nowMs int64) bool {
	if nowMs-t.frozenMs > int64(t.cfg.FreezeMs) {
		t.frozenMs = nowMs
		calm := int64(math.Floor(float64(t.max)*t.cfg.DecreaseRatio + 0.5)) // rounded as Java rounds
		switch {
		case t.tokens == 0 && t.drop < 1:
			t.drop = min(t.drop+t.cfg.DropIncrease, 1)
		case t.max-t.tokens <= calm && t.drop > 0:
			t.drop = max(t.drop-t.cfg.DropDecrease, 0)
		}
	}
	return t.random() < t.drop
}
