package main

import (
	"fmt"
	"math"

	"paddock/interop"
	"paddock/zk"
)

// The types of watchers that checkWatches and removeWatches name (Watcher.WatcherType, 3.9.5).
const recursiveType = 5

// watchedMax bounds how many paths of persistent watches are remembered.
const watchedMax = 40

// createBody makes the body of a create of any kind behind its path.
func (p *plan) createBody(op zk.Op, b interop.Body) (body interop.Body, note string) {
	data, acl, mode := p.data(), p.acl(), p.mode()
	if p.inMulti && acl == nil && !p.wantsNulls() {
		acl = []aclEntry{}
	}
	switch {
	case op == zk.OpCreateContainer && p.rng.IntN(5) > 0:
		mode = 4
	case op == zk.OpCreateTTL && p.rng.IntN(5) > 0:
		mode = int32(5 + p.rng.IntN(2))
	}
	if op == zk.OpCreateContainer && (mode == 1 || mode == 3) {
		mode-- // see Limits
	}
	b = appendACL(b.Buffer(data), acl).Int(mode)
	note = fmt.Sprintf("data=%.20q acl=%+q mode=%d", data, acl, mode)
	if op != zk.OpCreateTTL {
		return b, note
	}
	ttl := pick(p, []int64{400_000, 900_000_000, 0xff_ffff_ffff, 0x100_0000_0000, 0, -1, -2, math.MaxInt64, math.MinInt64, 500_000, 600_000})
	if mode != 5 && mode != 6 && ttl < 0 && !p.inMulti {
		ttl = 400_000 // a negative one ends Apache for good
	}
	return b.Long(ttl), fmt.Sprintf("%s ttl=%d", note, ttl)
}

// extendedBody makes the body of the operations that came with 3.5 and later.
func (p *plan) extendedBody(op zk.Op, path string) (body interop.Body, note string) {
	b := interop.Body(nil).Buffer(textBytes(path))
	switch op {
	case zk.OpAddWatch:
		mode := pick(p, []int32{0, 0, 0, 1, 1, 1, 1, -1, 2, math.MaxInt32})
		return b.Int(mode), fmt.Sprintf("mode=%d", mode)
	case zk.OpCheckWatches, zk.OpRemoveWatches:
		typ := pick(p, []int32{1, 1, 2, 2, 3, 3, 3, 4, 4, recursiveType, recursiveType, 0, 6, -1})
		return b.Int(typ), fmt.Sprintf("type=%d", typ)
	case zk.OpReconfig:
		members := pick(p, [][]byte{nil, {}, []byte("server.1=127.0.0.1:1:2;3")})
		version := pick(p, []int64{-1, 0, 7})
		return interop.Body(nil).Buffer(members).Buffer(nil).Buffer(members).Long(version), fmt.Sprintf("members=%q", members)
	case zk.OpWhoAmI:
		return nil, ""
	case zk.OpGetEphemerals:
		prefix := pick(p, []string{"", "/", " ", "\t/\n", nullText, "/a", "/b", "/storm", path})
		return interop.Body(nil).Buffer(textBytes(prefix)), fmt.Sprintf("prefix=%+q", prefix)
	default:
		return b, ""
	}
}

// watchTypeBody is the request of checkWatches and removeWatches, and of addWatch with a mode.
func watchTypeBody(path string, typ int32) interop.Body {
	return interop.Body(nil).String(path).Int(typ)
}

// watchPath picks a path for a persistent watch: high in the tree, one that has such watches, or any.
func (p *plan) watchPath() string {
	if p.base != "" {
		return p.path()
	}
	path := ""
	switch n := p.rng.IntN(10); {
	case n < 4 && len(p.watched) > 0:
		return pick(p, p.watched)
	case n < 7:
		path = pick(p, []string{"/", "/a", "/b", "/c", "/d", "/e", "/a/b", "/zookeeper", "/zookeeper/quota", quotaRoots()[0], "", "a"})
	default:
		path = p.path()
	}
	if len(p.watched) < watchedMax {
		p.watched = append(p.watched, path)
	} else {
		p.watched[p.rng.IntN(watchedMax)] = path
	}
	return path
}

// readParts are the operations that a multiRead may hold.
func readParts() []zk.Op { return []zk.Op{zk.OpGetData, zk.OpGetChildren} }

// multiReadBody makes a multiRead; one in fifteen holds what does not belong there.
func (p *plan) multiReadBody() (body interop.Body, note string) {
	ops := readParts()
	switch p.rng.IntN(30) {
	case 0:
		ops = []zk.Op{zk.OpDelete, zk.OpCheck}
	case 1:
		ops = append(ops, zk.OpSetData, zk.OpExists, zk.OpGetChildren2)
	}
	p.inMulti = true
	defer func() { p.inMulti = false }()
	for range p.rng.IntN(6) {
		op, path := pick(p, ops), p.path()
		part, about := p.opBody(op, path)
		body = append(body.Op(int32(op)), part...)
		note += fmt.Sprintf("\n    %v %.80q %s", op, path, about)
	}
	if p.rng.IntN(60) == 0 {
		return body, note + "\n    no end"
	}
	return body.End(), note
}
