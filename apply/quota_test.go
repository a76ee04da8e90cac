package apply

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"paddock/auth"
	"paddock/codec"
	"paddock/quota"
	"paddock/session"
	"paddock/tree"
	"paddock/zk"
)

func enforced(c *Config, _ *auth.Config) { c.EnforceQuota = true }

// quotaNodesOf gives the requests that zkCli's setquota makes for a path: parents, limits, stats. Parents that are
// there already are no matter.
func quotaNodesOf(path, limits string) [][]byte {
	var bodies [][]byte
	for i, c := range path + "/" {
		if i > 0 && c == '/' {
			bodies = append(bodies, createWith(zk.PathQuota+path[:i], []byte{}, 0, zk.OpenACL()))
		}
	}
	return append(bodies,
		createWith(quota.LimitsPath(path), []byte(limits), 0, zk.OpenACL()),
		createWith(quota.StatsPath(path), []byte("count=0,bytes=0"), 0, zk.OpenACL()))
}

func (c *client) setQuota(path, limits string) {
	c.h.t.Helper()
	for _, body := range quotaNodesOf(path, limits) {
		if f := c.do(zk.OpCreate, body); f.Err != zk.ErrOK && f.Err != zk.ErrNodeExists {
			c.h.t.Fatalf("quota on %s: %v", path, f.Err)
		}
	}
}

func (c *client) make(path, data string) {
	c.h.t.Helper()
	c.want(zk.ErrOK, zk.OpCreate, createWith(path, []byte(data), 0, zk.OpenACL()))
}

// statsIn gives the data of a quota's stats.
func statsIn(t *tree.Tree, path string) string {
	n := t.Lookup(quota.StatsPath(path))
	if n == 0 {
		return "none"
	}
	return string(t.Data(n))
}

func (h *house) wantStats(path, want string) {
	h.t.Helper()
	if got := statsIn(h.p.tree, path); got != want {
		h.t.Errorf("stats of %s: %q, want %q", path, got, want)
	}
}

func TestStatsFollowEveryWrite(t *testing.T) {
	h := newHouse(t)
	c := h.client()
	c.make("/a", "12345")
	c.make("/a/b", "123")
	c.make("/c", "1234567")
	c.setQuota("/a", "count=100,bytes=1000")
	h.wantStats("/a", "count=2,bytes=8")
	before := h.p.tree.Persisted(h.p.tree.Lookup(quota.StatsPath("/a")))
	c.want(zk.ErrOK, zk.OpGetData, pathWatch(quota.StatsPath("/a"), true))

	for _, step := range []struct {
		name string
		op   zk.Op
		body []byte
		want string
	}{
		{"create below", zk.OpCreate, createWith("/a/b/c", []byte("12"), 0, zk.OpenACL()), "count=3,bytes=10"},
		{"create2 of null", zk.OpCreate2, createWith("/a/d", nil, 0, zk.OpenACL()), "count=4,bytes=10"},
		{"setData grows", zk.OpSetData, setData("/a/d", "1234", -1), "count=4,bytes=14"},
		{"setData of the path itself", zk.OpSetData, setData("/a", "1", -1), "count=4,bytes=10"},
		{"setData elsewhere", zk.OpSetData, setData("/c", "1", -1), "count=4,bytes=10"},
		{"delete", zk.OpDelete, pathVersion("/a/d", -1), "count=3,bytes=6"},
		{"delete that is refused", zk.OpDelete, pathVersion("/a/b", -1), "count=3,bytes=6"},
		{"a path that only begins alike", zk.OpCreate, create("/ab", 0), "count=3,bytes=6"},
		{
			"multi", zk.OpMulti, multiBody(zk.OpCreate, createWith("/a/e", []byte("123"), 0, zk.OpenACL()),
				zk.OpSetData, setData("/a/e", "1", -1), zk.OpDelete, pathVersion("/a/b/c", -1)), "count=3,bytes=5",
		},
	} {
		frames := c.do(step.op, step.body)
		if frames.event != nil {
			t.Errorf("%s: an event came", step.name)
		}
		if got := statsIn(h.p.tree, "/a"); got != step.want {
			t.Errorf("%s: stats are %q, want %q", step.name, got, step.want)
		}
	}
	if after := h.p.tree.Persisted(h.p.tree.Lookup(quota.StatsPath("/a"))); after != before {
		t.Errorf("the Stat of the stats has become %+v, was %+v", after, before)
	}
	h.checkReplay()
}

