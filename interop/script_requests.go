package interop

import (
	"errors"
	"fmt"
	"io"
)

func (s *script) requests() {
	c := s.dial()
	if s.err != nil {
		return
	}
	open := Open()
	many := []ACL{
		{Perms: 31, Scheme: "auth"},
		{Perms: 5, Scheme: "ip", ID: "10.0.0.0/8"},
		{Perms: 1, Scheme: "world", ID: "anyone"},
		{Perms: 3, Scheme: "digest", ID: "bob:0mIZzbbXSzCvwBQMHNRmcbgTVCs="},
	}
	s.call(c, "auth-digest", -4, OpAuth, AuthBody("digest", "alice:wonder"))
	s.call(c, "auth-digest-without-colon", -4, OpAuth, AuthBody("digest", "alice"))
	s.call(c, "auth-ip", -4, OpAuth, AuthBody("ip", ""))
	s.call(c, "create", 1, OpCreate, CreateBody("/c", []byte("data"), open, 0))
	s.call(c, "create2", 2, OpCreate2, CreateBody("/c/two", []byte("data"), open, 0))
	s.call(c, "create-null-data", 3, OpCreate, CreateBody("/c/null", nil, open, 0))
	s.call(c, "create-empty-data", 4, OpCreate, CreateBody("/c/empty", []byte{}, open, 0))
	s.call(c, "create-ephemeral", 5, OpCreate, CreateBody("/c/eph", []byte("e"), open, Ephemeral))
	s.call(c, "create-sequential", 6, OpCreate, CreateBody("/c/s-", nil, open, Sequential))
	s.call(c, "create-ephemeral-sequential", 7, OpCreate, CreateBody("/c/es-", nil, open, Ephemeral|Sequential))
	s.call(c, "create-acl", 8, OpCreate, CreateBody("/c/acl", []byte("a"), many, 0))
	s.call(c, "create-utf8-path", 9, OpCreate, CreateBody("/c/gr\u00fc\u00df-\u65e5\u672c", []byte("u"), open, 0))
	s.call(c, "exists", 10, OpExists, WatchBody("/c", false))
	s.call(c, "exists-ephemeral", 11, OpExists, WatchBody("/c/eph", false))
	s.call(c, "getData", 12, OpGetData, WatchBody("/c", false))
	s.call(c, "getData-null", 13, OpGetData, WatchBody("/c/null", false))
	s.call(c, "getData-empty", 14, OpGetData, WatchBody("/c/empty", false))
	s.call(c, "getData-root", 15, OpGetData, WatchBody("/", false))
	s.call(c, "getData-config", 16, OpGetData, WatchBody("/zookeeper/config", false))
	s.call(c, "getData-quota", 17, OpGetData, WatchBody("/zookeeper/quota", false))
	s.call(c, "setData", 18, OpSetData, SetDataBody("/c", []byte("more"), 0))
	s.call(c, "setData-null", 19, OpSetData, SetDataBody("/c", nil, -1))
	s.call(c, "getACL", 20, OpGetACL, pathBody("/c/acl"))
	s.call(c, "getACL-config", 21, OpGetACL, pathBody("/zookeeper/config"))
	s.call(c, "setACL", 22, OpSetACL, SetACLBody("/c/acl", many[:3], 0))
	s.call(c, "getChildren", 23, OpGetChildren, WatchBody("/c", false))
	s.call(c, "getChildren-none", 24, OpGetChildren, WatchBody("/c/two", false))
	s.call(c, "getChildren2", 25, OpGetChildren2, WatchBody("/c", false))
	s.call(c, "getChildren2-zookeeper", 26, OpGetChildren2, WatchBody("/zookeeper", false))
	s.call(c, "sync", 27, OpSync, pathBody("/c"))
	s.call(c, "sync-missing", 28, OpSync, pathBody("/nothing"))
	s.call(c, "ping", -2, OpPing, nil)
	s.call(c, "ping-other-xid", 29, OpPing, nil)
	s.call(c, "delete", 30, OpDelete, DeleteBody("/c/two", -1))
	s.call(c, "closeSession", 31, OpCloseSession, nil)
	s.keep(c.Drop())
	other := s.dial()
	s.call(other, "getACL-masked", 1, OpGetACL, pathBody("/c/acl"))
	if s.err == nil {
		s.keep(other.Close())
	}
}

