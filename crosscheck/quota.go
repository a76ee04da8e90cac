package main

import (
	"paddock/interop"
	"paddock/zk"
)

// Apache checks quotas against what is applied, not against what is in flight. So nothing else touches the znodes of this
// file, and everything here waits for its answer.

// quotaRoot is the top of the znodes that have quotas.
const quotaRoot = "/quoted"

func quotaOwners() []string {
	return []string{quotaRoot, quotaRoot + "/a", quotaRoot + "/a/b", quotaRoot + "/b", quotaRoot + "/missing/deep"}
}

// quotas sends a few writes to znodes that have quotas, and changes the quotas too.
func (r *run) quotas(n int) error {
	r.hasQuotas = true
	for range 5 + r.plan.rng.IntN(20) {
		q := r.plan.quotaWrite()
		if r.plan.rng.IntN(5) < 2 {
			q = r.plan.quotaChange()
		}
		if err := r.ask(n, []request{q}); err != nil {
			return err
		}
	}
	owner := pick(r.plan, quotaOwners())
	return r.ask(n, []request{r.plan.on(zk.OpGetData, zk.PathQuota+owner+"/zookeeper_stats")})
}

// quotaWrite is an ordinary write, alone or as a part of a multi that has no other of its kind.
func (p *plan) quotaWrite() request {
	path := pick(p, quotaOwners())
	if p.rng.IntN(2) == 0 {
		path += pick(p, []string{"/a", "/b", "/a/b", "/c"})
	}
	op := pick(p, []zk.Op{zk.OpCreate, zk.OpCreate2, zk.OpCreate, zk.OpCreateContainer, zk.OpCreateTTL, zk.OpDelete, zk.OpSetData, zk.OpSetData})
	if p.rng.IntN(4) > 0 {
		return p.openWrite(op, path)
	}
	part := p.openWrite(op, path)
	p.xid++
	q := request{xid: p.xid, op: zk.OpMulti, path: path, note: part.String()}
	b := interop.Body(nil)
	if p.rng.IntN(2) == 0 {
		b = append(b.Op(int32(zk.OpCheck)), interop.DeleteBody("/", -1)...)
	}
	b = append(b.Op(int32(op)), part.body...)
	if p.rng.IntN(4) == 0 {
		b = append(b.Op(int32(zk.OpCheck)), interop.DeleteBody("/nothing", -1)...)
	}
	q.body = b.End()
	return q
}

// openWrite makes a write that no list of ACLs refuses.
func (p *plan) openWrite(op zk.Op, path string) request {
	p.xid++
	q := request{xid: p.xid, op: op, path: path}
	data := pick(p, [][]byte{nil, {}, []byte("four"), []byte("a dozen byte"), make([]byte, 50)})
	switch op {
	case zk.OpDelete:
		q.body = interop.DeleteBody(path, p.version(p.known[path].Version))
	case zk.OpSetData:
		q.body = interop.SetDataBody(path, data, p.version(p.known[path].Version))
	case zk.OpCreateContainer:
		q.body = interop.CreateBody(path, data, interop.Open(), 4)
	case zk.OpCreateTTL:
		q.body = interop.CreateBody(path, data, interop.Open(), 5).Long(600_000)
	default:
		q.body = interop.CreateBody(path, data, interop.Open(), int32(p.rng.IntN(4)))
	}
	return q
}

// quotaChange touches a quota itself: its limits, its stats, or the znodes on the way to them.
func (p *plan) quotaChange() request {
	owner := pick(p, quotaOwners())
	path := zk.PathQuota + owner
	limits, stats := path+"/zookeeper_limits", path+"/zookeeper_stats"
	text := []byte(pick(p, limitTexts()))
	p.xid++
	q := request{xid: p.xid, op: zk.OpCreate, path: limits, note: string(text)}
	switch n := p.rng.IntN(20); {
	case n < 4:
		q.path, q.body = path, interop.CreateBody(path, nil, interop.Open(), 0)
	case n < 9:
		q.body = interop.CreateBody(limits, text, interop.Open(), 0)
	case n < 13:
		q.path, q.body = stats, interop.CreateBody(stats, []byte("count=0,bytes=0"), interop.Open(), 0)
	case n < 16:
		q.op, q.body = zk.OpSetData, interop.SetDataBody(limits, text, -1)
	case n < 17:
		q.op, q.path = zk.OpSetData, stats
		q.body = interop.SetDataBody(stats, []byte(pick(p, []string{"count=2,bytes=9", "count=0,bytes=0", "bytes=3,count=3"})), -1)
	case n < 18:
		q.op, q.body = zk.OpDelete, interop.DeleteBody(limits, -1)
	case n < 19:
		q.op, q.path, q.body = zk.OpDelete, stats, interop.DeleteBody(stats, -1)
	default:
		q.op, q.path, q.body = zk.OpDelete, path, interop.DeleteBody(path, -1)
	}
	return q
}

// limitTexts are what quotas may say, junk included.
func limitTexts() []string {
	return []string{
		"count=4,bytes=60", "count=2,bytes=-1=;byteHardLimit=-1;countHardLimit=3", "count=-1,bytes=-1=;byteHardLimit=40;countHardLimit=-1",
		"count=-1,bytes=10=;byteHardLimit=60;countHardLimit=6", "countHardLimit=2", "byteHardLimit=0", "count=1,bytes=1",
		"count=-1,bytes=-1", "", "junk", "count=x", "count=3", "bytes=20,countHardLimit=5;byteHardLimit=30",
	}
}