func TestDeepestQuotaCountsAlone(t *testing.T) {
	h := newHouse(t)
	c := h.client()
	for _, path := range []string{"/a", "/a/b", "/a/b/c"} {
		c.make(path, "1")
	}
	c.setQuota("/a", "count=100,bytes=1000")
	c.setQuota("/a/b", "count=100,bytes=1000")
	h.wantStats("/a", "count=3,bytes=3")
	h.wantStats("/a/b", "count=2,bytes=2")
	c.make("/a/b/d", "12")
	c.make("/a/e", "12")
	h.wantStats("/a", "count=4,bytes=5")
	h.wantStats("/a/b", "count=3,bytes=4")
	c.want(zk.ErrOK, zk.OpDelete, pathVersion(quota.LimitsPath("/a/b"), -1))
	c.want(zk.ErrOK, zk.OpDelete, pathVersion("/a/b/d", -1))
	h.wantStats("/a", "count=3,bytes=3")
	h.wantStats("/a/b", "count=3,bytes=4")
}

func TestHardLimitsAreEnforced(t *testing.T) {
	h := newHouse(t, enforced)
	c := h.client()
	c.make("/a", "12345")
	c.setQuota("/a", "count=-1,bytes=-1=;byteHardLimit=10;countHardLimit=3")
	other := digestACL(t, zk.PermAll, "someone:else")
	c.want(zk.ErrOK, zk.OpCreate, createWith("/a/closed", []byte{}, 0, other))
	for _, step := range []struct {
		name string
		err  zk.Err
		op   zk.Op
		body []byte
	}{
		{"too many bytes", zk.ErrQuotaExceeded, zk.OpCreate, createWith("/a/b", []byte("123456"), 0, zk.OpenACL())},
		{"as many bytes as there may be", zk.ErrOK, zk.OpCreate, createWith("/a/b", []byte("12345"), 0, zk.OpenACL())},
		{"too many znodes", zk.ErrQuotaExceeded, zk.OpCreate2, createWith("/a/c", nil, 0, zk.OpenACL())},
		{"the path exists", zk.ErrNodeExists, zk.OpCreate, createWith("/a/b", []byte("123456"), 0, zk.OpenACL())},
		{"data grows", zk.ErrQuotaExceeded, zk.OpSetData, setData("/a/b", "123456", -1)},
		{"data grows and the version is wrong", zk.ErrQuotaExceeded, zk.OpSetData, setData("/a/b", "123456", 7)},
		{"data grows without permission", zk.ErrNoAuth, zk.OpSetData, setData("/a/closed", "123456", -1)},
		{"data stays as long", zk.ErrOK, zk.OpSetData, setData("/a/b", "abcde", -1)},
		{"data shrinks", zk.ErrOK, zk.OpSetData, setData("/a/b", "1", -1)},
		{"data grows again", zk.ErrOK, zk.OpSetData, setData("/a", "123456789", -1)},
		{"other paths are free", zk.ErrOK, zk.OpCreate, create("/b", 0)},
		{"a limit that is raised", zk.ErrOK, zk.OpSetData, setData(quota.LimitsPath("/a"), "countHardLimit=4", -1)},
		{"counts at once", zk.ErrOK, zk.OpCreate, createWith("/a/c", []byte("123456"), 0, zk.OpenACL())},
		{"up to its end", zk.ErrQuotaExceeded, zk.OpCreate, create("/a/d", 0)},
		{"limits that are deleted", zk.ErrOK, zk.OpDelete, pathVersion(quota.LimitsPath("/a"), -1)},
		{"limit nothing", zk.ErrOK, zk.OpCreate, create("/a/d", 0)},
	} {
		if f := c.do(step.op, step.body); f.Err != step.err {
			t.Errorf("%s: got %v, want %v", step.name, f.Err, step.err)
		}
	}
	if got := h.p.Stats().QuotaExceeded; got != 5 {
		t.Errorf("%d refusals are counted, want 5", got)
	}
	h.wantStats("/a", "count=4,bytes=16")
	h.checkReplay()
}

func TestShrinkingDataBeyondTheQuotaIsRefusedWhileTooMuchIsLeft(t *testing.T) {
	h := newHouse(t, enforced)
	c := h.client()
	c.make("/a", strings.Repeat("x", 20))
	c.setQuota("/a", "byteHardLimit=10")
	c.want(zk.ErrQuotaExceeded, zk.OpSetData, setData("/a", strings.Repeat("x", 11), -1))
	c.want(zk.ErrOK, zk.OpSetData, setData("/a", strings.Repeat("x", 10), -1))
}

