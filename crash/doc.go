// Command crash kills a real Paddock again and again while clients use it, and proves from what they saw that nothing
// acknowledged was lost.
//
// # Job
//
// Start the binary on a fresh directory; let eight clients send random requests to a few znodes (create, sequential and
// ephemeral ones too, setData and delete with and without version, multi, check, getData, exists, getChildren2, sync, addWatch,
// closeSession) while snapshots are taken and logs begin all the time; kill -9 it, under load, during a snapshot, anywhere in
// its start, or twice in a row; start it again, and so on. Sessions go on over the kills, are closed, or are left to expire.
// At the end the history of all clients is verified.
//
//	go run ./crash -rounds 500             500 kills, ten of each data directory; the seed is printed
//	go run ./crash -seed 7 -rounds 10      one directory again, as far as chance repeats itself
//
// What is verified, and where:
//
//	model.go, state.go   porcupine finds an order of all operations in which every answer is right: each result code, all data,
//	                     every number in every Stat, names of sequential znodes, lists of children; multis whole or not at
//	                     all, ephemerals as long as their sessions; a read never shows what a crash takes back
//	check.go             zxids never go back, from any answer to any later request; each session's writes keep their order;
//	                     sequential names never repeat
//	check_watch.go       an event comes before anything newer than its change, nothing older comes behind it, none is missing
//	witness.go           the log has every acknowledged write under its session, request number and zxid; of the writes
//	                     without an answer it has the first ones of each session, or none; no session ended unasked
//	finish.go            when all sessions are over, no ephemeral is left
//	chain.go             the servers never ended by themselves and had nothing to complain about
//
// A history that is not linearizable is explained, drawn as history.html, and its directory stays.
//
// The other files: main.go (flags, one directory after the other), chain.go (one directory), kill.go (when), process.go (the server),
// site.go (how clients find it), worker.go (one client), plan.go (what it sends), talk.go (one connection), history.go (what
// is kept), tally.go (what a run has done).
//
// # Owner
//
// Each worker's goroutine owns its session and its operations until its last connection has ended; a connection's handlers own
// an operation while it is under way. The chain's goroutine owns the process. When all workers are home, the history belongs to
// the verifier.
//
// # Invariants
//
// Every datum that is written is unlike all others. Operations that get no answer were sent to a server that was killed, and
// over when it was dead. A session has one connection per life of the server, so life, session and request number name a
// request in the log.
//
// # Limits
//
// kill -9 loses no byte that the kernel has: what a power cut does is for the tests with a simulated disk. One server. What
// happens when depends on the machine: a seed repeats the choices, not the moments.
package main
