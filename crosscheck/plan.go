package main

import (
	"bytes"
	"math"
	"math/rand/v2"
	"strings"

	"paddock/interop"
	"paddock/zk"
)

// plan makes up the stream. It learns from answers, which are equal on both sides or the run is over.
type plan struct {
	rng      *rand.Rand
	odd      []string
	paths    []string // that exist, or did not long ago
	watched  []string // the latest paths with persistent watches
	known    map[string]interop.Stat
	children []string // of the latest answer that lists some
	lastZxid int64
	xid      int32
	base     string // of a storm; every path is below it
	inMulti  bool   // the body being made is a part
	nulls    bool   // null strings are wanted too
}

// pathsMax bounds what the plan remembers.
const pathsMax = 300

func newPlan(seed uint64) *plan {
	return &plan{rng: rand.New(rand.NewPCG(seed, 0)), odd: oddPaths(), known: map[string]interop.Stat{}}
}

// learn remembers what an answer tells.
func (p *plan) learn(r *request, a *answer) {
	p.lastZxid = max(p.lastZxid, a.zxid)
	if a.err != zk.ErrOK {
		return
	}
	path := r.path
	if a.path != "" {
		path = a.path
		if !strings.HasPrefix(path, stormRoot) && !strings.HasPrefix(path, quotaRoot) && !strings.HasPrefix(path, zk.PathQuota) {
			p.remember(path)
		}
	}
	if a.stat != nil && path != "" {
		p.known[path] = *a.stat
	}
	if r.op == zk.OpGetChildren2 {
		p.children = a.children
	}
	if r.op == zk.OpMulti && p.rng.IntN(4) == 0 {
		p.remember(p.freshPath())
	}
}

func (p *plan) remember(path string) {
	if len(p.paths) < pathsMax {
		p.paths = append(p.paths, path)
		return
	}
	i := p.rng.IntN(len(p.paths))
	delete(p.known, p.paths[i])
	p.paths[i] = path
}

// ordinaryOps lists operations by how often they are wanted.
func ordinaryOps() []zk.Op {
	return []zk.Op{
		zk.OpCreate, zk.OpCreate, zk.OpCreate, zk.OpCreate2, zk.OpCreate2, zk.OpCreate2, zk.OpDelete, zk.OpDelete, zk.OpDelete,
		zk.OpExists, zk.OpExists, zk.OpGetData, zk.OpGetData, zk.OpSetData, zk.OpSetData, zk.OpGetACL, zk.OpSetACL,
		zk.OpGetChildren, zk.OpGetChildren2, zk.OpGetChildren2, zk.OpSync, zk.OpPing, zk.OpMulti, zk.OpMulti, zk.OpMulti,
		zk.OpSetWatches, zk.OpAuth,
		zk.OpCreateContainer, zk.OpCreateTTL, zk.OpMultiRead, zk.OpAddWatch, zk.OpSetWatches2, zk.OpCheckWatches,
		zk.OpCheckWatches, zk.OpRemoveWatches, zk.OpGetEphemerals, zk.OpGetAllChildrenNumber, zk.OpWhoAmI, zk.OpReconfig,
	}
}

// request makes an ordinary request, whose body may be broken.
func (p *plan) request() request {
	r := request{op: pick(p, ordinaryOps())}
	p.xid++
	r.xid = p.xid
	switch r.op {
	case zk.OpPing:
		r.xid = pick(p, []int32{zk.XidPing, p.xid})
	case zk.OpMulti:
		r.body, r.note = p.multiBody()
	case zk.OpSetWatches, zk.OpSetWatches2:
		r.xid = pick(p, []int32{zk.XidSetWatches, p.xid})
		r.body, r.note = p.setWatchesBody(r.op)
	case zk.OpMultiRead:
		r.body, r.note = p.multiReadBody()
	case zk.OpAddWatch, zk.OpCheckWatches, zk.OpRemoveWatches:
		r.path = p.watchPath()
		r.body, r.note = p.opBody(r.op, r.path)
	case zk.OpAuth:
		return p.goodAuth()
	default:
		r.path = p.path()
		r.body, r.note = p.opBody(r.op, r.path)
	}
	p.maim(&r)
	return r
}

