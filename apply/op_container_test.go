package apply

import (
	"slices"
	"testing"

	"paddock/auth"
	"paddock/codec"
	"paddock/zk"
)

func withTTLs(c *Config, _ *auth.Config) {
	c.ExtendedTypes = true
	c.Reap = ReapConfig{CheckIntervalMs: 1000, PerMinuteMax: 10_000}
}

func createAs(op zk.Op, path string, mode zk.CreateMode, ttlMs int64) []byte {
	return codec.AppendCreateRequest(nil, op, &codec.CreateRequest{Path: path, ACL: zk.OpenACL(), Mode: mode, TTLMs: ttlMs})
}

func TestContainersAnswerWithAStatAndHideTheirOwner(t *testing.T) {
	h := newHouse(t, withTTLs)
	c := h.client()
	f := c.want(zk.ErrOK, zk.OpCreateContainer, createAs(zk.OpCreateContainer, "/c", zk.ModeContainer, -1))
	if f.text(t) != "/c" || f.stat(t).EphemeralOwner != 0 {
		t.Errorf("got %q %+v", f.text(t), f.stat(t))
	}
	f = c.want(zk.ErrOK, zk.OpCreateTTL, createAs(zk.OpCreateTTL, "/c/t-", zk.ModePersistentSequentialTTL, 5000))
	if f.text(t) != "/c/t-0000000000" || f.stat(t).EphemeralOwner != 0 {
		t.Errorf("got %q %+v", f.text(t), f.stat(t))
	}
	h.checkReplay()
}

func TestTimesToLiveAreCheckedAgainstModeAndRange(t *testing.T) {
	h := newHouse(t, withTTLs)
	c := h.client()
	for _, x := range []struct {
		name  string
		op    zk.Op
		mode  zk.CreateMode
		ttlMs int64
		want  zk.Err
	}{
		{"the shortest", zk.OpCreateTTL, zk.ModePersistentTTL, 1, zk.ErrOK},
		{"the longest", zk.OpCreateTTL, zk.ModePersistentSequentialTTL, zk.TTLMsMax, zk.ErrOK},
		{"too long", zk.OpCreateTTL, zk.ModePersistentTTL, zk.TTLMsMax + 1, zk.ErrBadArguments},
		{"zero", zk.OpCreateTTL, zk.ModePersistentTTL, 0, zk.ErrBadArguments},
		{"negative", zk.OpCreateTTL, zk.ModePersistentTTL, -1, zk.ErrBadArguments},
		{"with a mode without TTL", zk.OpCreateTTL, zk.ModePersistent, 5, zk.ErrBadArguments},
		{"no TTL and no TTL mode, which crashes 3.9.5", zk.OpCreateTTL, zk.ModePersistent, -1, zk.ErrBadArguments},
		{"a TTL mode in create", zk.OpCreate, zk.ModePersistentTTL, -1, zk.ErrBadArguments},
		{"a TTL mode in createContainer", zk.OpCreateContainer, zk.ModePersistentTTL, -1, zk.ErrBadArguments},
		{"no such mode", zk.OpCreateTTL, 9, 5, zk.ErrBadArguments},
	} {
		if f := c.do(x.op, createAs(x.op, "/t-"+x.name, x.mode, x.ttlMs)); f.Err != x.want {
			t.Errorf("%s: got %v, want %v", x.name, f.Err, x.want)
		}
	}
	off := newHouse(t).client()
	off.want(zk.ErrUnimplemented, zk.OpCreateTTL, createAs(zk.OpCreateTTL, "/t", zk.ModePersistentTTL, 5))
	off.want(zk.ErrOK, zk.OpCreateContainer, createAs(zk.OpCreateContainer, "/c", zk.ModeContainer, -1))
}

func TestAClientMayNotDeletePastTheACLs(t *testing.T) {
	h := newHouse(t)
	c := h.client()
	c.want(zk.ErrOK, zk.OpCreate, create("/a", 0))
	c.want(zk.ErrNoAuth, zk.OpDeleteContainer, codec.AppendString(nil, "/a"))
	c.want(zk.ErrMarshallingError, zk.OpDeleteContainer, []byte{0xff, 0xff, 0xff, 0xff})
	if h.p.tree.Lookup("/a") == 0 {
		t.Error("deleted")
	}
}

func (h *house) passes(n int, ms int64, clients ...*client) {
	for range n {
		for _, c := range clients {
			c.send(zk.OpPing, nil)
		}
		h.pass(ms)
		h.commit()
	}
}

