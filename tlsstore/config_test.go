package tlsstore

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// server is a good configuration, from which tests depart.
func server() Settings {
	return Settings{KeyStore: stored("server.jks"), TrustStore: stored("trust.p12"), HostnameVerification: true}
}

func client() Settings {
	return Settings{KeyStore: stored("client.p12"), TrustStore: stored("trust.jks"), HostnameVerification: true}
}

// meet lets a client dial host and returns what both sides have to say.
func meet(t *testing.T, s, c Settings, host string) (state tls.ConnectionState, serverErr, clientErr error) {
	t.Helper()
	cfg, err := s.Server()
	if err != nil {
		t.Fatal(err)
	}
	dialer, err := c.Client()
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	served := make(chan error, 1)
	go func() {
		raw, err := ln.Accept()
		if err != nil {
			served <- err
			return
		}
		defer func() { _ = raw.Close() }()
		conn := tls.Server(raw, cfg)
		if err = conn.HandshakeContext(t.Context()); err == nil {
			state = conn.ConnectionState()
			_, err = conn.Write([]byte("!"))
		}
		served <- err
	}()
	_, port, err := net.SplitHostPort(ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	conn, clientErr := dialer.Dial(t.Context(), net.JoinHostPort(host, port))
	if clientErr == nil {
		_, clientErr = io.ReadFull(conn, make([]byte, 1))
		_ = conn.Close()
	}
	return state, <-served, clientErr
}

func TestBothSidesProveThemselves(t *testing.T) {
	for _, host := range []string{"localhost", "127.0.0.1"} {
		state, serverErr, clientErr := meet(t, server(), client(), host)
		if serverErr != nil || clientErr != nil {
			t.Fatal(serverErr, clientErr)
		}
		if state.Version != tls.VersionTLS13 || state.PeerCertificates[0].Subject.CommonName != "client" {
			t.Errorf("got %+v", state)
		}
	}
}

func TestVersionsAndSuitesAreThoseThatWereAskedFor(t *testing.T) {
	s, c := server(), client()
	s.EnabledProtocols, s.CipherSuites = "TLSv1.2,TLSv1.3", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"
	c.Protocol = "TLSv1.2"
	state, serverErr, clientErr := meet(t, s, c, "localhost")
	if serverErr != nil || clientErr != nil || state.Version != tls.VersionTLS12 || state.CipherSuite != tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 {
		t.Errorf("got %+v, %v, %v", state, serverErr, clientErr)
	}
	c.Protocol = "TLSv1.3" // which the list of suites has switched off
	if _, serverErr, clientErr = meet(t, s, c, "localhost"); serverErr == nil || clientErr == nil {
		t.Error("TLS 1.3 was spoken without a suite for it")
	}
}

func TestWhoIsNotTrustedIsRefused(t *testing.T) {
	nobody, elsewhere := client(), client()
	nobody.KeyStore = Store{}
	other := server()
	other.TrustStore = stored("server.jks") // the same authority
	if _, serverErr, clientErr := meet(t, other, client(), "localhost"); serverErr != nil || clientErr != nil {
		t.Error(serverErr, clientErr)
	}
	if _, serverErr, _ := meet(t, server(), nobody, "localhost"); serverErr == nil {
		t.Error("a client without a certificate was let in")
	}
	want := server()
	want.ClientAuth = "WANT"
	if _, serverErr, clientErr := meet(t, want, nobody, "localhost"); serverErr != nil || clientErr != nil {
		t.Error(serverErr, clientErr)
	}
	want.TrustStore = Store{}
	if _, serverErr, _ := meet(t, want, client(), "localhost"); serverErr == nil {
		t.Error("a certificate was believed that nothing vouches for")
	}
	none := server()
	none.ClientAuth = "none"
	if state, serverErr, _ := meet(t, none, client(), "localhost"); serverErr != nil || len(state.PeerCertificates) != 0 {
		t.Error("a client was asked for a certificate that nobody wants")
	}
	elsewhere.TrustStore = Store{} // the system's authorities do not know our test
	if _, _, clientErr := meet(t, server(), elsewhere, "localhost"); clientErr == nil {
		t.Error("a server was believed that nothing vouches for")
	}
}

func TestAClientHasToComeFromWhereItsCertificateSays(t *testing.T) {
	s := server()
	s.ClientHostnameVerification = true
	if _, serverErr, clientErr := meet(t, s, client(), "localhost"); serverErr != nil || clientErr != nil {
		t.Error(serverErr, clientErr) // it names 127.0.0.1
	}
	stranger := client()
	stranger.KeyStore = stored("ca.jks") // names no address
	if _, serverErr, _ := meet(t, s, stranger, "localhost"); serverErr == nil {
		t.Error("a certificate without the client's address was let in")
	}
	s.HostnameVerification = false
	if _, serverErr, clientErr := meet(t, s, stranger, "localhost"); serverErr != nil || clientErr != nil {
		t.Error(serverErr, clientErr) // both are switched off
	}
}

func TestNamesOfAnAddressCountIfTheyLeadBack(t *testing.T) {
	cert := &x509.Certificate{DNSNames: []string{"ann.example.org"}, Subject: pkix.Name{CommonName: "x"}}
	names := func(names ...string) func(context.Context, string) ([]string, error) {
		return func(context.Context, string) ([]string, error) { return names, nil }
	}
	fails := func(context.Context, string) ([]string, error) { return nil, errors.New("no answer") }
	for _, tt := range []struct {
		name string
		r    resolver
		ok   bool
	}{
		{"DNS is not asked", resolver{}, false},
		{"a name that leads back", resolver{names("other.example.org.", "ann.example.org."), names("10.0.0.1")}, true},
		{"a name that leads elsewhere", resolver{names("ann.example.org."), names("10.0.0.2")}, false},
		{"another name", resolver{names("other.example.org."), names("10.0.0.1")}, false},
		{"no answer", resolver{fails, fails}, false},
	} {
		if err := tt.r.check(t.Context(), cert, "10.0.0.1"); (err == nil) != tt.ok {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestACommonNameCountsWithoutAlternativeNamesOnly(t *testing.T) {
	for _, tt := range []struct {
		cert x509.Certificate
		host string
		ok   bool
	}{
		{x509.Certificate{Subject: pkix.Name{CommonName: "zk.example.org"}}, "ZK.example.org", true},
		{x509.Certificate{Subject: pkix.Name{CommonName: "*.example.org"}}, "zk.example.org", true},
		{x509.Certificate{Subject: pkix.Name{CommonName: "*.example.org"}}, "a.b.example.org", false},
		{x509.Certificate{Subject: pkix.Name{CommonName: "10.0.0.1"}}, "10.0.0.1", true},
		{x509.Certificate{Subject: pkix.Name{CommonName: "*.0.0.1"}}, "10.0.0.1", false},
		{x509.Certificate{Subject: pkix.Name{CommonName: "zk.example.org"}, DNSNames: []string{"other"}}, "zk.example.org", false},
		{x509.Certificate{}, "zk.example.org", false},
	} {
		if err := namesHost(&tt.cert, tt.host); (err == nil) != tt.ok {
			t.Errorf("%s for %s: %v", tt.cert.Subject, tt.host, err)
		}
	}
}

func TestChangedStoresAreUsedForNewConnections(t *testing.T) {
	dir := t.TempDir()
	put := func(file, as string) {
		data, err := os.ReadFile(filepath.Join("testdata", file))
		if err != nil {
			t.Fatal(err)
		}
		if err = errors.Join(os.WriteFile(filepath.Join(dir, "new"), data, 0o600), os.Rename(filepath.Join(dir, "new"), filepath.Join(dir, as))); err != nil {
			t.Fatal(err)
		}
	}
	put("server.jks", "key.jks")
	s := server()
	s.KeyStore.Path = filepath.Join(dir, "key.jks")
	now := time.Unix(1000, 0)
	var log bytes.Buffer
	source, err := NewSource(s, func() time.Time { return now }, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	subject := func() string {
		now = now.Add(lookInterval)
		return source.Config().Certificates[0].Leaf.Subject.CommonName
	}
	if got := subject(); got != "server" {
		t.Errorf("at first it is %s", got)
	}
	put("client.p12", "key.jks")
	if got := source.Config().Certificates[0].Leaf.Subject.CommonName; got != "server" {
		t.Errorf("the files were looked at within a second: %s", got)
	}
	if got := subject(); got != "client" {
		t.Errorf("after the change it is %s", got)
	}
	put("make.sh", "key.jks")
	if got := subject(); got != "client" {
		t.Errorf("after a broken change it is %s", got)
	}
	if n := strings.Count(log.String(), "the old ones stay"); n != 1 {
		t.Errorf("%d lines about the broken file: %s", n, &log)
	}
	_, _ = subject(), subject()
	if n := strings.Count(log.String(), "the old ones stay"); n != 1 {
		t.Errorf("%d lines about one broken file", n)
	}
	put("server.jks", "key.jks")
	if got := subject(); got != "server" {
		t.Errorf("when all is well again it is %s", got)
	}
	fixed, err := NewSource(s, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	put("client.p12", "key.jks")
	if got := fixed.Config().Certificates[0].Leaf.Subject.CommonName; got != "server" {
		t.Errorf("without certReload it became %s", got)
	}
}

func TestPropertiesOfAClientComeFromItsEnvironment(t *testing.T) {
	env := map[string]string{
		"CLIENT_JVMFLAGS": "-Xmx1g -Dzookeeper.ssl.keyStore.location=a.jks  -Dzookeeper.ssl.hostnameVerification=false",
		"JVMFLAGS":        "-Dzookeeper.ssl.keyStore.location=b.p12 -Dzookeeper.ssl.enabledProtocols=TLSv1.2",
	}
	properties := ClientProperties(func(name string) string { return env[name] })
	got := FromProperties(func(name string) string { return properties[name] })
	want := Settings{KeyStore: Store{Path: "b.p12"}, EnabledProtocols: "TLSv1.2"}
	if got != want {
		t.Errorf("got %+v", got)
	}
	if !FromProperties(func(string) string { return "" }).HostnameVerification {
		t.Error("host names are not checked by default")
	}
}

func TestSuitesAndVersionsAreTranslated(t *testing.T) {
	const gcm = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
	for _, tt := range []struct {
		protocols, suites string
		min, max          uint16
		ids               []uint16
		warnings          int
		refused           string
	}{
		{"", "", tls.VersionTLS13, tls.VersionTLS13, nil, 0, ""},
		{"TLSv1.2,TLSv1.3", gcm + ",TLS_AES_128_GCM_SHA256", tls.VersionTLS12, tls.VersionTLS13, []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}, 1, ""},
		{"TLSv1.2,TLSv1.3", "TLS_AES_256_GCM_SHA384,TLS_AES_128_GCM_SHA256,TLS_CHACHA20_POLY1305_SHA256", tls.VersionTLS13, tls.VersionTLS13, nil, 0, ""},
		{"TLSv1.2,TLSv1.3", gcm, tls.VersionTLS12, tls.VersionTLS12, []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}, 1, ""},
		{"SSLv2Hello,TLSv1,TLSv1.2", "", tls.VersionTLS12, tls.VersionTLS12, nil, 2, ""},
		{"TLSv1.3", gcm, 0, 0, nil, 0, "ssl.ciphersuites"},
		{"TLSv1.2", "TLS_AES_128_GCM_SHA256", 0, 0, nil, 0, "ssl.ciphersuites"},
		{"TLSv1.2", "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", 0, 0, nil, 0, "ssl.ciphersuites"},
		{"TLSv1.2", "TLS_RSA_WITH_3DES_EDE_CBC_SHA", 0, 0, nil, 0, "ssl.ciphersuites"},
		{"TLSv1.2", "ECDHE-RSA-AES128-GCM-SHA256", 0, 0, nil, 0, "ssl.ciphersuites"},
		{"TLS", "", 0, 0, nil, 0, "ssl.enabledProtocols"},
		{"TLSv1.1", "", 0, 0, nil, 0, "ssl.enabledProtocols"},
	} {
		s := Settings{EnabledProtocols: tt.protocols, CipherSuites: tt.suites}
		o, warnings, err := s.offer()
		refused, _ := errors.AsType[*SettingError](err)
		switch {
		case tt.refused != "":
			if refused == nil || refused.Key != tt.refused {
				t.Errorf("%q, %q: %v", tt.protocols, tt.suites, err)
			}
		case err != nil || o.min != tt.min || o.max != tt.max || !slices.Equal(o.suites, tt.ids) || len(warnings) != tt.warnings:
			t.Errorf("%q, %q: %+v, %q, %v", tt.protocols, tt.suites, o, warnings, err)
		}
	}
}
