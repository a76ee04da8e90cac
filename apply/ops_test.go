package apply

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"paddock/auth"
	"paddock/codec"
	"paddock/zk"
)

// What a request of each kind is refused with, in the order of the checks: each case breaks one rule more than
// the one behind it, so the first broken rule must win.
func TestRefusals(t *testing.T) {
	h := newHouse(t)
	owner, c := h.client(), h.client()
	owner.want(zk.ErrOK, zk.OpAuth, codec.AppendAuthPacket(nil, "digest", []byte("u:p")))
	owner.want(zk.ErrOK, zk.OpCreate, createWith("/locked", nil, 0, digestACL(t, zk.PermAll, "u:p")))
	owner.want(zk.ErrOK, zk.OpCreate, createWith("/locked/in", nil, 0, zk.OpenACL()))
	owner.want(zk.ErrOK, zk.OpCreate, create("/plain", 0))
	owner.want(zk.ErrOK, zk.OpCreate, create("/plain/kid", 0))
	owner.want(zk.ErrOK, zk.OpCreate, create("/eph", zk.ModeEphemeral))
	noACL := []zk.ACL{}
	badACL := []zk.ACL{{Perms: 31, ID: zk.ID{Scheme: "nosuch", ID: "x"}}}
	open := zk.OpenACL()
	cases := []struct {
		name string
		op   zk.Op
		body []byte
		want zk.Err
	}{
		{"create with a mode that does not exist", zk.OpCreate, createWith("nonsense", nil, 7, badACL), zk.ErrBadArguments},
		{"create with a negative mode", zk.OpCreate, createWith("/x", nil, -1, open), zk.ErrBadArguments},
		{"create with a TTL mode", zk.OpCreate, createWith("nonsense", nil, 5, badACL), zk.ErrUnimplemented},
		{"create of a path without a slash", zk.OpCreate, createWith("nonsense", nil, 0, badACL), zk.ErrBadArguments},
		{"create of a path with a NUL", zk.OpCreate, createWith("/none/a\x00b", nil, 0, badACL), zk.ErrBadArguments},
		{"create with an unknown scheme", zk.OpCreate, createWith("/none/a", nil, 0, badACL), zk.ErrInvalidACL},
		{"create with an empty ACL list", zk.OpCreate, createWith("/none/a", nil, 0, noACL), zk.ErrInvalidACL},
		{"create below nothing", zk.OpCreate, createWith("/none/a/", nil, 0, open), zk.ErrNoNode},
		{"create of a relative path below nothing", zk.OpCreate, createWith("a/b", nil, 0, open), zk.ErrNoNode},
		{"create where CREATE is missing", zk.OpCreate, createWith("/locked/a/../b", nil, 0, open), zk.ErrNoNode},
		{"create where CREATE is missing, bad path", zk.OpCreate, createWith("/locked/..", nil, 0, open), zk.ErrNoAuth},
		{"create of a path with a trailing slash", zk.OpCreate, createWith("/plain/", nil, 0, open), zk.ErrBadArguments},
		{"create of a path with an empty element", zk.OpCreate, createWith("//a", nil, 0, open), zk.ErrBadArguments},
		{"create of the root", zk.OpCreate, createWith("/", nil, 0, open), zk.ErrNodeExists},
		{"create of what exists", zk.OpCreate, createWith("/plain", nil, 0, open), zk.ErrNodeExists},
		{"create below an ephemeral", zk.OpCreate, createWith("/eph/a", nil, 0, open), zk.ErrNoChildrenForEphemerals},

		{"delete of a path without a slash", zk.OpDelete, pathVersion("nonsense", -1), zk.ErrBadArguments},
		{"delete of the root", zk.OpDelete, pathVersion("/", -1), zk.ErrBadArguments},
		{"delete of /zookeeper", zk.OpDelete, pathVersion("/zookeeper", 9), zk.ErrBadArguments},
		{"delete of /zookeeper/quota", zk.OpDelete, pathVersion("/zookeeper/quota", -1), zk.ErrBadArguments},
		{"delete of /zookeeper/config", zk.OpDelete, pathVersion("/zookeeper/config", -1), zk.ErrBadArguments},
		{"delete below nothing", zk.OpDelete, pathVersion("/none/a", 9), zk.ErrNoNode},
		{"delete where DELETE on the parent is missing", zk.OpDelete, pathVersion("/locked/none", 9), zk.ErrNoAuth},
		{"delete of what does not exist", zk.OpDelete, pathVersion("/plain/none", 9), zk.ErrNoNode},
		{"delete of a wrong version", zk.OpDelete, pathVersion("/plain", 9), zk.ErrBadVersion},
		{"delete of a parent with children", zk.OpDelete, pathVersion("/plain", 0), zk.ErrNotEmpty},

		{"setData of a bad path", zk.OpSetData, setData("/none/", "x", 9), zk.ErrBadArguments},
		{"setData of nothing", zk.OpSetData, setData("/none", "x", 9), zk.ErrNoNode},
		{"setData without WRITE", zk.OpSetData, setData("/locked", "x", 9), zk.ErrNoAuth},
		{"setData of a wrong version", zk.OpSetData, setData("/plain", "x", 9), zk.ErrBadVersion},

		{"setACL of a bad path", zk.OpSetACL, codec.AppendSetACLRequest(nil, "none", badACL, 9), zk.ErrBadArguments},
		{"setACL with a bad list", zk.OpSetACL, codec.AppendSetACLRequest(nil, "/none", badACL, 9), zk.ErrInvalidACL},
		{"setACL of nothing", zk.OpSetACL, codec.AppendSetACLRequest(nil, "/none", open, 9), zk.ErrNoNode},
		{"setACL without ADMIN", zk.OpSetACL, codec.AppendSetACLRequest(nil, "/locked", open, 9), zk.ErrNoAuth},
		{"setACL of a wrong version", zk.OpSetACL, codec.AppendSetACLRequest(nil, "/plain", open, 9), zk.ErrBadVersion},
		{"setACL to auth without a proved identity", zk.OpSetACL, codec.AppendSetACLRequest(nil, "/plain",
			[]zk.ACL{{Perms: 31, ID: zk.ID{Scheme: "auth"}}}, -1), zk.ErrInvalidACL},

		{"exists of a path with a NUL", zk.OpExists, pathWatch("/a\x00", true), zk.ErrBadArguments},
		{"exists of nothing", zk.OpExists, pathWatch("nonsense", false), zk.ErrNoNode},
		{"exists without READ", zk.OpExists, pathWatch("/locked", true), zk.ErrNoAuth},
		{"getData of nothing", zk.OpGetData, pathWatch("/none", true), zk.ErrNoNode},
		{"getData without READ", zk.OpGetData, pathWatch("/locked", true), zk.ErrNoAuth},
		{"getChildren of nothing", zk.OpGetChildren, pathWatch("/none", true), zk.ErrNoNode},
		{"getChildren without READ", zk.OpGetChildren2, pathWatch("/locked", true), zk.ErrNoAuth},
		{"getACL of nothing", zk.OpGetACL, codec.AppendString(nil, "/none"), zk.ErrNoNode},
		{"getACL without READ and ADMIN", zk.OpGetACL, codec.AppendString(nil, "/locked"), zk.ErrNoAuth},
		{"a null path", zk.OpGetData, []byte{0xff, 0xff, 0xff, 0xff, 0}, zk.ErrMarshallingError},
	}
	watches := 0
	for _, x := range cases {
		f := c.do(x.op, x.body)
		if f.Err != x.want {
			t.Errorf("%s: got %v, want %v", x.name, f.Err, x.want)
		}
		if len(f.body) != 0 {
			t.Errorf("%s: an error reply carries %d bytes", x.name, len(f.body))
		}
		if n := h.p.watches.Count(); n != watches {
			t.Errorf("%s: leaves a watch", x.name)
			watches = n
		}
	}
	h.checkReplay()
}

