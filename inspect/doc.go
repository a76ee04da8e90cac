// Package inspect reads log and snapshot files for people: what Apache ZooKeeper's own tools print, and whether a server
// would start on them.
//
// # Job
//
//	DumpLog, FixLog, ChopLog     TxnLogToolkit          one log file: its transactions; repaired; cut short
//	VerifyLog, VerifyLogs        –                      a log file, or the log of a folder, as the server judges it
//	DumpSnapshot, …JSON          SnapshotFormatter      znodes and sessions of a snapshot
//	Compare                      SnapshotComparer       two snapshots, level by level
//	Summarize                    SnapshotRecursiveSummary
//	VerifySnapshot               –                      every seal of a snapshot, without making a tree of it
//
// What Apache's tool prints to its standard output goes to out, byte for byte where the files are Apache's own; remarks go
// to the caller, as errors or by a function. Where Apache prints children and sessions in the order of a Java hash table, so do
// we: hashOrder computes that order.
//
// # Owner
//
// The caller's goroutine. Nothing is shared, nothing is kept.
//
// # Invariants
//
//   - Files are opened for reading only. FixLog and ChopLog write to an io.Writer that the caller has made.
//   - A length in a file is believed only as far as the file reaches.
//   - Logs are read record by record, and Summarize, Compare and the dumps hold one tree per snapshot, in the server's own
//     compact form; VerifySnapshot holds one record.
//
// # Limits
//
// Times are in the local zone (TZ), in the words that Java uses for English: log lines as in "11/22/26, 12:05:56 AM UTC",
// as a JVM before release 20 prints them. A zone without an abbreviation is a number here and a name in Java. Of eight or more
// children whose names fall into one slot of Java's hash table the order may differ from Apache's.
package inspect
