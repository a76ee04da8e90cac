package apply

import (
	"fmt"
	"strings"
	"testing"

	"paddock/zk"
)

func TestDigestsKeepEvery128thOfTheNewest1024(t *testing.T) {
	var d Digests
	for zxid := int64(1); zxid <= 128*1100; zxid++ {
		d.Note(zxid, uint64(zxid)*3)
	}
	list := d.List()
	if len(list) != digestsMax {
		t.Fatalf("%d are kept", len(list))
	}
	for i, at := range list {
		if want := int64(128 * (1100 - digestsMax + 1 + i)); at.Zxid != want || at.Digest != uint64(want)*3 {
			t.Fatalf("entry %d is %+v, want zxid %d", i, at, want)
		}
	}
}

func TestNamespacesAreBounded(t *testing.T) {
	var n namespaces
	for i := range 3 * namespacesMax {
		n.add(fmt.Sprintf("/n%d/x", i), 1)
	}
	n.add("/", 100)
	n.add("", 100)
	all := n.Copy()
	if len(all) != namespacesMax+1 || all[namespaceOthers].Count != 2*namespacesMax {
		t.Errorf("%d names, %d others", len(all), all[namespaceOthers].Count)
	}
	if s := all["n7"]; s.Count != 1 || s.Sum != int64(len("/n7/x")+1) {
		t.Errorf("/n7: %+v", s)
	}
}

func TestLongNamesOfNamespacesAreNotKept(t *testing.T) {
	var s Series
	long := "/" + strings.Repeat("x", namespaceBytesMax+1)
	s.ReadBytes.add(long, 1)
	s.quotaRefused(long)
	if all := s.ReadBytes.Copy(); len(all) != 1 || all[namespaceOthers].Count != 1 || s.QuotaRefused[namespaceOthers] != 1 {
		t.Errorf("%d names, refused %d", len(all), len(s.QuotaRefused))
	}
}

func TestCountersMoveForTheirCauses(t *testing.T) {
	h := newHouse(t)
	c := h.client()
	before, series := h.p.Stats(), *h.p.Series()
	c.want(zk.ErrOK, zk.OpCreate, createWith("/app", []byte("12345"), zk.ModePersistent, zk.OpenACL()))
	c.want(zk.ErrOK, zk.OpCreate, createWith("/app/x", nil, zk.ModePersistent, zk.OpenACL()))
	c.want(zk.ErrOK, zk.OpGetData, pathWatch("/app", true))
	c.send(zk.OpSetData, setData("/app", "1", -1))
	h.commit()
	c.got() // the event and the reply
	after, now := h.p.Stats(), h.p.Series()
	for name, got := range map[string][2]int64{
		"requests":        {after.Requests - before.Requests, 4},
		"committed":       {after.Committed - before.Committed, 3},
		"changes":         {after.Changes - before.Changes, 2 + 2 + 1}, // with the parents
		"changes applied": {after.ChangesApplied - before.ChangesApplied, 5},
		"reads":           {now.Read.Count - series.Read.Count, 1},
		"writes":          {now.Write.Count - series.Write.Count, 3},
		"applied":         {now.ToApplied.Count - series.ToApplied.Count, 3},
		"durable":         {now.ToDurable.Count - series.ToDurable.Count, 3},
		"changed events":  {now.Changed.Count - series.Changed.Count, 1},
		"bytes written":   {now.WriteBytes.Copy()["app"].Sum, int64(len("/app") + 5 + len("/app/x") + len("/app") + 1)},
		"bytes read":      {now.ReadBytes.Copy()["app"].Sum, int64(len("/app") + 5 + statOverheadBytes)},
	} {
		if got[0] != got[1] {
			t.Errorf("%s: %d, want %d", name, got[0], got[1])
		}
	}
	if after.BytesReceived <= before.BytesReceived || after.BytesReplied <= before.BytesReplied || after.BytesEvents <= before.BytesEvents {
		t.Errorf("bytes: %+v, then %+v", before, after)
	}
	for info := range h.p.Conns() {
		if info.LastOp != zk.OpSetData || info.LastZxid != h.p.Applied() || info.Latency.Count < 4 {
			t.Errorf("the connection is %+v", info)
		}
	}
	for range h.p.ResetConns() {
	}
	for info := range h.p.Conns() {
		if info.Received != 0 || info.Sent != 0 || info.LastXid != -1 || info.Latency.Count != 0 {
			t.Errorf("after the reset the connection is %+v", info)
		}
	}
}

func TestCountersOfWaitingRequests(t *testing.T) {
	h := newHouse(t, requests(RequestThrottleConfig{InWorkMax: 1}))
	a, b, gone := h.client(), h.client(), h.client()
	a.send(zk.OpCreate, create("/a", 0))
	b.send(zk.OpCreate, create("/b", 0))
	if n := h.p.Stats().ThrottleWaits; n != 1 {
		t.Errorf("%d waits", n)
	}
	h.monoMs += 40
	h.setTime()
	h.commitOne()
	if s := h.p.Series().Held; s.Count != 1 || s.Sum != 40 {
		t.Errorf("the waits are %+v", s.Summary)
	}
	h.commitOne()
	gone.send(zk.OpCreate, create("/c", 0))
	h.p.Closed(gone.id)
	h.commitOne()
	if n := h.p.Stats().StaleReplies; n != 1 {
		t.Errorf("%d replies to clients that had gone", n)
	}
	a.send(zk.OpCreate, create("/d", 0))
	b.send(zk.OpCreate, create("/e", 0))
	h.monoMs += 1500 // longer than the session timeout
	h.setTime()
	h.commitOne()
	if n := h.p.Stats().Stale; n != 1 {
		t.Errorf("%d stale requests were taken into work", n)
	}
}
