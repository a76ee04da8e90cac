package main

import (
	"fmt"
	"testing"
	"time"

	"paddock/client"
	"paddock/zk"
)

// scribe writes histories as a right server makes them: one request after the other, each answered from the model. A test
// then falsifies one thing.
type scribe struct {
	h      history
	f      *family // family 0, the only one
	zxid   int64
	now    time.Duration
	life   int
	serial int
	xids   map[int]int32
	trails map[int]*trail
}

func newScribe() *scribe {
	return &scribe{h: history{families: 1}, f: &family{}, zxid: 100, life: 1, xids: map[int]int32{}, trails: map[int]*trail{}}
}

// kill ends the server: what it has shown stays, connections and watches do not.
func (s *scribe) kill() {
	s.life++
	s.trails, s.xids = map[int]*trail{}, map[int]int32{}
	s.now += time.Second
}

// session is the session of a worker.
func session(worker int) int64 { return 0x1000 + int64(worker) }

// do answers a request of a worker.
func (s *scribe) do(worker int, o operation) *operation {
	s.xids[worker]++
	o.worker, o.session, o.life, o.xid = worker, session(worker), s.life, s.xids[worker]
	s.now += time.Millisecond
	o.called = s.now
	if o.changes() {
		s.zxid++
	}
	o.zxid = s.zxid
	s.answer(&o)
	s.now += time.Millisecond
	o.returned = s.now
	s.h.ops = append(s.h.ops, &o)
	if s.trails[worker] == nil {
		s.trails[worker] = &trail{worker: worker, session: o.session}
		s.h.trails = append(s.h.trails, s.trails[worker])
	}
	s.trails[worker].arrivals = append(s.trails[worker].arrivals, arrival{op: &o})
	return &o
}

func (s *scribe) answer(o *operation) {
	switch o.kind {
	case kindWrite:
		f := s.f.copy()
		outcomes, code := f.write(o.parts, o.session, o.zxid)
		s.f = f
		for i, out := range outcomes {
			r := client.PartResult{Op: o.parts[i].op, Code: out.code}
			if code == zk.ErrOK && r.Op == zk.OpCreate2 {
				r.Path = childPath(0, out.node.name)
			}
			if code == zk.ErrOK && (r.Op == zk.OpCreate2 || r.Op == zk.OpSetData) {
				r.Stat = out.node.stat()
			}
			o.results = append(o.results, r)
		}
		if !o.multi {
			o.code = code
		}
	case kindClose:
		f := s.f.copy()
		f.end(o.session, o.zxid)
		s.f = f
	case kindGet, kindExists:
		i, found := s.f.find(o.name)
		if !found {
			o.code = zk.ErrNoNode
			return
		}
		o.stat = s.f.nodes[i].stat()
		if o.kind == kindGet {
			o.data = s.f.nodes[i].data
		}
	case kindList:
		for _, n := range s.f.nodes {
			o.names = append(o.names, n.name)
		}
		children := int32(len(s.f.nodes))
		o.stat = zk.Stat{Pzxid: s.f.pzxid, NumChildren: children, CVersion: 2*s.f.creates - children}
	case kindSync, kindAddWatch, kindGone:
	}
}

func (n *node) stat() zk.Stat {
	return zk.Stat{
		Czxid: n.czxid, Mzxid: n.mzxid, Pzxid: n.czxid, Version: n.version, EphemeralOwner: n.owner, DataLength: int32(len(n.data)),
	}
}

func (s *scribe) data() string {
	s.serial++
	return fmt.Sprintf("write %d", s.serial)
}

func (s *scribe) create(worker int, name string, mode zk.CreateMode) *operation {
	return s.do(worker, operation{kind: kindWrite, parts: []part{{op: zk.OpCreate2, name: name, data: s.data(), version: -1, mode: mode}}})
}

func (s *scribe) set(worker int, name string) *operation {
	return s.do(worker, operation{kind: kindWrite, parts: []part{{op: zk.OpSetData, name: name, data: s.data(), version: -1}}})
}

func (s *scribe) remove(worker int, name string) *operation {
	return s.do(worker, operation{kind: kindWrite, parts: []part{{op: zk.OpDelete, name: name, version: -1}}})
}

// setBoth is a multi.
func (s *scribe) setBoth(worker int, one, two string) *operation {
	return s.do(worker, operation{kind: kindWrite, multi: true, parts: []part{
		{op: zk.OpSetData, name: one, data: s.data(), version: -1}, {op: zk.OpSetData, name: two, data: s.data(), version: -1},
	}})
}

func (s *scribe) get(worker int, name string) *operation {
	return s.do(worker, operation{kind: kindGet, name: name})
}

func (s *scribe) watch(worker int, name string) *operation {
	return s.do(worker, operation{kind: kindGet, name: name, watch: true})
}

func (s *scribe) list(worker int) *operation { return s.do(worker, operation{kind: kindList}) }

func (s *scribe) closeSession(worker int) *operation {
	return s.do(worker, operation{kind: kindClose, family: everyFamily})
}

// lose takes a write's answer away.
func (s *scribe) lose(o *operation) {
	o.lost, o.results, o.returned = true, nil, s.now
	t := s.trails[o.worker]
	t.arrivals = t.arrivals[:len(t.arrivals)-1]
}

// event tells a worker of a change.
func (s *scribe) event(worker int, typ zk.EventType, path string, zxid int64) {
	t := s.trails[worker]
	t.arrivals = append(t.arrivals, arrival{event: client.Event{Type: typ, Path: path, Zxid: zxid}})
}

// log is what the server's log holds of all that happened.
func (s *scribe) log() *testimony {
	t := &testimony{begansMs: []int64{1, 2, 3}, expiring: map[int64]bool{}, end: s.now + time.Hour}
	for _, o := range s.h.ops {
		op := zk.OpMulti
		switch {
		case !o.changes():
			continue
		case o.kind == kindClose:
			op = zk.OpCloseSession
		case !o.multi:
			op = o.parts[0].op
		}
		t.records = append(t.records, record{session: o.session, cxid: o.xid, zxid: o.zxid, timeMs: int64(o.life), op: op})
	}
	return t
}

// verdict is what the verifier says.
func (s *scribe) verdict(t *testing.T) string {
	t.Helper()
	if err := s.h.verify(t.TempDir()); err != nil {
		return err.Error()
	}
	return ""
}
