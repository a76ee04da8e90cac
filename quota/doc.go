// Package quota knows what a quota is made of: the text of its two znodes and the trie of the paths that have one.
//
// # Job
//
// A quota on /a is a znode /zookeeper/quota/a/zookeeper_limits, which says how much the subtree of /a may hold, and a
// znode /zookeeper/quota/a/zookeeper_stats, which says how much it holds. Track reads and writes the text of both; Trie
// finds the quota that a path belongs to.
//
//	count=4,bytes=5                                        4 znodes, 5 bytes of data; -1 is no limit
//	count=4,bytes=5=;byteHardLimit=10;countHardLimit=11    the same with hard limits
//
// Reading follows Java's String.split, on which Apache builds: what is empty at the end of a list does not count, what
// is empty elsewhere does. So the odd "=" in front of the first ";" does no harm, ",," is one comma, and "count==5" is
// a count that is not set. Writing puts count and bytes first and sorts the rest, so that releases up to 3.4.3 can read
// the beginning.
//
// # Owner
//
// Plain values without locks; whoever holds one is its only user.
//
// # Invariants
//
//   - What Track writes, it reads again as the same Track.
//   - Keys that nobody knows are kept.
//   - Only the deepest armed path above a znode, or the znode's own, counts; the root is never armed.
//   - A trie keeps no branch that leads to no armed path.
//
// # Limits
//
// Java takes digits of every script for numbers; here only those of ASCII are. Bytes that are not UTF-8 are kept in
// keys, where Java puts U+FFFD. Unknown keys are sorted by their bytes, where Java sorts by UTF-16 units.
//
// Source: Quotas, StatsTrack, common.PathTrie (3.9.5).
package quota
