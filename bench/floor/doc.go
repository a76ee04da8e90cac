// Package floor is a stub server that speaks just enough of ZooKeeper's protocol to check the load generator with.
//
// # Job
//
// Answer as fast as Go's net package allows: getData from a fixed buffer, every write at once and from nowhere. What the
// generator shows against it is the generator's own limit on this machine.
//
// # Owner
//
// One goroutine per connection, which shares nothing with the others.
//
// # Invariants
//
// Answers come in the order of requests, and all answers to one read leave with one write.
//
// # Limits
//
// Not a server: it keeps no znodes, no sessions, no log, and everything that is asked for exists. It is not the floor that
// Paddock's speed is judged by either: that one stands on event loops and syncs a file.
package floor
