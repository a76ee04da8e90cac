// Package floor is a stub server that shows what sockets, disk and Go force on anyone: the limit that Paddock is measured
// against.
//
// # Job
//
// Answer getData from a fixed buffer, and every write after one fdatasync for all writes that queued up while the last one
// was under way, on gnet's event loops. Sessions are opened and closed, and both are writes. In two ways:
//
//	loop    the event loop that has read a request answers it:   loop ─▶ log ─▶ loop
//	owner   one goroutine answers everything:                    loop ─▶ owner ─▶ log ─▶ owner ─▶ loop
//
// Paddock is built like the first with one loop, where even the log needs no goroutine, and like the second with several. So
// nobody is spared a hand-over that the real path has: frames go over in batches, replies come back as one task per loop
// and one write per connection, and the log is written into space that was filled with zeros before.
//
// # Owner
//
//   - A stub (answers, replies held back) belongs to one goroutine: an event loop, or the owner.
//   - A peer's socket belongs to its event loop; its replies belong to the stub until they are handed to the loop.
//   - One goroutine owns the file (syncer).
//
// # Invariants
//
// Answers of a connection come in the order of its requests: what follows a write is held back with it. A write is
// answered after the sync of its bytes.
//
// # Limits
//
// Not a server: no znodes, nothing checked, no sessions that expire, no watches but getData's (and those with an owner
// only), and everything that is asked for exists.
// The file is a ring that nobody reads. gnet itself is used here, and not the folder loop, so that the limit does not move
// with what it is a limit for. A client that does not read fills memory.
package floor
