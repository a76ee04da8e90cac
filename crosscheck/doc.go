// Command crosscheck sends one seeded random stream of requests to a real Apache ZooKeeper and to a Paddock, and stops at
// the first answer that differs.
//
// # Job
//
// Start both servers fresh with the same settings; make up requests from several sessions, good ones and bad ones, send
// them to both and compare all that comes back: reply headers, bodies, every Stat field, notifications, and the order of
// all these on each connection. At the end compare what mntr counts, and the whole tree, ACL lists included, as super.
// What differs is printed with the request, both answers, decoded and as bytes, and what was asked about that path before.
//
//	go run ./crosscheck -seed 7 -ops 20000
//	go run ./crosscheck -minutes 60 -ops 20000     new seeds until the time is up, and totals by result and by configuration
//	go run ./crosscheck -config small-buffer       every seed with this configuration
//	go run ./crosscheck -script testdata/x.script  one recorded stream, with the settings that it names
//
// A difference is made small (delta debugging, each attempt on fresh servers, at most -minimise long) and printed as a
// script; put into testdata, it is a test.
//
// Each seed has a configuration, given to both servers alike (variant.go): Apache's defaults, enforced authentication, no
// ACLs, short requests, throttles and so on, in turn.
//
// There are five ways to send:
//
//	lock-step  one request to both servers, then both answers
//	burst      many requests in one packet on one connection, then all of its answers
//	storm      bursts on all connections at once, each session below a znode of its own; chance decides who comes first,
//	           so the numbers of the transactions are translated by the answers to the same write, and the zxids of
//	           reads are only checked for running backwards
//	quotas     writes below and on znodes with quotas, lock-step, by one session: hard limits that are met all the time
//	tour       every operation on znodes of every kind that it can fail on, lock-step, at the end of each stream
//
// Files: main.go (flags, one seed after the other), pair.go (the two servers), conn.go (one raw connection), run.go (one step
// on both servers), handshake.go and hello.go (connect requests), expire.go, burst.go, storm.go, tour.go, variant.go, plan.go
// (the seeded choice of requests), body.go (their bytes), extended.go (bodies of the operations since 3.5), quota.go,
// script.go and minimise.go (a stream as text, and the shortest that differs), values.go (paths, ACL lists, data and other
// raw material), render.go (an answer as comparable text), clock.go (times as relations), counts.go and tree.go (the end),
// report.go (what is printed).
//
// # Owner
//
// One goroutine. It owns both servers' processes and every connection.
//
// # Invariants
//
// The stream depends on the seed and on answers that were equal on both sides, on nothing else: a seed replays, but for the
// order within a storm. Both servers start empty, and every session that opens or closes and every refused write uses up one
// zxid on both, so zxids are compared as numbers. Sessions are compared by the order of their birth, passwords not at all.
// A time must stand for the same zxid wherever it is seen, and must not run backwards as zxids grow.
//
// # Limits
//
// Not sent: createSession and deleteContainer, which Apache takes from clients, and what ends Apache: createTTL with flags of
// another mode and no TTL, broken limits and stats of quotas. Containers and TTL znodes stay, because when they go is chance;
// a test of its own lets them go. A session expires only where the stream waits for it; all other timeouts are far longer
// than a run. Of mntr, packets and latencies are not compared, nor the approximate data size where there are quotas: Apache
// forgets what it writes into their stats.
//
// createContainer with the flags of an ephemeral makes a container, but as long as it is in flight, and for the rest of its
// multi, Apache refuses it children as if it were an ephemeral. Paddock does not; it is not sent.
//
// Before a storm all recursive watches of the root end, because they would tell of the other sessions' storms.
//
// Scripts know no time: a session that expires in the stream goes on in its script.
//
// Null strings in writes, null elements in setWatches, and null ACL lists in a multi are sent only with -nulls, and never in
// a multi of a burst: Apache forgets to take back what the multi's earlier parts have done to the state ahead, so that what
// is checked before the refusal is through its log sees znodes that nobody made, and counts of creates that stay wrong.
//
// With a throttle all pings have the usual xid (see pingXid). Requests are never longer than the servers take, but for those
// that are to end the connection. A quota meets one write of a multi at most: Apache does not see the others' effect.
//
// Bursts leave out what depends on timing in Apache itself: a request behind a setACL that is in flight (Apache checks it
// against the old list; setACL may end a burst), requests behind a closeSession, operations that end the connection (their
// answers overtake), and writes of one session beside reads of the same znodes by another. The auths of a burst stand at its
// front, because events are filtered by the identities of the moment; their answers, and those to sasl, may stand anywhere.
// Storms hold no setWatches: it compares numbers that chance has given out.
//
// What may differ, and how it is compared:
//
//   - children lists: as sets;
//   - the events of one closeSession, asked for or by expiry: as a set, because Apache deletes the ephemerals in the order of
//     a hash table;
//   - session ids, passwords, times: as relations;
//   - an ACL id outside the basic plane in a multi is not sent: Apache writes it in one encoding and reads it in another.
package main
