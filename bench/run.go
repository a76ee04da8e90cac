package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"paddock/client"
	"paddock/zk"
)

// sessionTimeout is long: a stalled server is a measurement, not an error.
const sessionTimeout = 40 * time.Second

// run is one run under way. It belongs to the goroutine that called Run.
type run struct {
	o        Options
	workload workload
	progress io.Writer
	setup    *client.Client // makes and removes the znodes
	root     string
	phase    atomic.Int32
	workers  []*worker
	finished chan struct{} // closed when every worker is done
	result   Result

	serverCPU time.Duration // within the window
	clientCPU time.Duration
}

// Run carries out one run and writes one line a second to progress while it goes on.
func Run(ctx context.Context, o Options, progress io.Writer) (Result, error) {
	if err := o.Check(); err != nil {
		return Result{}, err
	}
	kind, _ := findWorkload(o.Workload)
	r := &run{o: o, workload: kind, progress: progress, finished: make(chan struct{})}
	r.result = Result{Workload: o.Workload, Connections: o.Connections, InFlight: o.InFlight, ValueBytes: o.ValueBytes}
	if err := r.all(ctx); err != nil {
		return Result{}, fmt.Errorf("bench: %s: %w", o.Workload, err)
	}
	return r.result, nil
}

func (r *run) all(ctx context.Context) (err error) {
	if err := r.prepare(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.setup.Close()) }()
	if !r.o.Keep {
		defer func() { err = errors.Join(err, removeTree(r.setup, r.root)) }()
	}
	defer func() { err = errors.Join(err, r.hangUp()) }()
	if err := r.readMemory(&r.result.RSSBeforeBytes); err != nil {
		return err
	}
	if err := r.startWorkers(ctx); err != nil {
		return err
	}
	if err := r.measure(ctx); err != nil {
		return err
	}
	if err := r.addUp(); err != nil {
		return err
	}
	return r.memoryAfter(ctx)
}

func (r *run) dial(ctx context.Context) (*client.Client, error) {
	return client.Dial(ctx, r.o.Addr, client.Options{SessionTimeout: sessionTimeout})
}

// prepare makes a fresh znode for this run and what the workload needs below it.
func (r *run) prepare(ctx context.Context) error {
	c, err := r.dial(ctx)
	if err != nil {
		return err
	}
	root, err := c.Create(r.o.Root, nil, zk.OpenACL(), zk.ModePersistentSequential)
	if err == nil {
		err = r.workload.prepare(c, &r.o, root)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("prepare: %w", err), c.Close())
	}
	r.setup, r.root = c, root
	return nil
}

func (r *run) startWorkers(ctx context.Context) error {
	epoch := time.Now()
	if r.workload.counted {
		r.phase.Store(phaseMeasure)
	}
	for i := range r.o.Connections {
		c, err := r.dial(ctx)
		if err != nil {
			return err
		}
		r.workers = append(r.workers, newWorker(c, r.workload.source(&r.o, r.root, i), &r.phase, epoch, r.o.InFlight))
	}
	return nil
}