// pathBody is the request of getACL and sync.
func pathBody(path string) Body { return Body(nil).String(path) }

func (s *script) multis() {
	c := s.dial()
	if s.err != nil {
		return
	}
	open := Open()
	op := func(b Body, op int32, body Body) Body { return append(b.Op(op), body...) }
	call := func(name string, body Body) { s.call(c, name, 3, OpMulti, body.End()) }
	b := op(nil, OpCreate, CreateBody("/m", []byte("m"), open, 0))
	b = op(b, OpCreate2, CreateBody("/m/2", []byte("m"), open, Sequential))
	b = op(b, OpSetData, SetDataBody("/m", []byte("mm"), 0))
	b = op(b, OpCheck, DeleteBody("/m", 1))
	b = op(b, OpCreate, CreateBody("/m/d", nil, open, Ephemeral))
	call("multi", op(b, OpDelete, DeleteBody("/m/d", 0)))
	call("multi-empty", nil)
	b = op(nil, OpCreate, CreateBody("/m/never", nil, open, 0))
	b = op(b, OpCheck, DeleteBody("/m", 99))
	call("multi-failed", op(b, OpDelete, DeleteBody("/m", -1)))
	call("multi-failed-first", op(nil, OpDelete, DeleteBody("/nothing", -1)))
	call("multi-marshalling-bad-op", op(nil, OpGetData, WatchBody("/m", false)))
	call("multi-in-multi", op(nil, OpMulti, Body(nil).End()))
	call("multi-delete-recreate", op(op(nil, OpDelete, DeleteBody("/m", 9)), OpCreate, CreateBody("/m", nil, open, 0)))
	b = op(nil, OpCreate, CreateBody("/m/p", nil, open, 0))
	b = op(b, OpCreate, CreateBody("/m/p/c", nil, open, 0))
	b = op(b, OpDelete, DeleteBody("/m/p/c", 0))
	b = op(b, OpDelete, DeleteBody("/m/p", 0))
	call("multi-there-and-back", op(b, OpCreate, CreateBody("/m/p", []byte("again"), open, 0)))
	s.call(c, "exists-after-multi", 3, OpExists, WatchBody("/m", false))
	s.call(c, "multi-truncated-no-end", 3, OpMulti, op(nil, OpCheck, DeleteBody("/m", -1)))
	b = op(nil, OpCreate, CreateBody("/m/never", nil, open, 0))
	call("multi-failed-noAuth", op(b, OpSetData, SetDataBody("/c/secret", nil, -1)))
	s.call(c, "multi-marshalling-truncated", 3, OpMulti, b[:20])
	s.keep(c.Close())
}

func (s *script) watches() {
	c := s.dial()
	if s.err != nil {
		return
	}
	open := Open()
	arm := func(op int32, path string) {
		if s.err == nil {
			_, err := c.Call(op, WatchBody(path, true))
			s.keep(err)
		}
	}
	arm(OpExists, "/w")
	arm(OpGetChildren, "/")
	s.call(c, "watched-create", 90, OpCreate, CreateBody("/w", []byte("w"), open, 0))
	arm(OpGetData, "/w")
	s.call(c, "watched-setData", 91, OpSetData, SetDataBody("/w", []byte("x"), -1))
	arm(OpGetData, "/w")
	arm(OpGetChildren2, "/w")
	arm(OpGetChildren2, "/")
	s.call(c, "watched-delete", 92, OpDelete, DeleteBody("/w", -1))
	body := Body(nil).Long(1).Strings("/gone", "/c", "/m").Strings("/c", "/later").Strings("/c", "/gone")
	s.call(c, "setWatches", -8, OpSetWatches, body)
	s.call(c, "setWatches-empty", -8, OpSetWatches, Body(nil).Long(1<<40).Strings().Strings().Strings())
	_, err := c.Call(OpSync, pathBody("/"))
	s.keep(err)
	s.keep(c.Close())
}

