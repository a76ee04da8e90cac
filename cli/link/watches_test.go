package link

import (
	"fmt"
	"slices"
	"testing"

	"paddock/codec"
	"paddock/zk"
)

func pathFault(path string) string { return zk.PathFault(path) }

func TestAOneShotWatchIsUsedUpByItsEvent(t *testing.T) {
	r := newRegistry()
	r.data.add("/a")
	r.child.add("/a")
	for _, step := range []struct {
		event zk.EventType
		path  string
		want  bool
	}{
		{zk.EventNodeDataChanged, "/b", false},
		{zk.EventNodeDataChanged, "/a", true},
		{zk.EventNodeDataChanged, "/a", false},
		{zk.EventNodeDeleted, "/a", true}, // the child watch
		{zk.EventNodeDeleted, "/a", false},
	} {
		if got := r.fire(step.event, step.path); got != step.want {
			t.Errorf("%s of %s: got %v", TypeName(step.event), step.path, got)
		}
	}
}

func TestAPersistentWatchStaysAndARecursiveOneSeesDescendants(t *testing.T) {
	r := newRegistry()
	r.persistent.add("/p")
	r.recursive.add("/")
	for range 2 {
		if !r.fire(zk.EventNodeChildrenChanged, "/p") || !r.fire(zk.EventNodeCreated, "/deep/er") {
			t.Error("an event was dropped")
		}
	}
	if r.fire(zk.EventNodeChildrenChanged, "/deep") {
		t.Error("recursive watches do not tell of changed children")
	}
}

func TestRemovedWatchesAreToldByKind(t *testing.T) {
	r := newRegistry()
	r.data.add("/a")
	r.child.add("/a")
	r.recursive.add("/a")
	if !r.knows("/a", KindAny) || r.knows("/a", KindPersistent) || r.knows("/b", KindAny) {
		t.Error("the registry does not know its watches")
	}
	got := r.remove("/a", KindAny)
	if want := []zk.EventType{EventDataWatchRemoved, EventChildWatchRemoved, EventPersistentWatchRemoved}; !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	if r.knows("/a", KindAny) || len(r.remove("/a", KindAny)) > 0 {
		t.Error("something is left")
	}
}

func TestRearmingComesInBoundedRequestsThatHoldEverything(t *testing.T) {
	r := newRegistry()
	const each = 3000
	for i := range each {
		r.data.add(fmt.Sprintf("/data/%060d", i))
		r.recursive.add(fmt.Sprintf("/recursive/%060d", i))
	}
	ops, bodies := r.rearm(7)
	data, recursive := 0, 0
	for i, body := range bodies {
		if len(body) > rearmBytesMax+64<<10 {
			t.Errorf("request %d has %d bytes", i, len(body))
		}
		d := codec.NewDecoder(body)
		got := d.SetWatches2(ops[i])
		if d.Err() != nil || got.RelativeZxid != 7 || got.Exist == nil {
			t.Errorf("request %d: %+v %v", i, got.RelativeZxid, d.Err())
		}
		data, recursive = data+len(got.Data), recursive+len(got.Recursive)
	}
	if data != each || recursive != each || len(bodies) < 3 || ops[0] != zk.OpSetWatches || ops[len(ops)-1] != zk.OpSetWatches2 {
		t.Errorf("%d data and %d recursive watches in %d requests %v", data, recursive, len(bodies), ops)
	}
	if ops, _ := (&registry{}).rearm(1); len(ops) > 0 {
		t.Error("nothing to arm, and a request")
	}
}

func TestEventsReadAsInJava(t *testing.T) {
	for want, e := range map[string]Event{
		"WatchedEvent state:SyncConnected type:None path:null zxid: -1":       stateEvent("SyncConnected"),
		"WatchedEvent state:SyncConnected type:NodeDeleted path:/a zxid: 258": {Type: zk.EventNodeDeleted, State: "SyncConnected", Path: "/a", Zxid: 258},
	} {
		if e.String() != want {
			t.Errorf("got %s", e)
		}
	}
}
