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
// [Async] begins writes and syncs of OS's files and tells later how they ended, so that a goroutine with other work to do need not
// wait in a system call, nor another one for it. What cannot be done like that is refused, and the calls of File do it.
//
// # Owner
//
// An FS may be used from any goroutine. A File belongs to the goroutine that opened it, or to the one it was handed to
// for good; the simulated one is locked all the same, because power may be cut from outside.
//
// An Async belongs to one goroutine, but for Kick, and a file to it while a call on that is on its way. What StartWrite was given is
// the kernel's to read until Ended has told the end: nobody writes to it before. Its Signal is for any poller to watch, and for nobody
// to read.
//
// # Invariants
//
//   - What a file holds is durable after Sync or SyncData of that file; its length too.
//   - What a folder lists is durable after SyncDir of that folder, and never by syncing the file. So a new file needs both.
//   - Rename replaces its target in one step: a reader sees the old file or the new one.
//   - A failed sync tells nothing about what is on the disk, and a later success does not make up for it (Linux marks the
//     pages clean). Callers stop; Sim forgets the data to prove that they do.
//   - An Async has one call on its way at most. A call that was refused has done nothing and never will. A write that ended because
//     it would have had to wait has done some of its bytes or none, and does no more: the same bytes may be written to the same
//     place once more. Any other error, and any error of a sync, is what it would be from File.
//   - Each end and each Kick is an edge of the Signal, and Close returns after the end of a call on its way.
//
// # Limits
//
// Paths are cleaned, not resolved: no links, no permissions, no times. Sim keeps every byte in memory, treats folders as
// durable the moment they are made, and tears data at sectors of one size, 512 bytes unless told otherwise.
//
// Async is Linux's native AIO. It begins nothing where the kernel has none to give (a sandbox that forbids it, /proc/sys/fs/aio-max-nr
// used up, a big-endian machine), on files that are not OS's, and, before Linux 4.18, no syncs. A write must not need new space or
// other metadata, nor find its place in the page cache, or it ends with EAGAIN. To begin a call is short but for a file system that
// makes it wait for its journal; no option of the kernel rules that out.
package disk
