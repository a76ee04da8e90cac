package bench

import (
	"math"
	"testing"
	"time"
)

// These tests hold lower bounds and exact counts only: a busy machine makes everything later, and nothing earlier.

func TestKnownDelayShowsInEveryPercentile(t *testing.T) {
	s := startStub(t)
	s.delay = 5 * time.Millisecond
	for _, rate := range []float64{0, 100} {
		o := smallRun(s.addr, "get")
		o.InFlight, o.Rate, o.Duration = 1, rate, Duration(400*time.Millisecond)
		if rate == 0 {
			o.Count = 150
		}
		got := mustRun(t, o)
		if first := got.Quantiles[0]; first.Percent != 0 || first.Us < 4990 || got.Latency.P50Us < 4990 { // three digits
			t.Errorf("rate %v: the fastest answer took %v µs, p50 %v, want at least 5 ms", rate, first.Us, got.Latency.P50Us)
		}
	}
}

func TestPipelinedRequestsWaitForThoseBeforeThem(t *testing.T) {
	s := startStub(t)
	s.delay = 2 * time.Millisecond
	o := smallRun(s.addr, "get")
	o.Connections, o.InFlight, o.Count = 1, 10, 200 // all but the first nine find nine before them
	if got := mustRun(t, o); got.Latency.P50Us < 19_900 {
		t.Errorf("p50 is %v µs; ten requests of 2 ms each stand in the queue", got.Latency.P50Us)
	}
}

// A server that stands still for 200 ms at 1,000 requests/s delays the 200 that fall due meanwhile. A closed loop would see
// one slow request per connection.
func TestOpenLoopCountsWhatAStallDelays(t *testing.T) {
	const (
		rate  = 1000.0
		stall = 200 * time.Millisecond
	)
	s := startStub(t)
	s.stallAt, s.stall = 600, stall // due 0.6 s after the beginning, in the midst of the window
	o := smallRun(s.addr, "get")
	o.Rate, o.Connections, o.Warmup, o.Duration = rate, 4, Duration(100*time.Millisecond), Duration(1200*time.Millisecond)
	got := mustRun(t, o)
	if want := rate * got.Seconds; math.Abs(float64(got.Ops)-want) > 2 {
		t.Errorf("%d requests counted in %.3f s, want %.0f: those that the stall delayed are missing", got.Ops, got.Seconds, want)
	}
	// Of 1200 requests 130 wait for 70 ms or more.
	if late := lateShare(&got, 70_000); late < 0.099 {
		t.Errorf("%.1f %% of the requests took 70 ms or more, want about 11 %%: quantiles %v", 100*late, got.Quantiles)
	}
	if got.Latency.MaxUs < 195_000 {
		t.Errorf("the longest took %v µs, want about 200 ms", got.Latency.MaxUs)
	}
}

// lateShare is the share of requests at or above a latency, as the quantiles have it: rounded down.
func lateShare(r *Result, us float64) float64 {
	for _, q := range r.Quantiles {
		if q.Us >= us {
			return 1 - q.Percent/100
		}
	}
	return 0
}

func TestRateIsKept(t *testing.T) {
	s := startStub(t)
	for _, rate := range []float64{37, 2000} {
		o := smallRun(s.addr, "get")
		o.Rate, o.Duration = rate, Duration(600*time.Millisecond)
		got := mustRun(t, o)
		if want := rate * got.Seconds; math.Abs(float64(got.Ops)-want) > 2 {
			t.Errorf("rate %v: %d requests fell due in %.3f s, want %.1f", rate, got.Ops, got.Seconds, want)
		}
	}
}

func TestTimelineCoversTheWindow(t *testing.T) {
	s := startStub(t)
	o := smallRun(s.addr, "get")
	o.Duration = Duration(1100 * time.Millisecond)
	got := mustRun(t, o)
	last, answered := 0.0, false
	for _, p := range got.Timeline {
		if p.Sec <= last || p.RSSBytes <= 0 {
			t.Errorf("point %+v after second %v", p, last)
		}
		last = p.Sec
		answered = answered || p.OpsPerSec > 0 && p.P50Us > 0 && p.P50Us <= p.P99Us && p.P99Us <= p.MaxUs
	}
	if !answered || last > got.Seconds {
		t.Errorf("window of %v s, timeline %+v", got.Seconds, got.Timeline)
	}
}
