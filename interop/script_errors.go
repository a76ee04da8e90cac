package interop

import "fmt"

func (s *script) errors() {
	c := s.dial()
	if s.err != nil {
		return
	}
	open := Open()
	secret := []ACL{{Perms: 31, Scheme: "digest", ID: "bob:0mIZzbbXSzCvwBQMHNRmcbgTVCs="}}
	create := func(name string, body Body) { s.call(c, "create-"+name, 1, OpCreate, body) }
	create("noAcl", CreateBody("/c/secret", []byte("s"), secret, 0))
	create("eph", CreateBody("/c/e", nil, open, Ephemeral))
	create("nodeExists", CreateBody("/c", nil, open, 0))
	create("noNode", CreateBody("/no/node", nil, open, 0))
	create("noAuth", CreateBody("/c/secret/x", nil, open, 0))
	create("noChildrenForEphemerals", CreateBody("/c/e/x", nil, open, 0))
	create("invalidACL-empty", CreateBody("/c/x", nil, nil, 0))
	create("invalidACL-auth", CreateBody("/c/x", nil, []ACL{{Perms: 31, Scheme: "auth"}}, 0))
	create("invalidACL-scheme", CreateBody("/c/x", nil, []ACL{{Perms: 31, Scheme: "none", ID: "x"}}, 0))
	create("badArguments-flags", CreateBody("/c/x", nil, open, 99))
	create("badArguments-dot", CreateBody("/c/..", nil, open, 0))
	create("noNode-double-slash", CreateBody("/c//x", nil, open, 0))
	create("nodeExists-root", CreateBody("/", nil, open, 0))
	create("badArguments-no-slash", CreateBody("x", nil, open, 0))
	create("marshalling-truncated", CreateBody("/c/x", nil, open, 0)[:5])
	create("invalidACL-null", Body(nil).String("/c/x").Buffer(nil).Int(-1).Int(0))
	s.oddCreates(c)
	call := func(name string, op int32, body Body) { s.call(c, name, 2, op, body) }
	call("delete-noNode", OpDelete, DeleteBody("/nothing", -1))
	call("delete-badVersion", OpDelete, DeleteBody("/c", 99))
	call("delete-notEmpty", OpDelete, DeleteBody("/c", -1))
	call("delete-badArguments", OpDelete, DeleteBody("/zookeeper", -1))
	call("delete-badArguments-root", OpDelete, DeleteBody("/", -1))
	call("delete-noAuth", OpDelete, DeleteBody("/c/secret/x", -1))
	call("getData-empty-path", OpGetData, WatchBody("", false))
	call("exists-noNode", OpExists, WatchBody("/nothing", false))
	call("exists-noAuth", OpExists, WatchBody("/c/secret", false))
	call("getData-noNode", OpGetData, WatchBody("/nothing", false))
	call("getData-noAuth", OpGetData, WatchBody("/c/secret", false))
	call("setData-noNode", OpSetData, SetDataBody("/nothing", nil, -1))
	call("setData-badVersion", OpSetData, SetDataBody("/c", nil, 99))
	call("setData-noAuth", OpSetData, SetDataBody("/c/secret", nil, -1))
	call("getACL-noNode", OpGetACL, pathBody("/nothing"))
	call("getACL-noAuth", OpGetACL, pathBody("/c/secret"))
	call("setACL-noNode", OpSetACL, SetACLBody("/nothing", open, -1))
	call("setACL-noAuth", OpSetACL, SetACLBody("/c/secret", open, -1))
	call("setACL-badVersion", OpSetACL, SetACLBody("/c", open, 99))
	call("setACL-invalidACL", OpSetACL, SetACLBody("/c", nil, -1))
	call("getChildren-noNode", OpGetChildren, WatchBody("/nothing", false))
	call("getChildren-noAuth", OpGetChildren, WatchBody("/c/secret", false))
	call("getChildren2-noNode", OpGetChildren2, WatchBody("/nothing", false))
	call("getChildren2-noAuth", OpGetChildren2, WatchBody("/c/secret", false))
	call("getData-marshalling-truncated", OpGetData, Body{0, 0})
	call("getData-marshalling-null-path", OpGetData, Body(nil).Int(-1).Bool(false))
	call("getData-marshalling-negative-length", OpGetData, Body(nil).Int(-7).Bool(false))
	call("getData-trailing-bytes", OpGetData, append(WatchBody("/c", false), "rest"...))
	s.keep(c.Close())
}

