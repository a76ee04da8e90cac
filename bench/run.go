package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"paddock/client"
	"paddock/zk"
)

// Status is what a run says of itself while it goes on.
type Status struct {
	Title    string
	Phase    string        // prepare, warm-up, measure, clean up
	Elapsed  time.Duration // of the phase
	Total    time.Duration // of the phase; 0 if nobody knows
	Answers  int64         // so far, warm-up included
	OpsPerS  float64       // lately
	P99Us    float64       // lately
	RSSBytes int64
}

// run is one run under way. It belongs to the goroutine that called Run.
type run struct {
	o       Options
	kind    kind // what Options.Workload says; kinds in a mix
	weights [kinds]float64
	tell    func(Status)
	setup   *client.Client // makes and removes the znodes
	root    string
	result  Result
	failed  chan error // of all connections: the first failure
	idle    *traffic   // holds Options.Watches
	probe   *traffic   // nil without Options.Probe
}

// Run carries out one run and tells how it goes on, some times a second. tell may be nil.
func Run(ctx context.Context, o Options, tell func(Status)) (Result, error) {
	if err := o.Check(); err != nil {
		return Result{}, err
	}
	weights, err := o.weights()
	if err != nil {
		return Result{}, err
	}
	if tell == nil {
		tell = func(Status) {}
	}
	if o.ServerPID == 0 {
		o.ServerPID = FindServer(o.Addr)
	}
	r := &run{o: o, kind: kinds, weights: weights, tell: tell, failed: make(chan error, 1)}
	if o.Mix == "" {
		r.kind = kindNamed(o.Workload)
	}
	r.result = newResult(&o)
	if err := r.all(ctx); err != nil {
		return Result{}, fmt.Errorf("bench: %s: %w", o.Title(), err)
	}
	return r.result, nil
}

func (r *run) all(ctx context.Context) (err error) {
	r.say("prepare")
	c, err := client.Dial(ctx, r.o.Addr, client.Options{SessionTimeout: time.Duration(r.o.SessionTimeout)})
	if err != nil {
		return err
	}
	r.setup = c
	defer func() {
		if cerr := c.Close(); err == nil && cerr != nil {
			err = fmt.Errorf("end of the session that prepared: %w", cerr)
		}
	}()
	if err := r.makeRoot(); err != nil {
		return err
	}
	if !r.o.Keep && r.o.Tree == "" {
		defer func() {
			r.say("clean up")
			if cerr := r.removeRoot(); err == nil {
				err = cerr
			}
		}()
	}
	defer func() {
		if r.idle != nil {
			r.idle.hangUp()
		}
	}()
	if err := r.prepare(ctx); err != nil {
		return fmt.Errorf("prepare: %w", err)
	}
	if r.o.Probe {
		defer func() { err = errors.Join(err, r.endProbe()) }()
		if err := r.startProbe(ctx); err != nil {
			return fmt.Errorf("probe: %w", err)
		}
	}
	if err := r.readMemory(&r.result.RSSBeforeBytes); err != nil {
		return err
	}
	if err := r.work(ctx); err != nil {
		return err
	}
	if err := r.readProbe(ctx); err != nil {
		return fmt.Errorf("probe: %w", err)
	}
	return r.memoryAfter(ctx)
}

func (r *run) makeRoot() (err error) {
	if r.root = r.o.Tree; r.root == "" {
		r.root, err = r.setup.Create(r.o.Root, nil, zk.OpenACL(), zk.ModePersistentSequential)
	}
	r.result.Tree = r.root
	return err
}

func (r *run) work(ctx context.Context) error {
	switch r.kind {
	case kindConnect:
		return r.connect(ctx)
	case kindWatch:
		return r.fanOut(ctx)
	case kindIdle:
		return r.idleSessions(ctx)
	case kindWatches:
		return r.watches(ctx)
	default:
		return r.requests(ctx)
	}
}

// counted tells whether the run ends after a number of requests and not after a time.
func (r *run) counted() bool {
	return r.o.Count > 0 || r.kind == kindLoad || r.kind == kindDelete
}

// requests is every workload that sends requests on connections that stay.
func (r *run) requests(ctx context.Context) error {
	p, err := newPlan(&r.o, r.root)
	if err != nil {
		return err
	}
	t := r.newTraffic(r.o)
	defer t.hangUp()
	if err := t.open(ctx, func(worker int) *source { return newSource(p, worker) }); err != nil {
		return err
	}
	w := &window{run: r, traffic: t}
	if r.counted() {
		return w.count(ctx)
	}
	t.start()
	if err := w.timed(ctx, time.Duration(r.o.Warmup), time.Duration(r.o.Duration)); err != nil {
		return err
	}
	if err := t.finish(ctx); err != nil {
		return err
	}
	return w.addUp()
}

// newTraffic makes connections whose failure is the run's.
func (r *run) newTraffic(o Options) *traffic {
	t := newTraffic(o)
	t.failed = r.failed
	return t
}

func (r *run) say(phase string) { r.tell(Status{Title: r.o.Title(), Phase: phase}) }

func (r *run) readMemory(rss *int64) (err error) {
	if r.o.ServerPID > 0 {
		*rss, r.result.RSSPeakBytes, err = processMemory(r.o.ServerPID)
	}
	return err
}

// memoryAfter reads the server's memory at once and after the time to settle.
func (r *run) memoryAfter(ctx context.Context) error {
	if r.result.RSSAfterBytes == 0 { // idle sessions have read it while they were there
		if err := r.readMemory(&r.result.RSSAfterBytes); err != nil {
			return err
		}
	}
	if r.o.Settle > 0 {
		r.say("settle")
		select {
		case <-time.After(time.Duration(r.o.Settle)):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if err := r.readMemory(&r.result.RSSSettledBytes); err != nil {
		return err
	}
	if r.kind == kindLoad {
		r.result.RSSBytesPerItem = float64(r.result.RSSSettledBytes-r.result.RSSBeforeBytes) / float64(r.o.Keys)
	}
	return nil
}
