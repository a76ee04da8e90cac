// Package tlsstore turns ZooKeeper's ssl.* settings and the stores that they name into Go's TLS configuration.
//
// # Job
//
// Read key stores and trust stores (JKS, PKCS12, PEM) as Java does, translate Java's names of protocols and cipher suites, and
// make of them what a listener or a client needs. A [Source] does it again when the files have changed.
//
//	ssl.keyStore.*   ─▶ our key and its chain ──┐
//	ssl.trustStore.* ─▶ whom we believe ────────┼─▶ *tls.Config
//	ssl.protocol …   ─▶ versions, suites ───────┘
//
// # Owner
//
// Settings belong to who fills them in, and are only read here. A Source may be used by any goroutine; a *tls.Config is never
// changed after it was handed out.
//
// # Invariants
//
//   - What a setting asks for is done, or refused with its name, or warned about: a server is never less strict than it was told.
//   - An error names the setting, the file, its type, and what was expected. No password is in any error.
//   - A type is the one of the setting, else that of the file's suffix. As in Java since release 9, JKS and PKCS12 both mean
//     either of the two: the first bytes tell.
//   - Files that cannot be read any more leave a Source with what it had.
//   - A session is never resumed: each connection proves its certificate anew, so a trust store that was changed counts at once.
//
// # Limits
//
// No BCFKS, no revocation (ssl.crl, ssl.ocsp): both are refused. TLS 1.2 and 1.3 only, and the three suites of TLS 1.3 are all
// offered or none. Of the suites of TLS 1.2, those of DHE, of CBC with SHA384 and of CCM do not exist in Go. A PKCS12 trust store
// must hold trusted certificates only, a PKCS12 key store one key. Elliptic and RSA keys and Ed25519; no DSA.
// Sources: X509Util, ClientX509Util, KeyStoreFileType, PemReader and ZKHostnameVerifier of Apache ZooKeeper 3.9.5.
package tlsstore
