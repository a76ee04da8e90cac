package main

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
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
	inBurst  bool   // the request being made is part of one
	variant  variant
}

// pathBytesMax is the longest path where requests may not be long.
const pathBytesMax = 1000

// pathsMax bounds what the plan remembers.
const pathsMax = 300

func newPlan(seed uint64, v variant) *plan {
	odd := slices.DeleteFunc(oddPaths(), func(path string) bool { return v.frameBytesMax > 0 && len(path) > pathBytesMax })
	return &plan{rng: rand.New(rand.NewPCG(seed, 0)), odd: odd, known: map[string]interop.Stat{}, variant: v}
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
		if !strings.HasPrefix(path, stormRoot) && !strings.HasPrefix(path, quotaRoots()[0]) && !strings.HasPrefix(path, zk.PathQuota) {
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
		zk.OpSetWatches, zk.OpAuth, zk.OpSASL,
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
		r.xid = p.pingXid()
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
	case zk.OpSASL:
		return p.saslRequest()
	default:
		r.path = p.path()
		r.body, r.note = p.opBody(r.op, r.path)
	}
	p.maim(&r)
	return r
}

// pingXid is the one of all clients or, where that does no harm, another: with globalOutstandingLimit Apache counts such a
// ping as waiting for ever, because its answer has the usual xid, and one day it does not read from the connection any more.
func (p *plan) pingXid() int32 {
	if p.variant.usualPings {
		return zk.XidPing
	}
	return pick(p, []int32{zk.XidPing, p.xid})
}

// maim breaks one body in twenty-five.
func (p *plan) maim(r *request) {
	if len(r.body) == 0 {
		return
	}
	switch p.rng.IntN(100) {
	case 4:
		if p.variant.frameBytesMax == 0 && p.rng.IntN(50) > 0 {
			return // a megabyte, which the script would hold
		}
		const headerBytes = 8 // xid and operation
		r.body = append(r.body, make([]byte, max(0, p.frameBytesMax()-headerBytes-len(r.body)))...)
		r.note += " AS LONG AS CAN BE"
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
	if p.variant.noDigest {
		return p.proof()
	}
	switch n := p.rng.IntN(12); {
	case n < 6:
		return p.proof()
	case n < 8:
		return p.auth("digest", fmt.Sprintf("more:%d", p.rng.IntN(60)))
	case n < 9:
		return p.auth("digest", "super:"+interop.SuperSecret)
	case n < 10:
		return p.auth("digest", pick(p, []string{"", "a:b:c", "super:wrong", "\xff:\xff", "\u65e5:x"}))
	default:
		return p.auth("ip", "whatever")
	}
}

// proof takes on an identity of the scheme digest, where there is one.
func (p *plan) proof() request {
	if p.variant.noDigest {
		return p.auth("ip", "whatever")
	}
	return p.auth("digest", pick(p, identities()))
}

func (p *plan) auth(scheme, secret string) request {
	p.xid++
	return request{
		xid: pick(p, []int32{zk.XidAuth, p.xid}), op: zk.OpAuth, body: interop.AuthBody(scheme, secret),
		note: fmt.Sprintf("%s %+q", scheme, secret),
	}
}

// saslRequest is answered where SASL is not configured, whatever its token; a null token ends the connection.
func (p *plan) saslRequest() request {
	p.xid++
	token := pick(p, [][]byte{{}, {0}, []byte("token"), bytes.Repeat([]byte{0xff}, 300), nil})
	if token == nil {
		token = make([]byte, p.rng.IntN(2000))
		for i := range token {
			token[i] = byte(p.rng.Uint32())
		}
	}
	r := request{xid: pick(p, []int32{0, -7, p.xid, p.xid, p.xid}), op: zk.OpSASL, body: interop.Body(nil).Buffer(token)}
	r.note = fmt.Sprintf("token=%.20q", token)
	if p.rng.IntN(8) == 0 {
		r.body, r.note = append(r.body, "behind"...), r.note+" LONGER"
	}
	return r
}

// ending is a request after which the connection ends.
func (p *plan) ending() request {
	p.xid++
	r := request{xid: p.xid, ends: true}
	switch p.rng.IntN(10) {
	case 8:
		r.op, r.note = zk.OpSASL, "null or broken"
		r.body = pick(p, []interop.Body{interop.Body(nil).Int(-1), interop.Body(nil).Int(-2), interop.Body(nil).Int(5), nil, interop.Body(nil).Int(1 << 30)})
	case 9:
		return p.longFrame()
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
		if p.variant.noDigest && p.rng.IntN(2) == 0 {
			r.note = "digest"
		}
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

// longFrame is one byte longer than the servers take.
func (p *plan) longFrame() request {
	body := make([]byte, p.frameBytesMax()+1)
	copy(body, interop.Body(nil).Int(p.xid).Int(int32(zk.OpPing)))
	return request{ends: true, note: "too long", body: framed(body)[:2000], op: rawOp}
}

// frameBytesMax is the longest request that the servers take.
func (p *plan) frameBytesMax() int {
	const byDefault = 0xfffff // jute.maxbuffer (BinaryInputArchive, 3.9.5)
	return cmp.Or(p.variant.frameBytesMax, byDefault)
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
