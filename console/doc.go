// Package console is the page in the browser: charts of the last hour, the tree, sessions and connections.
//
// # Job
//
// [Console] serves one page and its data on the admin server's port: the page at /, its files and its data below /console/. Every
// few seconds it measures the server, and keeps an hour of that. The page's sources are in web/: plain HTML, CSS and JavaScript
// modules that the binary carries and the browser runs as they are. Nothing is built, and nothing is loaded from elsewhere.
//
//	browser ─▶ guard: who, which host, which page asks ─▶ page │ history (ring) │ Source (the server) ─▶ processor
//	           a POST of our own page, in somebody's name ─▶ Editor: a client within the server ─▶ processor
//	every 5 s: Source.Measure ─▶ difference to the last ─▶ ring of 720 points
//
// # Owner
//
// A Console may be used by any goroutine. One goroutine, Run's, writes the history. Of the questions that reach the tree one at a
// time is asked, so that many browsers cost the clients no more than one.
//
// # Invariants
//
//   - Without an Editor nothing is changed. With one, what changes the tree is a POST of JSON by our own page: its origin, its
//     headers and a token of this server's life say so. It carries an identity, and the version that its user has seen: what
//     somebody else has changed meanwhile is not overwritten. The page asks once more before it sends it.
//   - An edit may do what a client with these identities at this address may do, because it is one: the Editor takes it through
//     the processor, with its checks, its log, its watches and its audit.
//   - A browser sees what the identities may see that its user has entered, and the address that it comes from: what a ZooKeeper
//     client with them would see. Of paths in lists, those are left out whose parent they may not list. Digests are always masked.
//     Numbers, sessions and addresses are for everybody who reaches the console, as with the admin commands.
//   - What is entered is kept in the page's memory and sent in a header, which no other site's page can send.
//   - Only names that cannot be somebody else's are answered to (DNS rebinding): addresses, localhost, the machine's own
//     name, and those configured.
//   - Where it is for this machine only, a request through a proxy is none of this machine: one that says so, that asks in HTTP/1.0,
//     that hands on another name, or whose page stands elsewhere in its browser. A program behind a proxy that hides all of that is
//     not told apart; it gets what it gets of the admin commands.
//   - What is sent is bounded: lists in number and bytes, a value piece by piece, so that a slow reader holds little.
//   - A znode's name or data becomes text on the page and never markup: the page writes no HTML, and its policy forbids scripts
//     that are not ours.
//
// # Limits
//
// Ephemerals cannot be made: the session of an edit ends with it. An edit is three transactions: session, change, end. Eight edits
// are read or made at once, those beyond are told to try again; none is read beyond twice jute.maxbuffer. A subtree is deleted
// whatever its versions are, up to a thousand levels deep. A page of children costs what a client's getChildren costs: the list of
// a million is walked for each. A value that changes while it is saved ends early. The console cannot ask for certificates: where
// every client has to show one the server gives it no Editor. Who watches a znode is found by walking all data watches; watches of children are not shown, as in
// ZooKeeper's wchp. Where the admin server speaks without TLS, identities are sent in the clear, as ZooKeeper's own clients do.
package console
