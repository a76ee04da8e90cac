// Package disk holds the few file calls that the log and the snapshots need, once for real and once simulated.
//
// # Job
//
// [FS] and [File] are the whole of what Paddock asks of a disk: named files, reads and writes at offsets, truncation, two
// kinds of sync, and the sync of a folder. [OS] does it with the operating system. [Sim] does it in memory and forgets,
// when the power is cut, exactly what was never synced: data by sectors, lengths and names, each on its own ([Coins],
// [Subset]). It is a liar by order as well: any call can fail, a write can be short or change a bit, a sync can be slow, the
// disk can be full, and a [Sim.Clone] shows what a power cut would leave at any moment, while the first disk goes on.
//
// # Owner
//
// An FS may be used from any goroutine. A File belongs to the goroutine that opened it, or to the one it was handed to
// for good; the simulated one is locked all the same, because power may be cut from outside.
//
// # Invariants
//
//   - What a file holds is durable after Sync or SyncData of that file; its length too.
//   - What a folder lists is durable after SyncDir of that folder, and never by syncing the file. So a new file needs both.
//   - Rename replaces its target in one step: a reader sees the old file or the new one.
//   - A failed sync tells nothing about what is on the disk, and a later success does not make up for it (Linux marks the
//     pages clean). Callers stop; Sim forgets the data to prove that they do.
//
// # Limits
//
// Paths are cleaned, not resolved: no links, no permissions, no times. Sim keeps every byte in memory, treats folders as
// durable the moment they are made, and tears data at sectors of one size, 512 bytes unless told otherwise.
package disk