func TestHardLimitsAreNotEnforcedUnlessAskedFor(t *testing.T) {
	h := newHouse(t)
	c := h.client()
	c.make("/a", "")
	c.setQuota("/a", "countHardLimit=1,byteHardLimit=1")
	c.make("/a/b", "12345")
	h.wantStats("/a", "count=2,bytes=5")
}

func TestSoftLimitsAreOnlyLogged(t *testing.T) {
	h := newHouse(t, enforced)
	var log bytes.Buffer
	h.p.logger = slog.New(slog.NewTextHandler(&log, nil))
	c := h.client()
	c.make("/a", "")
	c.setQuota("/a", "count=2,bytes=4")
	c.make("/a/b", "1234")
	if log.Len() > 0 {
		t.Errorf("logged too early: %s", &log)
	}
	c.make("/a/c", "")
	for range 10 { // these are held back
		c.want(zk.ErrOK, zk.OpSetData, setData("/a/c", "123", -1))
		c.want(zk.ErrOK, zk.OpSetData, setData("/a/c", "", -1))
	}
	h.pass(quotaLogIntervalMs)
	c.want(zk.ErrOK, zk.OpSetData, setData("/a/c", "123", -1))
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	if len(lines) != 2 ||
		!strings.Contains(lines[0], `level=WARN msg="Quota exceeded: /a [current count=3, softCountLimit=2]"`) ||
		!strings.Contains(lines[1], `level=WARN msg="Quota exceeded: /a [current bytes=7, softByteLimit=4]" leftOut=10`) {
		t.Errorf("logged %d lines: %q", len(lines), lines)
	}
	if got := h.p.Stats().QuotaExceeded; got != 0 {
		t.Errorf("%d refusals are counted", got)
	}
}

func TestHardLimitComesBeforeTheSoftOne(t *testing.T) {
	h := newHouse(t, enforced)
	var log bytes.Buffer
	h.p.logger = slog.New(slog.NewTextHandler(&log, nil))
	c := h.client()
	c.make("/a", "")
	c.setQuota("/a", "count=1,bytes=-1=;countHardLimit=2")
	c.make("/a/b", "")
	if log.Len() > 0 {
		t.Errorf("the soft limit was logged: %s", &log)
	}
	c.want(zk.ErrQuotaExceeded, zk.OpCreate, create("/a/c", 0))
	if !strings.Contains(log.String(), "Quota exceeded: /a [current count=3, hardCountLimit=2]") {
		t.Errorf("logged %q", &log)
	}
}

func TestAPipelinedBurstCannotOvershoot(t *testing.T) {
	h := newHouse(t, enforced)
	c, d := h.client(), h.client()
	c.make("/a", "")
	c.setQuota("/a", "countHardLimit=4")
	for i := range 10 {
		from := c
		if i%2 == 1 {
			from = d
		}
		from.send(zk.OpCreate, create(fmt.Sprintf("/a/%d", i), 0))
	}
	c.send(zk.OpDelete, pathVersion("/a/0", -1))
	c.send(zk.OpCreate, create("/a/x", zk.ModeEphemeralSequential))
	c.send(zk.OpCreate, create("/a/y", 0))
	h.commit()
	var got []string
	for _, f := range append(c.got(), d.got()...) {
		got = append(got, fmt.Sprint(int32(f.Err)))
	}
	if want := "0 0 -125 -125 -125 0 0 -125 0 -125 -125 -125 -125"; strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
	h.wantStats("/a", "count=4,bytes=12")
	h.checkReplay()
}

