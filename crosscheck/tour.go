package main

import (
	"fmt"

	"paddock/interop"
	"paddock/zk"
)

// A tour asks every operation about znodes of every kind that it can fail on, lock-step, so that no pair of an
// operation and a result is left to chance.

// tourRoot is the top of its znodes.
const tourRoot = "/tour"

// tour is the end of a stream: a new session looks at everything once more.
func (r *run) tour() error {
	const n = 0
	if err := r.newcomer(n); err != nil {
		return err
	}
	requests := r.plan.tourRequests()
	if !r.plan.variant.noQuotas {
		r.hasQuotas = true
		requests = append(requests, r.plan.quotaTour()...)
	}
	for i := range requests {
		if err := r.ask(n, requests[i:i+1]); err != nil {
			return err
		}
	}
	for _, op := range []zk.Op{0, zk.OpCheck, 10, 99, zk.OpCloseSession} {
		r.plan.xid++
		q := request{xid: r.plan.xid, op: op, body: interop.DeleteBody("/", -1), note: "the tour's end", ends: true}
		if err := r.ask(n, []request{q}); err != nil {
			return err
		}
		if err := r.newcomer(n); err != nil {
			return err
		}
	}
	return nil
}

// newcomer makes a slot's connection one of a new session.
func (r *run) newcomer(n int) error {
	if r.slots[n].conns[0] != nil {
		if err := r.drop(n); err != nil {
			return err
		}
	}
	r.slots[n].memory = nil
	return r.arrive(n, hello{tail: []byte{0}, timeout: 400_000})
}

// tourRequests makes the znodes, and asks about each of them, and about some that do not exist.
func (p *plan) tourRequests() []request {
	shut := []interop.ACL{{Perms: 31, Scheme: "digest", ID: interop.DigestID("nobody", "here")}}
	create := func(path string, mode int32, acl []interop.ACL) request {
		p.xid++
		return request{xid: p.xid, op: zk.OpCreate, path: path, body: interop.CreateBody(path, []byte("x"), acl, mode)}
	}
	requests := []request{
		create(tourRoot, 0, interop.Open()), create(tourRoot+"/full", 0, interop.Open()), create(tourRoot+"/full/x", 0, interop.Open()),
		create(tourRoot+"/shut", 0, shut), create(tourRoot+"/mine", 1, interop.Open()), p.tourRequest(zk.OpAddWatch, tourRoot, false),
		p.proof(), p.auth("ip", ""), p.saslRequest(),
	}
	paths := []string{"/full", "/none", "/none/x", "/shut", "/shut/x", "/mine/x", "//x", "/none"}
	for _, op := range tourOps() {
		for _, path := range paths {
			requests = append(requests, p.tourRequest(op, tourRoot+path, false), p.tourRequest(op, tourRoot+path, true))
		}
		cut := p.tourRequest(op, tourRoot, false)
		cut.body, cut.note = cut.body[:len(cut.body)-1], "CUT"
		requests = append(requests, cut)
	}
	return append(requests, p.tourMultis(paths)...)
}

// tourOps are the operations on one path, each before those that undo it.
func tourOps() []zk.Op {
	return []zk.Op{
		zk.OpAddWatch, zk.OpCheckWatches, zk.OpCreate, zk.OpSetData, zk.OpDelete, zk.OpCreate2, zk.OpExists, zk.OpGetData, zk.OpGetACL,
		zk.OpSetACL, zk.OpDelete, zk.OpCreateContainer, zk.OpGetChildren, zk.OpGetChildren2, zk.OpGetAllChildrenNumber, zk.OpDelete,
		zk.OpCreateTTL, zk.OpSync, zk.OpGetEphemerals, zk.OpWhoAmI, zk.OpReconfig, zk.OpSetWatches, zk.OpSetWatches2, zk.OpPing,
		zk.OpRemoveWatches, zk.OpDelete,
	}
}

