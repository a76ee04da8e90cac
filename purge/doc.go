// Package purge removes the snapshots and logs that no recovery needs any more.
//
// # Job
//
// Survey decides by looking: which of the files in a data directory stay and which may go. Remove removes those. A server
// does both at times (autopurge.purgeInterval), and so does a verb on the command line, while a server runs or not.
//
// # What stays
//
//	the Keep newest zxids that have a whole snapshot       read to its end, every seal verified; Apache looks at five bytes
//	everything named snapshot.<hex>… that is newer         also broken ones: nobody knows yet why they are
//	the log files from which the oldest of them goes on    the last one named at or below its zxid, and all later ones
//	paddock.cut.…                                          what was cut off a torn log; listed, and never removed
//	everything whose name is not exactly ours              log.5.bak, snapshot.5.tmp, files being written; Apache would
//	                                                       remove the first two
//
// If fewer than Keep snapshots are whole, the oldest whole one takes the place; if none is, everything stays. This is
// Apache's rule (PurgeTxnLog, 3.9.5), but for what is whole and what is ours.
//
// # Owner
//
// Nothing is held between two calls. Call it on a helper goroutine: verifying reads the snapshots.
//
// # Invariants
//
//   - From every snapshot that stays, recovery finds the same state as before. A server that goes on meanwhile adds files that are
//     newer than any that go.
//   - What stays is synced before anything goes: Apache does not sync its snapshots.
//   - Snapshots go before logs, older ones before younger, with the folder synced in between: so whatever a crash leaves, a
//     snapshot that is there has the log behind it.
//
// # Limits
//
// Whole means sealed: that the znodes make a tree is not looked at. Nothing locks the directory: if somebody else
// removes files at the same time, those that are gone already are no error.
package purge
