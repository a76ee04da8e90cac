// Package zk is the vocabulary of the house: operations, error codes, Stat, ACL, zxids, session ids and paths,
// under the names that ZooKeeper's manual and its source use. Every other package speaks it.
//
// # Job
//
// Say once what each number and each rule of ZooKeeper's client protocol is called, and where it comes from.
//
// # Owner
//
// Nobody: there is no state here, only values and pure functions.
//
// # Invariants
//
// Numbers are those of the wire and of the disk. Nothing in this package allocates per request, except where a
// doc comment says so.
//
// # Limits
//
// No encoding (see codec), no clock, no I/O. The baseline is Apache ZooKeeper 3.9.5.
package zk
