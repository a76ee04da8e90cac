// Package backup takes a copy of a server's state while the server runs, and puts one back.
//
// # Job
//
// [Read] makes the state of a data directory, Paddock's or Apache ZooKeeper's, without a word to the server: the newest whole
// snapshot, and the log behind it up to its present end, replayed into a tree of its own. [Write] stores it as one snapshot
// beside a manifest. [Verify] reads such a backup, [Restore] puts one into a data directory.
//
//	<folder>/backup-20261122T000340.512Z-8a/ the time, and the zxid in hex
//	    manifest.json                        zxid, counts, digest, name and SHA-256 of the snapshot
//	    version-2/snapshot.8a                ZooKeeper's own format; a data directory with it and nothing else is a whole one
//
// # Why not copy the files
//
// A snapshot of a running server is no state: its znodes are of different moments, and only the log behind it makes one of
// them. The snapshot in a backup is written from a tree that stands still. So it is exactly the state after the transaction of
// its zxid, all before it and none behind it, and its digest block says so.
//
// # Reading what somebody writes
//
// The log's end moves while it is read. A record that is not whole yet looks torn, or like damage once more stands behind it. So
// damage counts when the log gets no further there for Source.Patience; if it does, what had been read is the state: everything
// that was acknowledged before the reading began was whole by then. Files that are purged, rolled, renamed or cut short meanwhile
// let the folder's listing change: then the reading starts over. So it does when a restore on the running server falls between the
// snapshot and the log, which goes on from another tree then, in the next epoch.
//
// What was read may be in the kernel's memory only. The log's files are synced before a backup gets its name, so that no
// backup holds a transaction that a power cut could take back from the server.
//
// # Owner
//
// The caller's goroutine. A State belongs to its caller.
//
// # What a crash leaves
//
//	during Write        writing-backup-…, which nobody takes for a backup; remove it
//	during Restore      the directory as it was, and version-2.restoring; or a file version-2 that keeps every server from
//	                    starting and says to run the restore again; or the restored directory
//
// # Invariants
//
//   - Read opens files for reading only.
//   - A folder backup-… is whole and durable.
//   - Restore removes nothing: what was there gets the name version-2.before-restore-….
//   - At no moment of Restore does a server start on a mixture of old and new files, or on none where there were some. Where the
//     file system cannot exchange two names, version-2 is missing for a moment: Paddock does not start then, Apache's would.
//
// # Limits
//
// Where the server itself has failed to sync, and is about to end, a later sync may succeed without the data being on the disk
// (Linux forgets the error once it was told). Then a backup may hold a transaction that nobody was told yes for. Sessions and
// their ephemerals are in a backup with their timeouts; after a restore they live until they expire. Snapshots need
// their log: a data directory whose log is gone cannot be backed up. A member of an ensemble logs proposals before they are
// committed, and a backup of a running one may hold some that never are.
package backup
