package powercut

import (
	"fmt"
	"net/netip"

	"github.com/valyala/bytebufferpool"

	"paddock/codec"
	"paddock/loop"
	"paddock/zk"
)

// client is one connection, and what it has to be told.
type client struct {
	w       *World
	conn    loop.ConnID
	session *session // nil before it has asked for one
	known   bool     // the server has granted the session
	ended   bool     // the connection is closed
	xid     int32
	owed    []answer
}

// answer is what a request has to be answered with.
type answer struct {
	xid  int32
	zxid int64  // of the request's own transaction; 0 for a read
	code zk.Err // of a write
	path string // that a create gives back
}

// open connects and asks for a session.
func (w *World) open(timeoutMs int32) *client {
	w.conns++
	c := &client{w: w, conn: loop.ConnID(w.conns), session: &session{timeoutMs: timeoutMs}}
	w.clients = append(w.clients, c)
	zxid, _ := w.hist.write(w.wallMs(), func(t *change) zk.Err {
		t.sessions[c.session] = true
		return zk.ErrOK
	})
	c.owed = append(c.owed, answer{zxid: zxid})
	hello := codec.AppendConnectRequest(nil, &codec.ConnectRequest{TimeoutMs: timeoutMs, Password: make([]byte, 16), HasReadOnly: true})
	w.net.send(
		loop.Event{Kind: loop.Opened, Conn: c.conn, Remote: netip.MustParseAddrPort("127.0.0.1:4000")},
		loop.Event{Kind: loop.Frame, Conn: c.conn, Frame: hello},
	)
	return c
}

// leave closes the connection and leaves the session.
func (c *client) leave() {
	c.ended = true
	c.w.net.send(loop.Event{Kind: loop.Closed, Conn: c.conn})
}

func (c *client) frame(xid int32, op zk.Op, body []byte) {
	frame := append(codec.AppendRequestHeader(nil, codec.RequestHeader{Xid: xid, Op: op}), body...)
	c.w.net.send(loop.Event{Kind: loop.Frame, Conn: c.conn, Frame: frame})
}

// write sends a request that becomes a transaction, and tells the model what it does.
func (c *client) write(op zk.Op, body []byte, do func(*change) (string, zk.Err)) {
	c.xid++
	a := answer{xid: c.xid}
	a.zxid, a.code = c.w.hist.write(c.w.wallMs(), func(t *change) (code zk.Err) {
		a.path, code = do(t)
		return code
	})
	if op == zk.OpMulti { // its header never tells of a failure
		a.code = zk.ErrOK
	}
	c.owed = append(c.owed, a)
	c.frame(c.xid, op, body)
}

func (c *client) create(path string, data []byte, acl []zk.ACL, mode zk.CreateMode) {
	body := codec.AppendCreateRequest(nil, zk.OpCreate, &codec.CreateRequest{Path: path, Data: data, ACL: acl, Mode: mode})
	c.write(zk.OpCreate, body, func(t *change) (string, zk.Err) { return c.created(t, path, data, acl, mode) })
}

func (c *client) created(t *change, path string, data []byte, acl []zk.ACL, mode zk.CreateMode) (string, zk.Err) {
	owner := int64(0)
	if mode.Ephemeral() {
		owner = c.session.id
	}
	return t.create(path, data, acl, owner, mode.Sequential())
}

func (c *client) setData(path string, data []byte, version int32) {
	c.write(zk.OpSetData, codec.AppendSetDataRequest(nil, path, data, version), func(t *change) (string, zk.Err) {
		return "", t.setData(path, data, version)
	})
}

func (c *client) delete(path string, version int32) {
	c.write(zk.OpDelete, codec.AppendPathVersion(nil, path, version), func(t *change) (string, zk.Err) {
		return "", t.delete(path, version)
	})
}

func (c *client) setACL(path string, acl []zk.ACL, version int32) {
	c.write(zk.OpSetACL, codec.AppendSetACLRequest(nil, path, acl, version), func(t *change) (string, zk.Err) {
		return "", t.setACL(path, acl, version)
	})
}

