// Package watch knows who waits for which path.
//
// # Job
//
// Hold the watches of all connections: data watches (set by getData and exists), child watches (set by getChildren), and
// those that addWatch sets: persistent ones, which see both, and recursive ones, which see the data events of everything
// below too. Take says whom an event reaches, and ends the one-shot watches among them.
//
// # Owner
//
// The processor goroutine. There is no lock.
//
// # Invariants
//
// A watch is a triple of path, kind and connection, held at most once, with a set of modes: what is one-shot and persistent
// at the same time is one watch, and an event takes only the one-shot mode from it. A watch ends with its last mode. It
// hangs in three chains: the ring of its list (one list per path and kind), the ring of its connection, and a bucket of the
// index by list and connection. So every operation costs the watches that it names, however many others there are on the
// same path or the same connection. The recursive watches of a list stand at the head of its ring: an event below passes
// by the others. A list without watches does not exist; the bytes of a path are kept once, shared by the lists of that
// path, and are given back with the last of them.
//
//	path, kind ──index──▶ list ──ring──▶ watch ⇄ watch ⇄ watch
//	                                       ⇅
//	     conn ───map───▶ conn ──ring──▶  watch ⇄ watch
//
// Records are numbered and live in slabs without pointers, which the garbage collector does not walk. No operation
// rehashes or copies the whole table: slabs grow by chunks, the indexes by one bucket at a time.
//
// The connections that Take finds are the caller's to tell. If the list grows over several Takes, the connection's records say
// where each stands in it, so that one of them can be told ahead of its turn.
//
// A connection that goes is dead at once: no event reaches it and Count does not see its watches. They are freed by
// Sweep, so many at a time, because a million of them take a large part of a second.
//
// # Limits
//
// A watch on a path of its own costs about 58 bytes beside the bytes of the path, and about 30 on a path that others
// watch too; a persistent watch is two, as Apache counts it. Memory is given back to the runtime when the last watch goes;
// until then it is reused. Until dead watches are swept, Paths counts the paths that nobody else watches. Events are not
// filtered by ACL here, and setWatches is the caller's business. The rules are those of WatchManager in Apache ZooKeeper
// 3.9.5.
package watch
