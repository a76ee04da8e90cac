package main

import (
	"cmp"
	"fmt"
	"slices"

	"paddock/zk"
)

// burstRequest is a request that may stand in a burst: see Limits.
func (p *plan) burstRequest() request {
	p.inBurst = true
	defer func() { p.inBurst = false }()
	for {
		r := p.request()
		if r.op == zk.OpSetACL {
			continue
		}
		if r.op != zk.OpPing {
			r.xid = p.xid // its own, to tell the answers apart
		}
		return r
	}
}

// burst sends many requests in one packet.
func (r *run) burst(n int) error {
	if r.plan.rng.IntN(4) == 0 {
		return r.writeReadBurst(n)
	}
	requests := make([]request, 0, burstMax)
	for range 2 + r.plan.rng.IntN(burstMax-1) {
		requests = append(requests, r.plan.burstRequest())
	}
	authFirst(requests)
	if r.plan.rng.IntN(4) == 0 {
		requests = append(requests, r.plan.on(zk.OpSetACL, r.plan.path()))
	}
	return r.ask(n, requests)
}

// authFirst moves the auths to the front: elsewhere it would be chance which events still meet the old identities.
func authFirst(requests []request) {
	slices.SortStableFunc(requests, func(a, b request) int {
		return cmp.Compare(b2i(a.op != zk.OpAuth), b2i(b.op != zk.OpAuth))
	})
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// burstMax is the longest burst, in requests.
const burstMax = 60

// writeReadBurst stays on one path, so that each request meets the pending changes of those before it.
func (r *run) writeReadBurst(n int) error {
	path := r.plan.path()
	ops := []zk.Op{
		zk.OpCreate, zk.OpDelete, zk.OpSetData, zk.OpGetData, zk.OpExists, zk.OpGetChildren2, zk.OpCreate2, zk.OpSync,
	}
	var requests []request
	for i := range 2 + r.plan.rng.IntN(burstMax-1) {
		at := path
		if r.plan.rng.IntN(4) == 0 {
			at = fmt.Sprintf("%s/%d", path, i%3)
		}
		requests = append(requests, r.plan.on(pick(r.plan, ops), at))
	}
	return r.ask(n, requests)
}

// lookAround watches one path in every way from one session and then changes it from the same or another.
func (r *run) lookAround(n int) error {
	path := r.plan.path()
	for _, op := range []zk.Op{zk.OpGetData, zk.OpExists, zk.OpGetChildren} {
		if err := r.ask(n, []request{r.plan.on(op, path)}); err != nil {
			return err
		}
	}
	for i := range r.slots {
		if r.slots[i].conns[0] == nil {
			continue
		}
		op := pick(r.plan, []zk.Op{zk.OpCreate, zk.OpDelete, zk.OpSetData, zk.OpSetACL, zk.OpCreate2})
		if err := r.ask(i, []request{r.plan.on(op, path)}); err != nil {
			return err
		}
	}
	return r.settle(n)
}

// on makes a request for a certain path.
func (p *plan) on(op zk.Op, path string) request {
	p.xid++
	r := request{xid: p.xid, op: op, path: path}
	if op == zk.OpPing {
		r.xid = p.pingXid()
	}
	r.body, r.note = p.opBody(op, path)
	return r
}
