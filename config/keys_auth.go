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
			Note: "As `authProvider.N`. ZooKeeper's classes for digest, ip, x509, sasl and ensemble are known; digest and ip are always there, and x509 where TLS is spoken. " +
				"Java classes of your own cannot be loaded: they have no effect, with a warning.",
		},
		{
			Name: "IPAuthenticationProvider.usexforwardedfor", Property: same, Type: LooseBool, Default: "false", field: func(c *Config) any { return &c.ForwardedFor },
			Meaning: "the header X-Forwarded-For tells the address of the admin server's clients", Status: Different, Note: "Only behind a proxy that sets the header: otherwise any client can claim any address. A header that names nobody gets 500 for snapshot and restore, as in ZooKeeper, where it is so for every command. Clients over IPv6 have their address; ZooKeeper puts it into brackets, which no ACL fits.",
		},
		{
			Name: "X509AuthenticationProvider.superUser", Property: same, Type: String,
			Meaning: "distinguished name of the certificate whose owner is superuser", field: func(c *Config) any { return &c.TLS.SuperUser },
			Note: "Letter by letter as `whoami` shows it.",
		},
		{
			Name: "superUser", Property: same, Type: String, Meaning: "name that SASL has to prove to become superuser",
			field: func(c *Config) any { return &c.SASL.SuperUser },
		},
		{
			Name: "superUser.", Property: same, Type: String, Meaning: "further names like superUser",
			Note: "As `superUser.suffix`.",
		},
		{
			Name: "SASLAuthenticationProvider.superPassword", Property: same, Type: String, Secret: true,
			Meaning: "password of the user super of DIGEST-MD5", field: func(c *Config) any { return &c.SASL.SuperPassword },
			Note: "As in ZooKeeper it replaces the password that the JAAS file gives as `user_super`; without that there is no such user. Empty counts as not set.",
		},
		{
			Name: "ensembleAuthName", Property: same, Type: String,
			Meaning: "names of this ensemble that clients may ask for, with commas between", field: func(c *Config) any { return &c.EnsembleAuth.List },
			Note: "With `authProvider.N=org.apache.zookeeper.server.auth.EnsembleAuthenticationProvider`.",
		},
		{
			Name: "sessionRequireClientSASLAuth", Property: same, Type: LooseBool, Default: "false",
			Meaning: "connections need SASL", field: func(c *Config) any { return &c.RequireSASL },
			Note: "Needs `authProvider.N=org.apache.zookeeper.server.auth.SASLAuthenticationProvider`, as in ZooKeeper. Before `enforce.auth.*`, which it switches off.",
		},
		{
			Name: "enforce.auth.enabled", Property: same, Type: LooseBool, Default: "false",
			Meaning: "connections need one of enforce.auth.schemes", field: func(c *Config) any { return &c.EnforceAuth },
		},
		{
			Name: "enforce.auth.schemes", Property: same, Type: String,
			Meaning: "schemes of which a connection needs one, with commas between",
			field:   func(c *Config) any { return &c.EnforceAuthSchemes },
			Note:    "`digest`, `ip`, `x509` where TLS is spoken, and `sasl` and `ensemble` where they are registered (`authProvider.N`). Where authentication is enforced, any other scheme, or none, is refused at start.",
		},
		{
			Name: "allowSaslFailedClients", Property: same, Type: LooseBool, Default: "false",
			Meaning: "serve clients whose SASL failed, without that identity", field: func(c *Config) any { return &c.SASL.AllowFailed },
		},
		{
			Name: "letAnySaslUserDoX", Property: same, Type: String,
			Meaning: "id of ACL entries that stand for everybody who has proved anything by SASL", field: func(c *Config) any { return &c.SASL.AnyUserID },
		},
	}
}

func saslKeys() []Key {
	return []Key{
		{
			Property: "java.security.auth.login.config", Type: Path, Meaning: "JAAS file; no SASL without one",
			field: func(c *Config) any { return &c.SASL.File }, Status: Different,
			Note: "Modules: `DigestLoginModule`, and `Krb5LoginModule` with a keytab. ZooKeeper also takes `.java.login.config` in the home directory.",
		},
		{
			Name: "sasl.serverconfig", Property: same, Type: String, Default: "Server",
			Meaning: "section of the JAAS file", field: func(c *Config) any { return &c.SASL.Section },
		},
		{
			Property: "java.security.krb5.conf", Type: Path, Meaning: "Kerberos' own configuration; /etc/krb5.conf if not set",
			field: func(c *Config) any { return &c.SASL.Krb5Conf }, Status: Different,
			Note: "Of it, `default_realm` in `libdefaults` counts; `include` is not followed. The server asks no KDC.",
		},
		{
			Name: "kerberos.removeHostFromPrincipal", Property: same, Type: LooseBool, Default: "false",
			Meaning: "cut the host off Kerberos names", field: func(c *Config) any { return &c.SASL.RemoveHost },
		},
		{
			Name: "kerberos.removeRealmFromPrincipal", Property: same, Type: LooseBool, Default: "false",
			Meaning: "cut the realm off Kerberos names", field: func(c *Config) any { return &c.SASL.RemoveRealm },
		},
		ensemble("kerberos.canonicalizeHostNames", same, LooseBool, "false", "resolve members' names before Kerberos sees them"),
		{
			Name: "kerberos.minReLoginTimeMs", Property: same, Type: Int, Unit: "ms", Default: "60000", Min: 1, Max: math.MaxInt32,
			Meaning: "time between two looks at the keytab", field: func(c *Config) any { return &c.SASL.ReloadInterval }, Status: Different,
			Note: "A changed keytab counts from then on. ZooKeeper's login asks a KDC, and this is the shortest time between two logins.",
		},
		{
			Name: "requireKerberosConfig", Property: same, Type: LooseBool, Default: "false",
			Meaning: "do not start without a default realm", field: func(c *Config) any { return &c.SASL.RequireKrb5Conf }, Status: Different,
			Note: "ZooKeeper starts, and fails when the first name is looked at.",
		},
		{
			Name: "security.auth_to_local", Property: same, Type: String, Default: "DEFAULT",
			Meaning: "rules from Kerberos names to user names", field: func(c *Config) any { return &c.SASL.NameRules }, Status: Different,
			Note: "Regular expressions are those of Go (RE2), without backward references and lookahead: a rule that needs them is refused at start. " +
				"So is one with `g` that also replaces nothing. A principal that no rule fits keeps its whole name; ZooKeeper gives it any name that its client asks for.",
		},
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
