package apply

import (
	"slices"
	"strings"

	"paddock/quota"
	"paddock/tree"
	"paddock/zk"
)

// Quotas: what is armed and how much is in use.
//
// Creating /zookeeper/quota<path>/zookeeper_limits arms path, deleting it disarms it. Creating zookeeper_stats beside
// it counts the subtree of path and writes the result into the new znode, whatever the client wrote. From then on each
// create, delete and setData of an armed path or below rewrites the stats of the deepest armed path above it, and
// of no other. That is no transaction: the Stat of the stats znode stays, no watch fires, the digest leaves it out.
// After a load every armed path is counted afresh.
//
// Source: DataTree.createNode, deleteNode, setData, updateQuotaForPath, updateQuotaStat, setupQuota (3.9.5).
//
// Different from it, because there it ends the server, and the log that holds it ends each later one:
//
//   - Limits where quota.Deadly says so can be neither created nor deleted (BadArguments).
//   - setData of stats to null or to what cannot be read is refused (BadArguments). If such stats are there all the
//     same, the next change replaces them by a fresh count.
//
// And because it hits what is no quota: Apache takes /zookeeper/quotas/a/zookeeper_limits for limits on "s/a", and at a
// delete even /zookeeper-app/zookeeper_limits for some on "p". Here both are ordinary znodes.

// quotaNodes is a state of the tree that use is kept in: the applied one, or the one ahead, when everything that is
// pending will be applied.
type quotaNodes interface {
	// quotaText gives the data of a quota's znode, nil for null, borrowed until the next change.
	quotaText(path string) (text []byte, found bool)
	// setQuotaText replaces it. It copies text.
	setQuotaText(path string, text []byte)
	// measure counts a subtree; path "" is everything.
	measure(path string) use
}

// use is what a subtree holds: znodes, the top included, and bytes of data.
type use struct{ count, bytes int64 }

// ledger keeps the use of every quota in one state of the tree.
type ledger struct {
	nodes   quotaNodes
	trie    quota.Trie
	missing func(path string) // is told of stats that should be there
	track   quota.Track
	text    []byte

	journal []armed // what the running transaction armed and disarmed, to be taken back
	keep    bool    // the journal is kept
}

type armed struct {
	path string
	on   bool
}

// load arms what has limits, and counts it if recount is set (DataTree.setupQuota, 3.9.5).
func (l *ledger) load(t *tree.Tree, recount bool) {
	for _, path := range limitsIn(t) {
		if recount && path != "" {
			l.recount(path, quota.StatsPath(path))
		}
		l.trie.Arm(path)
	}
}

// limitsIn lists the paths that a tree has limits for. Limits with children do not count, as in Apache.
func limitsIn(t *tree.Tree) []string {
	top := t.Lookup(zk.PathQuota)
	if top == 0 {
		return nil
	}
	var paths []string
	var path []byte
	for n := top; n != 0; n = after(t, top, n) {
		if t.NumChildren(n) > 0 || string(t.Name(n)) != quota.LimitsName {
			continue
		}
		path = t.AppendPath(path[:0], n)
		if owner, ok := quota.LoadedOwner(string(path)); ok {
			paths = append(paths, owner)
		}
	}
	return paths
}

// after gives the znode behind n in the subtree of top, parents before children; 0 at the end.
func after(t *tree.Tree, top, n tree.Node) tree.Node {
	next := t.FirstChild(n)
	for ; next == 0 && n != top; n = t.Parent(n) {
		next = t.NextSibling(n)
	}
	return next
}

// created follows a create: the state has the znode already.
func (l *ledger) created(path string, bytes int) {
	switch owner, kind := quota.Split(path); kind {
	case quota.Limits:
		if l.trie.Arm(owner) {
			l.note(owner, true)
		}
	case quota.Stats:
		l.recount(owner, path)
	case quota.None:
	}
	l.add(path, use{count: 1, bytes: int64(bytes)})
}

// deleted follows a delete: the state has the znode no more.
func (l *ledger) deleted(path string, bytes int) {
	if owner, kind := quota.Split(path); kind == quota.Limits && l.trie.Disarm(owner) {
		l.note(owner, false)
	}
	l.add(path, use{count: -1, bytes: -int64(bytes)})
}

// changed follows a setData, also one that leaves the length as it was: that puts the text in order.
func (l *ledger) changed(path string, before, after int) {
	l.add(path, use{bytes: int64(after) - int64(before)})
}

// add changes the use of the quota that a path belongs to, if any.
func (l *ledger) add(path string, u use) {
	a := l.trie.Deepest(path)
	if a == nil {
		return
	}
	text, found := l.nodes.quotaText(a.Stats)
	if !found {
		if l.missing != nil {
			l.missing(a.Stats)
		}
		return
	}
	if l.track.Parse(text) != nil {
		l.recount(a.Path, a.Stats)
		return
	}
	l.track.Count += u.count
	l.track.Bytes += u.bytes
	l.write(a.Stats)
}

// recount writes fresh stats. What else they said is forgotten.
func (l *ledger) recount(path, stats string) {
	if _, found := l.nodes.quotaText(stats); !found {
		return
	}
	u := l.nodes.measure(path)
	l.track = quota.Track{Count: u.count, Bytes: u.bytes}
	l.write(stats)
}

func (l *ledger) write(stats string) {
	l.text = l.track.Append(l.text[:0])
	l.nodes.setQuotaText(stats, l.text)
}

func (l *ledger) note(path string, on bool) {
	if l.keep {
		l.journal = append(l.journal, armed{path, on})
	}
}

// begin starts a transaction that rollback can take back.
func (l *ledger) begin() { l.journal = l.journal[:0] }

func (l *ledger) rollback() {
	for _, a := range slices.Backward(l.journal) {
		if a.on {
			l.trie.Disarm(a.path)
		} else {
			l.trie.Arm(a.path)
		}
	}
	l.journal = l.journal[:0]
}

// appliedQuotas is the tree as readers see it.
type appliedQuotas struct{ tree *tree.Tree }

func (q appliedQuotas) quotaText(path string) ([]byte, bool) {
	n := q.tree.Lookup(path)
	if n == 0 {
		return nil, false
	}
	return q.tree.Data(n), true
}

func (q appliedQuotas) setQuotaText(path string, text []byte) { q.tree.SetLocalData(path, text) }

func (q appliedQuotas) measure(path string) use {
	var u use
	top := q.tree.Lookup(path)
	for n := top; n != 0; n = after(q.tree, top, n) {
		u.count++
		u.bytes += int64(q.tree.DataLength(n))
	}
	return u
}

// dataLength is the length of a znode's data, for a change that is about to happen; 0 where nobody wants to know.
func (l *ledger) dataLength(t *tree.Tree, path string) int {
	if l.trie.Len() == 0 {
		return 0
	}
	if n := t.Lookup(path); n != 0 {
		return int(t.DataLength(n))
	}
	return 0
}

// below tells whether path is top or below it; "" is above everything.
func below(path, top string) bool {
	return strings.HasPrefix(path, top) && (len(path) == len(top) || path[len(top)] == '/' || top == "")
}
