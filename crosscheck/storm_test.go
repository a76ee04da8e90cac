package main

import (
	"strings"
	"testing"

	"paddock/interop"
	"paddock/zk"
)

// Two writes of two sessions, in one order on one side and in the other on the other: the answers must come out equal.
func TestAStormTranslatesTheNumbersThatChanceHasGivenOut(t *testing.T) {
	requests := []request{{xid: 1, op: zk.OpCreate2}, {xid: 2, op: zk.OpExists}}
	made := func(zxid int64) interop.Body {
		return interop.Body(nil).Long(zxid).Long(zxid).Long(50).Long(50).Int(0).Int(0).Int(0).Long(0).Int(0).Int(0).Long(zxid)
	}
	answers := func(zxid, seen int64) [][]byte {
		return [][]byte{
			interop.Body(nil).Int(-1).Long(zxid).Int(0).Int(1).Int(3).String("/storm-0/a"),
			reply(1, zxid, 0, interop.Body(nil).String("/storm-0/a"), made(zxid)),
			reply(2, seen, 0, made(zxid)),
		}
	}
	a, b := newSide(), newSide()
	frames := [2][][]byte{answers(7, 7), answers(8, 8)}
	b.learnNumbers(requests, &frames)
	left, right := a.renderStorm(requests, frames[0]), b.renderStorm(requests, frames[1])
	if left.text(nil) != right.text(nil) {
		t.Errorf("different:\n%s%s", left.text(nil), right.text(nil))
	}
	late := b.renderStorm(requests, answers(8, 6))
	if !strings.Contains(late.text(nil), "BACKWARDS") {
		t.Errorf("a zxid that runs backwards goes unnoticed:\n%s", late.text(nil))
	}
}

func TestCountsAreComparedByKey(t *testing.T) {
	one := chosen("zk_version\tx\nzk_znode_count\t5\nzk_watch_count\t0\n", []string{"zk_watch_count", "zk_znode_count"})
	two := chosen("zk_watch_count\t0\nzk_version\ty\nzk_znode_count\t5\n", []string{"zk_watch_count", "zk_znode_count"})
	other := chosen("zk_watch_count\t0\nzk_znode_count\t6\n", []string{"zk_watch_count", "zk_znode_count"})
	if one != two || one == other {
		t.Errorf("%q %q %q", one, two, other)
	}
}
