package client_test

import (
	"bytes"
	"errors"
	"reflect"
	"slices"
	"testing"

	"paddock/client"
	"paddock/codec"
	"paddock/zk"
)

func someStat() zk.Stat {
	return zk.Stat{
		Czxid: 1, Mzxid: 2, Ctime: 3, Mtime: 4, Version: 5, CVersion: 6, AVersion: 7,
		EphemeralOwner: 8, DataLength: 9, NumChildren: 10, Pzxid: 11,
	}
}

func someStatBytes() []byte {
	stat := someStat()
	return codec.AppendStat(nil, &stat)
}

// answering connects to a server that expects one request, op with exactly this body, and answers it.
func answering(t *testing.T, op zk.Op, want []byte, code zk.Err, body []byte) *client.Client {
	t.Helper()
	return mustDial(t, client.Options{}, func(p *peer) {
		r, _ := p.next()
		if r.Op != op || !bytes.Equal(r.body, want) {
			t.Errorf("server got %v %x, want %v %x", r.Op, r.body, op, want)
		}
		p.write(replyFrame(r.Xid, 1, code, body))
		p.next()
	})
}

// exchange is one call with what it must put on the wire, what comes back, and what the caller gets.
type exchange struct {
	name    string
	op      zk.Op
	request []byte
	answer  []byte
	call    func(*client.Client) ([]any, error)
	want    []any
}

func writeExchanges() []exchange {
	data, acl := []byte("value"), zk.OpenACL()
	stat, path := someStatBytes(), codec.AppendString(nil, "/a1")
	create := codec.AppendCreateRequest(nil, zk.OpCreate,
		&codec.CreateRequest{Path: "/a", Data: data, ACL: acl, Mode: zk.ModePersistentSequential})
	return []exchange{
		{"create", zk.OpCreate, create, path, func(c *client.Client) ([]any, error) {
			p, err := c.Create("/a", data, acl, zk.ModePersistentSequential)
			return []any{p}, err
		}, []any{"/a1"}},
		{"create2", zk.OpCreate2, create, slices.Concat(path, stat), func(c *client.Client) ([]any, error) {
			p, s, err := c.Create2("/a", data, acl, zk.ModePersistentSequential)
			return []any{p, s}, err
		}, []any{"/a1", someStat()}},
		{"delete", zk.OpDelete, codec.AppendPathVersion(nil, "/a", 3), nil, func(c *client.Client) ([]any, error) {
			return nil, c.Delete("/a", 3)
		}, nil},
		{"setData", zk.OpSetData, codec.AppendSetDataRequest(nil, "/a", data, -1), stat, func(c *client.Client) ([]any, error) {
			s, err := c.SetData("/a", data, -1)
			return []any{s}, err
		}, []any{someStat()}},
		{"setACL", zk.OpSetACL, codec.AppendSetACLRequest(nil, "/a", acl, 2), stat, func(c *client.Client) ([]any, error) {
			s, err := c.SetACL("/a", acl, 2)
			return []any{s}, err
		}, []any{someStat()}},
		{"sync", zk.OpSync, codec.AppendString(nil, "/a"), path, func(c *client.Client) ([]any, error) {
			return nil, c.Sync("/a")
		}, nil},
		{"an operation in bytes", zk.OpWhoAmI, []byte{1, 2}, []byte{3}, func(c *client.Client) ([]any, error) {
			_, err := c.Call(zk.OpWhoAmI, []byte{1, 2})
			return nil, err
		}, nil},
	}
}

func readExchanges() []exchange {
	data, acl, names := []byte("value"), zk.OpenACL(), []string{"x", "y"}
	stat := someStatBytes()
	watched, unwatched := codec.AppendPathWatch(nil, "/a", true), codec.AppendPathWatch(nil, "/a", false)
	getData := func(c *client.Client) ([]any, error) {
		d, s, err := c.GetData("/a", false)
		return []any{d, s}, err
	}
	getACL := func(c *client.Client) ([]any, error) {
		a, s, err := c.GetACL("/a")
		return []any{a, s}, err
	}
	getChildren2 := func(c *client.Client) ([]any, error) {
		n, s, err := c.GetChildren2("/a", true)
		return []any{n, s}, err
	}
	return []exchange{
		{"exists", zk.OpExists, watched, stat, func(c *client.Client) ([]any, error) {
			s, err := c.Exists("/a", true)
			return []any{s}, err
		}, []any{someStat()}},
		{
			"getData", zk.OpGetData, unwatched, slices.Concat(codec.AppendBuffer(nil, data), stat),
			getData,
			[]any{data, someStat()},
		},
		{
			"getData of null", zk.OpGetData, unwatched, slices.Concat(codec.AppendBuffer(nil, nil), stat),
			getData,
			[]any{[]byte(nil), someStat()},
		},
		{
			"getACL", zk.OpGetACL, codec.AppendString(nil, "/a"), slices.Concat(codec.AppendACL(nil, acl), stat),
			getACL,
			[]any{acl, someStat()},
		},
		{
			"getChildren2", zk.OpGetChildren2, watched, slices.Concat(codec.AppendStrings(nil, names), stat),
			getChildren2,
			[]any{names, someStat()},
		},
	}
}

