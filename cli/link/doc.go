// Package link is a session with a list of servers that outlives its connections, as Apache's Java client keeps it.
//
// # Job
//
// Open takes a connect string (host:port,host:port/chroot) and looks for a server in shuffled order, for as long as it takes.
// When a connection ends, the next one resumes the session, presents the identities again and re-arms the watches
// (setWatches2), so that a change in between is told as well. The user sees what the Java client shows: the same states, the
// same events in the same places, the same error texts.
//
//	Open ─▶ CONNECTING ─▶ CONNECTED ─▶ (connection ends: event Disconnected) ─▶ CONNECTING ─▶ ...
//	                          │  │ session expired: event Expired ─▶ CLOSED
//	                          │  └ identity refused: event AuthFailed ─▶ AUTH_FAILED
//	                          └ Close: event Closed ─▶ CLOSED
//
// # Owner
//
// One goroutine (run) connects, waits for the end of the connection and connects again. A mutex guards the state, the
// current connection, the identities and the watches. Answers and events come on the reading goroutine of the connection
// (package client), and a watch is registered there, before the next event is looked at. OnEvent runs on that goroutine or
// on run, never on two at once, and must not wait for the Link.
//
// # Invariants
//
//   - A request made while no server is connected waits for the attempt under way and fails with ConnectionLoss when that
//     fails. A request under way when the connection ends fails with ConnectionLoss too: nobody knows what became of it, and
//     it is never sent twice.
//   - An event whose path has no registered watch is dropped; a one-shot watch is dropped with its event.
//   - Paths are the caller's: the chroot is put in front on the way out and cut off on the way in.
//
// # Limits
//
// No SASL. A client with a read-only server does not look for a read-write one in the background. Names of hosts are resolved
// at each attempt, and the addresses of one name are tried in the resolver's order, as net.Dialer does.
//
// Sources: ClientCnxn, ZKWatchManager, ConnectStringParser, StaticHostProvider, KeeperException of Apache ZooKeeper 3.9.5.
package link