// oddCreates are creates that come near to being right.
func (s *script) oddCreates(c *Conn) {
	create := func(name, path string, acl []ACL, flags int32) {
		s.call(c, "create-odd-"+name, 1, OpCreate, CreateBody(path, []byte("o"), acl, flags))
	}
	entry := func(perms int32, scheme, id string) []ACL { return []ACL{{Perms: perms, Scheme: scheme, ID: id}} }
	open := Open()
	create("nul", "/c/a\x00b", open, 0)
	create("control", "/c/a\x1fb", open, 0)
	create("c1-control", "/c/a\u0085b", open, 0)
	create("private-use", "/c/a\ue000b", open, 0)
	create("not-utf8", "/c/a\xffb", open, 0)
	create("beyond-16-bits", "/c/a\U0001F600b", open, 0)
	create("trailing-slash", "/c/x/", open, 0)
	create("trailing-slash-sequential", "/c/", open, Sequential)
	create("dot", "/c/.", open, 0)
	create("dots-in-name", "/c/..x", open, 0)
	create("empty-path", "", open, 0)
	create("below-zookeeper", "/zookeeper/x", open, 0)
	create("container-flag", "/c/flag4", open, 4)
	create("ttl-flag", "/c/flag5", open, 5)
	create("negative-flag", "/c/flag-1", open, -1)
	create("world-someone", "/c/acl1", entry(31, "world", "someone"), 0)
	create("ip-not-an-address", "/c/acl2", entry(31, "ip", "999.1.2.3"), 0)
	create("ip-bits-too-many", "/c/acl3", entry(31, "ip", "10.0.0.0/33"), 0)
	create("ip-v6", "/c/acl4", entry(31, "ip", "::1"), 0)
	create("digest-no-colon", "/c/acl5", entry(31, "digest", "bob"), 0)
	create("digest-two-colons", "/c/acl6", entry(31, "digest", "bob:x:y"), 0)
	create("no-perms", "/c/acl7", entry(0, "world", "anyone"), 0)
	create("all-bits", "/c/acl8", entry(-1, "world", "anyone"), 0)
	create("same-twice", "/c/acl9", append(open, open...), 0)
	create("super-scheme", "/c/acl10", entry(31, "super", ""), 0)
	for i := 1; i <= 10; i++ {
		s.call(c, fmt.Sprintf("getACL-odd-%d", i), 1, OpGetACL, pathBody(fmt.Sprintf("/c/acl%d", i)))
	}
	s.call(c, "getData-no-perms", 1, OpGetData, WatchBody("/c/acl7", false))
	s.call(c, "exists-container-flag", 1, OpExists, WatchBody("/c/flag4", false))
}

// bare sends every operation without a body, and with an xid that clients do not use.
func (s *script) bare() {
	c := s.dial()
	if s.err != nil {
		return
	}
	for _, op := range []int32{
		OpCreate, OpDelete, OpExists, OpGetData, OpSetData, OpGetACL, OpSetACL, OpGetChildren, OpSync, OpGetChildren2,
		OpMulti, OpCreate2,
	} {
		s.call(c, fmt.Sprintf("truncated-op%d", op), -7, op, nil)
	}
	s.call(c, "exists-xid-zero", 0, OpExists, WatchBody("/c", false))
	s.call(c, "exists-no-slash", 1, OpExists, WatchBody("c", false))
	s.call(c, "exists-trailing-slash", 1, OpExists, WatchBody("/c/", false))
	s.call(c, "delete-no-slash", 1, OpDelete, DeleteBody("c", -1))
	s.call(c, "delete-trailing-slash", 1, OpDelete, DeleteBody("/c/", -1))
	s.call(c, "delete-empty-path", 1, OpDelete, DeleteBody("", -1))
	s.call(c, "setData-no-slash", 1, OpSetData, SetDataBody("c", nil, -1))
	s.call(c, "setData-root", 1, OpSetData, SetDataBody("/", []byte("root"), -1))
	s.call(c, "setData-empty-path", 1, OpSetData, SetDataBody("", []byte("root"), -1))
	s.call(c, "setData-version-minus-2", 1, OpSetData, SetDataBody("/c", nil, -2))
	s.call(c, "setData-config", 1, OpSetData, SetDataBody("/zookeeper/config", nil, -1))
	s.call(c, "setACL-config", 1, OpSetACL, SetACLBody("/zookeeper/config", Open(), -1))
	s.call(c, "delete-below-zookeeper", 1, OpDelete, DeleteBody("/zookeeper/x", -1))
	s.call(c, "sync-empty", 1, OpSync, pathBody(""))
	s.call(c, "sync-null", 1, OpSync, Body(nil).Int(-1))
	s.call(c, "getChildren-root", 1, OpGetChildren, WatchBody("/", false))
	s.call(c, "getChildren2-config", 1, OpGetChildren2, WatchBody("/zookeeper/config", false))
	s.keep(c.Close())
}
