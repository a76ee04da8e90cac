package server

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"paddock/admin"
	"paddock/client"
	"paddock/config"
	"paddock/tlsstore"
	"paddock/zk"
)

// stores are those of the package that reads them.
func stores(t testing.TB) string {
	t.Helper()
	dir, err := filepath.Abs("../tlsstore/testdata")
	check(t, err)
	return dir
}

func tlsLines(t testing.TB, more ...string) []string {
	dir := stores(t)
	return append([]string{
		"secureClientPort=0", "secureClientPortAddress=127.0.0.1", "ssl.keyStore.location=" + dir + "/server.jks", "ssl.keyStore.password=secret",
		"ssl.trustStore.location=" + dir + "/trust.jks", "ssl.trustStore.password=secret",
	}, more...)
}

// dialTLS opens a session on the port for TLS, which is the last one.
func (r *runner) dialTLS(dial func(context.Context, string) (net.Conn, error)) *client.Client {
	r.t.Helper()
	addrs := r.s.Addrs()
	c, err := client.Dial(r.t.Context(), addrs[len(addrs)-1].String(), client.Options{SessionTimeout: longSession, Dial: dial})
	check(r.t, err)
	r.t.Cleanup(c.Disconnect)
	return c
}

func clientTLS(t testing.TB, keyStore string) func(context.Context, string) (net.Conn, error) {
	t.Helper()
	settings := tlsstore.Settings{
		KeyStore: tlsstore.Store{Path: stores(t) + "/" + keyStore, Password: "secret"}, HostnameVerification: true,
		TrustStore: tlsstore.Store{Path: stores(t) + "/trust.p12", Password: "secret"},
	}
	cfg, err := settings.Client()
	check(t, err)
	return cfg.Dial
}

func TestACertificateOpensWhatBelongsToIt(t *testing.T) {
	p := newPlace(t, tlsLines(t)...)
	r := p.start(t)
	c := r.dialTLS(clientTLS(t, "client.p12"))
	owner := []zk.ACL{{Perms: zk.PermAll, ID: zk.ID{Scheme: "x509", ID: "CN=client,O=Paddock"}}}
	_, err := c.Create("/mine", []byte("x"), owner, 0)
	check(t, err)
	_, _, err = c.GetData("/mine", false)
	check(t, err)
	plain := r.dial(client.Options{})
	if _, _, err = plain.GetData("/mine", false); client.Code(err) != zk.ErrNoAuth {
		t.Errorf("a client without TLS got %v", err)
	}
	server := r.dialTLS(clientTLS(t, "server.jks"))
	if _, _, err = server.GetData("/mine", false); client.Code(err) != zk.ErrNoAuth {
		t.Errorf("another certificate got %v", err)
	}
	if c, err := client.Dial(t.Context(), r.s.Addrs()[1].String(), client.Options{Timeout: patience}); err == nil {
		c.Disconnect()
		t.Error("the port for TLS took a client without it")
	}
	v, err := r.s.View(t.Context(), admin.PartConns|admin.PartTotals)
	check(t, err)
	secure := 0
	for _, c := range v.Conns {
		if c.Secure {
			secure++
		}
	}
	if secure != 2 || v.Stats.AuthFailed != 1 || v.Stats.PlainLocal != 1 || v.Samples.Numbers["unsuccessful_handshake"] != 1 {
		t.Errorf("%d secure connections of %d, %d failed, %d plain, metrics %v", secure, len(v.Conns), v.Stats.AuthFailed, v.Stats.PlainLocal,
			v.Samples.Numbers["unsuccessful_handshake"])
	}
	if conf := r.s.Conf(); conf.SecureClientPort != r.s.Addrs()[1].(*net.TCPAddr).Port || conf.ClientPort != r.s.Addrs()[0].(*net.TCPAddr).Port {
		t.Errorf("conf shows ports %d and %d", conf.ClientPort, conf.SecureClientPort)
	}
}

func TestTheOwnerOfACertificateCanBeSuperuser(t *testing.T) {
	p := newPlace(t, tlsLines(t, "X509AuthenticationProvider.superUser=CN=client,O=Paddock")...)
	r := p.start(t)
	_, err := r.dial(client.Options{}).Create("/closed", nil, []zk.ACL{{Perms: zk.PermAll, ID: zk.ID{Scheme: "digest", ID: "ann:x"}}}, 0)
	check(t, err)
	_, _, err = r.dialTLS(clientTLS(t, "client.p12")).GetData("/closed", false)
	check(t, err)
}

func TestAServerMayServeTLSOnly(t *testing.T) {
	p := newPlace(t)
	file := filepath.Join(p.dir, "zoo.cfg")
	lines := append([]string{"dataDir=" + p.data(), "admin.enableServer=false", "preAllocSize=256"}, tlsLines(t)...)
	check(t, os.WriteFile(file, []byte(strings.Join(lines, "\n")), 0o644))
	cfg, err := config.Load(file, nil)
	check(t, err)
	s, err := New(cfg, "test", slog.New(slog.DiscardHandler))
	check(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	c, err := client.Dial(t.Context(), s.Addrs()[0].String(), client.Options{Dial: clientTLS(t, "client.p12"), Timeout: patience})
	check(t, err)
	if conf := s.Conf(); len(s.Addrs()) != 1 || conf.ClientPort != -1 {
		t.Errorf("it listens on %v, and conf shows %d", s.Addrs(), conf.ClientPort)
	}
	check(t, c.Close())
	cancel()
	check(t, <-ended)
}

func TestAStoreThatCannotBeReadEndsTheStart(t *testing.T) {
	lines := tlsLines(t)
	lines[slices.Index(lines, "ssl.keyStore.password=secret")] = "ssl.keyStore.password=a wrong one"
	p := newPlace(t, lines...)
	_, err := New(p.config(t), "test", slog.New(slog.DiscardHandler))
	bad, ok := errors.AsType[*config.Error](err)
	if !ok || !strings.Contains(bad.Error(), "ssl.keyStore.location: "+stores(t)+"/server.jks as JKS: the password is wrong") || strings.Contains(bad.Error(), "a wrong one") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(p.version2()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the data directory was touched: %v", err)
	}
}
