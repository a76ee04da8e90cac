package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"paddock/interop"
)

// scripted sends every kind of request by our own hand, so that each reply and each error of the server is stored, also
// those that no client library provokes.
func scripted(server *interop.Server, out string) error {
	s := &script{server: server, out: out}
	s.connects()
	s.requests()
	s.errors()
	s.multis()
	s.watches()
	s.last()
	return s.err
}

// script stops at its first error.
type script struct {
	server *interop.Server
	out    string
	err    error
}

func (s *script) store(name string, request, reply []byte) {
	s.keep(store(s.out, name+".request", "written by hand: "+name, request))
	s.keep(store(s.out, name+".reply", "Apache 3.9.5: "+name, reply))
}

func (s *script) keep(err error) {
	if s.err == nil {
		s.err = err
	}
}

func (s *script) dial() *interop.Conn {
	c, err := interop.Dial(s.server.Addr(), interop.Hello{})
	s.keep(err)
	return c
}

// greet stores one connect request and its answer, and leaves the connection.
func (s *script) greet(name string, hello interop.Hello) interop.Session {
	proxy, err := interop.NewProxy(s.server.Addr())
	s.keep(err)
	c, err := interop.Dial(proxy.Addr(), hello)
	if err != nil && !errors.Is(err, interop.ErrRefused) {
		s.keep(err)
		return interop.Session{}
	}
	var session interop.Session
	if c != nil {
		session = c.Session
		s.keep(c.Drop())
	}
	s.keep(proxy.Close())
	frames := proxy.Frames()
	s.store(name, frames[0].Frame, frames[1].Frame)
	return session
}

func (s *script) connects() {
	session := s.greet("connect", interop.Hello{})
	s.greet("connect-no-readOnly", interop.Hello{OmitReadOnly: true})
	session.Timeout = 20 * time.Second
	s.greet("connect-renew", interop.Hello{Session: session})
	s.greet("connect-renew-no-readOnly", interop.Hello{Session: session, OmitReadOnly: true})
	s.greet("connect-timeout-clamped-up", interop.Hello{Session: interop.Session{Timeout: time.Millisecond}})
	s.greet("connect-timeout-clamped-down", interop.Hello{Session: interop.Session{Timeout: time.Hour}})
	s.greet("connect-empty-password", interop.Hello{Session: interop.Session{Password: []byte{}}})
	wrong := session
	wrong.Password = []byte("0123456789abcdef")
	s.greet("connect-refused-wrong-password", interop.Hello{Session: wrong})
	wrong.ID++
	s.greet("connect-refused-unknown-session", interop.Hello{Session: wrong})
	s.greet("connect-refused-no-readOnly", interop.Hello{Session: wrong, OmitReadOnly: true})
}

// call sends one request on c and stores it with its answer, and events that came first as name.event-N.
func (s *script) call(c *interop.Conn, name string, xid, op int32, body interop.Body) {
	if s.err != nil {
		return
	}
	s.keep(c.SendAs(xid, op, body))
	for n := 1; s.err == nil; n++ {
		reply, err := c.Receive()
		if err != nil {
			s.keep(fmt.Errorf("%s: %w", name, err))
			return
		}
		frame := framed(append(interop.Body(nil).Int(reply.Xid).Long(reply.Zxid).Int(reply.Code), reply.Body...))
		if reply.Xid != -1 {
			s.store(name, framed(append(interop.Body(nil).Int(xid).Int(op), body...)), frame)
			return
		}
		s.keep(store(s.out, fmt.Sprintf("%s.event-%d", name, n), "Apache 3.9.5: event before the reply of "+name, frame))
	}
}

