// Package apply is the processor: the single writer that owns the tree and everything that hangs on it.
//
// # Job
//
// Take the requests of all connections in order of arrival; check each write against the tree and the pending
// changes, make its transaction and hand it to the log; apply it when the log says that it is durable; answer
// reads from the tree at once; keep each session's replies in the order of its requests; fire watches; open,
// renew, expire and close sessions.
//
//	Frame ─▶ admit ─▶ read:  serve from the tree, or wait behind the session's unfinished writes
//	                 write: check (op_*.go) ─▶ transaction ─▶ Log.Append        Committed ─▶ apply ─▶ reply
//
// Files: processor.go (the calls from outside), conn.go (one connection's queue), reply.go (what it is told), connect.go
// (sessions open and renew), pending.go (changes not yet applied), propose.go (request to transaction), commit.go
// (transaction to tree, watches and reply), fire.go (watch events), slices.go (what takes long), replay.go (the log at start), stats.go (the numbers
// operators ask for), namespace.go and digests.go (two more kinds of them), inherit.go (another processor takes over), enforce.go
// (who must prove an identity), throttle.go and hold.go (who may connect, and who waits for room), quota.go and quota_check.go
// (what is in use and what is refused), audit.go (what the audit log is told), and op_*.go: one family of operations each.
//
// # Owner
//
// One goroutine calls everything here. There are no locks, no goroutines, no channels, no clock (SetTime), no
// disk and no network: what the processor has to say is collected until Flush.
//
// # Invariants
//
//   - A zxid is given to every write that could be decoded, failed ones included, in the order of the log.
//   - Readers see applied transactions only, so nothing that a crash could take back.
//   - A session's replies leave in the order of its requests; a watch event leaves before every reply that
//     reflects the change, the writer's own included. Only replies to auth and sasl overtake.
//   - What is done in slices sees one moment: no transaction is applied until everybody has been told of the one before, and
//     until the long read under way is answered.
//   - Without pending changes the running digest equals the tree's.
//   - Identities are values: a waiting request keeps those it arrived with; events are filtered by the
//     identities of the moment.
//
// # Limits
//
// Standalone: no proposals from elsewhere, no moved sessions, no local sessions.
//
// A transaction is checked in one go and applied in one go, because nobody may see half of it. For the largest there can be
// everybody else waits: 0.1 to 0.2 s for a multi of 27,000 setData (1 MiB), 10 ms for one of 50,000 checks, 0.15 s for the end
// of a session with 100,000 ephemerals. So does finding the watchers of one znode: about 0.05 ms for a thousand. Of reads,
// decoding a setWatches of 1 MiB takes 1 to 3 ms, a multiRead of 58,000 parts 20 ms, and getEphemerals 16 ms for a million.
package apply
