package bench

import (
	"context"
	"fmt"
	"time"
)

// watches measures many watches: all sessions set theirs, every znode is changed once, all set theirs again, all sessions
// end. Each part is over when the last of all is done, so that parts do not mix.
func (r *run) watches(ctx context.Context) error {
	p, err := newPlan(&r.o, r.root)
	if err != nil {
		return err
	}
	t := r.newTraffic(r.o)
	defer t.hangUp()
	if err := t.open(ctx, nil); err != nil {
		return err
	}
	res := &r.result
	if err := r.readMemory(&res.RSSBeforeBytes); err != nil { // what the sessions cost is not the watches'
		return err
	}
	total := float64(p.watches * p.connections)
	w := &window{run: r, traffic: t, ops: int64(total)}
	if err := w.open(); err != nil {
		return err
	}
	if res.RegisteredPerSec, err = w.part(ctx, p, "set", kindRegister); err != nil {
		return err
	}
	if err := r.readMemory(&res.RSSAfterBytes); err != nil {
		return err
	}
	res.RSSBytesPerItem = float64(res.RSSAfterBytes-res.RSSBeforeBytes) / total
	t.toCome.Store(int64(total))
	if res.FiredPerSec, err = w.part(ctx, p, "fire", kindWatches); err != nil {
		return err
	}
	if res.ReregisteredPerSec, err = w.part(ctx, p, "set again", kindRegister); err != nil {
		return err
	}
	if err := w.close(); err != nil {
		return err
	}
	ended := time.Now()
	t.hangUp()
	res.EndSec = time.Since(ended).Seconds()
	return w.addUp()
}

// part lets every connection carry out its share and gives the watches per second, until the last answer or event.
func (w *window) part(ctx context.Context, p *plan, name string, k kind) (perSec float64, err error) {
	t, mine := w.traffic, *p
	mine.alone = k
	beganNs := t.nowNs()
	t.eachConn(func(c *conn) {
		c.give(newSource(&mine, c.id))
		c.fill(t.nowNs())
	})
	if err := w.wait(ctx, name, 0); err != nil {
		return 0, err
	}
	endNs := t.tally.newestNs()
	if k == kindWatches {
		if endNs, err = w.lastEvent(ctx); err != nil {
			return 0, err
		}
	}
	return float64(p.watches*p.connections) / (float64(max(endNs-beganNs, 1)) / 1e9), nil
}

// lastEvent waits until every event is there that was due.
func (w *window) lastEvent(ctx context.Context) (ns int64, err error) {
	select {
	case ns := <-w.traffic.allEvents:
		return ns, nil
	case err := <-w.traffic.failed:
		return 0, err
	case <-ctx.Done():
		return 0, ctx.Err()
	case <-time.After(answerPatience):
		return 0, fmt.Errorf("%d events did not come within %v of the change", w.traffic.toCome.Load(), answerPatience)
	}
}