func (s *script) requests() {
	c := s.dial()
	open := interop.Open()
	many := []interop.ACL{
		{Perms: 31, Scheme: "auth"}, {Perms: 5, Scheme: "ip", ID: "10.0.0.0/8"}, {Perms: 1, Scheme: "world", ID: "anyone"},
		{Perms: 3, Scheme: "digest", ID: "bob:0mIZzbbXSzCvwBQMHNRmcbgTVCs="},
	}
	s.call(c, "auth-digest", -4, interop.OpAuth, interop.AuthBody("digest", "alice:wonder"))
	s.call(c, "auth-digest-without-colon", -4, interop.OpAuth, interop.AuthBody("digest", "alice"))
	s.call(c, "auth-ip", -4, interop.OpAuth, interop.AuthBody("ip", ""))
	s.call(c, "create", 1, interop.OpCreate, interop.CreateBody("/c", []byte("data"), open, 0))
	s.call(c, "create2", 2, interop.OpCreate2, interop.CreateBody("/c/two", []byte("data"), open, 0))
	s.call(c, "create-null-data", 3, interop.OpCreate, interop.CreateBody("/c/null", nil, open, 0))
	s.call(c, "create-empty-data", 4, interop.OpCreate, interop.CreateBody("/c/empty", []byte{}, open, 0))
	s.call(c, "create-ephemeral", 5, interop.OpCreate, interop.CreateBody("/c/eph", []byte("e"), open, interop.Ephemeral))
	s.call(c, "create-sequential", 6, interop.OpCreate, interop.CreateBody("/c/s-", nil, open, interop.Sequential))
	s.call(c, "create-ephemeral-sequential", 7, interop.OpCreate, interop.CreateBody("/c/es-", nil, open, interop.Ephemeral|interop.Sequential))
	s.call(c, "create-acl", 8, interop.OpCreate, interop.CreateBody("/c/acl", []byte("a"), many, 0))
	s.call(c, "create-utf8-path", 9, interop.OpCreate, interop.CreateBody("/c/gr\u00fc\u00df-\u65e5\u672c", []byte("u"), open, 0))
	s.call(c, "exists", 10, interop.OpExists, interop.WatchBody("/c", false))
	s.call(c, "exists-ephemeral", 11, interop.OpExists, interop.WatchBody("/c/eph", false))
	s.call(c, "getData", 12, interop.OpGetData, interop.WatchBody("/c", false))
	s.call(c, "getData-null", 13, interop.OpGetData, interop.WatchBody("/c/null", false))
	s.call(c, "getData-empty", 14, interop.OpGetData, interop.WatchBody("/c/empty", false))
	s.call(c, "getData-root", 15, interop.OpGetData, interop.WatchBody("/", false))
	s.call(c, "getData-config", 16, interop.OpGetData, interop.WatchBody("/zookeeper/config", false))
	s.call(c, "getData-quota", 17, interop.OpGetData, interop.WatchBody("/zookeeper/quota", false))
	s.call(c, "setData", 18, interop.OpSetData, interop.SetDataBody("/c", []byte("more"), 0))
	s.call(c, "setData-null", 19, interop.OpSetData, interop.SetDataBody("/c", nil, -1))
	s.call(c, "getACL", 20, interop.OpGetACL, Path("/c/acl"))
	s.call(c, "getACL-config", 21, interop.OpGetACL, Path("/zookeeper/config"))
	s.call(c, "setACL", 22, interop.OpSetACL, interop.SetACLBody("/c/acl", many[:3], 0))
	s.call(c, "getChildren", 23, interop.OpGetChildren, interop.WatchBody("/c", false))
	s.call(c, "getChildren-none", 24, interop.OpGetChildren, interop.WatchBody("/c/two", false))
	s.call(c, "getChildren2", 25, interop.OpGetChildren2, interop.WatchBody("/c", false))
	s.call(c, "getChildren2-zookeeper", 26, interop.OpGetChildren2, interop.WatchBody("/zookeeper", false))
	s.call(c, "sync", 27, interop.OpSync, Path("/c"))
	s.call(c, "sync-missing", 28, interop.OpSync, Path("/nothing"))
	s.call(c, "ping", -2, interop.OpPing, nil)
	s.call(c, "ping-other-xid", 29, interop.OpPing, nil)
	s.call(c, "delete", 30, interop.OpDelete, interop.DeleteBody("/c/two", -1))
	s.call(c, "closeSession", 31, interop.OpCloseSession, nil)
	s.keep(c.Drop())
	other := s.dial()
	s.call(other, "getACL-masked", 1, interop.OpGetACL, Path("/c/acl"))
	s.keep(other.Close())
}

// Path is the request of getACL and sync.
func Path(path string) interop.Body { return interop.Body(nil).String(path) }