func TestCallsEncodeTheirRequestAndDecodeTheAnswer(t *testing.T) {
	for _, tc := range append(writeExchanges(), readExchanges()...) {
		t.Run(tc.name, func(t *testing.T) {
			got, err := tc.call(answering(t, tc.op, tc.request, zk.ErrOK, tc.answer))
			if err != nil || !reflect.DeepEqual(got, tc.want) {
				t.Errorf("got %v, %v; want %v", got, err, tc.want)
			}
		})
		t.Run(tc.name+" that is refused", func(t *testing.T) {
			_, err := tc.call(answering(t, tc.op, tc.request, zk.ErrNoNode, nil))
			if client.Code(err) != zk.ErrNoNode {
				t.Errorf("got %v", err)
			}
		})
		if tc.want == nil { // the call decodes nothing
			continue
		}
		t.Run(tc.name+" whose answer is cut short", func(t *testing.T) {
			_, err := tc.call(answering(t, tc.op, tc.request, zk.ErrOK, tc.answer[:len(tc.answer)-1]))
			if !errors.Is(err, codec.ErrMalformed) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestErrorNamesOperationPathAndCode(t *testing.T) {
	_, err := answering(t, zk.OpExists, codec.AppendPathWatch(nil, "/a", false), zk.ErrNoNode, nil).Exists("/a", false)
	if want := "client: exists /a: NoNode"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestAddAuthReportsARefusal(t *testing.T) {
	want := codec.AppendAuthPacket(nil, "digest", []byte("me:pw"))
	err := answering(t, zk.OpAuth, want, zk.ErrAuthFailed, nil).AddAuth("digest", []byte("me:pw"))
	if client.Code(err) != zk.ErrAuthFailed {
		t.Errorf("got %v", err)
	}
}

func multiAnswer(parts ...[]byte) []byte {
	return codec.AppendMultiHeader(slices.Concat(parts...), codec.MultiEnd())
}

func multiPart(op zk.Op, code zk.Err, body []byte) []byte {
	return append(codec.AppendMultiHeader(nil, codec.MultiHeader{Op: op, Err: code}), body...)
}

func TestMultiGivesTheResultOfEachPart(t *testing.T) {
	parts := []client.Part{
		{Op: zk.OpCreate, Path: "/a", Data: []byte("x"), ACL: zk.OpenACL()},
		{Op: zk.OpCreate2, Path: "/b", ACL: zk.OpenACL()},
		{Op: zk.OpSetData, Path: "/a", Data: []byte("y"), Version: -1},
		{Op: zk.OpCheck, Path: "/a", Version: 1},
		{Op: zk.OpDelete, Path: "/a", Version: -1},
	}
	request := multiAnswer(
		multiPart(zk.OpCreate, -1, codec.AppendCreateRequest(nil, zk.OpCreate, &codec.CreateRequest{Path: "/a", Data: []byte("x"), ACL: zk.OpenACL()})),
		multiPart(zk.OpCreate2, -1, codec.AppendCreateRequest(nil, zk.OpCreate2, &codec.CreateRequest{Path: "/b", ACL: zk.OpenACL()})),
		multiPart(zk.OpSetData, -1, codec.AppendSetDataRequest(nil, "/a", []byte("y"), -1)),
		multiPart(zk.OpCheck, -1, codec.AppendPathVersion(nil, "/a", 1)),
		multiPart(zk.OpDelete, -1, codec.AppendPathVersion(nil, "/a", -1)),
	)
	stat := someStatBytes()
	answer := multiAnswer(
		multiPart(zk.OpCreate, 0, codec.AppendString(nil, "/a")),
		multiPart(zk.OpCreate2, 0, slices.Concat(codec.AppendString(nil, "/b"), stat)),
		multiPart(zk.OpSetData, 0, stat),
		multiPart(zk.OpCheck, 0, nil),
		multiPart(zk.OpDelete, 0, nil),
	)
	got, err := answering(t, zk.OpMulti, request, zk.ErrOK, answer).Multi(parts...)
	want := []client.PartResult{
		{Op: zk.OpCreate, Path: "/a"},
		{Op: zk.OpCreate2, Path: "/b", Stat: someStat()},
		{Op: zk.OpSetData, Stat: someStat()},
		{Op: zk.OpCheck},
		{Op: zk.OpDelete},
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
}

func TestFailedMultiNamesThePartThatFailed(t *testing.T) {
	failed := func(code zk.Err) []byte { return multiPart(zk.OpError, code, codec.AppendInt32(nil, int32(code))) }
	answer := multiAnswer(failed(zk.ErrOK), failed(zk.ErrBadVersion), failed(zk.ErrRuntimeInconsistency))
	c := mustDial(t, client.Options{}, func(p *peer) {
		p.serve(func(request) (zk.Err, []byte) { return zk.ErrOK, answer })
	})
	got, err := c.Multi(client.Part{Op: zk.OpCheck, Path: "/a"}, client.Part{Op: zk.OpCheck, Path: "/b"}, client.Part{Op: zk.OpDelete, Path: "/c"})
	if want := "client: multi /b: BadVersion"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if len(got) != 3 || got[2].Code != zk.ErrRuntimeInconsistency {
		t.Errorf("results %v", got)
	}
}
