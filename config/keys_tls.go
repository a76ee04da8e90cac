package config

import "math"

func tlsKeys() []Key {
	return append(append(storeKeys(), tlsPolicyKeys()...), tlsListenerKeys()...)
}

// storeKeys are the files with keys and certificates.
func storeKeys() []Key {
	const types = "JKS, PEM or PKCS12; else the suffix tells (.jks, .pem, .p12)"
	const reads = "As in Java, JKS and PKCS12 both mean either: the first bytes tell. BCFKS is refused."
	return []Key{
		{
			Name: "ssl.keyStore.location", Property: same, Type: Path, Meaning: "file with the server's key and certificate",
			field: func(c *Config) any { return &c.TLS.KeyStore.Path }, Status: Different,
			Note: "A port for TLS without it, or with one that cannot be read, is refused at start; ZooKeeper starts, and closes every connection.",
		},
		{
			Name: "ssl.keyStore.password", Property: same, Type: String, Secret: true, Meaning: "password of that file and of the key in it",
			field: func(c *Config) any { return &c.TLS.KeyStore.Password },
		},
		{
			Name: "ssl.keyStore.passwordPath", Property: same, Type: Path, Meaning: "file with that password; it counts before the other",
			field: func(c *Config) any { return &c.TLS.KeyStore.PasswordPath },
		},
		{
			Name: "ssl.keyStore.type", Property: same, Type: String, Meaning: types,
			field: func(c *Config) any { return &c.TLS.KeyStore.Type }, Status: Different,
			Note: reads + " A PKCS12 file must hold one key; a PEM key may also be in the older forms of RSA and EC.",
		},
		{
			Name: "ssl.trustStore.location", Property: same, Type: Path, Meaning: "file with the certificates that clients are checked against",
			field: func(c *Config) any { return &c.TLS.TrustStore.Path }, Status: Different,
			Note: "Where clients need a certificate and it is not set, no client could connect: refused at start.",
		},
		{
			Name: "ssl.trustStore.password", Property: same, Type: String, Secret: true, Meaning: "password of that file",
			field: func(c *Config) any { return &c.TLS.TrustStore.Password },
		},
		{
			Name: "ssl.trustStore.passwordPath", Property: same, Type: Path, Meaning: "file with that password; it counts before the other",
			field: func(c *Config) any { return &c.TLS.TrustStore.PasswordPath },
		},
		{
			Name: "ssl.trustStore.type", Property: same, Type: String, Meaning: types,
			field: func(c *Config) any { return &c.TLS.TrustStore.Type }, Status: Different,
			Note: reads + " A PKCS12 file must hold trusted certificates only, as keytool -importcert makes it.",
		},
	}
}

// tlsPolicyKeys are about what is spoken and who is believed.
func tlsPolicyKeys() []Key {
	return []Key{
		{
			Name: "ssl.clientAuth", Property: same, Type: String, Default: "need",
			Meaning: "need, want or none: whether clients show a certificate", field: func(c *Config) any { return &c.TLS.ClientAuth },
		},
		{
			Name: "ssl.hostnameVerification", Property: same, Type: LooseBool, Default: "true",
			Meaning: "certificates have to name the host; false also switches the next key off",
			field:   func(c *Config) any { return &c.TLS.HostnameVerification },
		},
		{
			Name: "ssl.clientHostnameVerification", Property: same, Type: LooseBool, Default: "false",
			Meaning: "a client's certificate has to name the address that it comes from",
			field:   func(c *Config) any { return &c.TLS.ClientHostnameVerification }, Status: Different,
			Note: "Whatever `fips-mode` says. In ZooKeeper no client passes this check unless `fips-mode` is false.",
		},
		{
			Name: "ssl.allowReverseDnsLookup", Property: same, Type: LooseBool, Default: "false",
			Meaning: "for that, names of the address count as well", field: func(c *Config) any { return &c.TLS.ReverseDNS }, Status: Different,
			Note: "Only names that lead back to the address. ZooKeeper believes what the reverse lookup says (CVE-2026-24281).",
		},
		{
			Name: "ssl.protocol", Property: same, Type: String, Default: "TLSv1.3",
			Meaning: "version of TLS, unless enabledProtocols is set", field: func(c *Config) any { return &c.TLS.Protocol }, Status: Different,
			Note: "TLSv1.3 or TLSv1.2. Anything else is refused, or, if Java 17 has it switched off, warned about.",
		},
		{
			Name: "ssl.enabledProtocols", Property: same, Type: String, Meaning: "versions of TLS with commas between",
			field: func(c *Config) any { return &c.TLS.EnabledProtocols }, Status: Different,
			Note: "TLSv1.3 and TLSv1.2. Older ones are not spoken, with a warning; what is no version is refused.",
		},
		{
			Name: "ssl.ciphersuites", Property: same, Type: String, Meaning: "cipher suites by their Java names, with commas between",
			field: func(c *Config) any { return &c.TLS.CipherSuites }, Status: Different,
			Note: "Those that Go does not have (DHE, CBC with SHA384, CCM) are left out with a warning. Of TLSv1.3 all three suites are offered, or none. Unless set, Go chooses.",
		},
		{
			Name: "ssl.crl", Property: same, Type: LooseBool, Default: "false", Meaning: "consult revocation lists",
			field: func(c *Config) any { return &c.TLS.CRL }, Status: Different, Note: "true is refused: revocation cannot be checked yet.",
		},
		{
			Name: "ssl.ocsp", Property: same, Type: LooseBool, Default: "false", Meaning: "ask whether certificates are revoked",
			field: func(c *Config) any { return &c.TLS.OCSP }, Status: Different, Note: "true is refused: revocation cannot be checked yet.",
		},
		noNeed("ssl.sslProvider", same, String, "JDK", "Java implementation of TLS", "TLS is Go's."),
		noNeed("ssl.context.supplier.class", same, String, "", "Java class that makes TLS contexts", "ZooKeeper does not ask it for client connections either."),
		noNeed("fips-mode", same, LooseBool, "true", "only what FIPS allows",
			"Host names are checked in the same way whatever it says, and Go's own FIPS mode is set by GODEBUG=fips140=on."),
	}
}

