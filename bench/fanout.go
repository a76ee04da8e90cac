package bench

import (
	"context"
	"fmt"
	"time"

	"paddock/client"
	"paddock/zk"
)

// fanOut measures how long a change takes to reach all sessions that watch a znode: they set their watches, the znode is
// written, and the clock runs from the request until the last event is there. Setting the watches is not in the latency,
// but it is in the CPU.
func (r *run) fanOut(ctx context.Context) error {
	t := r.newTraffic(r.o)
	defer t.hangUp()
	if err := t.open(ctx, nil); err != nil {
		return err
	}
	w := &window{run: r, traffic: t}
	turns := make(chan struct{})
	stop, cancel := context.WithCancel(ctx)
	defer func() {
		cancel()
		<-turns
	}()
	if r.o.Count > 0 {
		defer close(turns)
		if err := w.open(); err != nil {
			return err
		}
		for range r.o.Count {
			if err := r.oneChange(ctx, t); err != nil {
				return err
			}
		}
		if err := w.close(); err != nil {
			return err
		}
		return w.addUp()
	}
	go func() {
		defer close(turns)
		for stop.Err() == nil && !t.stopped.Load() {
			if err := r.oneChange(stop, t); err != nil && stop.Err() == nil {
				t.fail(err)
				return
			}
		}
	}()
	if err := w.timed(ctx, time.Duration(r.o.Warmup), time.Duration(r.o.Duration)); err != nil {
		return err
	}
	t.stopped.Store(true)
	<-turns
	return w.addUp()
}

// oneChange is one operation of the workload watch.
func (r *run) oneChange(ctx context.Context, t *traffic) error {
	t.eachConn(func(c *conn) { c.watch(r.root) })
	if err := t.settle(ctx); err != nil {
		return err
	}
	t.toCome.Store(int64(r.o.Connections))
	dueNs := t.nowNs()
	t.changeNs.Store(dueNs)
	refused := make(chan error, 1)
	err := r.setup.SendSetData(r.root, []byte("changed"), -1, 0, func(reply *client.Reply) {
		switch {
		case reply.Lost != nil:
			refused <- reply.Lost
		case reply.Code != zk.ErrOK:
			refused <- &client.Error{Op: reply.Op, Path: r.root, Code: reply.Code}
		}
	})
	if err != nil {
		return err
	}
	r.setup.Flush()
	select {
	case lastNs := <-t.allEvents:
		t.tally.add(0, []sample{{kind: kindWatch, dueNs: dueNs, nowNs: lastNs}})
		return nil
	case err := <-refused:
		return err
	case err := <-t.failed:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(answerPatience):
		return fmt.Errorf("%d of %d events did not come within %v of the change", t.toCome.Load(), r.o.Connections, answerPatience)
	}
}