func (h *house) paths() []string {
	var paths []string
	for n := h.p.tree.FirstChild(h.p.tree.Lookup("/")); n != 0; n = h.p.tree.NextSibling(n) {
		paths = append(paths, string(h.p.tree.Name(n)))
	}
	slices.Sort(paths)
	return paths
}

func TestTheReaperDeletesContainersThatWereUsedAndZnodesWhoseTimeIsOver(t *testing.T) {
	h := newHouse(t, withTTLs)
	c := h.client()
	for _, path := range []string{"/unused", "/used", "/parent"} {
		c.want(zk.ErrOK, zk.OpCreateContainer, createAs(zk.OpCreateContainer, path, zk.ModeContainer, -1))
	}
	c.want(zk.ErrOK, zk.OpCreate, create("/used/a", 0))
	c.want(zk.ErrOK, zk.OpDelete, pathVersion("/used/a", -1))
	c.want(zk.ErrOK, zk.OpCreate, create("/parent/a", 0))
	c.want(zk.ErrOK, zk.OpCreateTTL, createAs(zk.OpCreateTTL, "/short", zk.ModePersistentTTL, 500))
	c.want(zk.ErrOK, zk.OpCreateTTL, createAs(zk.OpCreateTTL, "/long", zk.ModePersistentTTL, 100_000))
	c.want(zk.ErrOK, zk.OpCreateTTL, createAs(zk.OpCreateTTL, "/written", zk.ModePersistentTTL, 1500))
	c.do(zk.OpGetChildren, pathWatch("/", true))

	h.passes(9, 100, c)
	if got, want := h.paths(), []string{"long", "parent", "short", "unused", "used", "written", "zookeeper"}; !slices.Equal(got, want) {
		t.Errorf("before the first search: %v", got)
	}
	h.passes(4, 100, c)
	c.send(zk.OpSetData, setData("/written", "again", -1))
	h.commit()
	h.passes(12, 100, c)
	if got, want := h.paths(), []string{"long", "parent", "unused", "written", "zookeeper"}; !slices.Equal(got, want) {
		t.Errorf("after two searches: %v", got)
	}
	h.passes(20, 100, c)
	if got, want := h.paths(), []string{"long", "parent", "unused", "zookeeper"}; !slices.Equal(got, want) {
		t.Errorf("after four searches: %v", got)
	}
	fired := slices.ContainsFunc(c.got(), func(f frame) bool { return f.event != nil && f.event.Path == "/" })
	if !fired {
		t.Error("no event")
	}
	header, txn, _, err := codec.DecodeTxn(h.log.payloads[len(h.log.payloads)-1])
	if err != nil || header.Type != zk.OpDeleteContainer || header.ClientID != 0 || txn.Path != "/written" {
		t.Errorf("logged %+v %+v, %v", header, txn, err)
	}
	h.checkReplay()
}

func TestTheReaperSparesWhatAPendingChangeKeepsAndKeepsItsPace(t *testing.T) {
	h := newHouse(t, withTTLs, func(c *Config, _ *auth.Config) { c.Reap.PerMinuteMax = 600 }) // one in 100 ms
	c := h.client()
	for range 20 {
		c.want(zk.ErrOK, zk.OpCreateTTL, createAs(zk.OpCreateTTL, "/t-", zk.ModePersistentSequentialTTL, 10))
	}
	h.passes(9, 100, c)
	c.send(zk.OpCreate, create("/t-0000000007/child", 0)) // on its way when the search comes
	h.passes(5, 100, c)
	if n := len(h.paths()) - 1; n < 13 || n > 19 {
		t.Errorf("%d of 20 left half a second after the search began", n)
	}
	h.passes(40, 100, c)
	if got := h.paths(); !slices.Equal(got, []string{"t-0000000007", "zookeeper"}) {
		t.Errorf("in the end: %v", got)
	}
	h.checkReplay()
}

func TestANeverUsedContainerGoesWhenThatIsConfigured(t *testing.T) {
	h := newHouse(t, withTTLs, func(c *Config, _ *auth.Config) { c.Reap.NeverUsedIntervalMs = 3000 })
	c := h.client()
	c.want(zk.ErrOK, zk.OpCreateContainer, createAs(zk.OpCreateContainer, "/c", zk.ModeContainer, -1))
	h.passes(25, 100, c)
	if h.p.tree.Lookup("/c") == 0 {
		t.Error("deleted too early")
	}
	h.passes(20, 100, c)
	if h.p.tree.Lookup("/c") != 0 {
		t.Error("not deleted")
	}
}

