package main

import (
	"fmt"

	"paddock/interop"
	"paddock/zk"
)

// request is one request of a stream.
type request struct {
	xid  int32
	op   zk.Op
	body []byte
	path string // for the history; "" when it has none or several
	note string // what is special
	ends bool   // the server is expected to end the connection after its answer
}

// frame is the request's bytes, length included.
func (r *request) frame() []byte {
	if r.op == rawOp {
		return r.body
	}
	return framed(append(interop.Body(nil).Int(r.xid).Int(int32(r.op)), r.body...))
}

func (r *request) String() string {
	return fmt.Sprintf("xid=%d %v %+q %s", r.xid, r.op, r.path, r.note)
}

func appendACL(b interop.Body, list []aclEntry) interop.Body {
	if list == nil {
		return b.Int(-1)
	}
	b = b.Int(int32(len(list)))
	for _, e := range list {
		b = b.Int(e.perms).Buffer(textBytes(e.scheme)).Buffer(textBytes(e.id))
	}
	return b
}

func appendPaths(b interop.Body, paths []string) interop.Body {
	if paths == nil {
		return b.Int(-1)
	}
	b = b.Int(int32(len(paths)))
	for _, path := range paths {
		b = b.Buffer(textBytes(path))
	}
	return b
}

// opBody makes the body of an operation on path, alone or as a part of a multi.
func (p *plan) opBody(op zk.Op, path string) (body interop.Body, note string) {
	known := p.known[path]
	b := interop.Body(nil).Buffer(textBytes(path))
	switch op {
	case zk.OpCreate, zk.OpCreate2, zk.OpCreateContainer, zk.OpCreateTTL:
		return p.createBody(op, b)
	case zk.OpDelete, zk.OpCheck:
		version := p.version(known.Version)
		return b.Int(version), fmt.Sprintf("version=%d", version)
	case zk.OpSetData:
		data, version := p.data(), p.version(known.Version)
		return b.Buffer(data).Int(version), fmt.Sprintf("data=%.20q version=%d", data, version)
	case zk.OpSetACL:
		acl, version := p.acl(), p.version(known.Aversion)
		if path == "/" && p.rng.IntN(5) > 0 {
			acl = []aclEntry{{perms: 31, scheme: "world", id: "anyone"}}
		}
		return appendACL(b, acl).Int(version), fmt.Sprintf("acl=%+q version=%d", acl, version)
	case zk.OpExists, zk.OpGetData, zk.OpGetChildren, zk.OpGetChildren2:
		watch := p.rng.IntN(2) == 0
		return b.Bool(watch), fmt.Sprintf("watch=%v", watch)
	default:
		return p.extendedBody(op, path)
	}
}

// multiBody makes a multi of up to six parts; later parts like to touch what earlier ones did.
func (p *plan) multiBody() (body interop.Body, note string) {
	p.inMulti = true
	defer func() { p.inMulti = false }()
	b := interop.Body(nil)
	ops := []zk.Op{
		zk.OpCreate, zk.OpCreate2, zk.OpCreate, zk.OpCreate2, zk.OpCreateContainer, zk.OpCreateTTL, zk.OpDelete, zk.OpDelete,
		zk.OpSetData, zk.OpSetData, zk.OpCheck, zk.OpCheck,
	}
	if p.rng.IntN(60) == 0 {
		ops = readParts()
	}
	last := p.path()
	for range p.rng.IntN(7) {
		op := pick(p, ops)
		switch p.rng.IntN(10) {
		case 0, 1, 2:
		case 3, 4:
			last += "/" + string("xyz"[p.rng.IntN(3)])
		case 5, 6:
			if len(p.paths) > 0 && p.base == "" {
				last = pick(p, p.paths)
			}
		case 7, 8:
			last = p.base + p.freshPath()
		default:
			last = p.path()
		}
		if p.rng.IntN(150) == 0 {
			op = pick(p, []zk.Op{0, zk.OpExists, zk.OpSetACL, zk.OpSync, zk.OpMulti, zk.OpGetACL, zk.OpGetData, zk.OpGetChildren, zk.OpMultiRead, zk.OpDeleteContainer, 10, 99, -11})
		}
		part, about := p.opBody(op, last)
		b = append(b.Op(int32(op)), part...)
		note += fmt.Sprintf("\n    %v %.80q %s", op, last, about)
	}
	switch p.rng.IntN(60) {
	case 0:
		return b, note + "\n    no end"
	case 1:
		return b.Int(5).Bool(true).Int(0), note + "\n    odd end"
	}
	return b.End(), note
}

// setWatchesBody re-arms watches as a client does that comes back: three lists, or five for setWatches2.
func (p *plan) setWatchesBody(op zk.Op) (body interop.Body, note string) {
	zxid := pick(p, []int64{0, -1, p.lastZxid, p.lastZxid - int64(p.rng.IntN(30)), p.lastZxid + 5, 1 << 62})
	lists := make([][]string, 3)
	if op == zk.OpSetWatches2 {
		lists = make([][]string, 5)
	}
	for i := range lists {
		if p.rng.IntN(20) == 0 {
			continue // null
		}
		lists[i] = []string{}
		for range p.rng.IntN(4) {
			lists[i] = append(lists[i], p.watchPath())
		}
	}
	b := interop.Body(nil).Long(zxid)
	for _, list := range lists {
		b = appendPaths(b, list)
	}
	return b, fmt.Sprintf("relative=0x%x lists=%.60q", zxid, lists)
}