// multi creates one znode, sets and deletes others, and checks a version.
func (c *client) multi(create, set, remove string, data []byte, check int32) {
	body := codec.AppendMultiHeader(nil, codec.MultiHeader{Op: zk.OpCreate, Err: -1})
	body = codec.AppendCreateRequest(body, zk.OpCreate, &codec.CreateRequest{Path: create, Data: data, ACL: zk.OpenACL()})
	body = codec.AppendMultiHeader(body, codec.MultiHeader{Op: zk.OpSetData, Err: -1})
	body = codec.AppendSetDataRequest(body, set, data, -1)
	body = codec.AppendMultiHeader(body, codec.MultiHeader{Op: zk.OpDelete, Err: -1})
	body = codec.AppendPathVersion(body, remove, -1)
	body = codec.AppendMultiHeader(body, codec.MultiHeader{Op: zk.OpCheck, Err: -1})
	body = codec.AppendPathVersion(body, set, check)
	body = codec.AppendMultiHeader(body, codec.MultiEnd())
	c.write(zk.OpMulti, body, func(t *change) (string, zk.Err) {
		if _, code := t.create(create, data, zk.OpenACL(), 0, false); code != zk.ErrOK {
			return "", code
		}
		if code := t.setData(set, data, -1); code != zk.ErrOK {
			return "", code
		}
		if code := t.delete(remove, -1); code != zk.ErrOK {
			return "", code
		}
		_, code := t.versioned(set, check, func(s *zk.StatPersisted) int32 { return s.Version })
		return "", code
	})
}

// close ends the session.
func (c *client) close() {
	c.write(zk.OpCloseSession, nil, func(t *change) (string, zk.Err) {
		t.end(c.session)
		return "", zk.ErrOK
	})
}

// read asks for a znode's data. Whatever the answer, it shows how far the server has come.
func (c *client) read(path string) {
	c.xid++
	c.owed = append(c.owed, answer{xid: c.xid})
	c.frame(c.xid, zk.OpGetData, codec.AppendPathWatch(nil, path, true))
}

func (c *client) ping() { c.frame(zk.XidPing, zk.OpPing, nil) }

// take looks at what the server has said.
func (c *client) take(o loop.Out) error {
	if o.Close || o.Kill {
		c.ended = true
		c.w.net.send(loop.Event{Kind: loop.Closed, Conn: c.conn})
	}
	if o.Buf == nil {
		return nil
	}
	defer bytebufferpool.Put(o.Buf)
	for b := o.Buf.B; len(b) > 0; {
		d := codec.NewDecoder(b)
		frame := d.Buffer()
		if d.Err() != nil {
			return d.Err()
		}
		b = b[d.Offset():]
		if err := c.frameIn(frame); err != nil {
			return fmt.Errorf("connection %d: %w", c.conn, err)
		}
	}
	return nil
}

func (c *client) frameIn(frame []byte) error {
	if !c.known {
		return c.welcome(frame)
	}
	d := codec.NewDecoder(frame)
	h := d.ReplyHeader()
	c.w.saw(h.Zxid)
	if h.Xid == zk.XidPing || h.Xid == zk.XidNotification {
		return d.Err()
	}
	if len(c.owed) == 0 || h.Xid != c.owed[0].xid {
		return fmt.Errorf("answer to %d, owed are %+v", h.Xid, c.owed)
	}
	want := c.owed[0]
	c.owed = c.owed[1:]
	if want.zxid == 0 {
		return d.Err()
	}
	if h.Zxid != want.zxid || h.Err != want.code {
		return fmt.Errorf("answered with zxid %d, %v; the model says %+v", h.Zxid, h.Err, want)
	}
	if want.path != "" && want.code == zk.ErrOK {
		if got := d.String(); got != want.path {
			return fmt.Errorf("created %s; the model says %s", got, want.path)
		}
	}
	return d.Err()
}

func (c *client) welcome(frame []byte) error {
	r, err := codec.DecodeConnectResponse(frame)
	if err != nil || r.SessionID == 0 || r.TimeoutMs != c.session.timeoutMs {
		return fmt.Errorf("connect was answered with %+v, %w", r, err)
	}
	c.session.id, c.known = r.SessionID, true
	c.w.saw(c.owed[0].zxid)
	c.owed = c.owed[1:]
	return nil
}