func TestReconfigIsRefusedOnAStandaloneServer(t *testing.T) {
	body := codec.AppendInt64(codec.AppendBuffer(codec.AppendBuffer(codec.AppendBuffer(nil, nil), nil), nil), -1)
	c := newHouse(t).client()
	c.want(zk.ErrReconfigDisabled, zk.OpReconfig, body)
	c.want(zk.ErrMarshallingError, zk.OpReconfig, body[:9])
	on := newHouse(t, func(c *Config, _ *auth.Config) { c.ReconfigEnabled = true }).client()
	on.want(zk.ErrUnimplemented, zk.OpReconfig, body)
	if on.ended() {
		t.Error("the connection ended")
	}
}

func TestSASLWithoutConfigurationGetsAnEmptyAnswerOutOfLine(t *testing.T) {
	h := newHouse(t)
	c := h.client()
	c.send(zk.OpCreate, create("/a", 0))
	xid := c.send(zk.OpSASL, codec.AppendBuffer(nil, []byte("token")))
	f := c.one()
	if f.Xid != xid || f.Err != zk.ErrOK || f.Zxid != 0 || string(f.body) != "\xff\xff\xff\xff" {
		t.Errorf("got %+v", f)
	}
}

func TestAMultiMakesContainersAndTTLZnodes(t *testing.T) {
	h := newHouse(t, withTTLs)
	c := h.client()
	f := c.want(zk.ErrOK, zk.OpMulti, multiBody(
		zk.OpCreateContainer, createAs(zk.OpCreateContainer, "/c", zk.ModeContainer, -1),
		zk.OpCreateTTL, createAs(zk.OpCreateTTL, "/t", zk.ModePersistentTTL, 50),
		zk.OpCreate, createAs(zk.OpCreate, "/c2", zk.ModeContainer, -1), // a container as well, in a multi
		zk.OpCreateTTL, createAs(zk.OpCreateTTL, "/p", zk.ModePersistent, 50), // an ordinary create
	))
	want := []string{"create2 /c", "create2 /t", "create2 /c2", "create /p"}
	if got := multiResults(t, f.body); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for path, kind := range map[string]zk.Kind{"/c": zk.KindContainer, "/t": zk.KindTTL, "/c2": zk.KindContainer, "/p": zk.KindPersistent} {
		if got := zk.OwnerKind(h.p.tree.Persisted(h.p.tree.Lookup(path)).EphemeralOwner); got != kind {
			t.Errorf("%s is of kind %d", path, got)
		}
	}
	for _, mode := range []zk.CreateMode{-1, 5, 6, 7} {
		c.want(zk.ErrMarshallingError, zk.OpMulti, multiBody(zk.OpCreate, createAs(zk.OpCreate, "/x", mode, -1)))
	}
	h.checkReplay()
}

func TestMultiReadAnswersEachPart(t *testing.T) {
	h := newHouse(t)
	owner, c := h.client(), h.client()
	owner.want(zk.ErrOK, zk.OpAuth, codec.AppendAuthPacket(nil, "digest", []byte("u:p")))
	owner.want(zk.ErrOK, zk.OpCreate, createWith("/locked", nil, 0, digestACL(t, zk.PermAll, "u:p")))
	c.want(zk.ErrOK, zk.OpCreate, create("/a", 0))
	f := c.want(zk.ErrOK, zk.OpMultiRead, multiBody(
		zk.OpGetData, pathWatch("/a", true), zk.OpGetData, pathWatch("/none", true),
		zk.OpGetChildren, pathWatch("/zookeeper", true), zk.OpGetChildren, pathWatch("/locked", true),
	))
	d := codec.NewDecoder(f.body)
	if m := d.MultiHeader(); m.Op != zk.OpGetData || string(d.Buffer()) != "data" || d.Stat().DataLength != 4 {
		t.Errorf("part 0: %+v", m)
	}
	if m := d.MultiHeader(); m.Op != zk.OpError || m.Err != zk.ErrNoNode || zk.Err(d.Int32()) != zk.ErrNoNode {
		t.Errorf("part 1: %+v", m)
	}
	m := d.MultiHeader()
	children := d.Strings()
	slices.Sort(children)
	if m.Op != zk.OpGetChildren || !slices.Equal(children, []string{"config", "quota"}) {
		t.Errorf("part 2: %+v %v", m, children)
	}
	if m := d.MultiHeader(); m.Err != zk.ErrNoAuth || zk.Err(d.Int32()) != zk.ErrNoAuth {
		t.Errorf("part 3: %+v", m)
	}
	if m := d.MultiHeader(); m != codec.MultiEnd() || d.Err() != nil || d.Remaining() != 0 {
		t.Errorf("end: %+v, %v", m, d.Err())
	}
	if h.p.watches.Count() != 0 {
		t.Error("multiRead leaves watches")
	}
	f = c.want(zk.ErrMarshallingError, zk.OpMultiRead, multiBody(zk.OpDelete, pathVersion("/a", -1)))
	if len(multiResults(t, f.body)) != 0 {
		t.Errorf("a multiRead of writes: %x", f.body)
	}
	f = c.want(zk.ErrMarshallingError, zk.OpMultiRead, multiBody(zk.OpGetData, pathWatch("/a", false), zk.OpDelete, pathVersion("/a", -1)))
	if len(f.body) != 0 {
		t.Errorf("a mixed multiRead: %x", f.body)
	}
}

