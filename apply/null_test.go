package apply

import (
	"slices"
	"testing"

	"paddock/codec"
	"paddock/zk"
)

// A null string is not an empty one: Apache finds some of them while it decodes a request and some only when it
// looks at them, which decides whether a zxid is used up.
func TestNullStringsInWrites(t *testing.T) {
	open := zk.OpenACL()
	with := func(perms zk.Perm, scheme, id string) []zk.ACL {
		return []zk.ACL{{Perms: perms, ID: zk.ID{Scheme: scheme, ID: id}}}
	}
	nullList := createWith("/n", nil, 0, nil)
	createTTL := func(path string, mode zk.CreateMode, ttlMs int64) []byte {
		return codec.AppendInt64(createWith(path, nil, mode, open), ttlMs)
	}
	cases := []struct {
		name  string
		op    zk.Op
		body  []byte
		want  zk.Err
		zxids int64
	}{
		{"create of a null path", zk.OpCreate, createWith(zk.NullText, nil, 0, open), zk.ErrMarshallingError, 1},
		{"create of a null path in a mode that does not exist", zk.OpCreate, createWith(zk.NullText, nil, 9, open), zk.ErrBadArguments, 1},
		{"createContainer of a null path", zk.OpCreateContainer, createWith(zk.NullText, nil, 4, open), zk.ErrMarshallingError, 1},
		{"createTTL of a null path in a mode without a TTL", zk.OpCreateTTL, createTTL(zk.NullText, 0, 1), zk.ErrBadArguments, 1},
		{"createTTL of a null path where TTLs are off", zk.OpCreateTTL, createTTL(zk.NullText, 5, 1), zk.ErrUnimplemented, 1},
		{"deleteContainer of a null path", zk.OpDeleteContainer, codec.AppendString(nil, zk.NullText), zk.ErrMarshallingError, 0},
		{"delete of a null path", zk.OpDelete, pathVersion(zk.NullText, -1), zk.ErrMarshallingError, 1},
		{"setData of a null path", zk.OpSetData, setData(zk.NullText, "", -1), zk.ErrBadArguments, 1},
		{"setACL of a null path", zk.OpSetACL, codec.AppendSetACLRequest(nil, zk.NullText, open, -1), zk.ErrBadArguments, 1},
		{"setACL to a null list", zk.OpSetACL, codec.AppendSetACLRequest(nil, "/", nil, -1), zk.ErrInvalidACL, 1},
		{"setACL to a null id", zk.OpSetACL, codec.AppendSetACLRequest(nil, "/", with(31, "ip", zk.NullText), -1), zk.ErrMarshallingError, 1},
		{"getData of a null path", zk.OpGetData, pathWatch(zk.NullText, false), zk.ErrMarshallingError, 0},
		{"create with a null list", zk.OpCreate, nullList, zk.ErrInvalidACL, 1},
		{"create with a null scheme", zk.OpCreate, createWith("/n", nil, 0, with(31, zk.NullText, "x")), zk.ErrInvalidACL, 1},
		{"create with a null id of world", zk.OpCreate, createWith("/n", nil, 0, with(31, "world", zk.NullText)), zk.ErrMarshallingError, 1},
		{"create with a null id of digest", zk.OpCreate, createWith("/n", nil, 0, with(31, "digest", zk.NullText)), zk.ErrMarshallingError, 1},
		{"create with a null id of nobody's scheme", zk.OpCreate, createWith("/n", nil, 0, with(31, "x", zk.NullText)), zk.ErrInvalidACL, 1},
		{"a bad entry in front of a null id", zk.OpCreate, createWith("/n", nil, 0, append(with(1, "x", "y"), with(2, "ip", zk.NullText)...)), zk.ErrInvalidACL, 1},
		{"multi with a null path", zk.OpMulti, multiBody(zk.OpCheck, pathVersion(zk.NullText, -1)), zk.ErrMarshallingError, 1},
		{"multi with a null path behind a part that fails", zk.OpMulti, multiBody(zk.OpCheck, pathVersion("/x", -1),
			zk.OpSetData, setData(zk.NullText, "", -1)), zk.ErrMarshallingError, 1},
		{"multi with a null id behind a create", zk.OpMulti, multiBody(zk.OpCreate, create("/n", 0),
			zk.OpCreate, createWith("/n/m", nil, 0, with(31, "ip", zk.NullText))), zk.ErrMarshallingError, 1},
		{"multi with a null id behind a part that fails", zk.OpMulti, multiBody(zk.OpCheck, pathVersion("/x", -1),
			zk.OpCreate, createWith("/n/m", nil, 0, with(31, "ip", zk.NullText))), zk.ErrOK, 1},
		{"multi with a null id", zk.OpMulti, multiBody(zk.OpCreate, createWith("/n", nil, 0, with(31, "ip", zk.NullText))), zk.ErrMarshallingError, 1},
		{"multi with a null list", zk.OpMulti, multiBody(zk.OpCreate, nullList), zk.ErrMarshallingError, 0},
		{"multi with a null list of a container", zk.OpMulti, multiBody(zk.OpCreateContainer, nullList), zk.ErrMarshallingError, 0},
		{"multi with a null list in a mode that does not exist", zk.OpMulti, multiBody(zk.OpCreate, createWith("/n", nil, 9, nil)), zk.ErrMarshallingError, 1},
		{"multi with a null list in a TTL mode", zk.OpMulti, multiBody(zk.OpCreate, createWith("/n", nil, 5, nil)), zk.ErrMarshallingError, 0},
		{"multi with an empty list", zk.OpMulti, multiBody(zk.OpCreate, createWith("/n", nil, 0, []zk.ACL{})), zk.ErrOK, 1},
		{"multi with a null list in createTTL", zk.OpMulti, multiBody(zk.OpCreateTTL, append(slices.Clone(nullList), make([]byte, 8)...)), zk.ErrOK, 1},
	}
	h := newHouse(t)
	c := h.client()
	for _, k := range cases {
		before := h.p.assigned
		if f := c.do(k.op, k.body); f.Err != k.want || h.p.assigned-before != k.zxids {
			t.Errorf("%s: got %v and %d zxids, want %v and %d", k.name, f.Err, h.p.assigned-before, k.want, k.zxids)
		} else if f.Err != zk.ErrOK && len(f.body) != 0 {
			t.Errorf("%s: %d bytes of body", k.name, len(f.body))
		}
	}
	c.want(zk.ErrOK, zk.OpAuth, codec.AppendAuthPacket(nil, "digest", []byte("u:p")))
	c.want(zk.ErrOK, zk.OpCreate, createWith("/n", nil, 0, with(31, "auth", zk.NullText)))
	h.checkReplay()
}

func TestMultiReadEndsAtANullPath(t *testing.T) {
	h := newHouse(t)
	c := h.client()
	f := c.want(zk.ErrMarshallingError, zk.OpMultiRead, multiBody(
		zk.OpGetData, pathWatch("/missing", false), zk.OpGetData, pathWatch(zk.NullText, false), zk.OpGetData, pathWatch("/", false)))
	if got := multiResults(t, f.body); !slices.Equal(got, []string{"NoNode"}) {
		t.Errorf("results %v", got)
	}
}
