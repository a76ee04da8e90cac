package config

import "math"

func authKeys() []Key {
	return []Key{
		{
			Name: "DigestAuthenticationProvider.superDigest", Property: same, Type: String, Secret: true,
			Meaning: "super:<digest of the superuser's password>", field: func(c *Config) any { return &c.SuperDigest },
		},
		{
			Name: "DigestAuthenticationProvider.enabled", Property: same, Type: LooseBool, Default: "true",
			Meaning: "the scheme digest", field: func(c *Config) any { return &c.DigestAuthEnabled },
		},
		{
			Name: "DigestAuthenticationProvider.digestAlg", Property: same, Type: Choice, Default: "SHA1", Words: digestWords(),
			Meaning: "hash of the scheme digest, by its Java name", field: func(c *Config) any { return &c.DigestAlgorithm },
			Status: Different, Note: "MD5, SHA-1, SHA-2 and SHA-3 by their Java names. MD2 and names by object identifier are refused.",
		},
		{
			Name: "authProvider.", Property: same, Type: String, Status: Different, Meaning: "Java class of a further authentication scheme",
			Note: "As `authProvider.N`. ZooKeeper's classes for digest and ip are built in. Those for sasl, x509 and ensemble are not there " +
				"yet, and Java classes of your own cannot be loaded: both have no effect, with a warning.",
		},
		notYet("IPAuthenticationProvider.usexforwardedfor", same, LooseBool, "false", "trust X-Forwarded-For in the admin server"),
		notYet("X509AuthenticationProvider.superUser", same, String, "", "distinguished name of the superuser"),
		notYet("superUser", same, String, "", "superuser of SASL"),
		but(notYet("superUser.", same, String, "", "further superuser of SASL"), "As `superUser.suffix`."),
		secretNotYet("SASLAuthenticationProvider.superPassword", same, "password of the superuser of SASL"),
		notYet("ensembleAuthName", same, String, "", "names of this ensemble that clients may ask for"),
		{
			Name: "sessionRequireClientSASLAuth", Property: same, Type: LooseBool, Default: "false",
			Meaning: "connections need SASL", field: func(c *Config) any { return &c.RequireSASL },
			Note: "There is no SASL yet: a server that needs it does not start, as ZooKeeper where SASL is not configured.",
		},
		{
			Name: "enforce.auth.enabled", Property: same, Type: LooseBool, Default: "false",
			Meaning: "connections need one of enforce.auth.schemes", field: func(c *Config) any { return &c.EnforceAuth },
		},
		{
			Name: "enforce.auth.schemes", Property: same, Type: String,
			Meaning: "schemes of which a connection needs one, with commas between",
			field:   func(c *Config) any { return &c.EnforceAuthSchemes },
			Note:    "`digest` and `ip`. Where authentication is enforced, any other scheme, or none, is refused at start.",
		},
		notYet("allowSaslFailedClients", same, LooseBool, "false", "serve clients whose SASL failed"),
		notYet("letAnySaslUserDoX", same, String, "", "every SASL user passes as this one"),
		notYet("", "java.security.auth.login.config", Path, "", "JAAS file"),
		notYet("sasl.serverconfig", same, String, "Server", "section of the JAAS file"),
		notYet("kerberos.removeHostFromPrincipal", same, LooseBool, "false", "cut the host off Kerberos names"),
		notYet("kerberos.removeRealmFromPrincipal", same, LooseBool, "false", "cut the realm off Kerberos names"),
		ensemble("kerberos.canonicalizeHostNames", same, LooseBool, "false", "resolve members' names before Kerberos sees them"),
		notYet("kerberos.minReLoginTimeMs", same, Int, "60000", "ms between two Kerberos logins"),
		notYet("requireKerberosConfig", same, LooseBool, "false", "do not start without a Kerberos configuration"),
		notYet("security.auth_to_local", same, String, "DEFAULT", "rules from Kerberos names to user names"),
	}
}

// digestWords are the names by which Java 17 knows the hashes that Go has too, in lower case.
func digestWords() []string {
	return []string{
		"md5", "sha", "sha1", "sha-1", "sha224", "sha-224", "sha256", "sha-256", "sha384", "sha-384", "sha512", "sha-512",
		"sha512/224", "sha-512/224", "sha512/256", "sha-512/256", "sha3-224", "sha3-256", "sha3-384", "sha3-512",
	}
}

