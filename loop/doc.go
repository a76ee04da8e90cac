// Package loop moves frames between client sockets and the processor.
//
// # Job
//
// Accept TCP connections, cut what they send into frames (4 bytes of big-endian length, then that many bytes), hand
// the frames over in batches, and write replies back with one write per connection per batch. A connection whose first
// four bytes are a four-letter word gets one Word event instead. Nothing else of ZooKeeper is known here. Where there is
// only one loop, it can carry the processor: call it on its own goroutine, round by round, instead of waking another.
//
//	events ─▶ serve: read, frames ─▶ inbox ─▶ round: Take, process, Post ─▶ mailbox ─▶ drain: write ─▶ events …
//	                                          └ by the loop while it carries, else by the processor's goroutine
//
// Each loop is one netpoll.Poller of gnet v2.10.0, which registers descriptors with epoll. The wait is ours (poll.go): gnet's gives
// up its turn to Go's scheduler in front of each, and has no place for a round. gnet's engine and gnet.Conn are left out on
// purpose, because what they cannot do is what we need most:
//
//   - gnet.Conn cannot stop reading. A client that sends too fast would fill memory, and "echo ruok | nc" (which
//     closes its sending side at once) would be closed before its answer. With the poller itself, not reading is one
//     epoll_ctl; the bytes stay in the kernel and TCP slows the client.
//   - gnet's listener ends the whole engine when accept fails with EMFILE, ENFILE, ENOBUFS or EPROTO. Our listeners
//     are Go's, and a goroutine of ours accepts and retries for ever.
//   - gnet's buffers have no bound and cost a copy; here the kernel writes into the memory that the frames stay in.
//
// Clients that speak TLS (secure.go, tunnel.go) shake hands on goroutines of their own; their plain bytes come through a pair of
// sockets, of which a loop sees one end as a connection like any other (docs/decisions/0005-tls-through-a-socketpair.md).
//
// # Owner
//
//   - A loop's goroutine owns its connections, their sockets and their buffers (loop, conn, framer, arena).
//   - One goroutine per listener accepts; it owns a socket until it has mailed it to a loop.
//   - A tunnel's two goroutines own the client's socket and the other end of the pair. The loop tells them of its end only
//     by closing its own, and by a deadline for what is still on its way.
//   - Two doors lie between a loop and the rest, each with one lock held for a few instructions: inbox (loop to
//     processor, emptied by Take) and mailbox (everybody to loop, filled by Post).
//   - From Carry to PutDown the loop's goroutine alone runs the processor and Takes. Others come in by Do, which is mail.
//     When Carry, Do or PutDown has returned, what the other side did before is seen.
//   - The address book of connection counts (gate) has a lock: accepting goroutines count up, loops count down.
//
// # Invariants
//
//   - Per connection the events are Opened, then Frame… or one Word, with Drained and Progress in between, then Closed:
//     in order, each but Progress exactly once. After Closed nothing comes. A ConnID is never used again.
//   - A Frame's bytes are never written again after the event was put into the inbox.
//   - Post never blocks. Take never blocks. The one wait is that of a loop for room in its inbox, and Stop ends it. A loop that
//     carries has none: it runs a round instead, which posts and touches no connection, in the middle of a read.
//   - A loop sleeps only with an empty mailbox, and, while it carries, an empty inbox and nothing left by its round or by Do. Who
//     posts to a loop that sleeps wakes it, once; no descriptor of a loop is written to after it was closed.
//   - What a carried loop has not taken is signalled on Ready after PutDown.
//   - A new connection is known only after the events of a look at epoll, all of which are older than its descriptor.
//   - Opened, Drained and Closed never wait and are never dropped.
//   - Replies leave in the order they were posted, also while the connection is parked (not read).
//   - A connection that is read from holds at most Config.InFlightBytesMax + one read + one frame of unfinished
//     requests. Unsent replies above Config.OutBytesHard close it.
//   - No reply buffer is lost: each Out.Buf goes back to the pool once, whether the connection lives or not.
//   - A slot in the gate is taken before the connection is mailed, or shakes hands, and given back after its descriptor (with
//     TLS: the client's) is closed.
//   - No goroutine of a handshake or a tunnel outlives Stop.
//
// # Limits
//
//   - Linux only (epoll, accept4), and not with gnet's build tag poll_opt, which gives its poller another shape. The number of its
//     epoll is read by reflection; a gnet without it is an error of Listen.
//   - A loop that carries serves no socket during a round: what up to 256 sockets have brought, 64 KiB each, is processed before the first of
//     its replies is sent.
//   - Do in a round waits for itself, for ever.
//   - Sockets are read and written past Go's scheduler and past its race detector, which does not see what the kernel writes.
//   - A processor that reports more DoneBytes than it was given ends the process: its books are wrong.
//   - An unfinished frame is not counted as in flight; it holds at most twice the bytes that have arrived, or 4 KiB.
//   - While a connection is parked its peer's close goes unnoticed until it is read again or written to.
//   - A client that sends frames, closes its sending side and waits for the replies is closed at the end of its input
//     (Apache does the same). Words are answered, because a connection is not read any more after its word.
//   - With TLS a reset by the client is seen as an end, and a client that does not read is closed CloseTimeout later.
//   - stmk's eight bytes are passed on only if they came together with the word.
//   - A frame keeps the 64 KiB chunk alive that it was read into. Who keeps a few bytes for long must copy them.
package loop
