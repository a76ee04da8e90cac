package loop

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	mathrand "math/rand"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// identity makes a certificate that has signed itself and that both sides know.
func identity(t testing.TB, name string) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der := must(x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key))
	cert := must(x509.ParseCertificate(der))
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: cert}, pool
}

// secured is a Config for a server that wants client certificates, and what clients need for it.
func secured(t testing.TB, cfg Config) (Config, *tls.Config) {
	t.Helper()
	server, serverPool := identity(t, "server")
	client, clientPool := identity(t, "client")
	cfg.SecureAddrs = []string{"127.0.0.1:0"}
	cfg.TLS.Source = func() *tls.Config {
		return &tls.Config{Certificates: []tls.Certificate{server}, ClientCAs: clientPool, ClientAuth: tls.RequireAndVerifyClientCert}
	}
	return cfg, &tls.Config{Certificates: []tls.Certificate{client}, RootCAs: serverPool, ServerName: "server"}
}

func (r *rig) secureAddr() string { return r.Addrs()[len(r.Addrs())-1].String() }

func (r *rig) dialTLS(addr string, cfg *tls.Config) *tls.Conn {
	r.t.Helper()
	raw, err := net.Dial("tcp", addr)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = raw.Close() })
	if err := raw.SetDeadline(time.Now().Add(3 * patience)); err != nil {
		r.t.Fatal(err)
	}
	c := tls.Client(raw, cfg)
	if err := c.Handshake(); err != nil {
		r.t.Fatal(err)
	}
	return c
}

func TestAClientWithTLSIsServedAndKnown(t *testing.T) {
	cfg, clientTLS := secured(t, Config{Words: map[string]bool{"ruok": true}})
	r := started(t, cfg, echo)
	c := r.dialTLS(r.secureAddr(), clientTLS)
	for _, size := range []int{1, 5000, 900_000} { // within a record, over several, and more than the pair of sockets holds
		sent := bytes.Repeat([]byte{byte(size)}, size)
		go func() { _, _ = c.Write(frameOf(sent)) }()
		if got := readFrame(t, c); !bytes.Equal(got, sent) {
			t.Errorf("%d bytes came back as %d others", size, len(got))
		}
	}
	opened := r.await(Opened, 1)[0]
	if opened.TLS == nil || opened.TLS.PeerCertificates[0].Subject.CommonName != "client" {
		t.Errorf("opened with %+v", opened.TLS)
	}
	if got, want := opened.Remote.String(), c.LocalAddr().String(); got != want {
		t.Errorf("the client is %s, not %s", got, want)
	}
	word := r.dialTLS(r.secureAddr(), clientTLS)
	write(t, word, []byte("ruok"))
	if err := word.CloseWrite(); err != nil { // as `openssl s_client` does at the end of its input
		t.Fatal(err)
	}
	if got := readEnd(t, word); got != "ruok!" {
		t.Errorf("a word inside TLS was answered with %q", got)
	}
	plain := r.dial()
	write(t, plain, frameOf([]byte("in the clear")))
	if got := readFrame(t, plain); string(got) != "in the clear" {
		t.Errorf("got %q", got)
	}
	eventually(t, "a third connection", func() bool { return len(r.all(Opened)) == 3 })
	if last := r.all(Opened)[2]; last.TLS != nil {
		t.Errorf("a client in the clear has %+v", last.TLS)
	}
}

func TestTheEndOfAClientWithTLSIsTheEndOfItsConnection(t *testing.T) {
	cfg, clientTLS := secured(t, Config{})
	r := started(t, cfg, echo)
	polite, rude := r.dialTLS(r.secureAddr(), clientTLS), r.dialTLS(r.secureAddr(), clientTLS)
	for _, c := range []*tls.Conn{polite, rude} {
		write(t, c, frameOf([]byte("hello")))
		readFrame(t, c)
	}
	if err := polite.Close(); err != nil {
		t.Fatal(err)
	}
	raw := rude.NetConn().(*net.TCPConn)
	if err := raw.SetLinger(0); err != nil { // close resets
		t.Fatal(err)
	}
	if err := raw.Close(); err != nil {
		t.Fatal(err)
	}
	r.await(Closed, 2)
	eventually(t, "no connections", func() bool { return r.Stats().Connections == 0 })
}

