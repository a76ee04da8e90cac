// Package client is a small pipelining client of ZooKeeper's protocol, for the load generator, the shell and tests.
//
// # Job
//
// Hold one connection with one session and keep as many requests under way as the caller likes. Every operation
// comes twice: SendX puts a request into the write buffer and hands the answer to a Handler later; X sends, waits
// and decodes. Handlers that send the next request make a closed loop without a further goroutine: requests sent
// from handlers leave with one write once all answers that came with one read have been handled.
//
//	burst:  SendX SendX SendX Flush ─▶ one write(2)
//	answer: one read(2) ─▶ handler handler handler (each may SendX) ─▶ one write(2)
//
// # Owner
//
// One goroutine per connection reads, matches answers and runs all handlers and OnEvent, in the order in which the
// server sent them. A mutex guards what senders share: the write buffer, the queue of open calls, the cause of the
// end. Nobody blocks on the socket while holding it: what the kernel does not take at once goes to a goroutine that
// lives until the buffer is empty. A timer pings and notices a silent server.
//
// # Invariants
//
// Every call whose SendX returned nil gets exactly one Reply, the latest when the connection ends (Reply.Lost).
// Answers come in the order of requests, as ZooKeeper promises, and a wrong xid ends the connection; only auth has
// a queue of its own, because its answer overtakes. Requests and answers on the Send side allocate nothing in steady
// state. What a Reply carries is borrowed: it dies when its handler returns.
//
// # Limits
//
// No reconnect, no list of servers, no re-arming of watches: when the connection ends, the client is done, and Resume
// opens another one on the same session; package cli/link does all that on top. No bound on requests under way: who
// sends more than the server answers grows the buffer. Handlers and OnEvent must not wait for the same connection (synchronous calls, Close): the
// goroutine that would bring the answer is theirs. SASL with DIGEST-MD5 only; TLS through Options.Dial. Unix only.
package client
