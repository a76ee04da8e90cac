package tlsstore

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"slices"
	"strings"
)

// namesHost tells whether a certificate is made out for a host. Only one without alternative names may name it in its common
// name (ZKHostnameVerifier, 3.9.5; RFC 2818, 3.1).
func namesHost(cert *x509.Certificate, host string) error {
	if len(cert.DNSNames)+len(cert.IPAddresses) > 0 || cert.Subject.CommonName == "" {
		return cert.VerifyHostname(host)
	}
	if strings.EqualFold(cert.Subject.CommonName, host) {
		return nil
	}
	named := &x509.Certificate{DNSNames: []string{cert.Subject.CommonName}}
	if err := named.VerifyHostname(host); err != nil || net.ParseIP(host) != nil {
		return fmt.Errorf("the certificate is for %s, not for %s", cert.Subject.CommonName, host)
	}
	return nil
}

// checkClientHosts makes cfg want of each client's certificate that it names the address that the client comes from.
func (s *Settings) checkClientHosts(cfg *tls.Config) {
	lookUp := resolver{}
	if s.ReverseDNS {
		lookUp = resolver{names: net.DefaultResolver.LookupAddr, addresses: net.DefaultResolver.LookupHost}
	}
	plain := cfg.Clone()
	cfg.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		host, _, err := net.SplitHostPort(hello.Conn.RemoteAddr().String())
		if err != nil {
			return nil, err
		}
		one := plain.Clone()
		one.VerifyConnection = func(state tls.ConnectionState) error {
			if len(state.PeerCertificates) == 0 {
				return nil // clientAuth=want
			}
			return lookUp.check(hello.Context(), state.PeerCertificates[0], host)
		}
		return one, nil
	}
}

// resolver is DNS; a nil function means that it is not asked.
type resolver struct {
	names     func(ctx context.Context, address string) ([]string, error)
	addresses func(ctx context.Context, name string) ([]string, error)
}

// check tells whether a certificate names an address, or a name of it. Who owns an address block chooses the names of its
// addresses, so a name counts only if it leads back to the address. (ZooKeeper 3.9.5 believes any name: CVE-2026-24281.)
func (r resolver) check(ctx context.Context, cert *x509.Certificate, address string) error {
	err := namesHost(cert, address)
	if err == nil || r.names == nil {
		return err
	}
	names, lookupErr := r.names(ctx, address)
	if lookupErr != nil {
		return fmt.Errorf("%w; its names: %w", err, lookupErr)
	}
	for _, name := range names {
		back, lookupErr := r.addresses(ctx, name)
		if lookupErr == nil && slices.Contains(back, address) && namesHost(cert, strings.TrimSuffix(name, ".")) == nil {
			return nil
		}
	}
	return fmt.Errorf("%w; nor for one of its names: %s", err, strings.Join(names, ", "))
}
