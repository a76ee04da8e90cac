package main

import (
	"fmt"

	"paddock/interop"
	"paddock/zk"
)

// Apache checks quotas against what is applied, not against what is in flight. So nothing else touches the znodes of this
// file, and everything here waits for its answer. For the same reason a multi has at most one part for each of two
// subtrees, which have nothing in common: an earlier part of the same multi would be in flight too.

// quotaRoots are the tops of the znodes that have quotas; the first is how the others begin.
func quotaRoots() []string { return []string{"/quoted", "/quoted-too"} }

// besideQuotas begins the names of znodes without a quota, for the other parts of multis.
const besideQuotas = "/quoted-not-"

// quotaOwners are znodes below a root, and the root, that quotas are set on: one in the other, side by side, and one that
// is not there at first.
func quotaOwners(root string) []string {
	return []string{root, root + "/a", root + "/a/b", root + "/b", root + "/late/one"}
}

// quotas sends a few writes to znodes that have quotas, changes the quotas too, and reads what the servers have counted.
func (r *run) quotas(n int) error {
	if r.plan.variant.noQuotas {
		return nil
	}
	r.hasQuotas = true
	root := pick(r.plan, quotaRoots())
	owners := quotaOwners(root)
	favourite := pick(r.plan, owners)
	var requests []request
	if r.plan.rng.IntN(3) == 0 {
		requests = r.plan.quotaStory(favourite)
	}
	for range 5 + r.plan.rng.IntN(25) {
		owner := favourite
		if r.plan.rng.IntN(3) == 0 {
			owner = pick(r.plan, owners)
		}
		switch r.plan.rng.IntN(8) {
		case 0:
			requests = append(requests, r.plan.quotaChange(owner))
		case 1, 2:
			requests = append(requests, r.plan.quotaMulti(owner))
		default:
			requests = append(requests, r.plan.quotaWrite(owner))
		}
	}
	for _, owner := range owners {
		requests = append(requests, r.plan.readStats(owner))
	}
	for i := range requests {
		if err := r.ask(n, requests[i:i+1]); err != nil {
			return err
		}
	}
	return nil
}

func (p *plan) readStats(owner string) request {
	p.xid++
	path := zk.PathQuota + owner + "/zookeeper_stats"
	return request{xid: p.xid, op: zk.OpGetData, path: path, body: interop.WatchBody(path, false)}
}

// quotaStory makes an owner, sets hard limits on it that are near, and fills it up beyond them.
func (p *plan) quotaStory(owner string) []request {
	limits := fmt.Sprintf("count=-1,bytes=-1=;byteHardLimit=%d;countHardLimit=%d", p.rng.IntN(150), 1+p.rng.IntN(6))
	requests := append(p.createAll("", owner), p.createAll(zk.PathQuota, owner)...)
	requests = append(requests,
		p.openCreate(zk.PathQuota+owner+"/zookeeper_limits", []byte(limits)), p.openSet(zk.PathQuota+owner+"/zookeeper_limits", []byte(limits)),
		p.openCreate(zk.PathQuota+owner+"/zookeeper_stats", []byte("count=0,bytes=0")))
	for i := range 3 + p.rng.IntN(6) {
		path := fmt.Sprintf("%s/%d", owner, i)
		requests = append(requests, p.openCreate(path, p.quotaData()), p.openSet(path, p.quotaData()))
	}
	return requests
}

// createAll creates path below top, and what is above it.
func (p *plan) createAll(top, path string) []request {
	var requests []request
	for i := 1; i <= len(path); i++ {
		if i == len(path) || path[i] == '/' {
			requests = append(requests, p.openCreate(top+path[:i], nil))
		}
	}
	return requests
}

func (p *plan) openCreate(path string, data []byte) request {
	p.xid++
	return request{xid: p.xid, op: zk.OpCreate, path: path, body: interop.CreateBody(path, data, interop.Open(), 0), note: fmt.Sprintf("%q", data)}
}

func (p *plan) openSet(path string, data []byte) request {
	p.xid++
	return request{xid: p.xid, op: zk.OpSetData, path: path, body: interop.SetDataBody(path, data, -1), note: fmt.Sprintf("%q", data)}
}

