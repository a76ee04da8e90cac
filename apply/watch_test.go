package apply

import (
	"fmt"
	"slices"
	"testing"

	"paddock/codec"
	"paddock/zk"
)

// story sends a request and lists what every client gets, events first where they come first.
func events(frames []frame) []string {
	var lines []string
	for _, f := range frames {
		if f.event == nil {
			lines = append(lines, fmt.Sprintf("reply %v", f.Err))
			continue
		}
		lines = append(lines, fmt.Sprintf("%d %s", f.event.Type, f.event.Path))
	}
	return lines
}

func expect(t *testing.T, what string, c *client, want ...string) {
	t.Helper()
	if got := events(c.got()); !slices.Equal(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// ZooKeeper Programmer's Guide, "Watches": one-time triggers; a client sees the event before the new data.
func TestEventsComeBeforeTheWritersOwnReplyAndOnce(t *testing.T) {
	h := newHouse(t)
	c, other := h.client(), h.client()
	c.do(zk.OpExists, pathWatch("/a", true))
	c.do(zk.OpGetChildren, pathWatch("/", true))
	other.do(zk.OpExists, pathWatch("/a", true))

	c.send(zk.OpCreate, create("/a", 0))
	h.commit()
	expect(t, "writer", c, "1 /a", "4 /", "reply Ok")
	expect(t, "other", other, "1 /a")

	c.do(zk.OpGetData, pathWatch("/a", true))
	c.send(zk.OpSetData, setData("/a", "x", -1))
	h.commit()
	expect(t, "setData", c, "3 /a", "reply Ok")
	c.send(zk.OpSetData, setData("/a", "x", -1))
	h.commit()
	expect(t, "a watch fires once", c, "reply Ok")
	expect(t, "nobody else", other)
}

func TestADeleteIsToldOnceToWhoWatchesDataAndChildren(t *testing.T) {
	h := newHouse(t)
	c, parent := h.client(), h.client()
	c.do(zk.OpCreate, create("/a", 0))
	c.do(zk.OpGetData, pathWatch("/a", true))
	c.do(zk.OpGetChildren2, pathWatch("/a", true))
	parent.do(zk.OpGetChildren2, pathWatch("/", true))
	c.send(zk.OpDelete, pathVersion("/a", -1))
	h.commit()
	expect(t, "watcher of both", c, "2 /a", "reply Ok")
	expect(t, "watcher of the parent", parent, "4 /")
}

func TestAnEventCarriesTheZxidOfItsTransaction(t *testing.T) {
	h := newHouse(t)
	c := h.client()
	c.do(zk.OpCreate, create("/a", 0))
	c.do(zk.OpGetData, pathWatch("/a", true))
	c.send(zk.OpSetData, setData("/a", "x", -1))
	h.commit()
	frames := c.got()
	if len(frames) != 2 || frames[0].Zxid != frames[1].Zxid || frames[0].Xid != zk.XidNotification || frames[0].event.State != 3 {
		t.Errorf("got %+v", frames)
	}
}

// CVE-2024-23944: an event tells that a znode exists, so it goes only to who may read it at that moment.
func TestEventsAreKeptFromWhoMayNotRead(t *testing.T) {
	h := newHouse(t)
	owner, guest := h.client(), h.client()
	owner.do(zk.OpAuth, codec.AppendAuthPacket(nil, "digest", []byte("u:p")))
	guest.do(zk.OpExists, pathWatch("/s", true))
	owner.do(zk.OpExists, pathWatch("/s", true))
	owner.send(zk.OpCreate, createWith("/s", nil, 0, digestACL(t, zk.PermAll, "u:p")))
	h.commit()
	expect(t, "owner", owner, "1 /s", "reply Ok")
	expect(t, "guest", guest)

	owner.do(zk.OpCreate, create("/t", 0))
	guest.do(zk.OpGetData, pathWatch("/t", true))
	owner.do(zk.OpSetACL, codec.AppendSetACLRequest(nil, "/t", digestACL(t, zk.PermAll, "u:p"), -1))
	owner.do(zk.OpDelete, pathVersion("/t", -1))
	expect(t, "guest of a znode that was closed to it", guest)
}

func TestSetWatchesFiresWhatWasMissedAndArmsTheRest(t *testing.T) {
	h := newHouse(t)
	c := h.client()
	for _, path := range []string{"/same", "/changed", "/kids", "/quiet"} {
		c.do(zk.OpCreate, create(path, 0))
	}
	relative := h.p.Applied()
	c.do(zk.OpSetData, setData("/changed", "x", -1))
	c.do(zk.OpCreate, create("/kids/k", 0))
	c.do(zk.OpCreate, create("/born", 0))

	back := h.client()
	back.sendXid(zk.XidSetWatches, zk.OpSetWatches, codec.AppendSetWatches2(nil, zk.OpSetWatches, &codec.SetWatches2{
		RelativeZxid: relative,
		Data:         []string{"/same", "/changed", "/gone"},
		Exist:        []string{"/born", "/unborn"},
		Child:        []string{"/kids", "/quiet", "/gone"},
	}))
	frames := back.got()
	want := []string{"3 /changed", "2 /gone", "1 /born", "4 /kids", "2 /gone", "reply Ok"}
	if got := events(frames); !slices.Equal(got, want) {
		t.Fatalf("got %v, want %v", got, want)
	}
	if frames[0].Zxid != -1 || frames[5].Zxid != h.p.Applied() || frames[5].Xid != zk.XidSetWatches {
		t.Errorf("headers %+v %+v", frames[0].ReplyHeader, frames[5].ReplyHeader)
	}
	c.do(zk.OpSetData, setData("/same", "x", -1))
	c.do(zk.OpCreate, create("/unborn", 0))
	c.do(zk.OpCreate, create("/quiet/k", 0))
	expect(t, "armed", back, "3 /same", "1 /unborn", "4 /quiet")
}

func TestSetWatchesStopsAtANullList(t *testing.T) {
	h := newHouse(t)
	c := h.client()
	list := codec.AppendStrings(nil, []string{"/gone"})
	null := codec.AppendInt32(nil, -1)
	for _, body := range [][]byte{slices.Concat(list, null, list), slices.Concat(list, list, null)} {
		c.sendXid(zk.XidSetWatches, zk.OpSetWatches, append(codec.AppendInt64(nil, 0), body...))
		expect(t, "a null list", c, "2 /gone", "reply MarshallingError")
	}
	c.sendXid(zk.XidSetWatches, zk.OpSetWatches, append(codec.AppendInt64(nil, 0), slices.Concat(null, list, list)...))
	expect(t, "a null list in front", c, "reply MarshallingError")
}

func TestAClosedConnectionLeavesNoWatches(t *testing.T) {
	h := newHouse(t)
	c, writer := h.client(), h.client()
	c.do(zk.OpExists, pathWatch("/a", true))
	c.do(zk.OpGetChildren, pathWatch("/", true))
	h.p.Closed(c.id)
	if n := h.p.watches.Count(); n != 0 {
		t.Errorf("%d watches are left", n)
	}
	writer.do(zk.OpCreate, create("/a", 0))
	expect(t, "closed", c)
}

func TestTheEventsOfAMultiComeInTheOrderOfItsParts(t *testing.T) {
	h := newHouse(t)
	c := h.client()
	c.do(zk.OpExists, pathWatch("/a", true))
	c.do(zk.OpExists, pathWatch("/b", true))
	c.do(zk.OpGetChildren, pathWatch("/", true))
	c.send(zk.OpMulti, multiBody(zk.OpCreate, create("/b", 0), zk.OpCreate, create("/a", 0)))
	h.commit()
	expect(t, "multi", c, "1 /b", "4 /", "1 /a", "reply Ok")
}
