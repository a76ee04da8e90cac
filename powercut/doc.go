// Package powercut cuts the power of a whole server, at every call on its disk, and looks at what is left.
//
// # Job
//
// A [World] is the real server of package server (driver, processor, log writer, snapshots) on a simulated disk, with
// clients that are plain values and a clock that stands still. A script of requests runs on it. Before every call that
// changes the disk everything stops, and the world hands out a [Point]: what the disk holds and may lose, what clients
// have been told, and, from a model of its own, what the tree has to be after every transaction. A [Point] can be
// recovered with any fate of what was not synced, and is compared with the model.
//
//	script ─▶ clients ─▶ server ─▶ log writer ─┐
//	   │                   └─▶ snapshot helper ─┤ every call that changes the disk waits at a gate,
//	   └─▶ model: state after each zxid         └─▶ one is let through at a time: [Point], then the call
//
// # Owner
//
// Everything runs in one bubble of testing/synctest. The goroutine of the test owns the world, the clients and the model; the
// server's goroutines meet it at the network's queue and at the gate, and all of them are asleep whenever it looks. So a
// run depends on its seed alone, the order of calls from several goroutines included.
//
// # Invariants
//
// After a power cut at any point, with any fate of the unsynced, and again after a cut of the recovery:
//
//   - The data directory loads. Nothing above a warning is logged.
//   - The last transaction is at least the last one that any client has seen the effect or the number of.
//   - Tree, Stats, data, ACLs and sessions are exactly the model's after that transaction; the tree passes its own check.
//   - What has once been recovered, and opened for writing, is recovered again.
//
// # Limits
//
// The model knows what the script uses: creates of every common kind, setData, delete, setACL, multi, sessions that come,
// close and expire. The disk is [disk.Sim]: sectors are whole or lost, and a rename may lose both names.
package powercut
