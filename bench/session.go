package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"paddock/codec"
	"paddock/zk"
)

// connect opens and closes sessions, one after the other on each of Options.Connections goroutines.
func (r *run) connect(ctx context.Context) error {
	p, err := newPlan(&r.o, r.root) // for its count
	if err != nil {
		return err
	}
	t := r.newTraffic(r.o)
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
	nc, _, err := dial(ctx, &t.o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, nc.Close()) }()
	if err := nc.SetDeadline(time.Now().Add(answerPatience)); err != nil {
		return err
	}
	b, at := codec.BeginFrame(nil)
	b = codec.AppendRequestHeader(b, codec.RequestHeader{Xid: 1, Op: zk.OpCloseSession})
	codec.EndFrame(b, at)
	if _, err := nc.Write(b); err != nil {
		return err
	}
	frame, err := readFrame(nc)
	if err != nil {
		return fmt.Errorf("closeSession: %w", err)
	}
	d := codec.NewDecoder(frame)
	if h := d.ReplyHeader(); d.Err() != nil || h.Xid != 1 || h.Err != zk.ErrOK {
		return fmt.Errorf("closeSession: answer with xid %d and error %d, expected 1 and 0: %w", h.Xid, h.Err, d.Err())
	}
	t.tally.add(id, []sample{{kind: kindConnect, dueNs: dueNs, nowNs: t.nowNs()}})
	if _, err := nc.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		return fmt.Errorf("after closeSession: got %w, expected the end of the connection", err)
	}
	return nil
}
