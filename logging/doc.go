// Package logging makes the logger that everybody else is handed.
//
// # Job
//
// New writes lines as text or as JSON, from a level on that may change while the server runs. Limit keeps what clients can
// cause from filling a disk: of lines with equal level and message it lets one through per interval, and at the end of the
// interval the last of those held back, with the number of the others as the attribute leftOut. Nothing is left out without a
// line that says so.
//
// Lines go to stderr and nowhere else: systemd, Docker and zkServer.sh take them from there, and rotate them.
//
// # Owner
//
// A handler may be used by any goroutine. What a limit counts lies behind a mutex, which is not held while a line is written.
//
// # Invariants
//
//   - A message is constant: what differs from line to line is in attributes. So equal messages are one kind of event.
//   - The names of attributes: conn, remote, session and zxid (0x and hexadecimal digits), path, file, folder, err, took.
//   - No line holds auth data, a password or a digest of one.
//
// # Limits
//
// Up to one interval of counts is lost when the process ends.
package logging