func (p *plan) quotaData() []byte {
	return pick(p, [][]byte{nil, {}, []byte("four"), []byte("a dozen byte"), make([]byte, 50), make([]byte, p.rng.IntN(30))})
}

// quotaWrite is an ordinary write to an owner or somewhere below.
func (p *plan) quotaWrite(owner string) request {
	path := owner
	if p.rng.IntN(4) > 0 {
		path += pick(p, []string{"/a", "/b", "/a/b", "/c", "/0", "/1", "/2", "/3"})
	}
	return p.openWrite(pick(p, []zk.Op{
		zk.OpCreate, zk.OpCreate2, zk.OpCreate, zk.OpCreateContainer, zk.OpCreateTTL, zk.OpDelete, zk.OpSetData, zk.OpSetData, zk.OpSetData,
	}), path)
}

// quotaMulti is a multi with a write to an owner, perhaps one to the other root's, and others before and behind.
func (p *plan) quotaMulti(owner string) request {
	parts := []request{p.quotaWrite(owner)}
	if p.rng.IntN(2) == 0 {
		other := quotaRoots()[0]
		if owner[:min(len(owner), len(quotaRoots()[1]))] != quotaRoots()[1] {
			other = quotaRoots()[1]
		}
		parts = append(parts, p.quotaWrite(pick(p, quotaOwners(other))))
	}
	for range p.rng.IntN(4) {
		beside := fmt.Sprintf("%s%d", besideQuotas, p.rng.IntN(40))
		parts = append(parts, p.openWrite(pick(p, []zk.Op{zk.OpCreate, zk.OpCheck, zk.OpDelete, zk.OpSetData, zk.OpCreate2}), beside))
	}
	p.rng.Shuffle(len(parts), func(i, k int) { parts[i], parts[k] = parts[k], parts[i] })
	p.xid++
	q := request{xid: p.xid, op: zk.OpMulti, path: owner}
	b := interop.Body(nil)
	for i := range parts {
		b = append(b.Op(int32(parts[i].op)), parts[i].body...)
		q.note += fmt.Sprintf("\n    %v", &parts[i])
	}
	q.body = b.End()
	return q
}

// openWrite makes a write that no list of ACLs refuses.
func (p *plan) openWrite(op zk.Op, path string) request {
	p.xid++
	q := request{xid: p.xid, op: op, path: path}
	data := p.quotaData()
	switch op {
	case zk.OpDelete, zk.OpCheck:
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
func (p *plan) quotaChange(owner string) request {
	path := zk.PathQuota + owner
	limits, stats := path+"/zookeeper_limits", path+"/zookeeper_stats"
	text := []byte(pick(p, limitTexts()))
	switch n := p.rng.IntN(20); {
	case n < 4:
		return p.openCreate(path, nil)
	case n < 9:
		return p.openCreate(limits, text)
	case n < 12:
		return p.openCreate(stats, []byte("count=0,bytes=0"))
	case n < 16:
		return p.openSet(limits, text)
	case n < 17:
		return p.openSet(stats, []byte(pick(p, []string{"count=2,bytes=9", "count=0,bytes=0", "bytes=3,count=3"})))
	}
	q := p.openWrite(zk.OpDelete, pick(p, []string{limits, limits, stats, stats, path}))
	q.body = interop.DeleteBody(q.path, -1)
	return q
}

// limitTexts are what quotas may say, junk included.
func limitTexts() []string {
	return []string{
		"count=4,bytes=60", "count=2,bytes=-1=;byteHardLimit=-1;countHardLimit=3", "count=-1,bytes=-1=;byteHardLimit=40;countHardLimit=-1",
		"count=-1,bytes=10=;byteHardLimit=60;countHardLimit=6", "countHardLimit=2", "byteHardLimit=0", "count=1,bytes=1",
		"count=-1,bytes=-1=;byteHardLimit=100;countHardLimit=8", "count=1,bytes=1=;byteHardLimit=0;countHardLimit=1",
		"count=-1,bytes=-1", "", "junk", "count=x", "count=3", "bytes=20,countHardLimit=5;byteHardLimit=30",
	}
}
