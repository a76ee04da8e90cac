package bench

import (
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"net"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"paddock/codec"
	"paddock/zk"
)

// stubServer keeps just enough of a tree to show what a run did to it: paths and watches. Its faults are switched on before a run.
type stubServer struct {
	addr     string
	listener net.Listener

	refuse    zk.Op // with refuseErr
	refuseErr zk.Err
	delay     time.Duration // before each answer to delayed
	delayed   zk.Op
	wrongXid  int // of the answer with this number, counting from 1
	dieAfter  int // answers to getData, then everything closes
	stallAt   int // the getData with this number, counting from 1, holds everybody up for stall
	stall     time.Duration
	chop      bool // answers leave in pieces of a few bytes
	deaf      bool // after the handshake nothing is read or answered
	loseEvent int  // the event with this number, counting from 1, is not sent
	addEvent  bool // each event is sent twice

	lock      sync.Mutex
	owners    map[string]int64           // by path; 0 for persistent znodes
	kids      map[string]map[string]bool // by path
	watches   map[string][]*stubConn
	conns     map[net.Conn]bool
	sequence  int
	sessions  int64
	closed    int // sessions ended by closeSession
	pings     int
	ops       map[zk.Op]int
	answers   int
	getDatas  int
	events    int
	timeoutMs int32
}

type stubConn struct {
	net.Conn
	session int64
	writing sync.Mutex
}

// startStub serves on a free port until the test ends.
func startStub(t *testing.T) *stubServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &stubServer{
		addr: l.Addr().String(), listener: l, owners: map[string]int64{"/": 0}, kids: map[string]map[string]bool{}, ops: map[zk.Op]int{},
		watches: map[string][]*stubConn{}, conns: map[net.Conn]bool{}, timeoutMs: 40_000, delayed: zk.OpGetData,
	}
	var over sync.WaitGroup
	over.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			over.Go(func() { s.serve(&stubConn{Conn: c}) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close() // a server that died has done so
		over.Wait()
	})
	return s
}

// paths are all znodes but the root.
func (s *stubServer) paths() []string {
	s.lock.Lock()
	defer s.lock.Unlock()
	return slices.DeleteFunc(slices.Sorted(maps.Keys(s.owners)), func(p string) bool { return p == "/" })
}

func (s *stubServer) die() {
	_ = s.listener.Close()
	for c := range s.conns {
		_ = c.Close()
	}
}

func (s *stubServer) serve(c *stubConn) {
	s.lock.Lock()
	s.conns[c] = true
	s.lock.Unlock()
	defer func() { _ = c.Close() }()
	for {
		var length [4]byte
		if _, err := io.ReadFull(c, length[:]); err != nil {
			return
		}
		frame := make([]byte, binary.BigEndian.Uint32(length[:]))
		if _, err := io.ReadFull(c, frame); err != nil {
			return
		}
		out, at := codec.BeginFrame(nil)
		last := false
		if c.session > 0 && s.deaf {
			_, _ = io.Copy(io.Discard, c) // until the client gives up
			return
		}
		if c.session == 0 {
			s.lock.Lock()
			s.sessions++
			c.session = s.sessions
			s.lock.Unlock()
			out = codec.AppendConnectResponse(out, &codec.ConnectResponse{TimeoutMs: s.timeoutMs, SessionID: c.session, Password: make([]byte, 16), HasReadOnly: true})
		} else {
			out, last = s.answer(c, frame, out)
		}
		codec.EndFrame(out, at)
		if err := c.send(out, s.chop); err != nil || last {
			return
		}
	}
}

func (c *stubConn) send(b []byte, chop bool) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	for chop && len(b) > 7 {
		if _, err := c.Write(b[:7]); err != nil {
			return err
		}
		b = b[7:]
		runtime.Gosched() // lets the client read it
	}
	_, err := c.Write(b)
	return err
}

