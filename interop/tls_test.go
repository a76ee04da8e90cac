package interop

import (
	"context"
	"crypto/tls"
	"encoding/asn1"
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"paddock/client"
	"paddock/zk"
)

// secureServer starts a server with a port for TLS beside the usual one, and gives that port. Apache needs Netty for it.
func secureServer(t *testing.T, program Program, a *authority, keyStore string, settings ...string) (*Server, int) {
	t.Helper()
	port, err := freePort()
	check(t, err)
	s := newServer(t, program, append([]string{
		"serverCnxnFactory=org.apache.zookeeper.server.NettyServerCnxnFactory",
		fmt.Sprintf("secureClientPort=%d", port),
		"ssl.keyStore.location=" + a.file(keyStore), "ssl.keyStore.password=" + storePassword,
		"ssl.trustStore.location=" + a.file("trust.p12"), "ssl.trustStore.password=" + storePassword,
	}, settings...)...)
	check(t, s.Start())
	return s, port
}

// dialSecure opens a session with TLS. A server that has just begun may not listen there yet.
func dialSecure(t *testing.T, a *authority, port int, own ...tls.Certificate) *client.Client {
	t.Helper()
	for end := time.Now().Add(PatienceMax); ; time.Sleep(50 * time.Millisecond) {
		c, err := client.Dial(t.Context(), fmt.Sprintf("127.0.0.1:%d", port), secureOptions(a, own...))
		if err == nil {
			t.Cleanup(c.Disconnect)
			return c
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
	}
}

func secureOptions(a *authority, own ...tls.Certificate) client.Options {
	cfg := &tls.Config{RootCAs: a.pool, ServerName: "localhost", Certificates: own}
	return client.Options{
		Timeout: PatienceMax, SessionTimeout: 30 * time.Second,
		Dial: func(ctx context.Context, addr string) (net.Conn, error) {
			return (&tls.Dialer{Config: cfg}).DialContext(ctx, "tcp", addr)
		},
	}
}

// subjects are names of many kinds.
func subjects() map[string][]relativeSET {
	of := func(oid asn1.ObjectIdentifier, tag int, text string) relativeSET {
		return relativeSET{{oid, asn1.RawValue{Tag: tag, Bytes: []byte(text)}}}
	}
	organisation, email := asn1.ObjectIdentifier{2, 5, 4, 10}, asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}
	domain, own := asn1.ObjectIdentifier{0, 9, 2342, 19200300, 100, 1, 25}, asn1.ObjectIdentifier{1, 2, 3, 4}
	return map[string][]relativeSET{
		"plain":   {of(organisation, asn1.TagPrintableString, "Paddock"), commonName("Ann")},
		"escapes": {commonName(`a, b + "c" \ <d>; #e = `), of(organisation, asn1.TagUTF8String, "#first")},
		"many":    {append(commonName("Ann"), of(organisation, asn1.TagUTF8String, "Paddock")...), commonName("x")},
		"email":   {of(email, asn1.TagIA5String, "ann@example.org"), commonName("Ann")},
		"unknown": {of(own, asn1.TagUTF8String, "what"), commonName("Ann")},
		"domain":  {of(domain, asn1.TagIA5String, "org"), of(domain, asn1.TagIA5String, "example")},
		"letters": {commonName("Änn 日本 😀")},
		"blanks":  {commonName("  a  b  ")},
	}
}

