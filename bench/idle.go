package bench

import (
	"context"
	"time"
)

// idleSessions measures what sessions cost that only stay.
func (r *run) idleSessions(ctx context.Context) error {
	t := r.newTraffic(r.o)
	defer t.hangUp()
	if err := t.open(ctx, nil); err != nil {
		return err
	}
	w := &window{run: r, traffic: t}
	if err := w.timed(ctx, time.Duration(r.o.Warmup), time.Duration(r.o.Duration)); err != nil {
		return err
	}
	if err := r.readMemory(&r.result.RSSAfterBytes); err != nil {
		return err
	}
	res := &r.result
	res.RSSBytesPerItem = float64(res.RSSAfterBytes-res.RSSBeforeBytes) / float64(r.o.Connections)
	if r.o.ServerPID > 0 { // less than a tick reads as 0: a tick is what can be said
		res.ServerCPUPercent = 100 * max(w.serverCPU, clockTick).Seconds() / res.Seconds
	}
	return w.anyFailure()
}
