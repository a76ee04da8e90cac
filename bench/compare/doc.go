// Compare runs the same workloads against several servers on this machine, one server at a time, and prints them side
// by side.
//
// # Job
//
// For each round, for each server: start it on a fresh data directory, warm it up, run every workload of the suite, stop
// it; then once more from fresh for the memory workload. Rounds interleave the servers (A B A B …), so that a machine that
// gets slower or faster in between hurts all alike, and the medians of the rounds make the table. Servers:
//
//	apache    Apache ZooKeeper from a folder of jars (interop/install.sh fetches them)
//	paddock   the built binary
//	floor     bench/floor in a process of its own: what the generator can do at all
//
// # Owner
//
// One goroutine starts, measures and stops. Every server process is its child and dies with it.
//
// # Invariants
//
// All servers get the same zoo.cfg but for port and directory, on the same disk, with their defaults for syncing and for
// snapshots. Nothing else runs meanwhile, as far as this program can tell. A failed run ends the comparison.
//
// # Limits
//
// Server, generator and disk share one machine: ratios travel to other machines better than figures. Linux only. The Java
// machine gets a longer warm-up, but a few seconds do not show what its compiler reaches in an hour.
package main
