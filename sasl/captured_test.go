package sasl

import (
	"encoding/base64"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func captured(t *testing.T, file string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "java-17", file))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

// asCaptured writes text as the capture does.
func asCaptured(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case r < ' ' || r == 127:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return `"` + b.String() + `"`
}

func fromCaptured(t *testing.T, text string) string {
	t.Helper()
	s, err := strconv.Unquote(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return s
}

func testProperty(name string) (string, bool) {
	value, known := map[string]string{"test.known": "value", "test.empty": ""}[name]
	return value, known
}

func TestJAASFilesAreReadAsJavaReadsThem(t *testing.T) {
	files, err := filepath.Glob("testdata/jaas/*.conf")
	if err != nil || len(files) < 30 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	var got []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		sections, err := ParseJAAS(file, text, testProperty)
		if err != nil {
			got = append(got, filepath.Base(file)+" refused")
			continue
		}
		got = append(got, filepath.Base(file)+" read")
		for _, section := range []string{"Server", "Client", "QuorumServer"} {
			for _, m := range sections[section] {
				got = append(got, "  "+section+" "+m.Class+" "+m.Flag)
				for _, name := range slices.Sorted(maps.Keys(m.Options)) {
					got = append(got, "    "+asCaptured(name)+"="+asCaptured(m.Options[name]))
				}
			}
		}
	}
	if want := captured(t, "jaas.txt"); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestNamesAreMadeAsZooKeeperMakesThem(t *testing.T) {
	var rules string
	skipped := false
	lines := captured(t, "names.txt")
	for _, line := range lines {
		if text, isRules := strings.CutPrefix(line, "rules "); isRules {
			quoted, refused := strings.CutSuffix(text, " refused")
			rules = fromCaptured(t, quoted)
			if skipped = rules == "RULE:[1:$1]s/o*/-/g"; skipped {
				if _, err := NewNames(NameConfig{Rules: rules}); err == nil {
					t.Error("Java and Go replace empty matches differently, and nobody says so")
				}
				continue
			}
			if _, err := NewNames(NameConfig{Rules: rules}); refused != (err != nil) {
				t.Errorf("rules %q: got %v, refused by Java: %v", rules, err, refused)
			}
			continue
		}
		if skipped {
			continue
		}
		m := regexp.MustCompile(`^  (\d) ("(?:[^"\\]|\\.)*") (.*)$`).FindStringSubmatch(line)
		if m == nil {
			t.Fatalf("line %q", line)
		}
		n, err := NewNames(NameConfig{Rules: rules, DefaultRealm: "EXAMPLE.COM", RemoveHost: m[1] == "1" || m[1] == "3", RemoveRealm: m[1] >= "2"})
		if err != nil {
			t.Fatal(err)
		}
		proved := fromCaptured(t, m[2])
		got, err := n.of(proved)
		want := ""
		switch m[3] {
		case "refused":
			if err == nil {
				t.Errorf("rules %q: %q becomes %q, Java refuses it", rules, proved, got)
			}
			continue
		case `"CLIENT'S WISH"`:
			want = proved // ours: see names.go
		default:
			want = fromCaptured(t, m[3])
		}
		if err != nil || got != want {
			t.Errorf("rules %q, %s: %q becomes %q and %v, want %q", rules, m[1], proved, got, err, want)
		}
	}
	if len(lines) < 300 {
		t.Errorf("only %d lines", len(lines))
	}
}

// nonceOf makes the server say the nonce of a challenge again.
func nonceOf(t *testing.T, challenge string) *strings.Reader {
	t.Helper()
	found, err := parseDirectives([]byte(challenge), "nonce")
	if err != nil {
		t.Fatal(err)
	}
	raw, err := base64.StdEncoding.DecodeString(string(found["nonce"]))
	if err != nil {
		t.Fatal(err)
	}
	return strings.NewReader(string(raw))
}

func digestService(t *testing.T, users map[string]string) *Service {
	t.Helper()
	options := map[string]string{}
	for user, password := range users {
		options[userPrefix+user] = password
	}
	s, err := New(Config{
		File: "jaas.conf", Section: "Server", JAAS: JAAS{"Server": {{Class: digestModule, Options: options, Line: 2}}},
		Names: NameConfig{RemoveHost: true, RemoveRealm: true, DefaultRealm: "EXAMPLE.COM"}, Random: strings.NewReader(strings.Repeat("random", 1000)),
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestTheServerSpeaksDigestMD5AsJavaDoes(t *testing.T) {
	for _, line := range captured(t, "digest.txt") {
		f := strings.Split(line, "\t")
		user, password, response := fromCaptured(t, f[0]), fromCaptured(t, f[1]), fromCaptured(t, f[4])
		s := digestService(t, map[string]string{user: password})
		s.random = nonceOf(t, f[3])
		e := s.Begin()
		if o, err := e.Step(nil); err != nil || o.Done || string(o.Answer) != f[3] {
			t.Fatalf("user %q: challenge %q and %v, want %q", user, o.Answer, err, f[3])
		}
		o, err := e.Step([]byte(response))
		if err != nil || !o.Done || string(o.Answer) != f[5] {
			t.Errorf("user %q: answer %q, %v and %v, want %q", user, o.Answer, o.Done, err, f[5])
		}
		want, _, _ := strings.Cut(user, "/host@")
		if o.Name != want {
			t.Errorf("user %q is called %q", user, o.Name)
		}
	}
}

// What libsasl2 2.1.28, which ZooKeeper's C client is built on, answered to our challenge, and what it then accepted.
func TestTheServerSpeaksDigestMD5WithCyrus(t *testing.T) {
	const (
		challenge = `realm="zk-sasl-md5",nonce="Aq7nwKUvhYPUHzMnWKcCimnDWphQ3aKgpZ1bQcjj",charset=utf-8,algorithm=md5-sess`
		response  = `username="bob",realm="zk-sasl-md5",nonce="Aq7nwKUvhYPUHzMnWKcCimnDWphQ3aKgpZ1bQcjj",` +
			`cnonce="ctadFoCIR+dyvBNZ2CvV4zzvtelk/HSuh4DKt4m3C7I=",nc=00000001,qop=auth,digest-uri="zookeeper/zk-sasl-md5",` +
			`response=e7f9976760bbaa881f45cb3e3e5b643b`
	)
	s := digestService(t, map[string]string{"bob": "bobsecret"})
	s.random = nonceOf(t, challenge)
	e := s.Begin()
	if o, err := e.Step(nil); err != nil || string(o.Answer) != challenge {
		t.Fatalf("challenge %q, %v", o.Answer, err)
	}
	if o, err := e.Step([]byte(response)); err != nil || o.Name != "bob" || string(o.Answer) != "rspauth=21b930126d0423bcd4d375586b276336" {
		t.Errorf("got %q for %q, %v", o.Answer, o.Name, err)
	}
}
