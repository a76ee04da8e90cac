// Package admin answers what monitoring asks: the four-letter words of the client port.
//
// # Job
//
// [Words] holds which words may be answered and how. [Words.Answer] turns one word into the bytes that go to the client
// before the connection is closed. The shape is that of Apache ZooKeeper 3.9.5, byte for byte: scripts and dashboards
// of many years parse it.
//
// Answered are ruok, srvr, stat, isro, mntr and conf. ZooKeeper's other words are known ([Words.Known]), refused by
// the whitelist as ZooKeeper does, and told to be unsupported if the whitelist allows them.
//
// # Owner
//
// A Words never changes after [NewWords]; any goroutine may use it. [Source] is called on the goroutine that calls Answer,
// which is the processor's: everything it reports belongs to the processor and is read at one moment.
//
// # Invariants
//
//   - srvr is always allowed: ZooKeeper's own scripts depend on it.
//   - A word asks the Source for nothing that it does not print: DirBytes only for conf, Conns only for stat.
//   - Numbers are printed as Java prints them: 0.0, 0.9211, 5.0E-4.
//
// # Limits
//
// Nothing here reads a clock, a socket or a disk. The whole answer is built in memory: stat takes about 80 bytes per
// connection.
package admin
