// Package interop runs Paddock against the rest of the world: foreign clients, Apache's own server, crashes and
// hostile connections.
//
// # Job
//
// Prove, from outside and only over sockets and files, that clients made for Apache ZooKeeper cannot tell the difference
// and that a data directory can move between the two servers. Nothing here imports Paddock's code: the package has a
// small protocol client of its own, so a mistake in codec cannot hide itself. Every test runs against whichever server
// PADDOCK_INTEROP_SERVER names, "paddock" (the default, built by the test) or "apache"; the second run is the proof that
// the tests themselves are right. The folder capture holds the program that recorded codec/testdata/captured and
// testdata/apache-*; it is run by hand. The scripts in bin, `make install` and the tree of the Docker image
// are tried here as well.
//
// # Owner
//
// Each test owns the servers and programs that it starts, and ends them by their process when it ends. A Conn belongs to
// one goroutine, except where its comment says otherwise.
//
// # Invariants
//
// A test waits for conditions with generous deadlines and asserts no duration. A missing foreign client, jar or compiler
// fails the run; nothing is skipped. Servers listen on free loopback ports and write only below the test's own folder.
//
// # Limits
//
// One machine, one server at a time, the operations of a standalone server. The
// foreign programs must have been installed by install.sh.
package interop