func (s *stubServer) answer(c *stubConn, frame, out []byte) (answer []byte, last bool) {
	d := codec.NewDecoder(frame)
	h := d.RequestHeader()
	if s.delay > 0 && h.Op == s.delayed {
		time.Sleep(s.delay)
	}
	s.lock.Lock()
	defer s.lock.Unlock()
	if h.Op == zk.OpPing {
		s.pings++
		return codec.AppendReplyHeader(out, codec.ReplyHeader{Xid: h.Xid}), false
	}
	s.ops[h.Op]++
	s.answers++
	code, body := s.apply(c, h.Op, &d)
	if d.Err() != nil {
		code = zk.ErrMarshallingError
	}
	if h.Op == s.refuse {
		code, body = s.refuseErr, nil
	}
	if h.Op == zk.OpGetData {
		if s.getDatas++; s.getDatas == s.dieAfter {
			s.die()
		}
		if s.getDatas == s.stallAt {
			time.Sleep(s.stall) // with the lock
		}
		if s.getDatas == s.wrongXid {
			h.Xid++
		}
	}
	return append(codec.AppendReplyHeader(out, codec.ReplyHeader{Xid: h.Xid, Err: code}), body...), h.Op == zk.OpCloseSession
}

func (s *stubServer) apply(c *stubConn, op zk.Op, d *codec.Decoder) (zk.Err, []byte) {
	switch op {
	case zk.OpCloseSession:
		s.closed++
		for path, owner := range s.owners {
			if owner == c.session {
				s.remove(path)
			}
		}
		return zk.ErrOK, nil
	case zk.OpCreate:
		return s.create(c.session, d.CreateRequest(op, nil))
	case zk.OpMulti:
		h := d.MultiHeader()
		for ; !h.Done && d.Err() == nil; h = d.MultiHeader() {
			if _, ok := s.owners[d.SetDataRequest().Path]; !ok {
				return zk.ErrNoNode, nil
			}
		}
		return zk.ErrOK, codec.AppendMultiHeader(nil, codec.MultiEnd())
	case zk.OpSync:
		return zk.ErrOK, codec.AppendString(nil, d.Path())
	}
	path := strings.Clone(d.Path())
	if reads := op == zk.OpGetData || op == zk.OpExists; reads && d.Bool() {
		s.watches[path] = append(s.watches[path], c)
	}
	if _, ok := s.owners[path]; !ok {
		return zk.ErrNoNode, nil
	}
	stat := codec.AppendStat(nil, &zk.Stat{NumChildren: int32(len(s.kids[path]))})
	switch op {
	case zk.OpDelete:
		if len(s.kids[path]) > 0 {
			return zk.ErrNotEmpty, nil
		}
		s.remove(path)
		return zk.ErrOK, nil
	case zk.OpSetData:
		s.fire(path)
		return zk.ErrOK, stat
	case zk.OpGetData:
		return zk.ErrOK, append(codec.AppendBuffer(nil, nil), stat...)
	case zk.OpGetChildren2:
		return zk.ErrOK, append(codec.AppendStrings(nil, s.children(path)), stat...)
	default:
		return zk.ErrOK, stat
	}
}

func (s *stubServer) fire(path string) {
	event := codec.AppendEvent(nil, 1, zk.EventNodeDataChanged, path)
	for _, c := range s.watches[path] {
		if s.events++; s.events == s.loseEvent {
			continue
		}
		_ = c.send(event, s.chop) // who has gone gets none
		if s.addEvent {
			_ = c.send(event, s.chop)
		}
	}
	delete(s.watches, path)
}

func (s *stubServer) create(session int64, r codec.CreateRequest) (zk.Err, []byte) {
	path := strings.Clone(r.Path)
	if r.Mode.Sequential() {
		path = fmt.Sprintf("%s%010d", path, s.sequence)
		s.sequence++
	}
	if _, ok := s.owners[zk.ParentPath(path)]; !ok {
		return zk.ErrNoNode, nil
	}
	if _, ok := s.owners[path]; ok {
		return zk.ErrNodeExists, nil
	}
	parent := zk.ParentPath(path)
	if s.kids[parent] == nil {
		s.kids[parent] = map[string]bool{}
	}
	s.kids[parent][path[strings.LastIndexByte(path, '/')+1:]] = true
	s.owners[path] = 0
	if r.Mode.Ephemeral() {
		s.owners[path] = session
	}
	return zk.ErrOK, codec.AppendString(nil, path)
}

func (s *stubServer) children(path string) []string {
	return slices.Collect(maps.Keys(s.kids[path]))
}

func (s *stubServer) remove(path string) {
	delete(s.owners, path)
	delete(s.kids[zk.ParentPath(path)], path[strings.LastIndexByte(path, '/')+1:])
}