func (s *script) errors() {
	c := s.dial()
	open := interop.Open()
	secret := []interop.ACL{{Perms: 31, Scheme: "digest", ID: "bob:0mIZzbbXSzCvwBQMHNRmcbgTVCs="}}
	create := func(name string, body interop.Body) { s.call(c, "create-"+name, 1, interop.OpCreate, body) }
	create("noAcl", interop.CreateBody("/c/secret", []byte("s"), secret, 0))
	create("eph", interop.CreateBody("/c/e", nil, open, interop.Ephemeral))
	create("nodeExists", interop.CreateBody("/c", nil, open, 0))
	create("noNode", interop.CreateBody("/no/node", nil, open, 0))
	create("noAuth", interop.CreateBody("/c/secret/x", nil, open, 0))
	create("noChildrenForEphemerals", interop.CreateBody("/c/e/x", nil, open, 0))
	create("invalidACL-empty", interop.CreateBody("/c/x", nil, nil, 0))
	create("invalidACL-auth", interop.CreateBody("/c/x", nil, []interop.ACL{{Perms: 31, Scheme: "auth"}}, 0))
	create("invalidACL-scheme", interop.CreateBody("/c/x", nil, []interop.ACL{{Perms: 31, Scheme: "none", ID: "x"}}, 0))
	create("badArguments-flags", interop.CreateBody("/c/x", nil, open, 99))
	create("badArguments-dot", interop.CreateBody("/c/..", nil, open, 0))
	create("noNode-double-slash", interop.CreateBody("/c//x", nil, open, 0))
	create("nodeExists-root", interop.CreateBody("/", nil, open, 0))
	create("badArguments-no-slash", interop.CreateBody("x", nil, open, 0))
	create("marshalling-truncated", interop.CreateBody("/c/x", nil, open, 0)[:5])
	create("invalidACL-null", interop.Body(nil).String("/c/x").Buffer(nil).Int(-1).Int(0))
	call := func(name string, op int32, body interop.Body) { s.call(c, name, 2, op, body) }
	call("delete-noNode", interop.OpDelete, interop.DeleteBody("/nothing", -1))
	call("delete-badVersion", interop.OpDelete, interop.DeleteBody("/c", 99))
	call("delete-notEmpty", interop.OpDelete, interop.DeleteBody("/c", -1))
	call("delete-badArguments", interop.OpDelete, interop.DeleteBody("/zookeeper", -1))
	call("delete-badArguments-root", interop.OpDelete, interop.DeleteBody("/", -1))
	call("delete-noAuth", interop.OpDelete, interop.DeleteBody("/c/secret/x", -1))
	call("getData-empty-path", interop.OpGetData, interop.WatchBody("", false))
	call("exists-noNode", interop.OpExists, interop.WatchBody("/nothing", false))
	call("exists-noAuth", interop.OpExists, interop.WatchBody("/c/secret", false))
	call("getData-noNode", interop.OpGetData, interop.WatchBody("/nothing", false))
	call("getData-noAuth", interop.OpGetData, interop.WatchBody("/c/secret", false))
	call("setData-noNode", interop.OpSetData, interop.SetDataBody("/nothing", nil, -1))
	call("setData-badVersion", interop.OpSetData, interop.SetDataBody("/c", nil, 99))
	call("setData-noAuth", interop.OpSetData, interop.SetDataBody("/c/secret", nil, -1))
	call("getACL-noNode", interop.OpGetACL, Path("/nothing"))
	call("getACL-noAuth", interop.OpGetACL, Path("/c/secret"))
	call("setACL-noNode", interop.OpSetACL, interop.SetACLBody("/nothing", open, -1))
	call("setACL-noAuth", interop.OpSetACL, interop.SetACLBody("/c/secret", open, -1))
	call("setACL-badVersion", interop.OpSetACL, interop.SetACLBody("/c", open, 99))
	call("setACL-invalidACL", interop.OpSetACL, interop.SetACLBody("/c", nil, -1))
	call("getChildren-noNode", interop.OpGetChildren, interop.WatchBody("/nothing", false))
	call("getChildren-noAuth", interop.OpGetChildren, interop.WatchBody("/c/secret", false))
	call("getChildren2-noNode", interop.OpGetChildren2, interop.WatchBody("/nothing", false))
	call("getChildren2-noAuth", interop.OpGetChildren2, interop.WatchBody("/c/secret", false))
	call("getData-marshalling-truncated", interop.OpGetData, interop.Body{0, 0})
	call("getData-marshalling-null-path", interop.OpGetData, interop.Body(nil).Int(-1).Bool(false))
	call("getData-marshalling-negative-length", interop.OpGetData, interop.Body(nil).Int(-7).Bool(false))
	call("getData-trailing-bytes", interop.OpGetData, append(interop.WatchBody("/c", false), "rest"...))
	s.keep(c.Close())
}

