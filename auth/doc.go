// Package auth holds the ACL schemes and the permission rule.
//
// # Job
//
// Say who a connection is (the schemes ip, digest, x509 and sasl, and super by the configured digest or name), turn the ACL list of a
// create or setACL into the list that is stored, and decide whether a list lets somebody do something.
//
// # Owner
//
// The processor goroutine calls it, but there is no state after New: a Schemes may be shared.
//
// # Invariants
//
// Lists of identities and of ACLs are never changed in place: a request that waits keeps the identities with which
// it arrived. Allowed does not allocate. Passwords and digests appear in no log and no error.
//
// # Limits
//
// The schemes world, auth, digest, ip, x509, sasl, ensemble and super only; no providers of the user's own. Auth data
// is read as UTF-8, as Java does in a UTF-8 locale. The algorithm MD2 and names by object identifier are refused.
// A stored list has at most 65,536 entries.
// Sources: PrepRequestProcessor.fixupACL, ZooKeeperServer.checkACL, FinalRequestProcessor,
// DigestAuthenticationProvider, IPAuthenticationProvider, X509AuthenticationProvider, SASLAuthenticationProvider, EnsembleAuthenticationProvider and ServerCnxn of Apache ZooKeeper 3.9.5. Where they lean
// on a rule of Java's library (splitting, parsing numbers, decoding text, the order of a set), that rule is followed.
package auth