// tlsListenerKeys are about connections.
func tlsListenerKeys() []Key {
	return []Key{
		{
			Name: "client.portUnification", Property: same, Type: LooseBool, Default: "false",
			Meaning: "clientPort takes clients with TLS as well", field: func(c *Config) any { return &c.TLS.PortUnification },
			Note: "The first byte tells.",
		},
		{
			Name: "client.certReload", Property: same, Type: LooseBool, Default: "false",
			Meaning: "use changed stores for new connections", field: func(c *Config) any { return &c.TLS.CertReload }, Status: Different,
			Note: "Looked at when somebody connects, at most once a second, passwords included. What cannot be read leaves the old stores in use, with an error in the log.",
		},
		{
			Name: "ssl.authProvider", Property: same, Type: String, Default: "x509",
			Meaning: "scheme that identifies clients by their certificates", field: func(c *Config) any { return &c.TLS.AuthProvider },
			Status: Different, Note: "Only `x509`; others are Java classes, and refused.",
		},
		{
			Name: "ssl.handshakeDetectionTimeoutMillis", Property: same, Type: Int, Unit: "ms", Default: "5000", Min: 1, Max: math.MaxInt32,
			Meaning: "time in which the first byte has to come where the port takes both", field: func(c *Config) any { return &c.TLS.DetectTimeout },
			Status: Different, Note: "Who sends nothing is taken for a client without TLS then. ZooKeeper's client port waits for ever; it heeds the key between members only.",
		},
		{
			Name: "netty.server.outstandingHandshake.limit", Property: same, Type: Int, Unit: "handshakes", Default: "-1",
			Meaning: "TLS handshakes under way, above which connections are closed; 0 or less: no limit",
			field:   func(c *Config) any { return &c.TLS.HandshakesMax },
		},
	}
}

func quorumTLSKeys() []Key {
	return append(quorumSSLKeys(),
		ensemble("sslQuorum", "", Bool, "false", "TLS between members"),
		ensemble("portUnification", "", Bool, "false", "TLS and plain text between members"),
		ensemble("sslQuorumReloadCertFiles", "", Bool, "false", "read changed certificates"),
	)
}

// quorumSSLKeys are the same as those for clients, under another prefix.
func quorumSSLKeys() []Key {
	row := func(name string, t Type, def, meaning string) Key {
		return ensemble("ssl.quorum."+name, same, t, def, meaning)
	}
	secret := func(name, meaning string) Key {
		k := row(name, String, "", meaning)
		k.Secret = true
		return k
	}
	return []Key{
		row("keyStore.location", Path, "", "file with our key"),
		secret("keyStore.password", "password of that file"),
		row("keyStore.passwordPath", Path, "", "file with that password"),
		row("keyStore.type", String, "", "JKS, PEM, PKCS12 or BCFKS"),
		row("trustStore.location", Path, "", "file with the certificates we trust"),
		secret("trustStore.password", "password of that file"),
		row("trustStore.passwordPath", Path, "", "file with that password"),
		row("trustStore.type", String, "", "JKS, PEM, PKCS12 or BCFKS"),
		row("clientAuth", String, "need", "need, want or none: whether the other side shows a certificate"),
		row("hostnameVerification", LooseBool, "true", "the certificate has to name the host"),
		row("clientHostnameVerification", LooseBool, "", "so does a client's"),
		row("allowReverseDnsLookup", LooseBool, "", "look the name of an address up for that"),
		row("protocol", String, "", "version of TLS"),
		row("enabledProtocols", String, "", "versions of TLS"),
		row("ciphersuites", String, "", "cipher suites by their Java names"),
		row("crl", LooseBool, "false", "consult revocation lists"),
		row("ocsp", LooseBool, "false", "ask whether certificates are revoked"),
		row("sslProvider", String, "JDK", "Java implementation of TLS"),
		row("context.supplier.class", String, "", "Java class that makes TLS contexts"),
		row("handshakeDetectionTimeoutMillis", Int, "5000", "ms in which the first bytes have to come"),
	}
}
