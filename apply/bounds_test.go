package apply

import (
	"fmt"
	"math"
	"testing"

	"paddock/auth"
	"paddock/codec"
	"paddock/zk"
)

func TestAShortMultiReadCannotAskForGigabytes(t *testing.T) {
	h := newHouse(t)
	c := h.client()
	c.want(zk.ErrOK, zk.OpCreate, createWith("/big", make([]byte, 1<<20), 0, zk.OpenACL()))
	var parts []any
	for range 100 {
		parts = append(parts, zk.OpGetData, pathWatch("/big", false))
	}
	h.acks[c.id] = true
	if f := c.want(zk.ErrMarshallingError, zk.OpMultiRead, multiBody(parts...)); len(f.body) != 0 {
		t.Errorf("%d bytes", len(f.body))
	}
}

func TestListsBehindAWriteDoNotPileUpWithoutBound(t *testing.T) {
	h := newHouse(t, func(c *Config, _ *auth.Config) { c.OutBytesMax = 50_000 })
	c := h.client()
	for range 200 {
		c.want(zk.ErrOK, zk.OpCreate, create("/e-", zk.ModeEphemeralSequential))
	}
	h.acks[c.id] = true
	c.send(zk.OpCreate, create("/w", 0))
	for range 500 {
		c.send(zk.OpGetEphemerals, codec.AppendString(nil, ""))
	}
	h.commit()
	bytes := 0
	for _, f := range c.got() {
		bytes += len(f.body)
	}
	if bytes > 5*50_000 {
		t.Errorf("%d bytes were buffered", bytes)
	}
}

func TestIdentitiesAndWhatTheyExpandToAreBounded(t *testing.T) {
	h := newHouse(t)
	c := h.client()
	added := 0
	for i := range idsMax + 10 {
		c.send(zk.OpAuth, codec.AppendAuthPacket(nil, "digest", fmt.Appendf(nil, "u%d:p", i)))
		if c.ended() {
			break
		}
		added++
	}
	if added >= idsMax {
		t.Errorf("%d identities on one connection", added)
	}
	c = h.client()
	for i := range 200 {
		c.send(zk.OpAuth, codec.AppendAuthPacket(nil, "digest", fmt.Appendf(nil, "u%d:p", i)))
	}
	c.got()
	auths := []zk.ACL{{Perms: 31, ID: zk.ID{Scheme: "auth"}}}
	var parts []any
	for i := range 400 {
		parts = append(parts, zk.OpCreate, createWith(fmt.Sprintf("/n%d", i), nil, 0, auths))
	}
	f := c.want(zk.ErrOK, zk.OpMulti, multiBody(parts...))
	if results := multiResults(t, f.body); results[399] == "create /n399" {
		t.Error("400 lists of 200 identities went into one record")
	}
	if n := len(h.log.payloads[len(h.log.payloads)-1]); n > 16<<20 {
		t.Errorf("a record of %d bytes", n)
	}
	h.checkReplay()
}

// A parent whose count of creates is at its end keeps it; so does the pending record.
func TestACreateBelowAParentWhoseCountHasWrapped(t *testing.T) {
	h := newHouse(t)
	if _, err := h.p.tree.Create("/old", nil, zk.OpenACL(), 0, 1, 0, 0); err != zk.ErrOK {
		t.Fatal(err)
	}
	if _, err := h.p.tree.Create("/old/child", nil, zk.OpenACL(), 0, math.MaxInt32, 0, 0); err != zk.ErrOK {
		t.Fatal(err)
	}
	h.p.pend.init(h.p.tree)
	c := h.client()
	c.want(zk.ErrOK, zk.OpCreate, create("/old/a", 0))
	c.want(zk.ErrOK, zk.OpDelete, pathVersion("/old/a", 0))
	if err := h.p.tree.Check(); err != nil {
		t.Error(err)
	}
}

// A snapshot whose log's end is lost holds later zxids than the next one.
func TestADeleteBelowAParentFromTheFuture(t *testing.T) {
	h := newHouse(t)
	for _, path := range []string{"/p", "/p/a"} {
		if _, err := h.p.tree.Create(path, nil, zk.OpenACL(), 0, 1, 1000, 0); err != zk.ErrOK {
			t.Fatal(err)
		}
	}
	h.p.pend.init(h.p.tree)
	c := h.client()
	c.want(zk.ErrOK, zk.OpDelete, pathVersion("/p/a", -1))
	if got := h.p.tree.Persisted(h.p.tree.Lookup("/p")).Pzxid; got != 1000 {
		t.Errorf("pzxid %d", got)
	}
}

func TestASlowReaperDoesReap(t *testing.T) {
	h := newHouse(t, withTTLs, func(c *Config, _ *auth.Config) { c.Reap.PerMinuteMax = 10 })
	c := h.client()
	c.want(zk.ErrOK, zk.OpCreateTTL, createAs(zk.OpCreateTTL, "/t", zk.ModePersistentTTL, 10))
	h.passes(100, 100, c)
	if h.p.tree.Lookup("/t") != 0 {
		t.Error("still there")
	}
}

func TestAQueueGivesABurstsMemoryBack(t *testing.T) {
	var q fifo[int]
	for i := range 100_000 {
		q.push(i)
	}
	for q.len() > 0 {
		q.pop()
	}
	if cap(q.items) > spareMax {
		t.Errorf("an empty queue keeps room for %d", cap(q.items))
	}
}
