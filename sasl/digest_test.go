package sasl

import (
	"fmt"
	"maps"
	"strings"
	"testing"
)

// RFC 2831, section 4, the first example.
func TestTheExampleOfTheRFC(t *testing.T) {
	d := digestSum{
		uri: "imap/elwood.innosoft.com", user: "chris", realm: "elwood.innosoft.com", password: "secret",
		nonce: []byte("OA6MG9tEQGm2hh"), cnonce: []byte("OA6MHXh6VqTrRk"),
	}
	if got := d.value("AUTHENTICATE"); got != "d388dad90d4bbd760a152321f2143af7" {
		t.Errorf("response %s", got)
	}
	if got := d.value(""); got != "ea40f60335c427b5527b84dbabcdfffd" {
		t.Errorf("rspauth %s", got)
	}
}

// begun is an exchange whose challenge has been sent, and its nonce.
func begun(t *testing.T, s *Service) (*Exchange, string) {
	t.Helper()
	e := s.Begin()
	o, err := e.Step(nil)
	if err != nil {
		t.Fatal(err)
	}
	found, err := parseDirectives(o.Answer, "nonce")
	if err != nil {
		t.Fatal(err)
	}
	return e, string(found["nonce"])
}

// answer is the response of a client, with some directives replaced; an empty value leaves one out.
func answer(user, password, nonce string, replaced map[string]string) []byte {
	d := digestSum{uri: digestURI, user: user, realm: digestRealm, password: password, nonce: []byte(nonce), cnonce: []byte("mine")}
	if uri := replaced["digest-uri"]; uri != "" {
		d.uri = strings.Trim(uri, `"`)
	}
	values := map[string]string{
		"username": quote(user), "realm": `"` + digestRealm + `"`, "nonce": `"` + nonce + `"`, "cnonce": `"mine"`, "nc": "00000001", "qop": "auth",
		"digest-uri": `"` + digestURI + `"`, "response": d.value("AUTHENTICATE"), "charset": "utf-8",
	}
	maps.Copy(values, replaced)
	var parts []string
	for name, value := range values {
		if value != "" {
			parts = append(parts, name+"="+value)
		}
	}
	return []byte(strings.Join(parts, ","))
}

func TestARightPasswordProvesAUserOnce(t *testing.T) {
	s := digestService(t, map[string]string{"bob": "secret"})
	e, nonce := begun(t, s)
	response := answer("bob", "secret", nonce, nil)
	o, err := e.Step(response)
	if err != nil || !o.Done || o.Name != "bob" {
		t.Fatalf("got %+v, %v", o, err)
	}
	for range 2 {
		if o, err := e.Step(response); err == nil || o.Done {
			t.Errorf("the same again: %+v", o)
		}
	}
	other, _ := begun(t, digestServiceWith(s, "other random bytes, thirty of them!"))
	if _, err := other.Step(response); err == nil || !strings.Contains(err.Error(), "nonce that is not ours") {
		t.Errorf("a response to another challenge: %v", err)
	}
}

// digestServiceWith is the same service with other random bytes.
func digestServiceWith(s *Service, random string) *Service {
	other := *s
	other.random = strings.NewReader(random)
	return &other
}

func TestResponsesThatProveNothing(t *testing.T) {
	users := map[string]string{"bob": "secret", "super": "fromfile", "": "x", "two@@ats": "p"}
	for _, tt := range []struct {
		name, user, password string
		replaced             map[string]string
		want                 string
	}{
		{"a wrong password", "bob", "Secret", nil, `wrong password of user "bob"`},
		{"an unknown user", "eve", "secret", nil, `user "eve" is not in the list`},
		{"a user without a name", "", "x", nil, "directive username is empty"},
		{"a user whose name is none of Kerberos", "two@@ats", "p", nil, `"two@@ats" is not a Kerberos name`},
		{"no user", "bob", "secret", map[string]string{"username": ""}, "directive username is missing"},
		{"no nonce", "bob", "secret", map[string]string{"nonce": ""}, "directive nonce is missing"},
		{"no cnonce", "bob", "secret", map[string]string{"cnonce": ""}, "directive cnonce is missing"},
		{"no response", "bob", "secret", map[string]string{"response": ""}, "directive response is missing"},
		{"no URI", "bob", "secret", map[string]string{"digest-uri": ""}, `digest-uri "", expected zookeeper/zk-sasl-md5`},
		{"another URI", "bob", "secret", map[string]string{"digest-uri": `"ldap/zk-sasl-md5"`}, `digest-uri "ldap/zk-sasl-md5"`},
		{"no realm", "bob", "secret", map[string]string{"realm": ""}, `realm "", expected zk-sasl-md5`},
		{"another realm", "bob", "secret", map[string]string{"realm": `"x"`}, `realm "x", expected zk-sasl-md5`},
		{"another nonce", "bob", "secret", map[string]string{"nonce": `"x"`}, "a nonce that is not ours"},
		{"another charset", "bob", "secret", map[string]string{"charset": "latin1"}, `charset "latin1", expected utf-8`},
		{"protection", "bob", "secret", map[string]string{"qop": "auth-conf"}, `qop "auth-conf", expected auth`},
		{"a second nonce count", "bob", "secret", map[string]string{"nonce-count": "2"}, `nonce-count "2", expected 1`},
		{"a buffer that is no number", "bob", "secret", map[string]string{"maxbuf": "many"}, `maxbuf "many", expected a number`},
		{"a user twice", "bob", "secret", map[string]string{"USERNAME": "eve"}, `directive "username" comes twice`},
		{"an authorization that was not hashed", "bob", "secret", map[string]string{"authzid": `"super"`}, `wrong password of user "bob"`},
		{"too much", "bob", "secret", map[string]string{"x": strings.Repeat("x", digestBytesMax)}, "bytes, expected at most 4096"},
		{"a quote without end", "bob", "secret", map[string]string{"x": `"`}, "closing quote"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e, nonce := begun(t, digestService(t, users))
			o, err := e.Step(answer(tt.user, tt.password, nonce, tt.replaced))
			if err == nil || !strings.Contains(err.Error(), tt.want) || o.Done || o.Name != "" {
				t.Errorf("got %+v and %v, want %s", o, err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("the password is in %v", err)
			}
			if _, err := e.Step(answer("bob", "secret", nonce, nil)); err == nil {
				t.Error("the right response behind a wrong one is accepted")
			}
		})
	}
}

