// Package bench is a load generator for anything that speaks ZooKeeper's client protocol.
//
// # Job
//
// Run one workload against one server and say what it took: throughput, latency (HdrHistogram), CPU per operation of
// server and generator, memory of the server. A workload says which requests to send; a worker keeps a fixed number of
// them under way on one connection (closed loop); Run warms up, opens the measured window, closes it and adds up.
//
//	Run ─▶ prepare znodes ─▶ workers dial ─▶ warm-up │ measured window │ stop ─▶ sessions close ─▶ clean up
//	                                                 └ CPU of both sides, clock: read at both edges
//
// The folder floor holds a stub server to check the generator with; the folder compare runs servers side by side.
//
// # Owner
//
// Each worker's state belongs to the reading goroutine of its connection, on which all of its requests are sent; Run
// reads it only after the worker's end. The phase is one atomic number that Run writes and workers read.
//
// # Invariants
//
// An answer counts if it arrives within the window; its latency counts whole, from the call that sends it to the
// handler that gets it, on the generator's clock. A refused request or a lost connection fails the run: a number made
// of errors is worse than none. The workload lives below one fresh znode, and nothing else is touched or left behind.
//
// # Limits
//
// Closed loop only: when the server stalls, the generator stalls with it, and latencies tell less than they would at a
// given rate. Server CPU and memory only for a process on this machine, from Linux's /proc, in ticks of 10 ms. The
// generator takes its CPU from the same machine unless it runs elsewhere. Keys are drawn uniformly.
package bench