func TestSequentialNamesCountCreatesNotChildren(t *testing.T) {
	h := newHouse(t)
	c := h.client()
	c.want(zk.ErrOK, zk.OpCreate, create("/q", 0))
	for i := range 3 {
		f := c.want(zk.ErrOK, zk.OpCreate, create("/q/n-", zk.ModePersistentSequential))
		if want := fmt.Sprintf("/q/n-%010d", i); f.text(t) != want {
			t.Errorf("got %s, want %s", f.text(t), want)
		}
		c.want(zk.ErrOK, zk.OpDelete, pathVersion(f.text(t), 0))
	}
	f := c.want(zk.ErrOK, zk.OpCreate, create("/q/", zk.ModePersistentSequential))
	if f.text(t) != "/q/0000000003" {
		t.Errorf("got %s", f.text(t))
	}
	if s := c.want(zk.ErrOK, zk.OpExists, pathWatch("/q", false)).stat(t); s.CVersion != 7 || s.NumChildren != 1 {
		t.Errorf("after 4 creates and 3 deletes: cversion %d, %d children", s.CVersion, s.NumChildren)
	}
}

func TestSequenceNumbersTakeTenPlacesAsJavaPrintsThem(t *testing.T) {
	for n, want := range map[int32]string{
		0: "0000000000", 7: "0000000007", 2147483647: "2147483647", -1: "-000000001", -2147483648: "-2147483648",
	} {
		if got := string(appendSequence(nil, n)); got != want {
			t.Errorf("%d: got %q, want %q", n, got, want)
		}
	}
}

