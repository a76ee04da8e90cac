// Package config turns zoo.cfg and system properties into one value.
//
// # Job
//
// [Load] reads a zoo.cfg, [FromArgs] ZooKeeper's other argument forms, [Default] the configuration that is built in, and
// [PropsFromEnv] the -D words that a JVM would have been given. The result is a [Config]: typed, checked, complete.
// [Keys] is the one table behind all of it: what is parsed, what is refused, and what the documentation says.
//
// The order of precedence is ZooKeeper's: a key of zoo.cfg beats the -D property of the same meaning, since ZooKeeper turns
// most keys of the file into properties when it reads them; among -D words the last one counts.
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
//   - A key that Paddock does not honour yet gives one warning, and none if it is set to what Paddock does anyway.
//
// # Limits
//
// The file is read as Java reads properties, so as ISO-8859-1: other letters are written as \uXXXX. Host names are
// not resolved and directories are not touched; of the data directory, only the file myid is read. Ensembles do not exist
// yet: a second server line and standaloneEnabled=false are refused.
package config