// TestCertificatesMeanTheSameAsOnApache shows certificates to both servers and compares what identities and ACLs come of them.
func TestCertificatesMeanTheSameAsOnApache(t *testing.T) {
	a := newAuthority(t)
	a.issue("server", commonName("localhost"))
	a.toJKS("server")
	certs := map[string]tls.Certificate{}
	for name, subject := range subjects() {
		certs[name] = a.issue("client", subject...)
	}
	certs["root"] = a.issue("root", commonName("root"))
	run := func(program Program) (said []string) {
		s, port := secureServer(t, program, a, "server.jks", "X509AuthenticationProvider.superUser=CN=root")
		note := func(format string, args ...any) { said = append(said, fmt.Sprintf(format, args...)) }
		for _, name := range slices.Sorted(maps.Keys(certs)) {
			c := dialSecure(t, a, port, certs[name])
			who, err := c.Call(zk.OpWhoAmI, nil)
			note("%s is %q, %v", name, who, err)
			path := "/" + strings.ReplaceAll(name, " ", "-")
			_, err = c.Create(path, []byte("x"), []zk.ACL{{Perms: zk.PermAll, ID: zk.ID{Scheme: "auth"}}}, 0)
			note("create %s: %v", path, err)
			acl, _, err := c.GetACL(path)
			note("acl of %s: %v, %v", path, acl, err)
			note("addauth: %v", c.AddAuth("x509", nil))
			for _, other := range []string{"/blanks", "/domain"} {
				_, _, err = c.GetData(other, false)
				note("%s reads %s: %v", name, other, err)
			}
		}
		c := dialSecure(t, a, port, certs["plain"])
		for i, id := range []string{"CN=Bob", "", "bob:builder", "CN=a,", "1.2.3=x", "CN=Ann,O=Paddock", "CN=Ann, O=Paddock"} {
			path := fmt.Sprintf("/acl-%d", i)
			_, err := c.Create(path, nil, []zk.ACL{{Perms: zk.PermAll, ID: zk.ID{Scheme: "x509", ID: id}}}, 0)
			_, _, readErr := c.GetData(path, false)
			note("acl %q: %v, and then %v", id, err, readErr)
		}
		plain, err := client.Dial(t.Context(), s.Addr(), client.Options{Timeout: PatienceMax})
		check(t, err)
		t.Cleanup(plain.Disconnect)
		_, _, err = plain.GetData("/plain", false)
		note("without TLS: %v", err)
		note("addauth without TLS: %v", plain.AddAuth("x509", nil))
		check(t, s.Stop())
		return said
	}
	want := run(tools.apache)
	for _, part := range []string{`CN=Ann,O=Paddock`, "plain reads /blanks: client: getData /blanks: NoAuth", "root reads /blanks: <nil>"} {
		if !slices.ContainsFunc(want, func(line string) bool { return strings.Contains(line, part) }) {
			t.Errorf("Apache did not say %q:\n%s", part, strings.Join(want, "\n"))
		}
	}
	if got := run(tools.server); !slices.Equal(got, want) {
		t.Errorf("other answers than Apache's:\n%s", Difference(want, got))
	}
}

// javaTLS are the words that make Apache's client speak TLS, with a key store of either kind.
func javaTLS(a *authority, keyStore string) []string {
	return []string{
		"-Dzookeeper.client.secure=true", "-Dzookeeper.clientCnxnSocket=org.apache.zookeeper.ClientCnxnSocketNetty",
		"-Dzookeeper.ssl.keyStore.location=" + a.file(keyStore), "-Dzookeeper.ssl.keyStore.password=" + storePassword,
		"-Dzookeeper.ssl.trustStore.location=" + a.file("trust.jks"), "-Dzookeeper.ssl.trustStore.password=" + storePassword,
	}
}

// TestClientsWithTLSAreServed lets the Java client, kazoo and our own shell meet the server under test.
func TestClientsWithTLSAreServed(t *testing.T) {
	a := newAuthority(t)
	a.issue("server", commonName("localhost"))
	a.issue("client", commonName("Ann"))
	a.toJKS("client")
	_, port := secureServer(t, tools.server, a, "server.p12", "client.portUnification=true")
	addr := fmt.Sprintf("localhost:%d", port)
	for _, store := range []string{"client.jks", "client.p12"} {
		shell := ShellClient(tools.cache)
		shell.Argv = slices.Insert(shell.Argv, 1, javaTLS(a, store)...)
		cmd := shell.Command("-server", addr)
		cmd.Stdin = strings.NewReader("whoami\ncreate /" + store + " here\nget /" + store + "\nquit\n")
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "x509: CN=Ann") || !strings.Contains(string(out), "\nCreated /"+store) && !strings.Contains(string(out), "] Created /"+store) {
			t.Errorf("the Java client with %s: %v\n%s", store, err, out)
		}
	}
	const script = `
import sys
from kazoo.client import KazooClient
hosts, folder = sys.argv[1:]
zk = KazooClient(hosts, use_ssl=True, ca=folder + "/ca.pem", certfile=folder + "/client.crt", keyfile=folder + "/client.key")
zk.start(timeout=60)
zk.create("/kazoo", b"k" * 500000)
assert zk.get("/kazoo")[0] == b"k" * 500000
print("kazoo was here:", zk.get("/client.jks")[0].decode())
zk.stop()
`
	python := exec.Command("python3", "-c", script, addr, a.dir)
	python.Env = append(os.Environ(), "PYTHONPATH="+tools.cache.PythonPath(), "PYTHONDONTWRITEBYTECODE=1")
	if out, err := python.CombinedOutput(); err != nil || !strings.Contains(string(out), "kazoo was here: here") {
		t.Errorf("kazoo: %v\n%s", err, out)
	}
	if tools.server.Name != "paddock" {
		return // the shell is ours
	}
	ours := exec.Command(tools.server.Argv[0], "cli", "-server", addr, "whoami")
	ours.Env = append(os.Environ(), "CLIENT_JVMFLAGS="+strings.Join(javaTLS(a, "client.p12"), " "))
	if out, err := ours.CombinedOutput(); err != nil || !strings.Contains(string(out), "x509: CN=Ann") {
		t.Errorf("our shell: %v\n%s", err, out)
	}
}

