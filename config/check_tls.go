package config

import (
	"errors"
	"time"

	"paddock/tlsstore"
)

// TLS is how clients are served that speak it. The stores are opened by the server.
type TLS struct {
	tlsstore.Settings
	// PortUnification lets ClientPort take both, for whose first byte it waits DetectTimeout.
	PortUnification bool
	DetectTimeout   time.Duration
	// CertReload takes changed stores for new connections.
	CertReload bool
	// HandshakesMax bounds the handshakes under way; 0 or less means no limit.
	HandshakesMax int
	// AuthProvider is ssl.authProvider. Invariant: x509, where TLS is spoken.
	AuthProvider string
	// X509 says that the scheme x509 is registered, SuperUser is the subject that may do everything, empty for none.
	X509      bool
	SuperUser string
}

// SpeaksTLS tells whether a port for clients does.
func (c *Config) SpeaksTLS() bool { return c.SecureClientPort != unset || c.TLS.PortUnification }

const schemeX509 = "x509"

// checkTLS looks at everything about TLS that can be told without opening a store.
func (l *loader) checkTLS() *Error {
	c := l.cfg
	if !c.SpeaksTLS() {
		if s := l.setting("ssl.keyStore.location"); s != nil {
			l.warnAt(s, "has no effect: neither secureClientPort nor client.portUnification is set")
		}
		return nil
	}
	if c.TLS.AuthProvider != schemeX509 {
		s := l.setting("ssl.authProvider")
		return s.refuse(s.shown(), schemeX509+": other providers are Java classes, which cannot be loaded")
	}
	c.TLS.X509 = true
	warnings, err := c.TLS.CheckServer()
	for _, w := range warnings {
		s := l.setting(w.Key)
		if s == nil {
			s = &setting{name: w.Key, file: l.file}
		}
		l.warnAt(s, w.Text)
	}
	if bad, ok := errors.AsType[*tlsstore.SettingError](err); ok {
		if s := l.setting(bad.Key); s != nil {
			return s.refuse(bad.Found, bad.Expected)
		}
		return l.missing(bad.Key, "found "+bad.Found+", expected "+bad.Expected)
	}
	return nil
}
