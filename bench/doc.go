// Package bench is a load generator for anything that speaks ZooKeeper's client protocol.
//
// # Job
//
// Run one workload against one server and say what it took: throughput, latency (HdrHistogram), refusals, CPU per operation of
// server and generator, memory of the server, and how all this went on over time.
//
//	Run ─▶ prepare znodes ─▶ sessions open ─▶ warm-up │ measured window │ last answers ─▶ sessions close ─▶ clean up
//	                                                  └ CPU of both sides, clock: read at both edges
//
// Connections live on engines (engine.go), each one goroutine with one epoll: it reads all that a socket has, checks every
// answer, appends what these answers call for (conn.go), and writes once. Requests come from a source per connection
// (request.go), which writes them as bytes straight into the engine's buffer. In an open loop an alarm sends what has fallen due
// (pace.go). The workload connect alone has goroutines that wait, because dialing is what it measures. Folders: floor is a stub
// server that shows the limit, suites runs many rows against many servers, report draws them.
//
// # Owner
//
// An engine owns its connections whole: sockets, buffers, sources, requests under way. Others hand it tasks through its mailbox.
// Answers go into the lanes of one tally, each behind a lock that its engine takes once per round. Run's goroutine owns
// everything else, and ends every goroutine that it has started. The probe has an engine of its own.
//
// # Invariants
//
// Every answer is checked: its place in the order, its error code. A refusal fails the run, unless the user allows refusals: then
// they are counted apart. A lost connection, an answer out of order, an event too many or too few, and a server that ends fail
// it always: a number made of errors is worse than none.
//
// In a closed loop an answer counts if it comes within the window, and its latency runs from the writing of its request. In an
// open loop every request counts that falls due within the window, and its latency runs from when it was due, however late it
// was sent and answered: so a stall shows in all the requests that it has delayed (no coordinated omission), and so does the
// generator's own pace. Per request nothing is allocated, and a connection that waits has no buffer. The workload lives below
// one fresh znode; nothing else is touched or left behind.
//
// # Limits
//
// Linux only. Server CPU and memory only of a process on this machine, from /proc, in ticks of 10 ms; without a pid it is found
// by its port, which takes the rights to look at its descriptors. The generator takes its CPU from the same machine unless it runs
// elsewhere. A znode that another run is using may be drawn on with Options.Tree, but ephemerals, created znodes and the
// children of two runs at a time would collide there. No TLS (dial.go is where it would go), no authentication. The latency of an
// answer ends when its bytes are read, together with those that came in the same read: a busy engine reads late, and the
// probe's engine, too, waits for a processor. A server that stops reading while requests fall due fills memory here.
package bench
