// Package session knows who is alive until when.
//
// # Job
//
// Give out session ids, compute their passwords, and keep for every session the time bucket in which it ends
// unless its client is heard of. Expire names the sessions whose bucket has passed; what that means (a
// closeSession transaction) is the caller's business.
//
// # Owner
//
// The processor goroutine. There is no lock, and no clock: monotonic time comes as an argument, in milliseconds.
//
// # Invariants
//
// A session is in exactly one bucket, or in none once Expire has named it or Remove has dropped it. A bucket's
// time is a multiple of the tick and lies after the last touch plus the timeout, by at most one tick: nobody
// expires early. Sessions of one bucket are named in the order of their last move. No bucket is empty.
//
// # Limits
//
// Only sessions of this server's own clients: moving between servers of an ensemble is not known here. Touch costs
// a division and a comparison; Expire costs nothing between ticks and a walk over the buckets (longest timeout
// divided by tick) at a tick. About 50 bytes per session beside the map. The source of every rule is Apache
// ZooKeeper 3.9.5: SessionTrackerImpl, ExpiryQueue and ZooKeeperServer.
package session