// others watches what another session does: its end, its multi, and what its access lists hide.
func (s *script) others() {
	c, d := s.dial(), s.dial()
	if s.err != nil {
		return
	}
	open := Open()
	do := func(c *Conn, op int32, body Body) {
		if s.err == nil {
			_, err := c.Call(op, body)
			s.keep(err)
		}
	}
	do(d, OpCreate, CreateBody("/o", nil, open, 0))
	do(d, OpCreate, CreateBody("/o/e", nil, open, Ephemeral))
	do(d, OpCreate, CreateBody("/o/hidden", nil, open, 0))
	do(c, OpGetData, WatchBody("/o/hidden", true))
	do(c, OpGetChildren, WatchBody("/o/hidden", true))
	do(d, OpSetACL, SetACLBody("/o/hidden", []ACL{{Perms: 31, Scheme: "ip", ID: "10.9.8.7"}, {Perms: 2, Scheme: "world", ID: "anyone"}}, -1))
	do(d, OpSetData, SetDataBody("/o/hidden", []byte("x"), -1))
	s.call(c, "others-hidden-change", 1, OpGetData, WatchBody("/o/hidden", false))
	do(d, OpDelete, DeleteBody("/o/hidden", -1))
	s.call(c, "others-hidden-delete", 2, OpSync, pathBody("/"))
	do(c, OpExists, WatchBody("/o/m", true))
	do(c, OpGetChildren, WatchBody("/o", true))
	multi := append(Body(nil).Op(OpCreate), CreateBody("/o/m", nil, open, 0)...)
	multi = append(multi.Op(OpSetData), SetDataBody("/o/m", []byte("m"), 0)...)
	multi = append(multi.Op(OpCreate), CreateBody("/o/m/x", nil, open, 0)...)
	do(d, OpMulti, multi.End())
	s.call(c, "others-multi", 3, OpSync, pathBody("/"))
	do(c, OpExists, WatchBody("/o/m", true))
	do(d, OpMulti, append(append(Body(nil).Op(OpSetData), SetDataBody("/o/m", nil, -1)...).Op(OpCheck), DeleteBody("/o/m", 99)...).End())
	s.call(c, "others-failed-multi", 4, OpSync, pathBody("/"))
	do(c, OpGetData, WatchBody("/o/e", true))
	do(c, OpGetChildren2, WatchBody("/o", true))
	if s.err == nil {
		s.keep(d.Close())
	}
	s.call(c, "others-close", 5, OpSync, pathBody("/"))
	s.call(c, "others-after", 6, OpExists, WatchBody("/o", false))
	s.keep(c.Close())
}

// last sends what makes the server hang up after its answer.
func (s *script) last() {
	for _, shot := range []struct {
		name    string
		xid, op int32
		body    Body
	}{
		{"unknown-op", 7, 999, nil},
		{"check-outside-multi", 7, OpCheck, DeleteBody("/c", 0)},
		{"notification-op", 7, 0, nil},
		{"auth-unknown-scheme", -4, OpAuth, AuthBody("nothing", "x")},
		{"auth-world", -4, OpAuth, AuthBody("world", "anyone")},
		{"auth-super", -4, OpAuth, AuthBody("super", "")},
	} {
		c := s.dial()
		if s.err != nil {
			return
		}
		s.call(c, shot.name, shot.xid, shot.op, shot.body)
		if _, err := c.Receive(); s.err == nil && !errors.Is(err, io.EOF) {
			s.keep(fmt.Errorf("%s: the connection stays open: %w", shot.name, err))
		}
		s.keep(c.Drop())
	}
}