func TestDigestHashesAreMaskedFromWhoMayNotAdmin(t *testing.T) {
	h := newHouse(t)
	owner, guest := h.client(), h.client()
	owner.want(zk.ErrOK, zk.OpAuth, codec.AppendAuthPacket(nil, "digest", []byte("u:p")))
	acl := append(digestACL(t, zk.PermAll, "u:p"), zk.ACL{Perms: zk.PermRead, ID: zk.ID{Scheme: "world", ID: "anyone"}})
	owner.want(zk.ErrOK, zk.OpCreate, createWith("/a", nil, 0, acl))
	for c, want := range map[*client]string{owner: acl[0].ID.ID, guest: "u:x"} {
		f := c.want(zk.ErrOK, zk.OpGetACL, codec.AppendString(nil, "/a"))
		d := codec.NewDecoder(f.body)
		if got := d.ACL(nil); got[0].ID.ID != want {
			t.Errorf("got %q, want %q", got[0].ID.ID, want)
		}
	}
}

func TestTheSuperUserPassesEveryCheck(t *testing.T) {
	h := newHouse(t)
	owner, super := h.client(), h.client()
	owner.want(zk.ErrOK, zk.OpAuth, codec.AppendAuthPacket(nil, "digest", []byte("u:p")))
	owner.want(zk.ErrOK, zk.OpCreate, createWith("/a", nil, 0, digestACL(t, zk.PermAll, "u:p")))
	super.want(zk.ErrNoAuth, zk.OpSetData, setData("/a", "x", -1))
	super.want(zk.ErrOK, zk.OpAuth, codec.AppendAuthPacket(nil, "digest", []byte("super:secret")))
	super.want(zk.ErrOK, zk.OpSetData, setData("/a", "x", -1))
}

func TestWithSkipACLNothingIsChecked(t *testing.T) {
	h := newHouse(t, func(_ *Config, a *auth.Config) { a.SkipACL = true })
	c := h.client()
	c.want(zk.ErrOK, zk.OpCreate, createWith("/a", nil, 0, digestACL(t, zk.PermRead, "u:p")))
	c.want(zk.ErrOK, zk.OpSetData, setData("/a", "x", -1))
}

func TestNullAndEmptyDataStayWhatTheyAre(t *testing.T) {
	h := newHouse(t)
	c := h.client()
	c.want(zk.ErrOK, zk.OpCreate, createWith("/null", nil, 0, zk.OpenACL()))
	c.want(zk.ErrOK, zk.OpCreate, createWith("/empty", []byte{}, 0, zk.OpenACL()))
	for path, want := range map[string]bool{"/null": true, "/empty": false} {
		f := c.want(zk.ErrOK, zk.OpGetData, pathWatch(path, false))
		d := codec.NewDecoder(f.body)
		if data := d.Buffer(); (data == nil) != want || len(data) != 0 {
			t.Errorf("%s: %v", path, data)
		}
	}
}

// multiBody encodes a multi request from pairs of operation and body.
func multiBody(parts ...any) []byte {
	var b []byte
	for i := 0; i < len(parts); i += 2 {
		b = codec.AppendMultiHeader(b, codec.MultiHeader{Op: parts[i].(zk.Op), Err: -1})
		b = append(b, parts[i+1].([]byte)...)
	}
	return codec.AppendMultiHeader(b, codec.MultiEnd())
}