func TestAQuotaCountsFromTheRequestThatMakesIt(t *testing.T) {
	h := newHouse(t, enforced)
	c := h.client()
	c.send(zk.OpCreate, create("/a", 0))
	c.send(zk.OpCreate, create("/a/b", 0))
	for _, body := range quotaNodesOf("/a", "countHardLimit=2") {
		c.send(zk.OpCreate, body)
	}
	c.send(zk.OpCreate, create("/a/refused", 0))
	c.send(zk.OpSetData, setData(quota.LimitsPath("/a"), "countHardLimit=3", -1))
	c.send(zk.OpCreate, create("/a/raised", 0))
	c.send(zk.OpCreate, create("/a/refused again", 0))
	c.send(zk.OpSetData, setData(quota.StatsPath("/a"), "count=0,bytes=0", -1))
	c.send(zk.OpCreate, create("/a/believed", 0))
	c.send(zk.OpDelete, pathVersion(quota.LimitsPath("/a"), -1))
	c.send(zk.OpCreate, create("/a/free", 0))
	h.commit()
	var refused []int32
	for _, f := range c.got() {
		if f.Err == zk.ErrQuotaExceeded {
			refused = append(refused, f.Xid)
		} else if f.Err != zk.ErrOK {
			t.Errorf("request %d: %v", f.Xid, f.Err)
		}
	}
	if want := []int32{6, 9}; fmt.Sprint(refused) != fmt.Sprint(want) {
		t.Errorf("refused are %v, want %v", refused, want)
	}
	h.wantStats("/a", "count=1,bytes=4")
	h.checkReplay()
}

func TestAFailedMultiGivesItsUseBack(t *testing.T) {
	h := newHouse(t, enforced)
	c := h.client()
	c.make("/a", "")
	c.make("/b", "")
	c.setQuota("/a", "countHardLimit=3")
	create1 := func(path string) []byte { return createWith(path, []byte("1"), 0, zk.OpenACL()) }
	arming := quotaNodesOf("/b", "countHardLimit=1")
	c.send(zk.OpMulti, multiBody(zk.OpCreate, create1("/a/1"), zk.OpCreate, create1("/a/2"), zk.OpCreate, create1("/a/3")))
	c.send(zk.OpMulti, multiBody(zk.OpCreate, create1("/a/1"), zk.OpDelete, pathVersion("/none", -1)))
	c.send(zk.OpMulti, multiBody(zk.OpCreate, arming[0], zk.OpCreate, arming[1], zk.OpCreate, arming[2],
		zk.OpCreate, create1("/b/1")))
	c.send(zk.OpMulti, multiBody(zk.OpDelete, pathVersion(quota.LimitsPath("/a"), -1), zk.OpCheck, pathVersion("/none", -1)))
	c.send(zk.OpCreate, create1("/b/1"))
	c.send(zk.OpMulti, multiBody(zk.OpCreate, create1("/a/1"), zk.OpCreate, create1("/a/2")))
	c.send(zk.OpCreate, create1("/a/3"))
	h.commit()
	frames := c.got()
	want := [][]string{
		{"Ok", "Ok", "QuotaExceeded"},
		{"Ok", "NoNode"},
		{"Ok", "Ok", "Ok", "QuotaExceeded"},
		{"Ok", "NoNode"},
		nil,
		{"create /a/1", "create /a/2"},
		nil,
	}
	for i, f := range frames {
		if want[i] == nil {
			continue
		}
		if got := multiResults(t, f.body); fmt.Sprint(got) != fmt.Sprint(want[i]) {
			t.Errorf("multi %d: got %v, want %v", i, got, want[i])
		}
	}
	if frames[4].Err != zk.ErrOK || frames[6].Err != zk.ErrQuotaExceeded {
		t.Errorf("creates behind failed multis: %v, %v", frames[4].Err, frames[6].Err)
	}
	h.wantStats("/a", "count=3,bytes=2")
	h.wantStats("/b", "none")
	h.checkReplay()
}

func TestEphemeralsOfAnEndedSessionGiveTheirUseBack(t *testing.T) {
	h := newHouse(t, enforced)
	c, d := h.client(), h.client()
	c.make("/a", "")
	c.setQuota("/a", "countHardLimit=3")
	for _, path := range []string{"/a/1", "/a/2"} {
		d.want(zk.ErrOK, zk.OpCreate, createWith(path, []byte("123"), zk.ModeEphemeral, zk.OpenACL()))
	}
	h.wantStats("/a", "count=3,bytes=6")
	c.want(zk.ErrQuotaExceeded, zk.OpCreate, create("/a/3", 0))
	d.send(zk.OpCloseSession, nil)
	c.send(zk.OpCreate, create("/a/3", 0)) // behind the close, before it is applied
	h.commit()
	if f := c.one(); f.Err != zk.ErrOK {
		t.Errorf("create behind the close: %v", f.Err)
	}
	h.wantStats("/a", "count=2,bytes=4")
	h.checkReplay()
}

