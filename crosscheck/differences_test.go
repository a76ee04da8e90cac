package main

import (
	"paddock/interop"
	"paddock/zk"
)

// difference is two replies and whether they count as equal.
type difference struct {
	op              zk.Op
	apache, paddock []byte
	same            bool
}

// stat is a Stat on the wire: czxid 5, mzxid 6, made by owner.
func stat(version int32, ctime, mtime, owner int64) interop.Body {
	return interop.Body(nil).Long(5).Long(6).Long(ctime).Long(mtime).Int(version).Int(0).Int(0).Long(owner).Int(3).Int(0).Long(5)
}

func reply(xid int32, zxid int64, err zk.Err, body ...interop.Body) []byte {
	b := interop.Body(nil).Int(xid).Long(zxid).Int(int32(err))
	for _, part := range body {
		b = append(b, part...)
	}
	return b
}

func differences() map[string]difference {
	data := func(s string) interop.Body { return interop.Body(nil).String(s) }
	names := func(list ...string) interop.Body { return interop.Body(nil).Strings(list...) }
	good := reply(1, 9, 0, data("abc"), stat(1, 10, 20, 0))
	return map[string]difference{
		"equal replies":           {zk.OpGetData, good, good, true},
		"other times":             {zk.OpGetData, good, reply(1, 9, 0, data("abc"), stat(1, 11, 33, 0)), true},
		"mtime before ctime":      {zk.OpGetData, good, reply(1, 9, 0, data("abc"), stat(1, 20, 10, 0)), false},
		"another xid":             {zk.OpGetData, good, reply(2, 9, 0, data("abc"), stat(1, 10, 20, 0)), false},
		"another zxid":            {zk.OpGetData, good, reply(1, 8, 0, data("abc"), stat(1, 10, 20, 0)), false},
		"another code":            {zk.OpGetData, reply(1, 9, zk.ErrNoNode), reply(1, 9, zk.ErrNoAuth), false},
		"other data":              {zk.OpGetData, good, reply(1, 9, 0, data("abd"), stat(1, 10, 20, 0)), false},
		"another version":         {zk.OpGetData, good, reply(1, 9, 0, data("abc"), stat(2, 10, 20, 0)), false},
		"one byte more":           {zk.OpGetData, good, append(append([]byte{}, good...), 0), false},
		"one byte less":           {zk.OpGetData, good, good[:len(good)-1], false},
		"null and empty data":     {zk.OpSync, reply(1, 9, 0, interop.Body(nil).Int(-1)), reply(1, 9, 0, data("")), false},
		"children in other order": {zk.OpGetChildren, reply(1, 9, 0, names("a", "b")), reply(1, 9, 0, names("b", "a")), true},
		"other children":          {zk.OpGetChildren, reply(1, 9, 0, names("a", "b")), reply(1, 9, 0, names("a", "c")), false},
		"the same session as owner": {
			zk.OpExists, reply(1, 9, 0, stat(1, 10, 20, 100)), reply(1, 9, 0, stat(1, 10, 20, 200)), true,
		},
		"an owner that nobody knows": {
			zk.OpExists, reply(1, 9, 0, stat(1, 10, 20, 100)), reply(1, 9, 0, stat(1, 10, 20, 100)), false,
		},
		"an event for another path": {zk.OpExists, reply(-1, 9, 0, names()), reply(-1, 9, 0, names("x")), false},
		"a multi that ends early": {
			zk.OpMulti, reply(1, 9, 0, interop.Body(nil).Op(2).End()), reply(1, 9, 0, interop.Body(nil).End()), false,
		},
	}
}