func (s *script) multis() {
	c := s.dial()
	open := interop.Open()
	op := func(b interop.Body, op int32, body interop.Body) interop.Body { return append(b.Op(op), body...) }
	call := func(name string, body interop.Body) { s.call(c, name, 3, interop.OpMulti, body.End()) }
	b := op(nil, interop.OpCreate, interop.CreateBody("/m", []byte("m"), open, 0))
	b = op(b, interop.OpCreate2, interop.CreateBody("/m/2", []byte("m"), open, interop.Sequential))
	b = op(b, interop.OpSetData, interop.SetDataBody("/m", []byte("mm"), 0))
	b = op(b, interop.OpCheck, interop.DeleteBody("/m", 1))
	b = op(b, interop.OpCreate, interop.CreateBody("/m/d", nil, open, interop.Ephemeral))
	call("multi", op(b, interop.OpDelete, interop.DeleteBody("/m/d", 0)))
	call("multi-empty", nil)
	b = op(nil, interop.OpCreate, interop.CreateBody("/m/never", nil, open, 0))
	b = op(b, interop.OpCheck, interop.DeleteBody("/m", 99))
	call("multi-failed", op(b, interop.OpDelete, interop.DeleteBody("/m", -1)))
	call("multi-failed-first", op(nil, interop.OpDelete, interop.DeleteBody("/nothing", -1)))
	call("multi-marshalling-bad-op", op(nil, interop.OpGetData, interop.WatchBody("/m", false)))
	b = op(nil, interop.OpCreate, interop.CreateBody("/m/never", nil, open, 0))
	call("multi-failed-noAuth", op(b, interop.OpSetData, interop.SetDataBody("/c/secret", nil, -1)))
	s.call(c, "multi-marshalling-truncated", 3, interop.OpMulti, b[:20])
	s.keep(c.Close())
}

func (s *script) watches() {
	c := s.dial()
	open := interop.Open()
	arm := func(op int32, path string) {
		if s.err == nil {
			_, err := c.Call(op, interop.WatchBody(path, true))
			s.keep(err)
		}
	}
	arm(interop.OpExists, "/w")
	arm(interop.OpGetChildren, "/")
	s.call(c, "watched-create", 90, interop.OpCreate, interop.CreateBody("/w", []byte("w"), open, 0))
	arm(interop.OpGetData, "/w")
	s.call(c, "watched-setData", 91, interop.OpSetData, interop.SetDataBody("/w", []byte("x"), -1))
	arm(interop.OpGetData, "/w")
	arm(interop.OpGetChildren2, "/w")
	arm(interop.OpGetChildren2, "/")
	s.call(c, "watched-delete", 92, interop.OpDelete, interop.DeleteBody("/w", -1))
	body := interop.Body(nil).Long(1).Strings("/gone", "/c", "/m").Strings("/c", "/later").Strings("/c", "/gone")
	s.call(c, "setWatches", -8, interop.OpSetWatches, body)
	s.call(c, "setWatches-empty", -8, interop.OpSetWatches, interop.Body(nil).Long(1<<40).Strings().Strings().Strings())
	_, err := c.Call(interop.OpSync, Path("/"))
	s.keep(err)
	s.keep(c.Close())
}

// last sends what makes the server hang up after its answer.
func (s *script) last() {
	for _, shot := range []struct {
		name    string
		xid, op int32
		body    interop.Body
	}{
		{"unknown-op", 7, 999, nil},
		{"check-outside-multi", 7, interop.OpCheck, interop.DeleteBody("/c", 0)},
		{"notification-op", 7, 0, nil},
		{"auth-unknown-scheme", -4, interop.OpAuth, interop.AuthBody("nothing", "x")},
	} {
		c := s.dial()
		s.call(c, shot.name, shot.xid, shot.op, shot.body)
		if _, err := c.Receive(); s.err == nil && !errors.Is(err, io.EOF) {
			s.keep(fmt.Errorf("%s: the connection stays open: %w", shot.name, err))
		}
		s.keep(c.Drop())
	}
}
