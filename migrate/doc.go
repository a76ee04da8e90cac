// Package migrate looks at an installation of Apache ZooKeeper and says what becomes of it when Paddock takes its place.
//
// # Job
//
// [Check] reads what an operator would have to read: zoo.cfg and what stands beside it, what only Debian's init script or the
// running process knows, the data as a server loads it at its start, who owns the files, and what answers on the port. The
// [Report] holds facts and [Finding]s, for people and as JSON. Each finding is one of
//
//	refused    Paddock would not start, or must not: an ensemble, a bad value, damage
//	unchecked  could not be looked at, so the answer is not known
//	different  Paddock would start, and somebody may notice
//	note       good to know; nobody has to do anything
//
// and the worst of them is the verdict.
//
// # Owner
//
// The caller's goroutine. A Report belongs to its caller.
//
// # Invariants
//
//   - Nothing is written, locked or created: files go through readOnly, which has no way to.
//   - What is said about keys comes from the table of config, what is said about data from the readers that the server uses.
//   - No value of a secret key is in a report.
//   - A server that runs is only asked the four-letter word srvr, which ZooKeeper allows unless it is forbidden.
//
// # Limits
//
// The data is held in memory as the server would hold it. What a script passes on the command line is known where the server
// runs in sight of /proc, or Debian's init script starts it; other service managers are not read. The release that wrote
// the files is told by their form, so within a range.
package migrate
