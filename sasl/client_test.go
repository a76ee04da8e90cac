package sasl

import (
	"fmt"
	"strings"
	"testing"
)

func newTestClient(t *testing.T, user, password string) *Client {
	t.Helper()
	sections := JAAS{"Client": {{Class: digestModule, Options: map[string]string{"username": user, "password": password}, Line: 3}}}
	c, err := NewClient("jaas.conf", sections, "Client", strings.NewReader(strings.Repeat("0123456789", 100)))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAClientAnswersAsJavasDoes(t *testing.T) {
	compared := 0
	for _, line := range captured(t, "digest.txt") {
		f := strings.Split(line, "\t")
		user, response := fromCaptured(t, f[0]), fromCaptured(t, f[4])
		if f[2] != f[0] { // we always ask to be who we are, as ZooKeeper's client does
			continue
		}
		compared++
		c := newTestClient(t, user, fromCaptured(t, f[1]))
		found, err := parseDirectives([]byte(response), "cnonce")
		if err != nil {
			t.Fatal(err)
		}
		c.random = nonceOf(t, `nonce="`+string(found["cnonce"])+`"`)
		e := c.Begin()
		if first, done, err := e.Step(nil); len(first) != 0 || first == nil || done || err != nil {
			t.Errorf("first token %q, %v, %v", first, done, err)
		}
		if got, _, err := e.Step([]byte(f[3])); err != nil || string(got) != response {
			t.Errorf("got  %s and %v\nwant %s", got, err, response)
		}
		if got, done, err := e.Step([]byte(f[5])); got != nil || !done || err != nil {
			t.Errorf("at the end %q, %v, %v", got, done, err)
		}
	}
	if compared < 3 {
		t.Errorf("only %d exchanges were compared", compared)
	}
}

func TestAClientDoesNotTrustEverybody(t *testing.T) {
	const right = `realm="zk-sasl-md5",nonce="n",charset=utf-8,algorithm=md5-sess`
	for challenge, want := range map[string]string{
		"":                                  "no nonce",
		`nonce="x",charset=utf-8`:           "another algorithm",
		`nonce="x",algorithm=md5-sess`:      "UTF-8",
		`nonce="x`:                          "closing quote",
		right + `,nonce="y"`:                "comes twice",
		right + strings.Repeat(",x=y", 600): "bytes, expected at most 2048",
	} {
		e := newTestClient(t, "bob", "secret").Begin()
		if _, _, err := e.Step(nil); err != nil {
			t.Fatal(err)
		}
		if got, _, err := e.Step([]byte(challenge)); err == nil || !strings.Contains(err.Error(), want) || got != nil {
			t.Errorf("%.40q: got %q and %v, want %s", challenge, got, err, want)
		}
	}
	e := newTestClient(t, "bob", "secret").Begin()
	for _, token := range []string{"", right} {
		if _, _, err := e.Step([]byte(token)); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if _, done, err := e.Step([]byte("rspauth=0123456789abcdef0123456789abcdef")); done || err == nil {
			t.Error("a server that does not know the password is trusted")
		}
	}
}

func TestSectionsThatMakeNoClient(t *testing.T) {
	for want, text := range map[string]string{
		"":                             `Other { a.B required; };`,
		"expected the options":         `Client { ` + digestModule + ` required username="bob"; };`,
		"found a.B, expected":          `Client { a.B required; };`,
		"there is no Kerberos here ye": `Client { com.sun.security.auth.module.Krb5LoginModule required; };`,
	} {
		sections, err := ParseJAAS("jaas.conf", []byte(text), testProperty)
		if err != nil {
			t.Fatal(err)
		}
		c, err := NewClient("jaas.conf", sections, "Client", nil)
		if c != nil || (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, %v", text, c, err)
		}
	}
	if text := fmt.Sprintf("%v %+v %#v", newTestClient(t, "bob", "verysecret"), newTestClient(t, "bob", "verysecret"), newTestClient(t, "bob", "verysecret")); strings.Contains(text, "verysecret") {
		t.Error(text)
	}
}