// measure opens and closes the window.
func (r *run) measure(ctx context.Context) error {
	window, err := r.openWindow(ctx)
	if err != nil {
		return err
	}
	length := r.o.Duration
	if r.workload.counted {
		length = 0
	}
	waited := r.wait(ctx, length)
	r.phase.Store(phaseStop)
	if err := r.closeWindow(window); err != nil || waited != nil {
		return errors.Join(waited, err)
	}
	select {
	case <-r.finished:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// window is what was read at its opening.
type window struct {
	at             time.Time
	server, client time.Duration
}

// openWindow starts the workers and lets the warm-up pass. A counted workload has none: all of it is measured.
func (r *run) openWindow(ctx context.Context) (window, error) {
	if r.workload.counted {
		w, err := r.readCPU()
		if err != nil {
			return w, err
		}
		return w, r.startAll()
	}
	if err := r.startAll(); err != nil {
		return window{}, err
	}
	if r.o.Warmup > 0 {
		if err := r.wait(ctx, r.o.Warmup); err != nil {
			return window{}, err
		}
	}
	w, err := r.readCPU()
	r.phase.Store(phaseMeasure)
	return w, err
}

func (r *run) startAll() error {
	for _, w := range r.workers {
		if err := w.start(); err != nil {
			return err
		}
	}
	go func() {
		for _, w := range r.workers {
			<-w.done
		}
		close(r.finished)
	}()
	return nil
}

func (r *run) readCPU() (w window, err error) {
	if r.o.ServerPID != 0 {
		if w.server, err = processCPU(r.o.ServerPID); err != nil {
			return w, err
		}
	}
	w.client, err = ownCPU()
	w.at = time.Now()
	return w, err
}

func (r *run) closeWindow(opened window) error {
	closed, err := r.readCPU()
	if err != nil {
		return err
	}
	r.result.Seconds = closed.at.Sub(opened.at).Seconds()
	r.serverCPU, r.clientCPU = closed.server-opened.server, closed.client-opened.client
	return nil
}

// wait lets the time pass (0: until the workers are done), reports progress, and ends early if there is nothing left
// to wait for.
func (r *run) wait(ctx context.Context, d time.Duration) error {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	var over <-chan time.Time
	if d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		over = timer.C
	}
	before := r.answers()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-r.finished: // the end of a counted workload, or every connection was lost, which addUp reports
			return nil
		case <-over:
			return nil
		case <-ticker.C:
			now := r.answers()
			if _, err := fmt.Fprintf(r.progress, "%s: %s answers, %s/s\n", r.o.Workload, Thousands(float64(now)), Thousands(float64(now-before))); err != nil {
				return err
			}
			before = now
		}
	}
}

func (r *run) answers() (n int64) {
	for _, w := range r.workers {
		n += w.answers.Load()
	}
	return n
}

// addUp merges what the workers recorded. They are done.
func (r *run) addUp() error {
	reads, writes := newHistogram(), newHistogram()
	for i, w := range r.workers {
		if w.err != nil {
			return fmt.Errorf("connection %d (%d requests refused): %w", i, w.refused, w.err)
		}
		reads.Merge(w.reads)
		writes.Merge(w.writes)
	}
	res := &r.result
	res.Reads, res.Writes = latencyOf(reads), latencyOf(writes)
	reads.Merge(writes)
	res.Latency = latencyOf(reads)
	res.Ops = res.Latency.Count
	if res.Ops == 0 {
		return errors.New("no answer came within the measured window")
	}
	res.OpsPerSec = float64(res.Ops) / res.Seconds
	res.ServerCPUUsPerOp = float64(r.serverCPU.Microseconds()) / float64(res.Ops)
	res.ClientCPUUsPerOp = float64(r.clientCPU.Microseconds()) / float64(res.Ops)
	return nil
}

func (r *run) readMemory(rss *int64) (err error) {
	if r.o.ServerPID != 0 {
		*rss, r.result.RSSPeakBytes, err = processMemory(r.o.ServerPID)
	}
	return err
}

// memoryAfter reads the server's memory at once and after the time to settle.
func (r *run) memoryAfter(ctx context.Context) error {
	if err := r.readMemory(&r.result.RSSAfterBytes); err != nil {
		return err
	}
	select {
	case <-time.After(r.o.Settle):
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := r.readMemory(&r.result.RSSSettledBytes); err != nil {
		return err
	}
	if r.workload.counted {
		r.result.RSSBytesPerCreated = float64(r.result.RSSSettledBytes-r.result.RSSBeforeBytes) / float64(r.o.Znodes)
	}
	return nil
}

// hangUp ends the workers' sessions. After a failure the error of the run is the news, and not what follows from it.
func (r *run) hangUp() error {
	for _, w := range r.workers {
		if w.c.Err() != nil {
			continue
		}
		if err := w.c.Close(); err != nil {
			return fmt.Errorf("close session: %w", err)
		}
	}
	return nil
}
