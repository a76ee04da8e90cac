package bench

import (
	"context"
	"fmt"

	"paddock/client"
	"paddock/zk"
)

// probeRate is how many requests per second the probe has due: enough for a p99.9 within seconds, too few to matter as load.
const probeRate = 1000

// startProbe lets one more connection, on an engine of its own, read a znode of its own in an open loop: what a client feels
// that has nothing to do with the load. Its engine still shares the processors with everything else on this machine.
func (r *run) startProbe(ctx context.Context) error {
	path := r.probePath()
	_, err := r.setup.Create(path, make([]byte, r.o.Value.Max), zk.OpenACL(), zk.ModePersistent)
	if err != nil && client.Code(err) != zk.ErrNodeExists { // of a run on this tree that was killed
		return err
	}
	o := r.o
	o.Workload, o.Mix, o.Connections, o.Rate, o.Pace, o.Loops, o.Count, o.Keys, o.Zipf = "get", "", 1, probeRate, 0, 1, 0, 1, 0
	p, err := newPlan(&o, r.root)
	if err != nil {
		return err
	}
	p.fixed = []byte(path)
	r.probe = r.newTraffic(o)
	if err := r.probe.open(ctx, func(worker int) *source { return newSource(p, worker) }); err != nil {
		return err
	}
	r.probe.start()
	return nil
}

func (r *run) probePath() string { return r.root + "/probe" }

// readProbe waits for the probe's last answers and notes its latencies.
func (r *run) readProbe(ctx context.Context) error {
	if r.probe == nil {
		return nil
	}
	if err := r.probe.finish(ctx); err != nil {
		return err
	}
	if h := r.probe.tally.byKind()[kindGet]; h != nil { // nil: the window was too short for any
		r.result.Probe = latencyOf("probe", h)
	}
	return nil
}

// endProbe removes what startProbe has made.
func (r *run) endProbe() error {
	if r.probe != nil {
		r.probe.hangUp()
	}
	if err := r.setup.Delete(r.probePath(), -1); err != nil && client.Code(err) != zk.ErrNoNode {
		return fmt.Errorf("clean up %s: %w", r.probePath(), err)
	}
	return nil
}
