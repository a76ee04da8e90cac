// Package admin answers what monitoring asks: four-letter words, commands over HTTP, and metrics.
//
// # Job
//
// [Words] turns a four-letter word into the bytes that go to the client before its connection is closed. [Handler] serves
// ZooKeeper's admin commands as JSON, and the health of the process. [Exporter] serves the metrics to Prometheus. Names, shapes
// and orders are those of Apache ZooKeeper 3.9.5, because scripts and dashboards of many years parse them.
//
//	client port ─▶ Words ─┐
//	port 8080 ─▶ Handler ─┼─▶ Source (the server): View, Reset, … ─▶ processor
//	port 7000 ─▶ Exporter ┘
//
// # Owner
//
// Words, Handler and Exporter may be used by any goroutine. What belongs to the processor comes as a [View], a copy that
// whoever asked for it owns. What is long in a View (connections, sessions, ephemerals, watches) is gathered between requests,
// a little at a time: no question holds up the clients, and the answer is of a state that moves.
//
// # Invariants
//
//   - srvr is always allowed: ZooKeeper's own scripts depend on it.
//   - A View holds what was asked for and nothing else of length.
//   - Numbers are printed as Java prints them: 0.0, 0.9211, 5.0E-4; JSON is laid out as Jackson does it.
//   - Every metric has a row in [Metrics]: what has none is not shown, and what is not measured stays at zero.
//   - Strangers cannot keep this machine from asking an HTTP port, nor one machine all others: each has its share of the
//     connections. Scrapes of the metrics that come at once share an answer.
//   - Nobody is being answered any more when the Close of a port returns, or it is told who does not come to an end.
//   - A counter never falls on the way to Prometheus; words and commands show counters since the last srst.
//
// # Limits
//
// The whole answer is built in memory: stat takes about 80 bytes per connection, wchc the paths of all watches. TLS for the admin
// server is not there yet.
package admin