// reload gives the processor of a server that starts from everything that is durable.
func (h *house) reload(change func(*tree.Tree)) *Processor {
	h.t.Helper()
	r := Replay{Tree: tree.New(), Sessions: map[int64]int32{}}
	for _, payload := range h.log.payloads[:h.log.durable] {
		if err := r.Apply(payload); err != nil {
			h.t.Fatal(err)
		}
	}
	if change != nil {
		change(r.Tree)
	}
	tracker := session.New(session.Config{ServerID: 1, TickMs: 100, MinTimeoutMs: 200, MaxTimeoutMs: 2000}, 0)
	return New(h.p.cfg, r.Tree, r.Zxid, tracker, h.p.schemes, h.log, h.p.logger)
}

func TestUseIsCountedAfreshAfterALoad(t *testing.T) {
	h := newHouse(t)
	c := h.client()
	for _, path := range []string{"/a", "/a/b", "/a/b/c", "/d"} {
		c.make(path, "12")
	}
	c.setQuota("/a", "count=9,bytes=9")
	c.setQuota("/a/b", "count=9,bytes=9")
	c.setQuota("/gone", "count=9,bytes=9")
	c.setQuota("/disarmed", "count=9,bytes=9")
	c.setQuota("/d", "count=9,bytes=9")
	c.make(quota.LimitsPath("/d")+"/child", "")
	c.want(zk.ErrOK, zk.OpSetData, setData(quota.StatsPath("/a"), "count=77,bytes=77=;kept=1", -1))
	c.make("/disarmed", "123")
	c.want(zk.ErrOK, zk.OpDelete, pathVersion(quota.LimitsPath("/disarmed"), -1))

	p := h.reload(func(tr *tree.Tree) {
		tr.SetLocalData(quota.StatsPath("/gone"), []byte("count=5,bytes=5"))
		tr.SetLocalData(quota.StatsPath("/a/b"), []byte("junk"))
	})
	for path, want := range map[string]string{
		"/a": "count=3,bytes=6", "/a/b": "count=2,bytes=4", "/gone": "count=0,bytes=0",
		"/disarmed": "count=1,bytes=3", "/d": "count=1,bytes=2",
	} {
		if got := statsIn(p.tree, path); got != want {
			t.Errorf("stats of %s after a load: %q, want %q", path, got, want)
		}
	}
	for path, want := range map[string]string{"/a/x": "/a", "/a/b/x": "/a/b", "/gone": "/gone", "/disarmed": "", "/d": ""} {
		got := ""
		if a := p.quota.trie.Deepest(path); a != nil {
			got = a.Path
		}
		if got != want {
			t.Errorf("after a load %s belongs to %q, want %q", path, got, want)
		}
	}
	if err := p.tree.Check(); err != nil {
		t.Error(err)
	}
}

func TestLimitsOfALoadedTreeAreEnforced(t *testing.T) {
	h := newHouse(t)
	c := h.client()
	c.make("/a", "12")
	c.setQuota("/a", "countHardLimit=1")
	h.p.cfg.EnforceQuota = true
	p := h.reload(nil)
	if a := p.pend.ahead.trie.Deepest("/a/b"); a == nil || a.Path != "/a" {
		t.Fatalf("armed ahead: %+v", a)
	}
	if err := p.checkQuota("/a/b", use{count: 1}); err != zk.ErrQuotaExceeded {
		t.Errorf("got %v", err)
	}
}

func TestMalformedLimitsRefuseWithAZxid(t *testing.T) {
	h := newHouse(t, enforced)
	c := h.client()
	c.make("/a", "")
	c.setQuota("/a", "junk")
	zxid := h.p.Applied()
	c.want(zk.ErrMarshallingError, zk.OpCreate, create("/a/b", 0))
	c.want(zk.ErrMarshallingError, zk.OpSetData, setData("/a", "x", -1))
	f := c.want(zk.ErrMarshallingError, zk.OpMulti, multiBody(zk.OpCreate, create("/free", 0), zk.OpCreate, create("/a/b", 0)))
	if len(f.body) != 0 {
		t.Errorf("the multi has results: %x", f.body)
	}
	if got := h.p.Applied(); got != zxid+3 {
		t.Errorf("%d zxids were used, want 3", got-zxid)
	}
	c.want(zk.ErrNoNode, zk.OpDelete, pathVersion("/free", -1))
	c.want(zk.ErrOK, zk.OpSetData, codec.AppendSetDataRequest(nil, quota.LimitsPath("/a"), nil, -1))
	c.want(zk.ErrMarshallingError, zk.OpCreate, create("/a/b", 0))
	c.want(zk.ErrOK, zk.OpSetData, setData(quota.LimitsPath("/a"), "", -1))
	c.want(zk.ErrOK, zk.OpCreate, create("/a/b", 0))
	h.checkReplay()
}