// multiResults decodes a multi reply: each part's type, or its error.
func multiResults(t *testing.T, body []byte) []string {
	t.Helper()
	d := codec.NewDecoder(body)
	var results []string
	for {
		m := d.MultiHeader()
		if d.Err() != nil {
			t.Fatalf("multi reply %x: %v", body, d.Err())
		}
		if m.Done {
			if d.Remaining() != 0 || m != codec.MultiEnd() {
				t.Errorf("multi ends with %+v and %d bytes more", m, d.Remaining())
			}
			return results
		}
		switch m.Op {
		case zk.OpError:
			if err := zk.Err(d.Int32()); err != m.Err {
				t.Errorf("header says %v, body %v", m.Err, err)
			}
			results = append(results, m.Err.String())
			continue
		case zk.OpCreate:
			results = append(results, "create "+d.Path())
			continue
		case zk.OpCreate2:
			results = append(results, "create2 "+d.Path())
			d.Stat()
			continue
		case zk.OpSetData:
			results = append(results, fmt.Sprintf("setData v%d", d.Stat().Version))
			continue
		}
		results = append(results, m.Op.String())
	}
}

func TestAMultiIsOneTransactionWhosePartsSeeEachOther(t *testing.T) {
	h := newHouse(t)
	c := h.client()
	before := h.p.assigned
	f := c.want(zk.ErrOK, zk.OpMulti, multiBody(
		zk.OpCreate, create("/m", 0), zk.OpCreate2, create("/m/a-", zk.ModePersistentSequential),
		zk.OpCreate, create("/m/a-", zk.ModeEphemeralSequential), zk.OpSetData, setData("/m", "1", 0),
		zk.OpCheck, pathVersion("/m", 1), zk.OpSetData, setData("/m", "2", 1),
		zk.OpDelete, pathVersion("/m/a-0000000000", 0),
	))
	want := []string{"create /m", "create2 /m/a-0000000000", "create /m/a-0000000001", "setData v1", "check", "setData v2", "delete"}
	if got := multiResults(t, f.body); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if h.p.assigned != before+1 || f.Zxid != before+1 {
		t.Errorf("zxid %d after %d", f.Zxid, before)
	}
	h.checkReplay()
}

func TestAFailedMultiChangesNothingAndRestoresPendingChanges(t *testing.T) {
	h := newHouse(t)
	c := h.client()
	c.want(zk.ErrOK, zk.OpCreate, create("/p", 0))
	// While these are pending, a multi that touches the same znodes fails at each position.
	first := c.send(zk.OpSetData, setData("/p", "one", 0))
	digest := h.p.pend.digest
	parts := []any{
		zk.OpSetData, setData("/p", "two", 1), zk.OpCreate, create("/p/e-", zk.ModeEphemeralSequential),
		zk.OpCreate, create("/p/new", 0), zk.OpDelete, pathVersion("/p/new", 0),
	}
	for at := 0; at <= len(parts); at += 2 {
		broken := slices.Insert(slices.Clone(parts), at, any(zk.OpCheck), any(pathVersion("/p", 99)))
		c.send(zk.OpMulti, multiBody(broken...))
		if h.p.pend.digest != digest || len(h.p.pend.created) != 0 {
			t.Fatalf("failing at %d leaves pending changes", at/2)
		}
	}
	last := c.send(zk.OpSetData, setData("/p", "three", 1))
	seq := c.send(zk.OpCreate, create("/p/s-", zk.ModePersistentSequential))
	h.commit()
	frames := c.got()
	if len(frames) != 8 || frames[0].Xid != first || frames[6].Xid != last || frames[7].Xid != seq {
		t.Fatalf("%d replies", len(frames))
	}
	for at, f := range frames[1:6] {
		results := multiResults(t, f.body)
		for i, got := range results {
			want := zk.ErrOK
			if i == at {
				want = zk.ErrBadVersion
			} else if i > at {
				want = zk.ErrRuntimeInconsistency
			}
			if got != want.String() {
				t.Errorf("multi failing at %d: part %d is %s, want %v", at, i, got, want)
			}
		}
	}
	if frames[6].Err != zk.ErrOK || frames[6].stat(t).Version != 2 {
		t.Errorf("setData after the failed multis: %+v", frames[6])
	}
	if frames[7].text(t) != "/p/s-0000000000" {
		t.Errorf("a failed multi used up a sequence number: %s", frames[7].text(t))
	}
	h.checkReplay()
}

