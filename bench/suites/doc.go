// Package suites runs the same rows of measurements against several servers, interleaved, and judges the outcome.
//
// # Job
//
// A suite is a file of groups of rows; a row is one run of bench, or a restart of the server. For each round, for each group,
// each server in turn is started on a fresh directory, warmed up, taken through the group's rows, and stopped:
//
//	round 1: group 1: A B C, group 2: A B C   round 2: group 1: A B C, …
//
// so that a machine that gets slower or faster in between hurts all alike. Medians of the rounds make the tables: all
// figures with their ratios, and for a suite with targets one line per target, with the verdict. Servers are
//
//	paddock       this program itself; paddock=FILE another binary of it
//	apache        Apache ZooKeeper from a folder of jars; apache=DIR another folder
//	floor         the stub of bench/floor, answering on its event loops; floor-owner through one goroutine
//	HOST:PORT     whatever runs there: it is neither started, configured nor stopped
//
// # Owner
//
// One goroutine starts, measures and stops. Every server process is its child and dies with it.
//
// # Invariants
//
// All started servers get the same zoo.cfg but for port and directory, on the same disk. A failed run ends everything: half
// a comparison is none. A target is judged only where both of its values were measured.
//
// # Limits
//
// Server, generator and disk share one machine: ratios travel to other machines better than figures. Linux only. The Java
// machine gets a longer warm-up, but a few seconds do not show what its compiler reaches in an hour.
package suites
