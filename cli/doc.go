// Package cli is the shell: Apache's zkCli, command by command, and what its users miss.
//
// # Job
//
// Run reads the options and either carries out the one command behind them or reads commands line by line, from a terminal
// with editing, completion and history, or from a pipe. Commands of Apache's shell take the same words, print the same and
// end with the same status; commands of our own (tree, find, watch, top, export, import, diff, hex, json, help) print what a
// person reads, or with --output json one JSON value per line.
//
//	options.go          the command line            command.go           the table of commands, usage, dispatch
//	shell.go            the loop                    cmd_*.go             the commands, a file per family
//	terminal.go         editing, on peterh/liner    walk.go              subtrees, many requests at a time
//	history.go          the file of past lines      export.go import.go diff.go   subtrees as files
//	complete.go         what Tab offers             safe.go              what may reach a terminal
//
// # Owner
//
// One goroutine reads lines and runs commands, one after the other. Events come from the link's goroutines and reach the
// screen through its mutex, whole lines at a time. Ctrl-C ends the command under way by its context, never the shell.
//
// # Invariants
//
//   - Nothing that a server or a file says reaches a terminal without passing safe: control characters, escape sequences,
//     text direction marks and broken UTF-8 are shown, not obeyed. Pipes and files get every byte as it is.
//   - A line with a secret (addauth, digest ids) is never written to the history file, whose mode is 0600.
//   - A command's result goes to stdout and its complaint to stderr; the status is 0 only if all of it was done.
//
// # Limits
//
// Subtrees are read znode by znode, as any client must: what changes meanwhile may be seen before or after the change.
// Containers and times to live do not show in any answer of the protocol, so export cannot keep them.
//
// Sources: ZooKeeperMain and the package cli of Apache ZooKeeper 3.9.5.
package cli
