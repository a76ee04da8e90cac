package tlsstore

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
)

// Server makes what a listener needs. The warnings are those of CheckServer.
func (s *Settings) Server() (*tls.Config, error) {
	if _, err := s.CheckServer(); err != nil {
		return nil, err
	}
	cfg, err := s.base()
	if err != nil {
		return nil, err
	}
	mode, err := s.clientAuth()
	if err != nil {
		return nil, err
	}
	cfg.ClientAuth = map[authMode]tls.ClientAuthType{
		authNeed: tls.RequireAndVerifyClientCert, authWant: tls.VerifyClientCertIfGiven, authNone: tls.NoClientCert,
	}[mode]
	if mode == authNone {
		return cfg, nil
	}
	cfg.ClientCAs = x509.NewCertPool() // empty trusts nobody, nil would trust the system's
	if s.TrustStore.Path != "" {
		if cfg.ClientCAs, err = s.pool(); err != nil {
			return nil, err
		}
	}
	if s.HostnameVerification && s.ClientHostnameVerification {
		s.checkClientHosts(cfg)
	}
	return cfg, nil
}

// Client makes what a client needs. Without a key store the client shows no
// certificate, and without a trust store it believes what the system does.
func (s *Settings) Client() (*ClientConfig, error) {
	if _, err := s.check(); err != nil {
		return nil, err
	}
	cfg, err := s.base()
	if err != nil {
		return nil, err
	}
	if s.TrustStore.Path != "" {
		if cfg.RootCAs, err = s.pool(); err != nil {
			return nil, err
		}
	}
	return &ClientConfig{cfg: cfg, checkHost: s.HostnameVerification}, nil
}

// ClientConfig makes the configuration of one connection after the other.
type ClientConfig struct {
	cfg       *tls.Config
	checkHost bool
}

// For is the configuration of a connection to host, a name or an address. Certificates without alternative names may name
// the host in their common name, which Java accepts and Go does not: so the checks are ours.
func (c *ClientConfig) For(host string) *tls.Config {
	cfg := c.cfg.Clone()
	cfg.ServerName = host
	cfg.InsecureSkipVerify = true // replaced by VerifyConnection
	cfg.VerifyConnection = func(state tls.ConnectionState) error {
		if len(state.PeerCertificates) == 0 {
			return errors.New("the server shows no certificate")
		}
		leaf, between := state.PeerCertificates[0], x509.NewCertPool()
		for _, cert := range state.PeerCertificates[1:] {
			between.AddCert(cert)
		}
		if _, err := leaf.Verify(x509.VerifyOptions{Roots: c.cfg.RootCAs, Intermediates: between}); err != nil {
			return err
		}
		if !c.checkHost {
			return nil
		}
		return namesHost(leaf, host)
	}
	return cfg
}

// Dial connects to addr (host:port) and shakes hands.
func (c *ClientConfig) Dial(ctx context.Context, addr string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	raw, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	conn := tls.Client(raw, c.For(host))
	if err := conn.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("TLS with %s: %w", addr, err), raw.Close())
	}
	return conn, nil
}

// base is what both sides have in common.
func (s *Settings) base() (*tls.Config, error) {
	o, _, err := s.offer()
	if err != nil {
		return nil, err
	}
	cfg := &tls.Config{
		MinVersion: o.min, MaxVersion: o.max, CipherSuites: o.suites,
		SessionTicketsDisabled: true, // each connection proves who it is
	}
	if s.KeyStore.Path == "" {
		return cfg, nil
	}
	found, err := s.open("keyStore", &s.KeyStore, true)
	if err != nil {
		return nil, err
	}
	cfg.Certificates = found.keys
	return cfg, nil
}

// pool is the trust store.
func (s *Settings) pool() (*x509.CertPool, error) {
	found, err := s.open("trustStore", &s.TrustStore, false)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	for _, cert := range found.trusted {
		pool.AddCert(cert)
	}
	return pool, nil
}