// Apache takes them, and ends at the next change below the path.
func TestMalformedStatsAreRefusedOrCountedAfresh(t *testing.T) {
	for _, text := range []string{"junk", "count=", "count=1,bytes=x", "null"} {
		h := newHouse(t)
		c := h.client()
		c.make("/a", "12")
		c.setQuota("/a", "count=9,bytes=9")
		data := []byte(text)
		if text == "null" {
			data = nil
		}
		c.want(zk.ErrBadArguments, zk.OpSetData, codec.AppendSetDataRequest(nil, quota.StatsPath("/a"), data, -1))
		h.wantStats("/a", "count=1,bytes=2")
		h.p.tree.SetLocalData(quota.StatsPath("/a"), data) // from a directory of Apache's
		c.make("/a/b", "123")
		h.wantStats("/a", "count=2,bytes=5")
	}
}

func TestStatsKeepWhatTheySayBesides(t *testing.T) {
	h := newHouse(t)
	c := h.client()
	c.make("/a", "12")
	c.setQuota("/a", "count=9,bytes=9")
	for _, step := range []struct{ before, after string }{
		{"", "count=0,bytes=2"},
		{"zz=1;count=5,aa=2", "count=6,bytes=2=;aa=2;zz=1"},
		{"count=9223372036854775807", "count=-9223372036854775808,bytes=2"},
	} {
		c.want(zk.ErrOK, zk.OpSetData, setData(quota.StatsPath("/a"), step.before, -1))
		c.make("/a/b", "123")
		h.wantStats("/a", step.after)
		c.want(zk.ErrOK, zk.OpDelete, pathVersion("/a/b", -1))
	}
}

func TestMissingQuotaZnodesAreLoggedAndNothingElse(t *testing.T) {
	h := newHouse(t, enforced)
	var log bytes.Buffer
	h.p.logger = slog.New(slog.NewTextHandler(&log, nil))
	c := h.client()
	c.make("/a", "12")
	c.setQuota("/a", "countHardLimit=1")
	c.want(zk.ErrOK, zk.OpDelete, pathVersion(quota.StatsPath("/a"), -1))
	c.make("/a/b", "123")
	if !strings.Contains(log.String(), "missing node of a quota: /zookeeper/quota/a/zookeeper_stats") {
		t.Errorf("logged %q", &log)
	}
}

// In Apache the first end the server for good, and the others arm, disarm or overwrite what is not theirs.
func TestOddPlacesOfQuotaZnodesDoNoHarm(t *testing.T) {
	h := newHouse(t, enforced)
	c := h.client()
	c.make("/a", "12")
	c.setQuota("/a", "countHardLimit=2")
	for _, parent := range []string{"/zookeeper/quota", "/zookeeper", "/zookeeper/quota/ "} {
		if h.p.tree.Lookup(parent) == 0 {
			c.make(parent, "")
		}
		path := parent + "/zookeeper_limits"
		c.want(zk.ErrBadArguments, zk.OpCreate, create(path, 0))
		c.want(zk.ErrBadArguments, zk.OpDelete, pathVersion(path, -1))
	}
	for _, parent := range []string{"/zookeeper-my-x/a", "/zookeeper/quotas"} {
		if above := zk.ParentPath(parent); h.p.tree.Lookup(above) == 0 {
			c.make(above, "")
		}
		c.make(parent, "")
		c.make(parent+"/zookeeper_limits", "countHardLimit=0")
		c.want(zk.ErrOK, zk.OpDelete, pathVersion(parent+"/zookeeper_limits", -1))
	}
	c.make("/zookeeper/quotas/zookeeper_stats", "mine")
	if got := string(h.p.tree.Data(h.p.tree.Lookup("/zookeeper/quotas/zookeeper_stats"))); got != "mine" {
		t.Errorf("data has become %q", got)
	}
	c.make("/a/b", "")
	c.want(zk.ErrQuotaExceeded, zk.OpCreate, create("/a/c", 0))

	c.make("/zookeeper/quota/zookeeper_stats", "x")
	u := appliedQuotas{h.p.tree}.measure("")
	if want := fmt.Sprintf("count=%d,", u.count); !strings.HasPrefix(statsIn(h.p.tree, ""), want) {
		t.Errorf("stats of everything: %q, want %s", statsIn(h.p.tree, ""), want)
	}
}