func TestResponsesThatDifferWithoutHarm(t *testing.T) {
	for name, replaced := range map[string]map[string]string{
		"no qop":                  {"qop": ""},
		"no charset":              {"charset": ""},
		"no nonce count":          {"nc": ""},
		"a nonce count in full":   {"nonce-count": "00000001"},
		"an URI in large letters": {"digest-uri": `"ZooKeeper/ZK-SASL-MD5"`},
		"an unknown directive":    {"x": `"a,b\"c"`},
		"blanks":                  {"\r\n maxbuf ": "\t65536 "},
	} {
		t.Run(name, func(t *testing.T) {
			e, nonce := begun(t, digestService(t, map[string]string{"bob": "secret"}))
			if o, err := e.Step(answer("bob", "secret", nonce, replaced)); err != nil || o.Name != "bob" {
				t.Errorf("got %+v, %v", o, err)
			}
		})
	}
}

func TestTheSuperPasswordReplacesThatOfTheFile(t *testing.T) {
	for _, tt := range []struct {
		users    map[string]string
		password string
		ok       bool
	}{
		{map[string]string{"super": "fromfile"}, "property", true},
		{map[string]string{"super": "fromfile"}, "fromfile", false},
		{map[string]string{"bob": "x"}, "property", false}, // the property makes no user
	} {
		s := digestService(t, tt.users)
		s.superUser = "property"
		e, nonce := begun(t, s)
		if o, err := e.Step(answer("super", tt.password, nonce, nil)); o.Done != tt.ok || (err == nil) != tt.ok {
			t.Errorf("%v, %s: %+v, %v", tt.users, tt.password, o, err)
		}
	}
}

func TestPasswordsAreNotPrinted(t *testing.T) {
	s := digestService(t, map[string]string{"bob": "verysecret"})
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if text := fmt.Sprintf(verb, []any{s, Config{SuperPassword: "verysecret"}}); strings.Contains(text, "verysecret") {
			t.Errorf("%s prints %s", verb, text)
		}
	}
}

func FuzzDigestResponse(f *testing.F) {
	f.Add([]byte(`username="bob",realm="zk-sasl-md5",nonce="x",cnonce="y",digest-uri="zookeeper/zk-sasl-md5",response=z`))
	f.Add([]byte(`a=b , "="\`))
	f.Fuzz(func(t *testing.T, token []byte) {
		s := digestService(t, map[string]string{"bob": "secret"})
		e := s.Begin()
		if _, err := e.Step(token); err != nil && len(token) <= digestBytesMax {
			t.Fatal(err)
		}
		if o, err := e.Step(token); err == nil || o.Done {
			t.Fatalf("%q proves %q", token, o.Name)
		}
	})
}

func FuzzJAAS(f *testing.F) {
	f.Add("Server { a.B required x=\"y\"; };")
	f.Add("/* \"${a}\\7")
	f.Fuzz(func(t *testing.T, text string) {
		sections, err := ParseJAAS("f", []byte(text), testProperty)
		if bad, is := err.(*ConfigError); err != nil && (!is || bad.Line < 1 || sections != nil) { //nolint:errorlint // this very type
			t.Fatalf("%T %v", err, err)
		}
	})
}

func FuzzRules(f *testing.F) {
	f.Add("RULE:[2:$1@$0](.*@X)s/(a)/$1/g DEFAULT", "a/b@X")
	f.Fuzz(func(t *testing.T, rules, name string) {
		if n, err := NewNames(NameConfig{Rules: rules, DefaultRealm: "X"}); err == nil {
			_, _ = n.of(name) // it only must not panic
		}
	})
}
