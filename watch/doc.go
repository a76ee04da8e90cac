// Package watch knows who waits for which path.
//
// # Job
//
// Hold the one-shot watches of all connections: data watches (set by getData and exists) and child watches (set by
// getChildren). Take ends the watches that an event fires and says whom to tell, in the order of registration.
//
// # Owner
//
// The processor goroutine. There is no lock.
//
// # Invariants
//
// A watch is a triple of path, kind and connection, and is held at most once. It hangs in three chains: the ring of
// its list (one list per path and kind), the ring of its connection, and a bucket of the index by list and
// connection. So every operation costs the watches that it names, however many others there are on the same path or
// the same connection. A list without watches does not exist; the bytes of a path are kept once, shared by the
// lists of that path, and are given back with the last of them.
//
//	path, kind ──index──▶ list ──ring──▶ watch ⇄ watch ⇄ watch
//	                                       ⇅
//	     conn ───map───▶ conn ──ring──▶  watch ⇄ watch
//
// Records are numbered and live in slabs without pointers, which the garbage collector does not walk. No operation
// rehashes or copies the whole table: slabs grow by chunks, the indexes by one bucket at a time.
//
// # Limits
//
// A watch on a path of its own costs about 58 bytes beside the bytes of the path, and about 30 on a path that others
// watch too. Memory is given back to the runtime when the last watch goes; until then it is reused. Events are not
// filtered by ACL here, and setWatches is the caller's business. The rules are those of WatchManager in Apache
// ZooKeeper 3.9.5.
package watch
