package auth

import (
	"crypto/x509"
	"slices"

	"paddock/zk"
)

const schemeX509 = "x509"

// X509Config holds the settings of the scheme x509: who has shown a certificate in the TLS handshake is its subject.
type X509Config struct {
	Registered bool   // by a listener with TLS, or by zookeeper.authProvider.N
	SuperUser  string // zookeeper.X509AuthenticationProvider.superUser: a subject that may do everything; empty: none
}

// CertificateIDs are the identities that a client's certificate proves, for AddProved. That its issuer is trusted, the handshake
// has made sure of (X509AuthenticationProvider, 3.9.5).
func (s *Schemes) CertificateIDs(cert *x509.Certificate) ([]zk.ID, error) {
	if !s.cfg.X509.Registered {
		return nil, nil
	}
	name, err := dnText(cert.RawSubject)
	if err != nil {
		return nil, err
	}
	ids := []zk.ID{{Scheme: schemeX509, ID: name}}
	if s.x509Super(name) {
		ids = slices.Insert(ids, 0, zk.ID{Scheme: schemeSuper, ID: name}) // in front, as in Apache
	}
	return ids, nil
}

// AddProved returns the identities of a connection that has proved some more before its first request.
func (s *Schemes) AddProved(ids, proved []zk.ID) []zk.ID { return addToSet(ids, proved) }

func (s *Schemes) x509Super(name string) bool {
	return s.cfg.X509.SuperUser != "" && name == s.cfg.X509.SuperUser
}

// x509Matches tells whether an entry's text stands for a subject: letter by letter, spaces and case included.
func (s *Schemes) x509Matches(subject, entry string) bool {
	return subject == entry || s.x509Super(subject)
}

// x509Again answers an auth request of the scheme x509: the certificate was shown before, or there is none.
func x509Again(ids []zk.ID) bool {
	return slices.ContainsFunc(ids, func(id zk.ID) bool { return id.Scheme == schemeX509 })
}
