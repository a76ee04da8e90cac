// Package sasl proves who somebody is by SASL, as ZooKeeper's servers and clients do it.
//
// # Job
//
// Read a JAAS configuration file ([ParseJAAS]), make a server's side of it ([New]) or a client's ([NewClient]), and carry one
// exchange of tokens for each connection: DIGEST-MD5 for sections of ZooKeeper's DigestLoginModule, GSSAPI (Kerberos) for those of
// Krb5LoginModule. What comes out on the server's side is a name: that of a user, or that of a Kerberos principal after the rules
// of security.auth_to_local.
//
//	DIGEST-MD5                                          GSSAPI
//	client ── (nothing) ──────────────────▶ server      client ── AP-REQ ───────────────────────▶ server
//	client ◀─ realm, nonce, … ───────────── server      client ◀─ AP-REP, if it asks for one ──── server
//	client ── user, cnonce, response, … ──▶ server      client ── (nothing) ────────────────────▶ server
//	client ◀─ rspauth ───────────────────── server      client ◀─ what protection is offered ──── server
//	                                                    client ── none, and who it is ──────────▶ server
//	                                                    client ◀─ (null) ──────────────────────── server
//
// Where no AP-REP is asked for, as by Java, the offer comes at once.
//
// # Owner
//
// A [Service] never changes after New, but for its keytab ([Service.Reload]): everybody may share it. An [Exchange] belongs to its
// connection.
//
// # Invariants
//
//   - A nonce is used for one attempt: an exchange that has succeeded or failed refuses every further token.
//   - Passwords and keys are in no error and in no log; [Secret] prints as stars.
//   - Responses are compared in constant time, and an unknown user costs as much as a wrong password.
//   - A token that is not what it should be is an error, never a panic; its length is bounded.
//
// # Limits
//
// No protection of what follows (auth-int, auth-conf): ZooKeeper has no use for it. Of Kerberos the encryption types with AES;
// no credential cache, no delegation, no channel binding. Of JAAS the two modules named above.
// Sources: RFC 2831, RFC 4121, RFC 4752; ZooKeeperSaslServer, SaslServerCallbackHandler, SecurityUtils, KerberosName,
// DigestLoginModule and ZooKeeperSaslClient of Apache ZooKeeper 3.9.5; where those lean on Java's library, what that does
// (DigestMD5Server, GssKrb5Server, ConfigFile, StreamTokenizer).
package sasl
