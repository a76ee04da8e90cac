package apply

import (
	"iter"
	"maps"
	"strings"

	"paddock/metric"
	"paddock/quota"
)

// Apache counts what is read and written by top namespace, the first name of a path: read_per_namespace and
// write_per_namespace (DataTree.updateReadStat, updateWriteStat, 3.9.5).

const (
	// namespacesMax bounds the names that are counted one by one: a client can make any number of them. Apache has no bound.
	namespacesMax = 1000
	// namespaceBytesMax bounds each of them: a name may be nearly as long as a request, and is kept when its znode is gone.
	namespaceBytesMax = 256
	// namespaceOthers stands for all others. No znode has a slash in its name.
	namespaceOthers = "/others"
	// statOverheadBytes is what Apache counts for the Stat of a znode that is read.
	statOverheadBytes = 68
)

// namespaces sums bytes by top namespace.
type namespaces struct {
	byName map[string]*namespace
	last   *namespace // that was counted: most requests come for the same as the one before
}

type namespace struct {
	name string
	sum  metric.Summary
}

// topNamespace is the first name of a path; the root has none.
func topNamespace(path string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return name
}

func (n *namespaces) add(path string, bytes int) {
	name := topNamespace(path)
	if name == "" {
		return
	}
	if n.last == nil || n.last.name != name {
		n.last = n.find(name)
	}
	n.last.sum.Add(int64(len(path) + bytes))
}

func (n *namespaces) find(name string) *namespace {
	if found := n.byName[name]; found != nil {
		return found
	}
	if n.byName == nil {
		n.byName = map[string]*namespace{}
	}
	if len(n.byName) >= namespacesMax || len(name) > namespaceBytesMax {
		name = namespaceOthers
	}
	if n.byName[name] == nil {
		name = strings.Clone(name) // it may borrow from a request
		n.byName[name] = &namespace{name: name}
	}
	return n.byName[name]
}

func (n *namespaces) restart() {
	for _, s := range n.byName {
		s.sum.Restart()
	}
}

// Copy gives the sums of now, for any goroutine.
func (n *namespaces) Copy() map[string]metric.Summary {
	sums := make(map[string]metric.Summary, len(n.byName))
	for name, s := range n.byName {
		sums[name] = s.sum
	}
	return sums
}

// quotaRefused counts a write that a quota has refused.
func (s *Series) quotaRefused(path string) {
	name := topNamespace(path)
	if s.QuotaRefused == nil {
		s.QuotaRefused = map[string]int64{}
	}
	if _, known := s.QuotaRefused[name]; !known && (len(s.QuotaRefused) >= namespacesMax || len(name) > namespaceBytesMax) {
		name = namespaceOthers
	}
	s.QuotaRefused[strings.Clone(name)]++
}

// CopyQuotaRefused gives the counts of now, for any goroutine.
func (s *Series) CopyQuotaRefused() map[string]int64 { return maps.Clone(s.QuotaRefused) }

// QuotaUse is one quota as the gauges show it: its top namespace, the limits (the hard one where it is set, -1 for none) and
// what is in use (QuotaMetricsUtils, 3.9.5).
type QuotaUse struct {
	Namespace              string
	CountLimit, BytesLimit int64
	Count, Bytes           int64
}

// Quotas visits every quota. The processor may work between two of them.
func (p *Processor) Quotas() iter.Seq[QuotaUse] {
	return func(yield func(QuotaUse) bool) {
		for a := range p.quota.trie.All() {
			if u, ok := p.quotaUse(a); ok && !yield(u) {
				return
			}
		}
	}
}

func (p *Processor) quotaUse(a *quota.Armed) (QuotaUse, bool) {
	var limits, stats quota.Track
	for path, track := range map[string]*quota.Track{a.Limits: &limits, a.Stats: &stats} {
		if text, found := p.quota.nodes.quotaText(path); !found || track.Parse(text) != nil {
			return QuotaUse{}, false
		}
	}
	return QuotaUse{
		Namespace:  topNamespace(a.Path),
		CountLimit: limitOf(limits.CountHardLimit(), limits.Count).value,
		BytesLimit: limitOf(limits.ByteHardLimit(), limits.Bytes).value,
		Count:      stats.Count, Bytes: stats.Bytes,
	}, true
}