// tourRequest asks about one path; odd chooses a version, a list of ACLs, flags or a type that will be refused.
func (p *plan) tourRequest(op zk.Op, path string, odd bool) request {
	p.xid++
	b := interop.Body(nil).String(path)
	q := request{xid: p.xid, op: op, path: path, note: fmt.Sprintf("odd=%v", odd), body: b}
	acl, version, mode, typ := interop.Open(), int32(-1), map[zk.Op]int32{zk.OpCreateContainer: 4, zk.OpCreateTTL: 5}[op], int32(recursiveType)
	if odd {
		acl, version, typ = []interop.ACL{{Perms: 31, Scheme: "nosuch"}}, 99, 17
	}
	switch op {
	case zk.OpCreate, zk.OpCreate2, zk.OpCreateContainer, zk.OpCreateTTL:
		b = interop.CreateBody(path, []byte("x"), acl, mode)
		if op == zk.OpCreateTTL {
			b = b.Long(600_000)
		}
		q.body = b
	case zk.OpDelete:
		q.body = interop.DeleteBody(path, version)
	case zk.OpSetData:
		q.body = interop.SetDataBody(path, []byte("yy"), version)
	case zk.OpSetACL:
		q.body = interop.SetACLBody(path, acl, version)
		if odd && path == tourRoot+"/full" {
			q.body = interop.SetACLBody(path, interop.Open(), version)
		}
	case zk.OpExists, zk.OpGetData, zk.OpGetChildren, zk.OpGetChildren2:
		q.body = b.Bool(odd)
	case zk.OpAddWatch:
		q.body = b.Int(b2i32(!odd) + 17*b2i32(odd))
	case zk.OpCheckWatches, zk.OpRemoveWatches:
		q.body = b.Int(typ)
	case zk.OpReconfig:
		q.body = interop.Body(nil).Int(-1).Int(-1).Int(-1).Long(-1)
	case zk.OpSetWatches:
		q.body = interop.Body(nil).Long(p.lastZxid).Strings(path).Strings().Strings()
	case zk.OpSetWatches2:
		q.body = interop.Body(nil).Long(p.lastZxid).Strings(path).Strings().Strings().Strings().Strings(path)
	case zk.OpPing, zk.OpWhoAmI:
		q.body = []byte("behind") // ignored, and there to be cut
		if op == zk.OpPing {
			q.xid = zk.XidPing
		}
	}
	return q
}

func b2i32(b bool) int32 { return int32(b2i(b)) }

// tourMultis fail at every position, and read what is there and what is not.
func (p *plan) tourMultis(paths []string) []request {
	var requests []request
	for _, path := range paths {
		for at := range 3 {
			p.xid++
			q := request{xid: p.xid, op: zk.OpMulti, note: fmt.Sprintf("%s at %d", path, at)}
			b := interop.Body(nil)
			for i := range 3 {
				part := p.tourRequest(zk.OpSetData, tourRoot+"/full", false)
				if i == at {
					part = p.tourRequest(pick(p, []zk.Op{zk.OpCreate, zk.OpDelete, zk.OpSetData}), tourRoot+path, p.rng.IntN(2) == 0)
				}
				b = append(b.Op(int32(part.op)), part.body...)
			}
			q.body = b.End()
			requests = append(requests, q)
		}
		p.xid++
		reads := interop.Body(nil)
		for _, op := range readParts() {
			reads = append(reads.Op(int32(op)), interop.WatchBody(tourRoot+path, false)...)
		}
		requests = append(requests, request{xid: p.xid, op: zk.OpMultiRead, note: path, body: reads.End()})
	}
	for _, op := range []zk.Op{zk.OpMulti, zk.OpMultiRead} {
		p.xid++
		requests = append(requests, request{xid: p.xid, op: op, note: "no end"})
	}
	return requests
}

// quotaTour meets a full quota with every operation that can.
func (p *plan) quotaTour() []request {
	owner := quotaRoots()[0] + tourRoot
	limits := zk.PathQuota + owner + "/zookeeper_limits"
	requests := []request{
		p.openCreate(quotaRoots()[0], nil), p.openCreate(owner, nil), p.openCreate(zk.PathQuota+quotaRoots()[0], nil),
		p.openCreate(zk.PathQuota+owner, nil), p.openCreate(limits, []byte("count=-1,bytes=-1=;byteHardLimit=3;countHardLimit=1")),
		p.openCreate(zk.PathQuota+owner+"/zookeeper_stats", []byte("count=0,bytes=0")),
	}
	for _, op := range []zk.Op{zk.OpCreate, zk.OpCreate2, zk.OpCreateContainer, zk.OpCreateTTL} {
		requests = append(requests, p.tourRequest(op, owner+"/"+op.String(), false))
	}
	part := p.openSet(owner, []byte("four"))
	p.xid++
	b := append(interop.Body(nil).Op(int32(zk.OpSetData)), part.body...)
	multi := request{xid: p.xid, op: zk.OpMulti, path: owner, body: b.End()}
	return append(requests, part, multi, p.readStats(owner))
}
