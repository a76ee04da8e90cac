package interop

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"paddock/sasl"
)

// withProperties is the program with system properties, which come before the class for Java.
func withProperties(p Program, properties ...string) Program {
	at := len(p.Argv)
	if p.Name == "apache" {
		at = 1
	}
	for i, property := range properties {
		properties[i] = "-D" + property
	}
	return Program{Name: p.Name, Argv: slices.Insert(slices.Clone(p.Argv), at, properties...)}
}

// file writes a file for the test and returns its path.
func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	check(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

const (
	digestModule = "org.apache.zookeeper.server.auth.DigestLoginModule"
	krb5Module   = "com.sun.security.auth.module.Krb5LoginModule"
	saslProvider = "authProvider.1=org.apache.zookeeper.server.auth.SASLAuthenticationProvider"

	serverJAAS = `Server {
	` + digestModule + ` required // who there is
	user_super="ignored" user_bob="bobsecret" user_müller="pässwörd" "user_two@@ats"="x";
};`
)

func clientJAAS() string {
	var b strings.Builder
	for _, c := range [][3]string{
		{"bob", "bob", "bobsecret"}, {"alice", "müller", "pässwörd"}, {"root", "super", "adminsecret"}, {"wrong", "bob", "bobsecre"}, {"unknown", "eve", "bobsecret"},
	} {
		fmt.Fprintf(&b, "%s { %s required username=%q password=%q; };\n", c[0], digestModule, c[1], c[2])
	}
	return b.String()
}

// TestSASLIsAsInApache holds both servers against each other in every way that SASL can be configured: what raw connections get, and
// what Apache's Java client and kazoo see.
func TestSASLIsAsInApache(t *testing.T) {
	jaas := "java.security.auth.login.config=" + file(t, "server.jaas", serverJAAS)
	super := "zookeeper.SASLAuthenticationProvider.superPassword=adminsecret"
	for name, how := range map[string]struct {
		properties, settings, clients []string
	}{
		"registered": {
			[]string{jaas, super, "zookeeper.letAnySaslUserDoX=reader"},
			[]string{saslProvider, "superUser.of.all=müller"},
			[]string{"bob", "alice", "root", "wrong", "unknown", "-"},
		},
		"required": {
			[]string{jaas, super},
			[]string{saslProvider, "sessionRequireClientSASLAuth=true", "allowSaslFailedClients=true"},
			[]string{"bob", "wrong", "-"},
		},
		"failures allowed":  {[]string{jaas}, []string{saslProvider, "allowSaslFailedClients=true"}, nil},
		"not registered":    {[]string{jaas, super}, []string{"superUser=super"}, []string{"bob", "root"}},
		"no such section":   {[]string{jaas, "zookeeper.sasl.serverconfig=Other"}, []string{saslProvider}, nil},
		"enforced with two": {[]string{jaas}, []string{saslProvider, "enforce.auth.enabled=true", "enforce.auth.schemes=sasl,digest"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var told []string
			for _, program := range []Program{tools.apache, tools.server} {
				s := newServer(t, withProperties(program, slices.Clone(how.properties)...), how.settings...)
				check(t, s.Start())
				text := saslStories(t, s)
				if how.clients != nil {
					text += javaSASL(t, s, how.clients...)
				}
				if name == "registered" {
					text += kazooSASL(t, s, "bob", "bobsecret") + kazooSASL(t, s, "bob", "wrong")
					text += shellSASL(t, s, "bob") + shellSASL(t, s, "wrong")
				}
				told = append(told, text)
				check(t, s.Stop())
			}
			if told[0] != told[1] {
				t.Errorf("apache\n%s\npaddock\n%s", told[0], told[1])
			}
			if n := strings.Count(told[0], "\n"); n < 40 {
				t.Errorf("only %d lines were compared:\n%s", n, told[0])
			}
		})
	}
}

const opSASL, opWhoAmI = 102, 107

// saslTalk is a raw connection that speaks SASL, and what came of it.
type saslTalk struct {
	c    *Conn
	text strings.Builder
	last []byte // token
	done bool
}

// send sends a request, and writes down what comes back.
func (s *saslTalk) send(op int32, body Body) {
	if s.done {
		return
	}
	reply, err := s.c.Call(op, body)
	if err != nil {
		s.done = true
		fmt.Fprintf(&s.text, "  ended\n")
		return
	}
	s.last = nil
	if op == opSASL && reply.Code == 0 {
		s.last = Read(reply.Body).Buffer()
	}
	shown := hex.EncodeToString(reply.Body)
	for _, begin := range []string{"realm=", "rspauth="} {
		if bytes.HasPrefix(s.last, []byte(begin)) {
			shown = begin
		}
	}
	fmt.Fprintf(&s.text, "  op %d: zxid above zero %v, code %d, %s\n", op, reply.Zxid > 0, reply.Code, shown)
}

func (s *saslTalk) token(token []byte) { s.send(opSASL, Body(nil).Buffer(token)) }

// login runs an exchange of DIGEST-MD5, as far as the server lets it, and returns the response that was sent.
func (s *saslTalk) login(t *testing.T, user, password string, change func(string) string) []byte {
	t.Helper()
	client, err := sasl.NewClient("test", sasl.JAAS{"Client": {{Class: digestModule, Options: map[string]string{"username": user, "password": password}}}}, "Client", rand.Reader)
	check(t, err)
	e := client.Begin()
	first, _, err := e.Step(nil)
	check(t, err)
	s.token(first)
	if s.last == nil {
		return nil
	}
	response, _, err := e.Step(s.last)
	check(t, err)
	if change != nil {
		response = []byte(change(string(response)))
	}
	s.token(response)
	return response
}

// saslStories are what clients that we have at hand do not do.
func saslStories(t *testing.T, s *Server) string {
	t.Helper()
	read := WatchBody("/", false)
	replaced := func(old, other string) func(string) string {
		return func(text string) string { return strings.Replace(text, old, other, 1) }
	}
	stories := []struct {
		name string
		tell func(*saslTalk)
	}{
		{"a right password", func(c *saslTalk) { c.login(t, "bob", "bobsecret", nil) }},
		{"a wrong password", func(c *saslTalk) { c.login(t, "bob", "Bobsecret", nil) }},
		{"a user beyond ISO-8859-1's first half", func(c *saslTalk) { c.login(t, "müller", "pässwörd", nil) }},
		{"the superuser", func(c *saslTalk) { c.login(t, "super", "adminsecret", nil) }},
		{"another authorization id", func(c *saslTalk) { c.login(t, "bob", "bobsecret", replaced(`authzid="bob"`, `authzid="super"`)) }},
		{"no authorization id", func(c *saslTalk) { c.login(t, "bob", "bobsecret", replaced(`,authzid="bob"`, ``)) }},
		{"another realm", func(c *saslTalk) { c.login(t, "bob", "bobsecret", replaced("zk-sasl-md5", "other")) }},
		{"another service", func(c *saslTalk) { c.login(t, "bob", "bobsecret", replaced("zookeeper/", "ldap/")) }},
		{"protection", func(c *saslTalk) { c.login(t, "bob", "bobsecret", replaced("qop=auth", "qop=auth-int")) }},
		{"a second nonce count", func(c *saslTalk) { c.login(t, "bob", "bobsecret", replaced("nc=00000001", "nc=00000002")) }},
		{"a directive twice", func(c *saslTalk) { c.login(t, "bob", "bobsecret", replaced("qop=auth", "qop=auth,qop=auth")) }},
		{"an unknown user", func(c *saslTalk) { c.login(t, "eve", "bobsecret", nil) }},
		{"a first token that is not empty", func(c *saslTalk) { c.token([]byte("x")) }},
		{"two exchanges", func(c *saslTalk) { c.login(t, "bob", "bobsecret", nil); c.login(t, "bob", "bobsecret", nil) }},
		{"the right response again", func(c *saslTalk) { c.token(c.login(t, "bob", "bobsecret", nil)) }},
		{"a failure, then the right password", func(c *saslTalk) { c.token(emptyToken()); c.token([]byte("x")); c.login(t, "bob", "bobsecret", nil) }},
		{"nothing twice", func(c *saslTalk) { c.token(emptyToken()); c.token(emptyToken()) }},
		{"too long a response", func(c *saslTalk) { c.token(emptyToken()); c.token(bytes.Repeat([]byte("x=y,"), 1025)) }},
		{"too long a first token", func(c *saslTalk) { c.token(bytes.Repeat([]byte("x"), 5000)) }},
		{"a token of null", func(c *saslTalk) { c.send(opSASL, Body(nil).Int(-1)) }},
		{"a body of nothing", func(c *saslTalk) { c.send(opSASL, nil) }},
		{"a request between the tokens", func(c *saslTalk) { c.token(emptyToken()); c.send(OpExists, read); c.token([]byte("x")) }},
		{"auth with the scheme sasl", func(c *saslTalk) { c.send(OpAuth, AuthBody("sasl", "bob")) }},
		{"digest, then a failure", func(c *saslTalk) {
			c.send(OpAuth, AuthBody("digest", "u:p"))
			c.login(t, "bob", "x", nil)
		}},
	}
	var text strings.Builder
	for _, story := range stories {
		talk := &saslTalk{c: dial(t, s, Hello{})}
		story.tell(talk)
		talk.send(opWhoAmI, nil)
		talk.send(OpExists, read)
		check(t, errors.Join(talk.c.Drop(), nil))
		fmt.Fprintf(&text, "%s\n%s", story.name, talk.text.String())
	}
	return text.String()
}

// emptyToken is an empty token, which is not null.
func emptyToken() []byte { return []byte{} }

// javaSASL runs Sasl.java against a server, a client for each section.
func javaSASL(t *testing.T, s *Server, sections ...string) string {
	t.Helper()
	return javaClients(t, s, []string{"java.security.auth.login.config=" + file(t, "client.jaas", clientJAAS()), "zookeeper.fips-mode=false"}, sections...)
}

func javaClients(t *testing.T, s *Server, properties []string, sections ...string) string {
	t.Helper()
	argv := []string{"-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dfile.encoding=UTF-8", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error"}
	for _, property := range properties {
		argv = append(argv, "-D"+property)
	}
	argv = append(argv, "-cp", tools.cache.SaslClass(), "Sasl", s.Addr())
	cmd := exec.Command("java", append(argv, sections...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s\n%s\nserver:\n%s", err, out, complaints.String(), s.Log())
	}
	return string(out)
}

func kazooSASL(t *testing.T, s *Server, user, password string) string {
	t.Helper()
	cmd := exec.Command("python3", filepath.Join("clients", "python", "sasl.py"), s.Addr(), user, password)
	cmd.Env = append(os.Environ(), "PYTHONPATH="+tools.cache.PythonPath())
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("kazoo: %v\n%s", err, out)
	}
	return "kazoo " + string(out)
}

// shellSASL asks with our own shell who it is.
func shellSASL(t *testing.T, s *Server, section string) string {
	t.Helper()
	cmd := exec.Command(paddockBinary(t), "cli", "-server", s.Addr(), "-timeout", "30000", "whoami")
	cmd.Env = append(os.Environ(), "CLIENT_JVMFLAGS=-Djava.security.auth.login.config="+file(t, "client.jaas", clientJAAS())+" -Dzookeeper.sasl.clientconfig="+section)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := cmd.Output()
	text := fmt.Sprintf("shell %s: %v\n%s", section, err, strings.ReplaceAll(string(out), s.Addr(), "server"))
	if proved := strings.Contains(text, "sasl: bob"); proved != (section == "bob") || proved != (err == nil) || proved != strings.Contains(text, "SaslAuthenticated") {
		t.Errorf("%s", text)
	}
	return text
}

// TestAServerThatCannotHaveTheSASLItIsToldDoesNotStart: Apache ends as well.
func TestAServerThatCannotHaveTheSASLItIsToldDoesNotStart(t *testing.T) {
	const property = "java.security.auth.login.config="
	for name, properties := range map[string][]string{
		"a file that is not there":   {property + "/nowhere/at/all"},
		"a file that makes no sense": {property + file(t, "jaas", "Server { ")},
		"an unknown module":          {property + file(t, "jaas", "Server { com.example.Mine required; };")},
		"no keytab":                  {property + file(t, "jaas", "Server { "+krb5Module+` required useKeyTab=true storeKey=true keyTab="/nowhere" principal="zookeeper/localhost@EXAMPLE.COM"; };`)},
	} {
		t.Run(name, func(t *testing.T) {
			for _, program := range []Program{tools.apache, tools.server} {
				s, err := NewServer(withProperties(program, slices.Clone(properties)...), t.TempDir(), saslProvider)
				check(t, err)
				if err = s.Start(); err == nil {
					check(t, s.Kill())
					t.Fatalf("%s serves", program.Name)
				}
				if !strings.Contains(err.Error(), "ended at start") {
					t.Fatalf("%s: %v", program.Name, err)
				}
			}
		})
	}
}

// kdc starts a Kerberos server, and returns the folder with krb5.conf and the keytabs.
func kdc(t *testing.T, realm string, principals ...string) string {
	t.Helper()
	dir := t.TempDir()
	port, err := freePort()
	check(t, err)
	cmd := exec.Command("java", append([]string{
		"-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
		"-cp", tools.cache.KdcClass(), "Kdc", dir, realm, fmt.Sprint(port),
	}, principals...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	in, err := cmd.StdinPipe()
	check(t, err)
	out, err := cmd.StdoutPipe()
	check(t, err)
	check(t, cmd.Start())
	t.Cleanup(func() {
		_ = in.Close() // it ends then
		if err := cmd.Wait(); err != nil {
			t.Logf("KDC: %v\n%s", err, complaints.String())
		}
	})
	ready := make(chan error, 1)
	go func() {
		_, err := io.ReadFull(out, make([]byte, len("ready\n")))
		ready <- err
	}()
	select {
	case err = <-ready:
	case <-time.After(PatienceMax):
		err = errors.Join(errors.New("not ready"), cmd.Process.Kill())
	}
	if err != nil {
		t.Fatalf("KDC: %v\n%s", err, complaints.String())
	}
	return dir
}

// TestJavasClientProvesItselfByKerberos holds both servers against each other with a Kerberos server of their own.
func TestJavasClientProvesItselfByKerberos(t *testing.T) {
	const realm = "EXAMPLE.COM"
	dir := kdc(t, realm, "zookeeper/localhost", "bob", "alice/web", "mallory", "zookeeper/other")
	module := func(name, keytab string) string {
		return fmt.Sprintf("%s required useKeyTab=true storeKey=true useTicketCache=false keyTab=%q principal=%q;", krb5Module, filepath.Join(dir, keytab+".keytab"), name)
	}
	krb5 := "java.security.krb5.conf=" + filepath.Join(dir, "krb5.conf")
	server := "java.security.auth.login.config=" + file(t, "server.jaas", "Server { "+module("zookeeper/localhost@"+realm, "zookeeper_localhost")+" };")
	client := file(t, "client.jaas", "bob { "+module("bob", "bob")+" };\nalice { "+module("alice/web@"+realm, "alice_web")+" };\n")
	rules := "zookeeper.security.auth_to_local=RULE:[2:$1](alice)s/alice/carol/ DEFAULT"
	var told []string
	var servers []*Server
	for _, program := range []Program{tools.apache, tools.server} {
		s := newServer(t, withProperties(program, server, krb5, rules, "zookeeper.kerberos.removeRealmFromPrincipal=true"), saslProvider, "sessionRequireClientSASLAuth=true")
		check(t, s.Start())
		servers = append(servers, s)
		told = append(told, javaClients(t, s, []string{"java.security.auth.login.config=" + client, krb5, "zookeeper.server.principal=zookeeper/localhost@" + realm}, "bob", "alice"))
		if program.Name != tools.server.Name {
			check(t, s.Stop())
			continue
		}
		// A ticket for another service proves nothing here.
		other := javaClients(t, s, []string{"java.security.auth.login.config=" + client, krb5, "zookeeper.server.principal=zookeeper/other@" + realm}, "bob")
		if !strings.Contains(other, "bob told: AuthFailed") {
			t.Errorf("with a ticket for another service:\n%s", other)
		}
	}
	if told[0] != told[1] {
		t.Errorf("apache\n%s\npaddock\n%s", told[0], told[1])
	}
	for i, s := range servers {
		if i == 0 {
			check(t, s.Start())
		}
		mutual(t, s, []string{"java.security.auth.login.config=" + client, krb5}, "bob")
	}
	for _, want := range []string{"bob whoAmI: [ip:127.0.0.1, sasl:bob]\n", "alice whoAmI: [ip:127.0.0.1, sasl:carol/web]\n"} {
		if !strings.Contains(told[1], want) {
			t.Errorf("no line %q in\n%s", want, told[1])
		}
	}
}

// mutual proves a principal with a client that makes the server prove itself as well.
func mutual(t *testing.T, s *Server, properties []string, section string) {
	t.Helper()
	argv := []string{"-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"}
	for _, property := range properties {
		argv = append(argv, "-D"+property)
	}
	cmd := exec.Command("java", append(argv, "-cp", tools.cache.SaslClass(), "Mutual", section, "zookeeper", "localhost")...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	in, err := cmd.StdinPipe()
	check(t, err)
	out, err := cmd.StdoutPipe()
	check(t, err)
	check(t, cmd.Start())
	talk := &saslTalk{c: dial(t, s, Hello{})}
	lines := bufio.NewScanner(out)
	tokens, complete := 0, false
	for lines.Scan() && !complete {
		if complete = lines.Text() == "complete"; complete {
			continue
		}
		token, err := hex.DecodeString(lines.Text())
		check(t, err)
		tokens++
		talk.token(token)
		_, _ = io.WriteString(in, hex.EncodeToString(talk.last)+"\n") // behind its last token nobody reads it
	}
	if err := cmd.Wait(); err != nil || !complete || tokens != 3 {
		t.Errorf("%s: %v after %d tokens, complete %v\n%s%s", s.Program.Name, err, tokens, complete, talk.text.String(), complaints.String())
	}
	talk.send(opWhoAmI, nil)
	if text := talk.text.String(); !strings.Contains(text, hex.EncodeToString([]byte("bob"))) || !strings.Contains(text, "op 107: zxid above zero true, code 0") {
		t.Errorf("%s:\n%s", s.Program.Name, text)
	}
}
