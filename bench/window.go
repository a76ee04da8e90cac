package bench

import (
	"context"
	"errors"
	"math"
	"time"
)

// window is the measured time of a run.
type window struct {
	*run
	traffic *traffic

	openedNs       int64
	server, client time.Duration // CPU at the opening
	serverCPU      time.Duration // of the window
	clientCPU      time.Duration
	opened         time.Time
	lastPoint      point
	ops            int64 // what counts as an operation, if not every answer
}

func (w *window) readCPU() (server, own time.Duration, err error) {
	if w.o.ServerPID > 0 {
		if server, err = processCPU(w.o.ServerPID); err != nil {
			return 0, 0, err
		}
	}
	own, err = ownCPU()
	return server, own, err
}

func (w *window) open() (err error) {
	if w.server, w.client, err = w.readCPU(); err != nil {
		return err
	}
	w.traffic.tally.takeRecent()
	w.opened, w.openedNs = time.Now(), w.traffic.nowNs()
	w.traffic.tally.fromNs.Store(w.openedNs)
	if w.probe != nil {
		w.probe.tally.fromNs.Store(w.probe.nowNs())
	}
	answers, _ := w.traffic.tally.answers()
	w.lastPoint = point{at: w.opened, cpu: w.server, answers: answers}
	return nil
}

func (w *window) close() error {
	server, own, err := w.readCPU()
	untilNs := w.traffic.nowNs()
	w.traffic.tally.untilNs.Store(untilNs)
	if w.probe != nil {
		w.probe.tally.untilNs.Store(w.probe.nowNs())
	}
	w.serverCPU, w.clientCPU = server-w.server, own-w.client
	w.result.Seconds = float64(untilNs-w.openedNs) / 1e9
	return err
}

// timed lets the warm-up pass and then measures.
func (w *window) timed(ctx context.Context, warmup, duration time.Duration) error {
	if warmup > 0 {
		if err := w.wait(ctx, "warm-up", warmup); err != nil {
			return err
		}
	}
	if err := w.open(); err != nil {
		return err
	}
	if err := w.wait(ctx, "measure", duration); err != nil {
		return err
	}
	return w.close()
}

// count measures from the first request to the last answer.
func (w *window) count(ctx context.Context) error {
	if err := w.open(); err != nil {
		return err
	}
	w.traffic.start()
	if err := w.wait(ctx, "measure", 0); err != nil {
		return err
	}
	if err := w.close(); err != nil {
		return err
	}
	w.result.Seconds = float64(max(w.traffic.tally.newestNs()-w.openedNs, 1)) / 1e9
	return w.addUp()
}

// wait lets the time pass (0: until every source has ended and every answer is there), notes the timeline, and ends early
// when something fails.
func (w *window) wait(ctx context.Context, phase string, d time.Duration) error {
	began, over := time.Now(), make(<-chan time.Time)
	if w.lastPoint.at.IsZero() {
		w.lastPoint.at = began
	}
	if d > 0 {
		over = time.After(d)
	}
	notes := time.NewTicker(min(max(d/100, 250*time.Millisecond), 5*time.Second))
	defer notes.Stop()
	looks := make(<-chan time.Time)
	if d == 0 || w.o.Count > 0 {
		ticker := time.NewTicker(5 * time.Millisecond)
		defer ticker.Stop()
		looks = ticker.C
	}
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-w.traffic.failed:
			return err
		case <-over:
			return nil
		case <-looks:
			if requests, dry := w.traffic.underWay(); dry && requests == 0 {
				return w.anyFailure()
			}
		case <-notes.C:
			if err := w.note(phase, time.Since(began), d); err != nil {
				return err
			}
		}
	}
}

// anyFailure tells of a failure that came together with the end.
func (w *window) anyFailure() error {
	select {
	case err := <-w.traffic.failed:
		return err
	default:
		return nil
	}
}

// addUp makes the result of what was counted. All answers are there.
func (w *window) addUp() error {
	if err := w.anyFailure(); err != nil {
		return err
	}
	res := &w.result
	res.add(w.traffic.tally)
	if w.ops > 0 {
		res.Ops = w.ops
	}
	if res.Ops == 0 {
		return errors.New("no answer came within the measured window")
	}
	if res.Errors = w.traffic.tally.refusals(); len(res.Errors) == 0 {
		res.Errors = nil
	}
	within := res.Ops
	if w.o.Rate > 0 {
		_, within = w.traffic.tally.answers()
	}
	res.OpsPerSec = float64(within) / res.Seconds
	res.ServerCPUUsPerOp = float64(w.serverCPU.Microseconds()) / math.Max(1, float64(within))
	res.ClientCPUUsPerOp = float64(w.clientCPU.Microseconds()) / math.Max(1, float64(within))
	res.ServerCPUUsPerItem = res.ServerCPUUsPerOp / res.ItemsPerOp
	res.ServerCPUPercent = 100 * w.serverCPU.Seconds() / res.Seconds
	if w.o.DataDir != "" {
		res.Snapshots = snapshotSpans(w.o.DataDir, w.opened, res.Seconds)
	}
	return nil
}