func TestAConnectionThatTheServerClosesEndsInOrder(t *testing.T) {
	cfg, clientTLS := secured(t, Config{})
	r := started(t, cfg, func(ev Event) (Out, bool) {
		return Out{Conn: ev.Conn, Buf: raw(bytes.Repeat([]byte("x"), 1<<20)), Close: true}, string(ev.Frame) == "go"
	})
	c := r.dialTLS(r.secureAddr(), clientTLS)
	write(t, c, append(frameOf([]byte("go")), frameOf(make([]byte, 100_000))...)) // what nobody reads must not take the reply away
	if got := readEnd(t, c); len(got) != 1<<20 {
		t.Errorf("%d bytes of the last reply arrived", len(got))
	}
}

func TestWhoHasNoCertificateIsRefused(t *testing.T) {
	cfg, clientTLS := secured(t, Config{})
	r := started(t, cfg, echo)
	for name, spoil := range map[string]func(*tls.Config){
		"none": func(c *tls.Config) { c.Certificates = nil },
		"stranger": func(c *tls.Config) {
			stranger, _ := identity(t, "stranger")
			c.Certificates = []tls.Certificate{stranger}
		},
		"old": func(c *tls.Config) { c.MaxVersion = tls.VersionTLS11 },
	} {
		broken := clientTLS.Clone()
		spoil(broken)
		raw := must(net.Dial("tcp", r.secureAddr()))
		c := tls.Client(raw, broken)
		_ = c.SetDeadline(time.Now().Add(patience))
		_, err := c.Read(make([]byte, 1)) // TLS 1.3 tells the client after its handshake
		if err == nil || strings.Contains(err.Error(), "timeout") {
			t.Errorf("%s: %v", name, err)
		}
		_ = raw.Close()
	}
	eventually(t, "three failed handshakes", func() bool { return r.Stats().HandshakesFailed == 3 })
	eventually(t, "no connections", func() bool { return r.Stats().Connections == 0 })
	if n := len(r.all(Opened)); n != 0 {
		t.Errorf("%d connections were opened", n)
	}
	if !strings.Contains(r.log.String(), "Unsuccessful handshake") {
		t.Errorf("log: %s", r.log)
	}
}

func TestGarbageAndSilenceInsteadOfAHandshakeEnd(t *testing.T) {
	cfg, clientTLS := secured(t, Config{TLS: TLSConfig{HandshakeTimeout: 3 * time.Second}}) // in which a busy machine shakes hands
	r := started(t, cfg, echo)
	for _, text := range []string{"ruok", "GET / HTTP/1.0\r\n\r\n", "\x16\x03\x01\x7f\xff", "\x00\x00\x00\x2c", ""} {
		c := must(net.Dial("tcp", r.secureAddr()))
		_ = c.SetDeadline(time.Now().Add(patience))
		write(t, c, []byte(text))
		readGone(t, c)
		_ = c.Close()
	}
	if n := r.Stats().HandshakesFailed; n != 5 {
		t.Errorf("%d handshakes failed, want 5", n)
	}
	c := r.dialTLS(r.secureAddr(), clientTLS)
	write(t, c, frameOf([]byte("others are served")))
	readFrame(t, c)
}

func TestStrangersInTheirHandshakesHoldUpNobody(t *testing.T) {
	const strangers = 300
	cfg, clientTLS := secured(t, Config{TLS: TLSConfig{HandshakeTimeout: time.Hour}})
	r := started(t, cfg, echo)
	for range strangers {
		c := must(net.Dial("tcp", r.secureAddr()))
		write(t, c, []byte{0x16, 3, 1})
		t.Cleanup(func() { _ = c.Close() })
	}
	eventually(t, "handshakes under way", func() bool { return r.Stats().Handshakes == strangers })
	c := r.dialTLS(r.secureAddr(), clientTLS)
	write(t, c, frameOf([]byte("hello")))
	readFrame(t, c)
	r.shutdown() // and they do not hold up the stop
	if n := r.Stats().Handshakes; n != 0 {
		t.Errorf("%d handshakes after the stop", n)
	}
}

