package apply

import (
	"slices"
	"testing"

	"paddock/auth"
	"paddock/codec"
	"paddock/zk"
)

// RequestPathMetricsCollector, 3.9.5.
func TestPathsAreCountedOfRequestsThatFindThem(t *testing.T) {
	var counted []string
	h := newHouse(t, func(c *Config, _ *auth.Config) {
		c.ExtendedTypes = true
		c.Visited = func(write bool, path string) {
			kind := "r"
			if write {
				kind = "w"
			}
			counted = append(counted, kind+" "+path)
		}
	})
	c := h.client()
	step := func(want string, err zk.Err, op zk.Op, body []byte) {
		t.Helper()
		counted = nil
		c.want(err, op, body)
		var all []string
		if want != "" {
			all = []string{want}
		}
		if !slices.Equal(counted, all) {
			t.Errorf("%v: counted %q, want %q", op, counted, all)
		}
	}
	step("w /a", zk.ErrOK, zk.OpCreate, create("/a", zk.ModePersistent))
	step("w /a/s0000000000", zk.ErrOK, zk.OpCreate2, create("/a/s", zk.ModePersistentSequential))
	step("w /box", zk.ErrOK, zk.OpCreateContainer, create("/box", zk.ModeContainer))
	step("w /a", zk.ErrOK, zk.OpSetData, setData("/a", "x", -1))
	step("w /a", zk.ErrOK, zk.OpSetACL, codec.AppendSetACLRequest(nil, "/a", zk.OpenACL(), -1))
	step("w /a", zk.ErrOK, zk.OpSync, codec.AppendString(nil, "/a"))
	step("r /a", zk.ErrOK, zk.OpGetData, pathWatch("/a", true))
	step("r /a", zk.ErrOK, zk.OpExists, pathWatch("/a", false))
	step("r /a", zk.ErrOK, zk.OpGetChildren, pathWatch("/a", false))
	step("r /a", zk.ErrOK, zk.OpGetChildren2, pathWatch("/a", false))
	step("r /a", zk.ErrOK, zk.OpGetACL, codec.AppendString(nil, "/a"))
	step("r /a", zk.ErrOK, zk.OpCheckWatches, pathCode("/a", codec.WatcherData))
	step("r /a", zk.ErrOK, zk.OpRemoveWatches, pathCode("/a", codec.WatcherData))
	step("w /box", zk.ErrOK, zk.OpDelete, pathVersion("/box", -1))

	step("", zk.ErrNoNode, zk.OpGetData, pathWatch("/missing", false))
	step("", zk.ErrNoNode, zk.OpExists, pathWatch("/missing", false))
	step("", zk.ErrNoNode, zk.OpDelete, pathVersion("/missing", -1))
	step("", zk.ErrNodeExists, zk.OpCreate, create("/a", zk.ModePersistent))
	step("", zk.ErrNoWatcher, zk.OpRemoveWatches, pathCode("/a", codec.WatcherData))
	step("", zk.ErrOK, zk.OpGetAllChildrenNumber, codec.AppendString(nil, "/a"))
	step("", zk.ErrOK, zk.OpSync, codec.AppendText(nil, zk.NullText))
	step("", zk.ErrOK, zk.OpPing, nil)
}
