package bench

import (
	"context"
	"fmt"
	"time"

	"paddock/client"
	"paddock/codec"
	"paddock/zk"
)

// childrenName is what the znode is called that the workload children lists, below the root.
const childrenName = "/c"

// prepare makes what the requests need.
func (r *run) prepare(ctx context.Context) error {
	keys := r.weights[kindGet] + r.weights[kindSet] + r.weights[kindExists] + r.weights[kindMulti]
	if r.kind == kindDelete || r.kind == kindWatches {
		keys = 1
	}
	if keys > 0 && r.o.Tree == "" {
		if err := r.makeKeys(ctx); err != nil {
			return err
		}
	}
	if r.kind == kindLoad {
		if err := r.makeParents(); err != nil {
			return err
		}
	}
	if r.weights[kindChildren] > 0 {
		if err := r.makeChildren(); err != nil {
			return err
		}
	}
	if r.o.Watches > 0 && r.kind != kindWatches {
		return r.makeWatches(ctx)
	}
	return nil
}

func (r *run) makeParents() error {
	keys := layout{root: r.root, keys: r.o.Keys, perParent: r.o.PerParent}
	return bulk(r.setup, keys.parents(), func(i int, done client.Handler) error {
		path := string(keys.appendParent(nil, i))
		return r.setup.SendCreate(zk.OpCreate, &codec.CreateRequest{Path: path, ACL: zk.OpenACL()}, int64(i), done)
	})
}

// makeKeys is an unmeasured load with enough requests under way that a server's group commit pays.
func (r *run) makeKeys(ctx context.Context) error {
	if err := r.makeParents(); err != nil {
		return err
	}
	o := r.o
	o.Workload, o.Mix, o.Rate, o.Count, o.Connections, o.InFlight = "load", "", 0, 0, 4, 250
	p, err := newPlan(&o, r.root)
	if err != nil {
		return err
	}
	t := r.newTraffic(o)
	defer t.hangUp()
	return r.carryOut(ctx, t, p)
}

// carryOut opens the connections of a preparation and lets them work until all is done.
func (r *run) carryOut(ctx context.Context, t *traffic, p *plan) error {
	if err := t.open(ctx, func(worker int) *source { return newSource(p, worker) }); err != nil {
		return err
	}
	t.start()
	inner := *r // its timeline is not the run's
	w := &window{run: &inner, traffic: t, lastPoint: point{at: time.Now()}}
	return w.wait(ctx, "prepare", 0)
}

func (r *run) makeChildren() error {
	parent := r.root + childrenName
	_, err := r.setup.Create(parent, nil, zk.OpenACL(), zk.ModePersistent)
	if client.Code(err) == zk.ErrNodeExists && r.o.Tree != "" {
		return nil // of an earlier run on this tree
	}
	if err != nil {
		return err
	}
	return bulk(r.setup, r.o.Children, func(i int, done client.Handler) error {
		path := string(appendDigits([]byte(parent+"/n"), i, 7))
		return r.setup.SendCreate(zk.OpCreate, &codec.CreateRequest{Path: path, ACL: zk.OpenACL()}, int64(i), done)
	})
}

// watchers are the sessions that hold Options.Watches.
const watchers = 10

// makeWatches lets idle sessions watch paths where nothing will ever be.
func (r *run) makeWatches(ctx context.Context) error {
	o := r.o
	o.Connections, o.Rate, o.Count = watchers, 0, int64(r.o.Watches)
	p, err := newPlan(&o, r.root)
	if err != nil {
		return err
	}
	p.alone, p.absent, p.inFlight, p.watches = kindRegister, true, bulkInFlight/watchers, r.o.Watches
	r.idle = r.newTraffic(o)
	return r.carryOut(ctx, r.idle, p)
}

// bulkInFlight is the window of preparations and clean-ups.
const bulkInFlight = 1000

// bulk sends n requests and waits for all answers. The first refusal is the error.
func bulk(c *client.Client, n int, send func(i int, done client.Handler) error) error {
	answers := make(chan error, bulkInFlight)
	done := func(r *client.Reply) {
		switch {
		case r.Lost != nil:
			answers <- r.Lost
		case r.Code != zk.ErrOK:
			answers <- &client.Error{Op: r.Op, Code: r.Code}
		default:
			answers <- nil
		}
	}
	var first error
	sent, open := 0, 0
	for sent < n && first == nil || open > 0 {
		for sent < n && first == nil && open < bulkInFlight {
			if err := send(sent, done); err != nil {
				first = err
				break
			}
			sent++
			open++
		}
		c.Flush()
		for wait := open; wait > 0 && (wait > bulkInFlight/2 || sent == n || first != nil); wait-- {
			if err := <-answers; err != nil && first == nil {
				first = err
			}
			open--
		}
	}
	return first
}

// removeRoot deletes all that the run has made: it is never deeper than two below the root.
func (r *run) removeRoot() error {
	names, _, err := r.setup.GetChildren2(r.root, false)
	if err != nil {
		return fmt.Errorf("clean up: %w", err)
	}
	for _, name := range names {
		path := r.root + "/" + name
		leaves, _, err := r.setup.GetChildren2(path, false)
		if client.Code(err) == zk.ErrNoNode {
			continue // an ephemeral, whose session has just ended
		}
		if err != nil {
			return fmt.Errorf("clean up: %w", err)
		}
		err = bulk(r.setup, len(leaves), func(i int, done client.Handler) error {
			return r.setup.SendDelete(path+"/"+leaves[i], -1, int64(i), done)
		})
		if err != nil {
			return fmt.Errorf("clean up below %s: %w", path, err)
		}
		if err := r.setup.Delete(path, -1); err != nil && client.Code(err) != zk.ErrNoNode {
			return fmt.Errorf("clean up %s: %w", path, err)
		}
	}
	if err := r.setup.Delete(r.root, -1); err != nil {
		return fmt.Errorf("clean up %s: %w", r.root, err)
	}
	return nil
}