func TestHandshakesUnderWayAreBounded(t *testing.T) {
	cfg, _ := secured(t, Config{TLS: TLSConfig{HandshakesMax: 2}})
	r := started(t, cfg, echo)
	for range 2 {
		c := must(net.Dial("tcp", r.secureAddr()))
		t.Cleanup(func() { _ = c.Close() })
	}
	eventually(t, "two handshakes", func() bool { return r.Stats().Handshakes == 2 })
	third := must(net.Dial("tcp", r.secureAddr()))
	_ = third.SetDeadline(time.Now().Add(patience))
	readGone(t, third)
	if st := r.Stats(); st.HandshakesOverrun != 1 || st.HandshakesFailed != 0 {
		t.Errorf("%+v", st)
	}
}

func TestAShareOfConnectionsIsTakenBeforeTheHandshake(t *testing.T) {
	cfg, clientTLS := secured(t, Config{CnxnsPerIPMax: func() int { return 2 }})
	r := started(t, cfg, echo)
	stranger := must(net.Dial("tcp", r.secureAddr()))
	_ = r.dialTLS(r.secureAddr(), clientTLS)
	third := must(net.Dial("tcp", r.secureAddr()))
	_ = third.SetDeadline(time.Now().Add(patience))
	readGone(t, third)
	if n := r.Stats().Rejected; n != 1 {
		t.Errorf("%d rejected, want 1", n)
	}
	_ = stranger.Close()
	eventually(t, "room", func() bool { return r.Stats().Connections == 1 })
	c := r.dialTLS(r.secureAddr(), clientTLS)
	write(t, c, frameOf([]byte("hello")))
	readFrame(t, c)
}

func TestOnePortTakesBoth(t *testing.T) {
	cfg, clientTLS := secured(t, Config{Words: map[string]bool{"ruok": true}, TLS: TLSConfig{Unified: true, DetectTimeout: 3 * time.Second}})
	r := started(t, cfg, echo)
	silent := r.dial() // asked for its first byte all the time, and delays nobody
	withTLS := r.dialTLS(r.Addrs()[0].String(), clientTLS)
	write(t, withTLS, frameOf([]byte("secret")))
	if got := readFrame(t, withTLS); string(got) != "secret" {
		t.Errorf("got %q", got)
	}
	plain := r.dial()
	write(t, plain, frameOf([]byte("clear")))
	if got := readFrame(t, plain); string(got) != "clear" {
		t.Errorf("got %q", got)
	}
	word := r.dial()
	write(t, word, []byte("ruok"))
	if got := readEnd(t, word); got != "ruok!" {
		t.Errorf("got %q", got)
	}
	r.await(Opened, 4) // the silent one was taken for a client in the clear
	write(t, silent, frameOf([]byte("late")))
	if got := readFrame(t, silent); string(got) != "late" {
		t.Errorf("got %q", got)
	}
	for _, ev := range r.all(Opened) {
		if secret := ev.TLS != nil; secret != (ev.Remote.String() == withTLS.LocalAddr().String()) {
			t.Errorf("%s: TLS is %v", ev.Remote, secret)
		}
	}
}

func TestAClientWithTLSThatDoesNotReadStopsBeingRead(t *testing.T) {
	cfg, clientTLS := secured(t, Config{OutBytesHard: 8 << 20, CloseTimeout: 300 * time.Millisecond})
	r := started(t, cfg, func(ev Event) (Out, bool) {
		return Out{Conn: ev.Conn, DoneBytes: 4 + len(ev.Frame), Buf: raw(make([]byte, 1<<20))}, ev.Kind == Frame
	})
	c := r.dialTLS(r.secureAddr(), clientTLS)
	_ = c.SetWriteDeadline(time.Now().Add(patience))
	for {
		if _, err := c.Write(frameOf(make([]byte, 1000))); err != nil {
			break // the server has had enough
		}
	}
	if ev := r.await(Closed, 1)[0]; ev.Reason != ReasonNotReading {
		t.Errorf("closed for %q", ev.Reason)
	}
	eventually(t, "no connections", func() bool { return r.Stats().Connections == 0 })
}

