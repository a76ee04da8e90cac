// Package audit writes who has changed what, in the lines of ZooKeeper's audit log.
//
// # Job
//
// A line is a time, a level, the name of ZooKeeper's logger, and pairs with tabs between them:
//
//	2026-11-22 01:02:46,756 INFO o.a.z.a.Slf4jAuditLogger: session=0x1…	user=127.0.0.1	ip=127.0.0.1	operation=create	znode=/a	znode_type=ephemeral	result=success
//
// The pairs are those of AuditEvent, in front of them stands what the pattern for the audit log in conf/logback.xml gives
// (both 3.9.5). Level ERROR goes with result=failure. A value that there is not, or that is empty, is left out.
//
// A client chooses paths and names, so what would end a line or begin a pair is escaped, and what looks alike but is
// something else too: \t, \n, \r, \uXXXX for other control characters and for separators of lines, \\ for a backslash.
// ZooKeeper writes them raw.
//
// # Owner
//
// Anybody may call Record: it copies the line behind a mutex and never waits for the disk. One goroutine of a Log writes.
// A File belongs to it.
//
// # Invariants
//
//   - A line is whole or missing, and what is missing is counted and told to the operator.
//   - The lines are in the order of the calls of Record.
//   - Close returns when everything recorded before has been written. A disk that hangs is waited for closePatience; what it has
//     not taken by then is counted and told as lost.
//
// # Limits
//
// Nothing is synced: as in ZooKeeper, a power cut may take the last lines. kill -9 may take those of the last moment, which
// are in the queue: a reply does not wait for its line. The queue holds queueBytesMax for when the disk is slow. A File keeps
// fileBytesMax ten times over, and then forgets the oldest.
package audit
