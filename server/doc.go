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
// # Owner
//
// One goroutine, the driver (drive.go), calls the processor and everything that belongs to it. Other goroutines
// reach it through channels only: admin's, on which HTTP and words are answered, by questions (admin_walk.go), of which the long
// ones are answered a little at a time between batches.
//
// # Invariants
//
//   - Nothing is applied, and nobody is told yes, before it is durable.
//   - One batch at most is on its way to the disk; what arrives meanwhile is the next batch.
//   - A failed write or sync of the log ends the server at once, without a further reply.
//   - A directory is used by one process at a time.
//
// # Limits
//
// Standalone only.
package server
