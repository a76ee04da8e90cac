package quota

import (
	"strings"
	"unicode/utf8"

	"paddock/zk"
)

// The names of a quota's two znodes.
const (
	LimitsName = "zookeeper_limits"
	StatsName  = "zookeeper_stats"
)

// Kind says which of a quota's znodes a path is.
type Kind int

// Kinds of znodes.
const (
	None   Kind = iota // neither
	Limits             // says how much there may be
	Stats              // says how much there is
)

// Split tells whether a path is that of a quota's znode, and which path the quota is on: "" is the root.
func Split(path string) (owner string, kind Kind) {
	if !strings.HasPrefix(path, zk.PathQuota+"/") {
		return "", None
	}
	slash := strings.LastIndexByte(path, '/')
	switch path[slash+1:] {
	case LimitsName:
		kind = Limits
	case StatsName:
		kind = Stats
	default:
		return "", None
	}
	return path[len(zk.PathQuota):slash], kind
}

// LimitsPath is the path of the limits of a quota on a path, "" for the root.
func LimitsPath(owner string) string { return zk.PathQuota + owner + "/" + LimitsName }

// StatsPath is the path of the stats of a quota on a path, "" for the root.
func StatsPath(owner string) string { return zk.PathQuota + owner + "/" + StatsName }

// Deadly tells whether the path is one of limits that end Apache 3.9.5 for good, at their create or delete and again at
// each replay of the log: it cuts as many characters as /zookeeper/quota has off the parent of whatever begins like
// /zookeeper and hands the rest to a trie which fails if no name is in it (DataTree.createNode, deleteNode, PathTrie).
func Deadly(path string) bool {
	parent, found := strings.CutSuffix(path, "/"+LimitsName)
	if !found || !strings.HasPrefix(parent, zk.PathZookeeper) {
		return false
	}
	for range len(zk.PathQuota) { // characters, which are UTF-16 units there; no path has any of two
		_, size := utf8.DecodeRuneInString(parent)
		parent = parent[size:]
	}
	name, _ := element(parent)
	return name == ""
}

// LoadedOwner tells which path the limits at the end of path are on, when Apache finds them after a load: it looks for the
// first element of this name, not for the last (DataTree.traverseNode, 3.9.5). The two differ only for limits
// below other limits.
func LoadedOwner(path string) (owner string, ok bool) {
	if _, kind := Split(path); kind != Limits {
		return "", false
	}
	return path[len(zk.PathQuota):strings.Index(path, "/"+LimitsName)], true
}