func TestAStopDoesNotWaitForAClientThatDoesNotRead(t *testing.T) {
	cfg, clientTLS := secured(t, Config{})
	r := started(t, cfg, func(ev Event) (Out, bool) {
		return Out{Conn: ev.Conn, DoneBytes: 4 + len(ev.Frame), Buf: raw(make([]byte, 16<<20))}, ev.Kind == Frame
	})
	c := r.dialTLS(r.secureAddr(), clientTLS)
	write(t, c, frameOf([]byte("go")))
	if _, err := c.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := r.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	if n := r.Stats().Connections; n != 0 {
		t.Errorf("%d connections after the stop", n)
	}
}

// misbehaveSecurely is one life of a client that breaks at some moment of its handshake or after it.
func misbehaveSecurely(addr string, cfg *tls.Config, rnd *mathrand.Rand) {
	raw, err := net.Dial("tcp", addr)
	if err != nil {
		return
	}
	tcp := raw.(*net.TCPConn)
	defer func() { _ = tcp.Close() }()
	_ = tcp.SetDeadline(time.Now().Add(patience))
	if rnd.Intn(2) == 0 {
		_ = tcp.SetLinger(0)
	}
	budget := rnd.Intn(4000)
	c := tls.Client(&brittle{Conn: tcp, left: budget}, cfg)
	if c.Handshake() != nil {
		return
	}
	for range rnd.Intn(5) {
		if _, err := c.Write(frameOf(make([]byte, rnd.Intn(3000)))); err != nil {
			return
		}
		if rnd.Intn(2) == 0 {
			_, _ = c.Read(make([]byte, 100))
		}
	}
	switch rnd.Intn(3) {
	case 0:
		_ = c.Close()
	case 1:
		_ = c.CloseWrite()
		_, _ = io.CopyN(io.Discard, c, 10)
	}
}

// brittle is a connection that ends after so many bytes were written to it.
type brittle struct {
	net.Conn
	left int
}

func (b *brittle) Write(p []byte) (int, error) {
	n, err := b.Conn.Write(p[:min(len(p), b.left)])
	b.left -= n
	if err == nil && n < len(p) {
		_ = b.Close()
		err = io.ErrClosedPipe
	}
	return n, err
}

func TestTLSEndsWithoutATraceWhereverItBreaks(t *testing.T) {
	const clients, rounds = 8, 25
	before := openDescriptors(t)
	seed := time.Now().UnixNano()
	t.Logf("seed %d", seed)
	l := &lives{t: t, state: map[ConnID]Kind{}}
	rnd := mathrand.New(mathrand.NewSource(seed))
	cfg, clientTLS := secured(t, Config{Loops: 2, InFlightBytesMax: 4000, TLS: TLSConfig{Unified: true}})
	r := started(t, cfg, func(ev Event) (Out, bool) {
		l.see(ev)
		o, _ := echo(ev)
		o.Conn = ev.Conn
		switch rnd.Intn(20) {
		case 0:
			o.Kill = true
		case 1:
			o.Close = true
		case 2:
			o.Ack = true
		}
		return o, true
	})
	var wg sync.WaitGroup
	for i := range clients {
		wg.Go(func() {
			mine := mathrand.New(mathrand.NewSource(seed + int64(i) + 1))
			for range rounds {
				misbehaveSecurely(r.Addrs()[mine.Intn(2)].String(), clientTLS, mine)
			}
		})
	}
	wg.Wait()
	r.shutdown()
	for id, last := range l.state {
		if last != Closed {
			t.Errorf("connection %d ended with %v", id, last)
		}
	}
	if n := len(r.tunnels.live); n != 0 {
		t.Errorf("%d sockets are still known", n)
	}
	eventually(t, "no more descriptors than before", func() bool { return openDescriptors(t) <= before })
}

func openDescriptors(t *testing.T) int {
	t.Helper()
	return len(must(os.ReadDir("/proc/self/fd")))
}
