package bench

import (
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"paddock/codec"
	"paddock/zk"
)

// treeServer keeps just enough of a tree to show what a run did to it: paths, nothing else.
type treeServer struct {
	addr string

	mu        sync.Mutex
	owners    map[string]int64 // by path; 0 for persistent znodes
	sequence  int
	sessions  int64
	closed    int // sessions ended by closeSession
	refuse    zk.Op
	refuseErr zk.Err
	ops       map[zk.Op]int
}

// startTree serves on a free port until the test ends.
func startTree(t *testing.T) *treeServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &treeServer{addr: l.Addr().String(), owners: map[string]int64{"/": 0}, ops: map[zk.Op]int{}}
	var over sync.WaitGroup
	over.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			over.Go(func() { s.serve(t, c) })
		}
	})
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		over.Wait()
	})
	return s
}

// paths are all znodes but the root.
func (s *treeServer) paths() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Sorted(maps.Keys(s.owners)), func(p string) bool { return p == "/" })
}

func (s *treeServer) serve(t *testing.T, c net.Conn) {
	defer func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}()
	var session int64
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
		if session == 0 {
			s.mu.Lock()
			s.sessions++
			session = s.sessions
			s.mu.Unlock()
			out = codec.AppendConnectResponse(out, &codec.ConnectResponse{TimeoutMs: 40_000, SessionID: session, Password: make([]byte, 16), HasReadOnly: true})
		} else {
			out = s.answer(session, frame, out)
		}
		codec.EndFrame(out, at)
		if _, err := c.Write(out); err != nil {
			return
		}
	}
}

func (s *treeServer) answer(session int64, frame, out []byte) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := codec.NewDecoder(frame)
	h := d.RequestHeader()
	s.ops[h.Op]++
	code, body := s.apply(session, h.Op, &d)
	if d.Err() != nil {
		code = zk.ErrMarshallingError
	}
	if h.Op == s.refuse {
		code, body = s.refuseErr, nil
	}
	return append(codec.AppendReplyHeader(out, codec.ReplyHeader{Xid: h.Xid, Err: code}), body...)
}

func (s *treeServer) apply(session int64, op zk.Op, d *codec.Decoder) (zk.Err, []byte) {
	switch op {
	case zk.OpCloseSession:
		s.closed++
		maps.DeleteFunc(s.owners, func(_ string, owner int64) bool { return owner == session })
		return zk.ErrOK, nil
	case zk.OpCreate:
		return s.create(session, d.CreateRequest(op, nil))
	case zk.OpMulti:
		h := d.MultiHeader()
		for ; !h.Done && d.Err() == nil; h = d.MultiHeader() {
			if _, ok := s.owners[d.SetDataRequest().Path]; !ok {
				return zk.ErrNoNode, nil
			}
		}
		return zk.ErrOK, codec.AppendMultiHeader(nil, codec.MultiEnd())
	}
	path := strings.Clone(d.Path())
	children := s.children(path)
	if _, ok := s.owners[path]; !ok {
		return zk.ErrNoNode, nil
	}
	stat := codec.AppendStat(nil, &zk.Stat{NumChildren: int32(len(children))})
	switch op {
	case zk.OpDelete:
		if len(children) > 0 {
			return zk.ErrNotEmpty, nil
		}
		delete(s.owners, path)
		return zk.ErrOK, nil
	case zk.OpGetData:
		return zk.ErrOK, append(codec.AppendBuffer(nil, nil), stat...)
	case zk.OpGetChildren2:
		return zk.ErrOK, append(codec.AppendStrings(nil, children), stat...)
	default:
		return zk.ErrOK, stat
	}
}

func (s *treeServer) create(session int64, r codec.CreateRequest) (zk.Err, []byte) {
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
	s.owners[path] = 0
	if r.Mode.Ephemeral() {
		s.owners[path] = session
	}
	return zk.ErrOK, codec.AppendString(nil, path)
}

func (s *treeServer) children(path string) []string {
	var names []string
	for p := range s.owners {
		if p != "/" && zk.ParentPath(p) == path {
			names = append(names, p[strings.LastIndexByte(p, '/')+1:])
		}
	}
	return names
}
