// Package config turns zoo.cfg and system properties into one value.
//
// # Job
//
// [FromCommand] turns the arguments and the environment of a server into a [Config]: typed, checked, complete. It reads
// zoo.cfg, and java.env beside it, which [shell] understands without executing anything. [Examine] does the same and keeps the
// books: a [Report] has every key in effect with its origin, and every refusal, warning and note. [Load] reads a zoo.cfg alone.
// [DockerText] writes the zoo.cfg that ZooKeeper's Docker image writes.
//
// [Sections] is the one table behind all of it: what is parsed, what is refused, what is said about a key, and what
// docs/configuration.md and COMPATIBILITY.md print (go test ./config -rewrite).
//
// The order of precedence is ZooKeeper's: a key of zoo.cfg beats the -D property of the same meaning, since ZooKeeper turns
// most keys of the file into properties when it reads them; among -D words the last one counts. docs/configuration.md has
// the whole order.
//
// # Owner
//
// Nobody: every function is called once, at start, and keeps nothing. A Config belongs to who asked for it.
//
// # Invariants
//
//   - A Config that is returned without an error can be served: it has a port and a data directory, and min <= max.
//   - An error is an [*Error], one line that names what is known of file, line and key, what was found and what was
//     expected. The value of a secret key is in no error and in no warning.
//   - An unknown key never ends anything; a value that its key cannot mean always does. (ZooKeeper ignores an unreadable
//     number in keys that it passes on as properties, and runs with the default; here that is refused as well.)
//   - A key that Paddock does not honour yet gives one warning, and none if it is set to what Paddock does anyway. Keys that
//     stock files have and that mean nothing to a standalone server share one note.
//   - No command in java.env is executed; what is more than an assignment gives a warning that names the line.
//
// # Limits
//
// The file is read as Java reads properties, so as ISO-8859-1: other letters are written as \uXXXX. Host names are
// not resolved and directories are not touched; of the data directory, only the file myid is read. Ensembles do not exist
// yet: a second server line and standaloneEnabled=false are refused.
package config
