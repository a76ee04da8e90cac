package interop

import (
	"fmt"
	"slices"
)

// rawBodies are bodies with counts, strings and tokens that cannot be.
func rawBodies() []rawCase {
	var cases []rawCase
	add := func(name string, xid, op int32, body Body) {
		cases = append(cases, rawCase{name: name, bytes: rawRequest(xid, op, body)})
	}
	for _, n := range []int32{-1, -2, -1 << 31, 1<<31 - 1, 1 << 24} {
		lists := Body(nil).Long(0).Strings()
		add(fmt.Sprintf("setWatches with a list of %d", n), -8, OpSetWatches, append(lists, Body(nil).Int(n).Strings()...))
		add(fmt.Sprintf("setWatches2 with a last list of %d", n), -8, 105, append(lists, Body(nil).Strings().Strings().Strings().Int(n)...))
		add(fmt.Sprintf("create with an ACL list of %d", n), 1, OpCreate, Body(nil).String("/raw").Buffer(nil).Int(n).Int(0))
		add(fmt.Sprintf("setACL with an ACL list of %d", n), 1, OpSetACL, Body(nil).String("/").Int(n).Int(-1))
		add(fmt.Sprintf("create with data of %d bytes", n), 1, OpCreate, Body(nil).String("/raw").Int(n).ACLs(Open()).Int(0))
		add(fmt.Sprintf("auth with a scheme of %d bytes", n), -4, OpAuth, Body(nil).Int(0).Int(n))
		add(fmt.Sprintf("auth with a secret of %d bytes", n), -4, OpAuth, Body(nil).Int(0).String("digest").Int(n))
		add(fmt.Sprintf("sasl with a token of %d bytes", n), 1, 102, Body(nil).Int(n))
	}
	add("setWatches with a null path", -8, OpSetWatches, Body(nil).Long(0).Strings().Int(1).Int(-1).Strings())
	add("auth without a body", -4, OpAuth, nil)
	add("auth with half a type", -4, OpAuth, Body{0, 0})
	add("auth with a type that nobody knows", -4, OpAuth, append(Body(nil).Int(77), AuthBody("digest", "a:b")[4:]...))
	add("auth of an empty scheme", -4, OpAuth, AuthBody("", ""))
	add("auth of a scheme that is not UTF-8", -4, OpAuth, AuthBody("\xff\xfe", "x"))
	add("auth with a secret that is not UTF-8", -4, OpAuth, AuthBody("digest", "\xff:\xfe"))
	add("auth with more behind it", -4, OpAuth, append(AuthBody("digest", "a:b"), "more"...))
	add("sasl without a body", 1, 102, nil)
	add("sasl with an empty token", 1, 102, Body(nil).Buffer([]byte{}))
	add("sasl with a token", 1, 102, Body(nil).String("token"))
	for _, path := range []string{"/\xff", "/\xc3(", "/\xe2\x82", "/\xed\xa0\x80", "/\xf8\x88\x80\x80\x80", "\xff", "/a\x00"} {
		add(fmt.Sprintf("exists of %+q", path), 1, OpExists, WatchBody(path, true))
		add(fmt.Sprintf("create of %+q", path), 1, OpCreate, CreateBody(path, nil, Open(), 0))
		add(fmt.Sprintf("sync of %+q", path), 1, OpSync, pathBody(path))
		add(fmt.Sprintf("addWatch of %+q", path), 1, 106, DeleteBody(path, 1))
		add(fmt.Sprintf("setWatches of %+q", path), -8, OpSetWatches, Body(nil).Long(0).Strings(path).Strings(path).Strings(path))
	}
	add("a multi whose end is its first operation", 1, OpMulti, Body(nil).Int(OpCheck).Bool(true).Int(0))
	add("a multi of half a header", 1, OpMulti, Body(nil).Op(OpCheck)[:7])
	add("a multi of an operation that is none", 1, OpMulti, Body(nil).Op(77).End())
	add("a multi of reads", 1, OpMulti, append(Body(nil).Op(OpGetData), WatchBody("/", false)...).End())
	add("a multiRead of writes", 1, 22, append(Body(nil).Op(OpDelete), DeleteBody("/x", -1)...).End())
	add("a multiRead of nothing", 1, 22, Body(nil).End())
	add("a multiRead of a missing znode", 1, 22, append(Body(nil).Op(OpGetData), WatchBody("/x", false)...).End())
	return slices.Concat(cases, rawHuge())
}

// rawHuge are lists that fill a frame.
func rawHuge() []rawCase {
	const paths = 90_000 // of 10 bytes each
	many := slices.Repeat([]string{"/gone!"}, paths)
	later := Body(nil).Long(1 << 40).Strings().Strings(many...).Strings()
	gone := Body(nil).Long(0).Strings(many[:5000]...).Strings().Strings()
	return []rawCase{
		{name: "setWatches of 900 KB", bytes: rawRequest(-8, OpSetWatches, later)},
		{name: "setWatches of 5000 that have gone", bytes: rawRequest(-8, OpSetWatches, gone)},
		{name: "setWatches2 of 900 KB", bytes: rawRequest(-8, 105, Body(nil).Long(0).Strings().Strings().Strings().Strings(many...).Strings())},
	}
}

// rawOrders are requests that no client sends in this order or under these xids.
func rawOrders() []rawCase {
	exists := func(xid int32) []byte { return rawRequest(xid, OpExists, WatchBody("/", false)) }
	closing := rawRequest(9, OpCloseSession, nil)
	cases := []rawCase{
		{name: "one xid for all", bytes: slices.Concat(exists(3), exists(3), rawRequest(3, OpSync, pathBody("/")), exists(3))},
		{name: "xids that run backwards", bytes: slices.Concat(exists(3), exists(2), exists(-1<<31), exists(1<<31-1))},
		{name: "ping under the xid of a request", bytes: slices.Concat(exists(3), rawRequest(3, OpPing, nil))},
		{name: "requests behind closeSession", bytes: slices.Concat(closing, exists(10), exists(11)), first: true},
		{name: "closeSession with a body", bytes: rawRequest(9, OpCloseSession, Body(nil).Long(7)), ends: true},
		{name: "half a frame behind closeSession", bytes: slices.Concat(closing, []byte{0, 0}), first: true},
	}
	for _, xid := range []int32{0, -1, -4, -8, -9, -100} {
		cases = append(cases, rawCase{name: fmt.Sprintf("exists under xid %d", xid), bytes: exists(xid)})
	}
	// Last of all: whether the second one uses up a zxid is chance on Apache.
	return append(cases, rawCase{name: "closeSession twice", bytes: slices.Concat(closing, closing), first: true})
}