// TestStatusAsksAServerWithTLSOnlyAsApachesScriptDoes compares the first lines of zkServer.sh status, and finds the mode.
func TestStatusAsksAServerWithTLSOnlyAsApachesScriptDoes(t *testing.T) {
	if tools.server.Name != "paddock" {
		return // the command is ours
	}
	a := newAuthority(t)
	a.issue("server", commonName("localhost"))
	a.issue("client", commonName("Ann"))
	s, port := secureServer(t, tools.server, a, "server.p12")
	text := strings.Join([]string{
		fmt.Sprintf("secureClientPort=%d", port), "dataDir=" + t.TempDir(),
		"ssl.keyStore.location=" + a.file("server.p12"), "ssl.trustStore.location=" + a.file("trust.p12"),
	}, "\n")
	a.write("zoo.cfg", []byte(text))
	status := func(flags string) (string, error) {
		cmd := exec.Command(s.Program.Argv[0], "status", a.file("zoo.cfg"))
		cmd.Env = append(os.Environ(), "CLIENT_JVMFLAGS="+flags, "JVMFLAGS=")
		out, err := cmd.Output()
		return string(out), err
	}
	found := "myid could not be determined, will not able to locate clientPort in the server configs.\n" +
		"Client port not found. Looking for secureClientPort in the static config.\n" +
		fmt.Sprintf("Client port found: %d. Client address: localhost. Client SSL: true.\n", port)
	out, err := status(strings.Join(javaTLS(a, "client.p12"), " "))
	if err != nil || out != found+"Mode: standalone\n" {
		t.Errorf("got %q, %v", out, err)
	}
	out, err = status("")
	if err == nil || out != found+"Error contacting service. It is probably not running.\n" {
		t.Errorf("without a certificate: got %q, %v", out, err)
	}
}

// TestClientsComeFromWhereTheirCertificatesSayAsOnApache is ssl.clientHostnameVerification.
func TestClientsComeFromWhereTheirCertificatesSayAsOnApache(t *testing.T) {
	a := newAuthority(t)
	a.issue("server", commonName("localhost"))
	here := a.issue("here", commonName("here"))
	a.elsewhere = true
	there := a.issue("there", commonName("there"))
	for _, program := range []Program{tools.apache, tools.server} {
		_, port := secureServer(t, program, a, "server.p12", "ssl.clientHostnameVerification=true", "fips-mode=false")
		dialSecure(t, a, port, here)
		if c, err := client.Dial(t.Context(), fmt.Sprintf("127.0.0.1:%d", port), secureOptions(a, there)); err == nil {
			c.Disconnect()
			t.Errorf("%s let a client in whose certificate names another address", program.Name)
		}
	}
}

// TestOnePortTakesClientsWithAndWithoutTLS is client.portUnification.
func TestOnePortTakesClientsWithAndWithoutTLS(t *testing.T) {
	a := newAuthority(t)
	a.issue("server", commonName("localhost"))
	ann := a.issue("client", commonName("Ann"))
	s, _ := secureServer(t, tools.server, a, "server.p12", "client.portUnification=true")
	secure := dialSecure(t, a, s.Port, ann)
	plain, err := client.Dial(t.Context(), s.Addr(), client.Options{Timeout: PatienceMax})
	check(t, err)
	t.Cleanup(plain.Disconnect)
	_, err = secure.Create("/mine", []byte("x"), []zk.ACL{{Perms: zk.PermAll, ID: zk.ID{Scheme: "auth"}}}, 0)
	check(t, err)
	if _, _, err := plain.GetData("/mine", false); err == nil {
		t.Error("a client without TLS read what belongs to a certificate")
	}
	words, err := s.Word("mntr")
	check(t, err)
	if !strings.Contains(words, "zk_non_mtls_local_conn_count") {
		t.Errorf("mntr: %s", words)
	}
}