func TestEphemeralsAreListedByPrefix(t *testing.T) {
	h := newHouse(t)
	c, other := h.client(), h.client()
	c.want(zk.ErrOK, zk.OpCreate, create("/d", 0))
	for _, path := range []string{"/d/a", "/d/ab", "/e"} {
		c.want(zk.ErrOK, zk.OpCreate, create(path, zk.ModeEphemeral))
	}
	other.want(zk.ErrOK, zk.OpCreate, create("/theirs", zk.ModeEphemeral))
	for prefix, want := range map[string][]string{
		"": {"/d/a", "/d/ab", "/e"}, "/": {"/d/a", "/d/ab", "/e"}, " / ": {"/d/a", "/d/ab", "/e"},
		"/d": {"/d/a", "/d/ab"}, "/d/a": {"/d/a", "/d/ab"}, "/none": {}, "d": {},
	} {
		f := c.want(zk.ErrOK, zk.OpGetEphemerals, codec.AppendString(nil, prefix))
		d := codec.NewDecoder(f.body)
		got := d.Strings()
		slices.Sort(got)
		if !slices.Equal(got, want) || d.Err() != nil || d.Remaining() != 0 {
			t.Errorf("%q: got %v, %v", prefix, got, d.Err())
		}
	}
	c.want(zk.ErrOK, zk.OpGetEphemerals, codec.AppendInt32(nil, -1))
}

func TestAllChildrenAreCounted(t *testing.T) {
	h := newHouse(t)
	c := h.client()
	count := func(path string) int32 {
		f := c.want(zk.ErrOK, zk.OpGetAllChildrenNumber, codec.AppendString(nil, path))
		d := codec.NewDecoder(f.body)
		return d.Int32()
	}
	if got := count("/"); got != 3 { // as on a fresh Apache
		t.Errorf("fresh: %d", got)
	}
	for _, path := range []string{"/a", "/a/b", "/a/b/c", "/a/b/d", "/a/e", "/ab"} {
		c.want(zk.ErrOK, zk.OpCreate, create(path, 0))
	}
	for path, want := range map[string]int32{"/": 9, "": 10, "/a": 4, "/a/b": 2, "/a/b/c": 0, "/zookeeper": 2} {
		if got := count(path); got != want {
			t.Errorf("%q: %d, want %d", path, got, want)
		}
	}
	c.want(zk.ErrNoNode, zk.OpGetAllChildrenNumber, codec.AppendString(nil, "/none"))
}

func TestWhoAmIShowsNoHash(t *testing.T) {
	h := newHouse(t)
	c := h.client()
	c.want(zk.ErrOK, zk.OpAuth, codec.AppendAuthPacket(nil, "digest", []byte("joe:secret")))
	f := c.want(zk.ErrOK, zk.OpWhoAmI, nil)
	d := codec.NewDecoder(f.body)
	got := map[string]string{}
	for range d.Count(8) {
		scheme := d.String()
		got[scheme] = d.String()
	}
	if len(got) != 2 || got["ip"] != "127.0.0.1" || got["digest"] != "joe" || d.Err() != nil {
		t.Errorf("got %v, %v", got, d.Err())
	}
}

func TestRequestsBehindAnAuthSeeItsIdentities(t *testing.T) {
	h := newHouse(t)
	c := h.dial("127.0.0.1:1") // all in one write, before the session is durable
	c.connect(codec.ConnectRequest{TimeoutMs: 1000, HasReadOnly: true})
	c.send(zk.OpAuth, codec.AppendAuthPacket(nil, "digest", []byte("u:p")))
	c.send(zk.OpCreate, createWith("/mine", nil, 0, []zk.ACL{{Perms: 31, ID: zk.ID{Scheme: "auth"}}}))
	h.commit()
	frames := c.raw()
	if len(frames) != 3 {
		t.Fatalf("%d frames", len(frames))
	}
	d := codec.NewDecoder(frames[2])
	if got := d.ReplyHeader(); got.Err != zk.ErrOK {
		t.Errorf("create gets %v", got.Err)
	}
}
