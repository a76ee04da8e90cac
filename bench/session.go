package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"paddock/client"
	"paddock/codec"
	"paddock/zk"
)

// connect opens and closes sessions, one after the other on each of Options.Connections goroutines.
func (r *run) connect(ctx context.Context) error {
	p, err := newPlan(&r.o, r.root) // for its count
	if err != nil {
		return err
	}
	t := newTraffic(r.o)
	w := &window{run: r, traffic: t}
	var over sync.WaitGroup
	defer func() {
		t.stopped.Store(true)
		over.Wait()
	}()
	begin := func() {
		for id := range r.o.Connections {
			over.Go(func() {
				for !t.stopped.Load() && (p.left == nil || p.left.Add(-1) >= 0) {
					if err := t.visit(ctx, id); err != nil {
						t.fail(fmt.Errorf("session on %s: %w", r.o.Addr, err))
						return
					}
				}
			})
		}
	}
	if r.counted() {
		return w.visits(begin, &over)
	}
	begin()
	if err := w.timed(ctx, time.Duration(r.o.Warmup), time.Duration(r.o.Duration)); err != nil {
		return err
	}
	t.stopped.Store(true)
	over.Wait()
	return w.addUp()
}

// visits measures a number of sessions.
func (w *window) visits(begin func(), over *sync.WaitGroup) error {
	if err := w.open(); err != nil {
		return err
	}
	begin()
	over.Wait()
	if err := w.close(); err != nil {
		return err
	}
	return w.addUp()
}

// visit is one session: connection, handshake, closeSession, its answer, the server's end of the connection. The server
// closes first, so that no port of this machine waits for a minute to be used again.
func (t *traffic) visit(ctx context.Context, id int) (err error) {
	dueNs := t.nowNs()
	c, err := dial(ctx, t, id)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.nc.Close()) }()
	if err := c.nc.SetDeadline(time.Now().Add(answerPatience)); err != nil {
		return err
	}
	b, at := codec.BeginFrame(nil)
	b = codec.AppendRequestHeader(b, codec.RequestHeader{Xid: 1, Op: zk.OpCloseSession})
	codec.EndFrame(b, at)
	if _, err := c.nc.Write(b); err != nil {
		return err
	}
	frame, err := readFrame(c.nc)
	if err != nil {
		return fmt.Errorf("closeSession: %w", err)
	}
	d := codec.NewDecoder(frame)
	if h := d.ReplyHeader(); d.Err() != nil || h.Xid != 1 || h.Err != zk.ErrOK {
		return fmt.Errorf("closeSession: answer with xid %d and error %d, expected 1 and 0: %w", h.Xid, h.Err, d.Err())
	}
	t.tally.add(id, []sample{{kind: kindConnect, dueNs: dueNs, nowNs: t.nowNs()}})
	if _, err := c.nc.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		return fmt.Errorf("after closeSession: got %w, expected the end of the connection", err)
	}
	return nil
}

// fanOut measures how long a change takes to reach all sessions that watch a znode: they set their watches, the znode is
// written, and the clock runs from the request until the last event is there. Setting the watches is not in the latency,
// but it is in the CPU.
func (r *run) fanOut(ctx context.Context) error {
	t := newTraffic(r.o)
	defer t.hangUp()
	if err := t.open(ctx, nil); err != nil {
		return err
	}
	t.start()
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
	for _, c := range t.conns {
		c.watch(zk.OpGetData, r.root)
		c.mu.Lock()
		c.flush()
		c.mu.Unlock()
	}
	for {
		if requests, _ := t.underWay(); requests == 0 {
			break
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-t.failed:
			return err
		case <-time.After(time.Millisecond):
		}
	}
	t.toCome.Store(int64(len(t.conns)))
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
	case <-t.allEvents:
	case err := <-refused:
		return err
	case err := <-t.failed:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(answerPatience):
		return fmt.Errorf("%d of %d events did not come within %v of the change", t.toCome.Load(), len(t.conns), answerPatience)
	}
	t.tally.add(0, []sample{{kind: kindWatch, dueNs: dueNs, nowNs: t.eventNs.Load()}})
	return nil
}

// idleSessions measures what sessions cost that only stay.
func (r *run) idleSessions(ctx context.Context) error {
	t := newTraffic(r.o)
	defer t.hangUp()
	if err := t.open(ctx, nil); err != nil {
		return err
	}
	t.start()
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