func unsafeKeys() []Key {
	return []Key{
		{
			Name: "forceSync", Property: same, Type: YesUnless, Default: "yes",
			Meaning: "sync the log before replying", field: func(c *Config) any { return &c.ForceSync },
			Note: "`no` leaves out every sync: a power cut may lose or damage anything.",
		},
		{
			Name: "skipACL", Property: same, Type: NoUnless, Default: "no",
			Meaning: "allow everything to everybody", field: func(c *Config) any { return &c.SkipACL },
			Note: "Only `yes` switches checks off.",
		},
		{
			Property: "jute.maxbuffer", Type: Int, Unit: "bytes", Default: "0xfffff", Min: 1, Max: math.MaxInt32,
			Meaning: "largest request and largest znode", field: func(c *Config) any { return &c.JuteMaxBufferBytes },
			Note: "Bounds a request. In zoo.cfg it has no effect, which is warned about. Records inside a request and on disk are bounded by the bytes that are there.",
		},
		{
			Property: "readonlymode.enabled", Type: LooseBool, Default: "false",
			Meaning: "read-only service without a quorum; allows the word isro", field: func(c *Config) any { return &c.ReadOnlyMode },
			Note: "On a standalone server its only effect is that the word `isro` is allowed.",
		},
		noNeed("jute.maxbuffer.extrasize", same, Int, "", "bytes that a znode of other servers may exceed jute.maxbuffer by", "Records on disk are bounded by the bytes that are there."),
	}
}

func tlsKeys() []Key {
	later := func(name string, t Type, def, meaning string) Key { return notYet(name, same, t, def, meaning) }
	secret := func(name, meaning string) Key { return secretNotYet(name, same, meaning) }
	return append(sslKeys("ssl.", later, secret),
		notYet("client.portUnification", same, LooseBool, "false", "TLS and plain text on one port"),
		notYet("client.certReload", same, LooseBool, "false", "read changed certificates"),
		notYet("ssl.authProvider", same, String, "x509", "scheme that identifies TLS clients"),
		notYet("fips-mode", same, LooseBool, "true", "only what FIPS allows"),
	)
}

func quorumTLSKeys() []Key {
	quiet := func(name string, t Type, def, meaning string) Key { return ensemble(name, same, t, def, meaning) }
	secret := func(name, meaning string) Key {
		k := ensemble(name, same, String, "", meaning)
		k.Secret = true
		return k
	}
	return append(sslKeys("ssl.quorum.", quiet, secret),
		ensemble("sslQuorum", "", Bool, "false", "TLS between members"),
		ensemble("portUnification", "", Bool, "false", "TLS and plain text between members"),
		ensemble("sslQuorumReloadCertFiles", "", Bool, "false", "read changed certificates"),
	)
}

// sslKeys are the rows that exist twice: for clients and, under another prefix, between members.
func sslKeys(prefix string, row func(name string, t Type, def, meaning string) Key, secret func(name, meaning string) Key) []Key {
	return []Key{
		row(prefix+"keyStore.location", Path, "", "file with our key"),
		secret(prefix+"keyStore.password", "password of that file"),
		row(prefix+"keyStore.passwordPath", Path, "", "file with that password"),
		row(prefix+"keyStore.type", String, "", "JKS, PEM, PKCS12 or BCFKS"),
		row(prefix+"trustStore.location", Path, "", "file with the certificates we trust"),
		secret(prefix+"trustStore.password", "password of that file"),
		row(prefix+"trustStore.passwordPath", Path, "", "file with that password"),
		row(prefix+"trustStore.type", String, "", "JKS, PEM, PKCS12 or BCFKS"),
		row(prefix+"clientAuth", String, "need", "need, want or none: whether the other side shows a certificate"),
		row(prefix+"hostnameVerification", LooseBool, "true", "the certificate has to name the host"),
		row(prefix+"clientHostnameVerification", LooseBool, "", "so does a client's"),
		row(prefix+"allowReverseDnsLookup", LooseBool, "", "look the name of an address up for that"),
		row(prefix+"protocol", String, "", "version of TLS"),
		row(prefix+"enabledProtocols", String, "", "versions of TLS"),
		row(prefix+"ciphersuites", String, "", "cipher suites by their Java names"),
		row(prefix+"crl", LooseBool, "false", "consult revocation lists"),
		row(prefix+"ocsp", LooseBool, "false", "ask whether certificates are revoked"),
		row(prefix+"sslProvider", String, "JDK", "Java implementation of TLS"),
		row(prefix+"context.supplier.class", String, "", "Java class that makes TLS contexts"),
		row(prefix+"handshakeDetectionTimeoutMillis", Int, "5000", "ms in which the first bytes have to come"),
	}
}