// maim breaks one body in twenty-five.
func (p *plan) maim(r *request) {
	if len(r.body) == 0 {
		return
	}
	switch p.rng.IntN(100) {
	case 0, 1:
		n := p.rng.IntN(len(r.body))
		r.body, r.note = r.body[:n], r.note+" CUT"
	case 2:
		r.body, r.note = append(r.body, "behind"...), r.note+" LONGER"
	case 3:
		if r.op == zk.OpCreateTTL || r.op == zk.OpCreateContainer {
			return // a ttl of -1 and the flags of another mode end Apache for good; see Limits
		}
		r.body = bytes.Clone(r.body)
		r.body[p.rng.IntN(len(r.body))] ^= 1 << p.rng.IntN(8)
		r.note += " FLIPPED"
	}
}

// goodAuth takes on an identity.
func (p *plan) goodAuth() request {
	p.xid++
	r := request{xid: pick(p, []int32{zk.XidAuth, p.xid}), op: zk.OpAuth}
	switch n := p.rng.IntN(12); {
	case n < 8:
		r.note = pick(p, identities())
		r.body = interop.AuthBody("digest", r.note)
	case n < 9:
		r.note = "super"
		r.body = interop.AuthBody("digest", "super:"+interop.SuperSecret)
	case n < 10:
		r.note = "digest, odd"
		// With all the others at most 11 identities: the order in which Apache lists more of them is that of a table that has grown.
		r.body = interop.AuthBody("digest", pick(p, []string{"", "a:b:c", "super:wrong", "\xff:\xff", "\u65e5:x"}))
	default:
		r.note = "ip"
		r.body = interop.AuthBody("ip", "whatever")
	}
	return r
}

// ending is a request after which the connection ends.
func (p *plan) ending() request {
	p.xid++
	r := request{xid: p.xid, ends: true}
	switch p.rng.IntN(8) {
	case 0, 1, 2:
		r.op = zk.OpCloseSession
		if p.rng.IntN(4) == 0 {
			r.body = []byte("behind")
		}
	case 3:
		r.op = pick(p, []zk.Op{0, 10, zk.OpCheck, 23, 50, 99, 108, 109, 110, 200, -1, -2, -12, math.MaxInt32, math.MinInt32})
		r.body, r.note = p.opBody(zk.OpCheck, p.path())
	case 4, 5:
		r.op = zk.OpAuth
		r.note = pick(p, []string{"world", "auth", "nosuch", "", "x509", "sasl", "super", "Digest"})
		r.body = interop.AuthBody(r.note, pick(p, identities()))
	case 6:
		r.op, r.note = zk.OpAuth, "odd"
		r.body = pick(p, []interop.Body{
			interop.Body(nil).Int(0).Int(-1).Buffer([]byte("u1:p1")), interop.Body(nil).Int(0).String("digest").Int(-1),
			interop.Body(nil).Int(0).String("digest").Int(-2), interop.Body(nil).Int(0).String("digest"), nil,
			interop.Body(nil).Int(0), interop.Body(nil).Int(0).String("digest").Int(5),
		})
	default:
		return p.brokenFrame()
	}
	return r
}

// brokenFrame is no request at all; op tells nothing.
func (p *plan) brokenFrame() request {
	raw := pick(p, [][]byte{
		{0, 0, 0, 0},
		{0, 0, 0, 1, 0},
		{0, 0, 0, 4, 0, 0, 0, 1},
		{0, 0, 0, 7, 0, 0, 0, 1, 0, 0, 0},
		{0xff, 0xff, 0xff, 0xff},
		{0x80, 0, 0, 0},
		{0x7f, 0xff, 0xff, 0xff},
		{0, 0x10, 0, 0},
		[]byte("ruok"),
	})
	return request{ends: true, note: "raw", body: raw, op: rawOp}
}

// rawOp marks a request whose body is the whole frame.
const rawOp zk.Op = -1000