func TestAMultiWithWhatItMayNotHoldIsRefusedWhole(t *testing.T) {
	h := newHouse(t)
	c := h.client()
	for _, op := range []zk.Op{zk.OpGetData, zk.OpMulti, zk.OpSetACL, zk.OpError, 99} {
		f := c.want(zk.ErrMarshallingError, zk.OpMulti, multiBody(zk.OpCreate, create("/a", 0), op, pathWatch("/", false)))
		if len(f.body) != 0 {
			t.Errorf("%v: %d bytes of body", op, len(f.body))
		}
	}
	for _, mode := range []zk.CreateMode{-1, 5, 6, 7} {
		f := c.want(zk.ErrMarshallingError, zk.OpMulti, multiBody(zk.OpCreate, create("/a", 0), zk.OpCreate, create("/b", mode)))
		if f.Zxid != h.p.assigned || h.p.assigned != h.p.Applied() {
			t.Errorf("mode %d: zxid 0x%x, the last one given is 0x%x", mode, f.Zxid, h.p.assigned)
		}
	}
	if h.p.tree.Lookup("/a") != 0 {
		t.Error("a part was carried out")
	}
	f := c.want(zk.ErrOK, zk.OpMulti, multiBody())
	if got := multiResults(t, f.body); len(got) != 0 {
		t.Errorf("the empty multi gives %v", got)
	}
	h.checkReplay()
}

func TestSyncEchoesItsPath(t *testing.T) {
	h := newHouse(t)
	c := h.client()
	if f := c.want(zk.ErrOK, zk.OpSync, codec.AppendString(nil, "/whatever")); f.text(t) != "/whatever" {
		t.Errorf("got %q", f.text(t))
	}
	if f := c.want(zk.ErrOK, zk.OpSync, codec.AppendString(nil, "/\xff\U0001f600")); f.text(t) != "/\ufffd\xed\xa0\xbd\xed\xb8\x80" {
		t.Errorf("a path that Java reads and writes differently comes back as %+q", f.text(t))
	}
	if f := c.want(zk.ErrOK, zk.OpSync, codec.AppendBuffer(nil, nil)); !slices.Equal(f.body, []byte{0xff, 0xff, 0xff, 0xff}) {
		t.Errorf("null comes back as %x", f.body)
	}
}

func TestIdentitiesComeBackAsJavaWritesThem(t *testing.T) {
	h := newHouse(t)
	c := h.client()
	acl := []zk.ACL{{Perms: zk.PermAll, ID: zk.ID{Scheme: "world", ID: "anyone"}}, {ID: zk.ID{Scheme: "digest", ID: "\xff\U0001f600:x"}}}
	c.want(zk.ErrOK, zk.OpCreate, createWith("/a", nil, 0, acl))
	d := codec.NewDecoder(c.want(zk.ErrOK, zk.OpGetACL, codec.AppendString(nil, "/a")).body)
	d.Int64() // the count, and the first entry's permissions
	d.Buffer()
	d.Buffer()
	d.Int32()
	d.Buffer()
	if got := string(d.Buffer()); got != "\ufffd\xed\xa0\xbd\xed\xb8\x80:x" {
		t.Errorf("got %+q", got)
	}
}

func TestGetChildrenListsEachChildOnce(t *testing.T) {
	h := newHouse(t)
	c := h.client()
	c.want(zk.ErrOK, zk.OpCreate, create("/d", 0))
	var want []string
	for i := range 100 {
		want = append(want, fmt.Sprintf("c%02d", i))
		c.want(zk.ErrOK, zk.OpCreate, create("/d/"+want[i], 0))
	}
	for _, op := range []zk.Op{zk.OpGetChildren, zk.OpGetChildren2} {
		f := c.want(zk.ErrOK, op, pathWatch("/d", false))
		d := codec.NewDecoder(f.body)
		got := d.Strings()
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%v: %s", op, strings.Join(got, " "))
		}
		if op == zk.OpGetChildren2 && d.Stat().NumChildren != 100 || d.Err() != nil || d.Remaining() != 0 {
			t.Errorf("%v: %d bytes more, %v", op, d.Remaining(), d.Err())
		}
	}
}
