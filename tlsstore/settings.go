package tlsstore

import (
	"strconv"
	"strings"
)

// Settings are ZooKeeper's ssl.* keys of one side, as they were written.
type Settings struct {
	// Prefix is that of the settings' names in messages: "ssl.", or "ssl.quorum.". Empty means "ssl.".
	Prefix string
	// KeyStore holds our key, TrustStore the certificates that we believe.
	KeyStore, TrustStore Store
	// ClientAuth says whether clients show a certificate: need (also if empty), want or none, in any case.
	ClientAuth string
	// HostnameVerification wants a certificate to name the host: a server's, and with ClientHostnameVerification a client's as well.
	HostnameVerification, ClientHostnameVerification bool
	// ReverseDNS allows to ask for the names of a client's address.
	ReverseDNS bool
	// Protocol is the version if EnabledProtocols, a list with commas, is empty. Empty means TLSv1.3.
	Protocol, EnabledProtocols string
	// CipherSuites are Java's names with commas between; empty means Go's choice.
	CipherSuites string
	// CRL and OCSP ask for revocation, which is refused.
	CRL, OCSP bool
}

// Store is a file with keys or certificates.
type Store struct {
	Path, Password string
	PasswordPath   string // of a file that holds the password; it beats Password
	Type           string // JKS, PKCS12 or PEM in any case; empty means that the suffix of Path tells
}

// SettingError is a setting that cannot be followed.
type SettingError struct{ Key, Found, Expected string }

// Warning is a setting that is followed only in part.
type Warning struct{ Key, Text string }

func (e *SettingError) Error() string {
	return "tlsstore: " + e.Key + ": found " + e.Found + ", expected " + e.Expected
}

// key is the full name of a setting.
func (s *Settings) key(name string) string {
	if s.Prefix == "" {
		return "ssl." + name
	}
	return s.Prefix + name
}

func (s *Settings) refuse(name, found, expected string) error {
	return &SettingError{Key: s.key(name), Found: found, Expected: expected}
}

// FromProperties reads the settings from system properties ("zookeeper.ssl.keyStore.location" and so on).
func FromProperties(property func(name string) string) Settings {
	get := func(name string) string { return property("zookeeper.ssl." + name) }
	is := func(name string) bool { return strings.EqualFold(get(name), "true") }
	store := func(name string) Store {
		return Store{
			Path: get(name + ".location"), Password: get(name + ".password"), PasswordPath: get(name + ".passwordPath"),
			Type: get(name + ".type"),
		}
	}
	return Settings{
		KeyStore: store("keyStore"), TrustStore: store("trustStore"), ClientAuth: get("clientAuth"),
		HostnameVerification:       get("hostnameVerification") == "" || is("hostnameVerification"),
		ClientHostnameVerification: is("clientHostnameVerification"), ReverseDNS: is("allowReverseDnsLookup"),
		Protocol: get("protocol"), EnabledProtocols: get("enabledProtocols"), CipherSuites: get("ciphersuites"),
		CRL: is("crl"), OCSP: is("ocsp"),
	}
}

// ClientProperties are the system properties that ZooKeeper's scripts hand to a client: the -D words of two variables of the
// environment, of which the latter counts more.
func ClientProperties(env func(name string) string) map[string]string {
	properties := map[string]string{}
	for _, name := range []string{"CLIENT_JVMFLAGS", "JVMFLAGS"} {
		for word := range strings.FieldsSeq(env(name)) {
			if pair, ok := strings.CutPrefix(word, "-D"); ok {
				key, value, _ := strings.Cut(pair, "=")
				properties[key] = value
			}
		}
	}
	return properties
}

// CheckServer looks at everything that can be judged without opening a file. An error is a *SettingError; warnings are for
// the operator.
func (s *Settings) CheckServer() (warnings []Warning, err error) {
	mode, err := s.clientAuth()
	if err != nil {
		return nil, err
	}
	if s.KeyStore.Path == "" {
		return nil, s.refuse("keyStore.location", "nothing", "the file with the server's key and certificate")
	}
	if s.TrustStore.Path == "" {
		switch mode {
		case authNeed:
			return nil, s.refuse("trustStore.location", "nothing",
				"the file with the certificates that clients are checked against, or "+s.key("clientAuth")+"=none")
		case authWant:
			warnings = append(warnings, Warning{s.key("trustStore.location"), "is not set: clients that show a certificate are refused"})
		case authNone:
		}
	}
	more, err := s.check()
	return append(warnings, more...), err
}

// check is what servers and clients have in common.
func (s *Settings) check() (warnings []Warning, err error) {
	const noRevocation = "false: whether certificates have been revoked cannot be checked"
	if s.CRL {
		return nil, s.refuse("crl", "true", noRevocation)
	}
	if s.OCSP {
		return nil, s.refuse("ocsp", "true", noRevocation)
	}
	if _, err := s.kind("keyStore", &s.KeyStore); err != nil && s.KeyStore.Path != "" {
		return nil, err
	}
	if _, err := s.kind("trustStore", &s.TrustStore); err != nil && s.TrustStore.Path != "" {
		return nil, err
	}
	_, warnings, err = s.offer()
	return warnings, err
}

// authMode is what a server wants of a client.
type authMode int

const (
	authNeed authMode = iota
	authWant
	authNone
)

func (s *Settings) clientAuth() (authMode, error) {
	switch strings.ToLower(s.ClientAuth) {
	case "", "need":
		return authNeed, nil
	case "want":
		return authWant, nil
	case "none":
		return authNone, nil
	}
	return authNeed, s.refuse("clientAuth", strconv.Quote(s.ClientAuth), "one of need, want, none")
}
