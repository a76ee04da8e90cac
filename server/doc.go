// Package server puts the owners together: loops that own sockets, the processor that owns the tree, the log
// writer that owns the disk.
//
// # Job
//
// Bind the port, lock and load the data directory, drive the processor, carry batches between the doors, begin
// snapshots, purge old files, answer four-letter words and the admin server's commands, export metrics, keep
// a service manager informed, stop in good order.
//
//	loops ──Take──▶ drive: events ─▶ processor ─▶ batch ──Submit──▶ log writer
//	loops ◀─Post──  drive: replies ◀─ processor ◀──────Committed── log writer
//
// With several loops, the middle is a goroutine of its own, and so is the log writer. With only one, up to three cores, the loop
// carries the middle, and begins the log's writes and syncs itself where it can
// (docs/decisions/0007-one-loop-carries-the-processor.md).
//
// # Owner
//
// One goroutine at a time calls the processor and touches everything that belongs to it. It is the driver (drive.go), or, from
// carry to PutDown, the loop's: there the driver keeps only its channels and tickers, and what they bring it has done by Do,
// between two rounds. Before and afterwards, for the start and the end, all is the driver's. Other goroutines
// reach it through channels only: admin's, on which HTTP and words are answered, by questions (admin_walk.go), of which the long
// ones are answered a little at a time between batches.
//
// # Invariants
//
//   - Nothing is applied, and nobody is told yes, before it is durable.
//   - One batch at most is on its way to the disk; what arrives meanwhile is the next batch.
//   - A failed write or sync of the log ends the server at once, without a further reply: whoever meets the first failure keeps it in
//     Server.failed, and no turn and no round does anything behind it. A question that was taken is still run.
//   - A directory is used by one process at a time.
//
// # Limits
//
// Standalone only. What stops the processor, such as a restore's change of states, stops the sockets too where the loop
// carries it: a connection that a restore ends is closed behind that change, not in front of it.
package server
