package apply

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"paddock/codec"
	"paddock/quota"
	"paddock/tree"
	"paddock/zk"
)

// A seeded storm with quotas that come and go, nested ones and one on /zookeeper: what was expected of the pending
// changes is what comes of them, and replay ends with the same texts.
func TestUseAheadIsWhatComesOfIt(t *testing.T) {
	for seed := range uint64(20) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			h := newHouse(t, enforced)
			r := rand.New(rand.NewPCG(seed, 3))
			clients := []*client{h.client(), h.client()}
			for range 3000 {
				i := r.IntN(len(clients))
				op, body := randomRequest(r)
				if r.IntN(4) == 0 {
					op, body = randomQuotaRequest(r)
				}
				clients[i].send(op, body)
				if op == zk.OpCloseSession {
					h.commit()
					clients[i] = h.client()
				}
				if r.IntN(8) == 0 {
					h.commitAsExpected()
				}
			}
			h.commitAsExpected()
			if h.p.Stats().QuotaExceeded == 0 {
				t.Error("no quota was ever full")
			}
			h.checkReplay()
			before, after := quotaTexts(h.p.tree), quotaTexts(h.replayed())
			if before != after {
				t.Errorf("replay ends with\n%s\nthe processor with\n%s", after, before)
			}
		})
	}
}

func randomQuotaRequest(r *rand.Rand) (zk.Op, []byte) {
	owner := []string{"/a", "/a/a", "/b", "/a/a/b", "/zookeeper"}[r.IntN(5)]
	texts := []string{"countHardLimit=3", "count=1,bytes=9=;byteHardLimit=40", "", "junk", "count=7,bytes=7", "count=5;x=1"}
	text := texts[r.IntN(len(texts))]
	path := []string{quota.LimitsPath(owner), quota.StatsPath(owner)}[r.IntN(2)]
	switch r.IntN(10) {
	case 0, 1, 2, 3:
		bodies := quotaNodesOf(owner, text)
		if n := len(bodies); r.IntN(2) == 0 {
			return zk.OpMulti, multiBody(zk.OpCreate, bodies[n-2], zk.OpCreate, bodies[n-1])
		}
		return zk.OpCreate, bodies[r.IntN(len(bodies))]
	case 4, 5:
		return zk.OpDelete, pathVersion(path, -1)
	case 6:
		return zk.OpSetACL, codec.AppendSetACLRequest(nil, path, zk.OpenACL(), -1)
	case 7:
		return zk.OpSetData, setData(path, text, -1)
	default:
		return zk.OpCreate, createWith(path, []byte(text), zk.CreateMode(r.IntN(2)), zk.OpenACL())
	}
}

// commitAsExpected commits, and compares the quotas with what the checks before took for granted.
func (h *house) commitAsExpected() {
	h.t.Helper()
	expected := map[string]string{}
	for r := range h.p.pend.byPath.all() {
		path := r.path
		if text, found := (aheadQuotas{h.p}).quotaText(path); r.hasText || r.gone {
			expected[path] = fmt.Sprintf("%q %v", text, found)
			if r.gone {
				expected[path] = `"" false`
			}
		}
	}
	h.commit()
	for path, want := range expected {
		text, found := appliedQuotas{h.p.tree}.quotaText(path)
		if got := fmt.Sprintf("%q %v", text, found); got != want {
			h.t.Fatalf("%s: got %s, expected %s", path, got, want)
		}
	}
	if ahead, applied := h.p.pend.ahead.trie.Len(), h.p.quota.trie.Len(); ahead != applied {
		h.t.Fatalf("%d paths are armed ahead, %d in fact", ahead, applied)
	}
}

func (h *house) replayed() *tree.Tree {
	h.t.Helper()
	r := Replay{Tree: tree.New(), Sessions: map[int64]int32{}}
	for _, payload := range h.log.payloads[:h.log.durable] {
		if err := r.Apply(payload); err != nil {
			h.t.Fatal(err)
		}
	}
	return r.Tree
}

func quotaTexts(t *tree.Tree) string {
	var lines []string
	top := t.Lookup(zk.PathQuota)
	for n := top; n != 0; n = after(t, top, n) {
		lines = append(lines, fmt.Sprintf("%s %q", t.AppendPath(nil, n), t.Data(n)))
	}
	return strings.Join(lines, "\n")
}

func TestKeepingUseCostsNoMemory(t *testing.T) {
	h := newHouse(t)
	c := h.client()
	c.make("/a", "")
	for _, armed := range []bool{false, true} {
		if armed {
			c.setQuota("/a", "count=9,bytes=9")
		}
		if n := testing.AllocsPerRun(100, func() {
			h.p.quota.created("/a/b", 5)
			h.p.quota.changed("/a/b", 5, 7)
			h.p.quota.deleted("/a/b", 7)
		}); n != 0 {
			t.Errorf("armed %v: %v allocations", armed, n)
		}
	}
}

// What a new quota costs: counting the znodes that are there.
func BenchmarkCountingASubtree(b *testing.B) {
	t := tree.New()
	const parents, children = 100, 1000
	acl := zk.OpenACL()
	t.Create("/top", nil, acl, 0, 1, 1, 1)
	for i := range parents {
		parent := fmt.Sprintf("/top/%d", i)
		t.Create(parent, nil, acl, 0, 1, 1, 1)
		for j := range children {
			t.Create(fmt.Sprintf("%s/%d", parent, j), []byte("some data"), acl, 0, 1, 1, 1)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if u := (appliedQuotas{t}).measure("/top"); u.count != 1+parents+parents*children {
			b.Fatalf("%d znodes", u.count)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(parents*children), "ns/znode")
}
