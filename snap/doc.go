// Package snap turns a tree into a file and back, in the format of Apache ZooKeeper's snapshots, so that either server
// can start from the other's.
//
// # Job
//
// Load finds the newest whole snapshot of a folder and makes a tree of it; Scan reads one and makes none. A Writer writes
// one while the tree goes on changing; the log's replay brings it up to date. WriteEmpty gives a fresh folder its
// snapshot.0, without which Apache refuses to read logs.
//
// # The bytes
//
// All integers are big-endian; a string or buffer is an int length (-1: null) and its bytes. (FileSnap, DataTree,
// SnapStream and SerializeUtils, 3.9.5.)
//
//	"ZKSN"  int 2  long -1                             magic, version, database id
//	int n   n × { long session id, int timeout ms }    sessions
//	int n   n × { long id, vector of ACL }             ACL table; id -1 is the open list and never in it
//	   { string path, buffer data, long ACL id, 60 bytes of stat }     znodes, parents first; "" is the root
//	string "/"                                         end of the znodes
//	long Adler-32 of all bytes before, string "/"      seal: releases before 3.6 end here
//	long zxid, int 2, long tree digest      + seal     missing where digests are switched off
//	long last zxid                          + seal     missing before 3.9
//
// The file's name, snapshot.<hex zxid>, says up to which transaction it is complete: S. A file with a further .gz or
// .snappy holds the same stream, seals and all, in gzip or in snappy-java's frames: "\x82SNAPPY\x00", int 1, int 1,
// then { int length, a snappy block of 32 KiB unpacked } until the file ends. Znodes are written as they are when their turn
// comes, at most the last one's at E: so the digest block and the last block carry E, the zxid at the end of the walk.
// Apache compares digests again once replay has reached E, and not before.
//
// # Owner
//
// Begin, Step and Abort belong to the processor, which owns the tree. A helper goroutine owns the file: it gets
// buffers, checksums, packs and writes them, syncs, renames, and sends one Result. Step never waits for it.
//
// # What a crash leaves
//
//	while writing           writing.snapshot, which nobody reads; RemoveUnfinished removes it at the next start
//	after its last sync     the same, though whole
//	after the rename        the old folder or the new one: until the folder's sync either may come back
//	after that              the new snapshot
//
// So a name snapshot.<hex> never stands for half a file of ours. Apache's own may: Load tells by the seals.
//
// # Invariants
//
//   - The znodes in a file are exactly the living ones with czxid <= S; parents come first; every ACL id is in the
//     file's own table.
//   - A loaded tree comes from a file whose seals were all verified. A length in a file is believed when the bytes
//     are there.
//   - No name of an unfinished file begins with "log." or "snapshot.": Apache reads whatever does.
//   - Every byte of a znode is copied once, into the slice, and what is written is the slice. Small znodes cost no
//     allocation. A slice has at most SliceNodes records, and at most SliceBytes and one record; the Steps after a large
//     record do nothing until the average is SliceBytes again.
//   - The disk never has more than two pieces of 256 KiB to write for a snapshot, so that the log's syncs wait for
//     no more than that, and the last sync has little left to do.
//
// # Limits
//
// Retention of old files is not decided here (package purge), nor when to write. A failure to write is logged and
// reported, and hurts nobody: the log is still there. Whole means sealed: Scan does not look whether the znodes make a
// tree. A record may have up to 2 GiB; while it is read, what has been unpacked of it is in memory. Begin copies the list
// of sessions at once.
package snap
