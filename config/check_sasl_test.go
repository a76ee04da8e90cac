package config

import (
	"io/fs"
	"slices"
	"strings"
	"testing"
)

const (
	saslProvider = "authProvider.1=org.apache.zookeeper.server.auth.SASLAuthenticationProvider\n"
	jaasText     = `Server { org.apache.zookeeper.server.auth.DigestLoginModule required user_bob="bobsecret"; };`
)

// filesOf reads from memory.
func filesOf(files map[string]string) readFunc {
	return func(path string) ([]byte, error) {
		if text, there := files[path]; there {
			return []byte(text), nil
		}
		return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}
}

func jaasAt(path string) map[string]string {
	return map[string]string{"java.security.auth.login.config": path}
}

func TestASectionOfTheJAASFileMakesSASL(t *testing.T) {
	files := filesOf(map[string]string{
		"/jaas.conf": jaasText + ` Mine { org.apache.zookeeper.server.auth.DigestLoginModule required user_eve="${my.own}${zookeeper.superUser}"; };`,
	})
	for _, tt := range []struct {
		name, text string
		props      map[string]string
		there      bool
	}{
		{"no file", "", nil, false},
		{"a path", "", jaasAt("/jaas.conf"), true},
		{"a URL", "", jaasAt("file:///jaas.conf"), true},
		{"this file alone", "", jaasAt("=/jaas.conf"), true},
		{"a section of another name", "sasl.serverconfig=Mine\nsuperUser=x", map[string]string{"java.security.auth.login.config": "/jaas.conf", "my.own": "x"}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.props["my.own"] == "" && tt.props != nil {
				tt.props["my.own"] = "y"
			}
			c, err := load("zoo.cfg", basics+"superUser=root\n"+saslProvider+tt.text, tt.props, files)
			if err != nil {
				t.Fatal(err)
			}
			if (c.SASL.Service != nil) != tt.there || !c.SASL.Registered {
				t.Errorf("got %+v", c.SASL)
			}
		})
	}
	c, err := load("zoo.cfg", basics+"superUser=root\nsuperUser.b=two\nensembleAuthName= a, b ", map[string]string{"zookeeper.superUser.c": "three"}, files)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(c.SASL.SuperUsers)
	if want := []string{"root", "three", "two"}; !slices.Equal(c.SASL.SuperUsers, want) || !slices.Equal(c.EnsembleAuth.Names, []string{"a", "b"}) {
		t.Errorf("got %q and %q", c.SASL.SuperUsers, c.EnsembleAuth.Names)
	}
}

func TestSASLThatCannotBeIsRefused(t *testing.T) {
	krb5 := `com.sun.security.auth.module.Krb5LoginModule required `
	files := filesOf(map[string]string{
		"/jaas.conf": jaasText, "/bad.conf": "Server {\n x", "/class.conf": "Server {\n com.example.Mine required; };", "/krb5.conf": "[libdefaults]\n default_realm = EXAMPLE.COM\n",
		"/nokeys.conf": "Server { " + krb5 + `principal="zookeeper/host"; };`, "/nokeytab.conf": "Server { " + krb5 + `useKeyTab=true storeKey=true principal="zookeeper/host"; };`,
		"/nohost.conf": "Server { " + krb5 + `useKeyTab=true storeKey=true keyTab="/k" principal="zookeeper"; };`,
		"/gone.conf":   "Server { " + krb5 + `useKeyTab=true storeKey=true keyTab="/gone" principal="zookeeper/host@X"; };`,
		"/broken.conf": "Server { " + krb5 + `useKeyTab=true storeKey=true keyTab="/broken" principal="zookeeper/host@X"; };`, "/broken": "\x05\x02\x00\x00\x00\x09",
		"/other.conf": "Server { " + krb5 + `useKeyTab=true storeKey=true keyTab="/empty" principal="zookeeper/host"; };`, "/empty": "\x05\x02\x00\x00\x00\x00",
	})
	with := func(jaas string, more ...string) map[string]string {
		props := jaasAt(jaas)
		for i := 0; i < len(more); i += 2 {
			props[more[i]] = more[i+1]
		}
		return props
	}
	for _, tt := range []struct {
		name, text string
		props      map[string]string
		want       string
	}{
		{"no such file", "", with("/nowhere"), `-Djava.security.auth.login.config: "/nowhere" cannot be read: file does not exist`},
		{"a file that makes no sense", "", with("/bad.conf"), `/bad.conf:2: found the end of the file, expected required, requisite, sufficient or optional`},
		{"an unknown module", "", with("/class.conf"), `/class.conf:2: found com.example.Mine, expected org.apache.zookeeper.server.auth.DigestLoginModule or com.sun.security.auth.module.Krb5LoginModule`},
		{"bad rules", "security.auth_to_local=RULE:[1:$2]", with("/jaas.conf"), `zoo.cfg:3: security.auth_to_local: rule "RULE:[1:$2]": found $2, expected $0 to $1`},
		{"a Kerberos section without keys", "", with("/nokeys.conf"), "/nokeys.conf:1: found a Krb5LoginModule without keys, expected useKeyTab=true and storeKey=true"},
		{"a principal without a realm, and no default", "", with("/nokeytab.conf"), `/nokeytab.conf:1: found the principal "zookeeper/host", expected service/host@REALM, or service/host and a default_realm in krb5.conf`},
		{"no keytab", "", with("/nokeytab.conf", "java.security.krb5.conf", "/krb5.conf"), "/nokeytab.conf:1: found no option keyTab, expected the path of a keytab"},
		{"a principal without a host", "", with("/nohost.conf", "java.security.krb5.conf", "/krb5.conf"), `/nohost.conf:1: found the principal "zookeeper", expected service/host@REALM`},
		{"a keytab that is not there", "", with("/gone.conf"), "/gone.conf:1: keytab /gone: open /gone: file does not exist"},
		{"a keytab that is none", "", with("/broken.conf"), "/broken.conf:1: keytab /broken: "},
		{"a keytab without our key", "", with("/other.conf", "java.security.krb5.conf", "/krb5.conf"), "/other.conf:1: keytab /empty: no key with AES of zookeeper/host@EXAMPLE.COM"},
		{"a krb5.conf that is not there", "", with("/jaas.conf", "java.security.krb5.conf", "/nowhere"), `-Djava.security.krb5.conf: "/nowhere" cannot be read: file does not exist`},
		{"no default realm", "requireKerberosConfig=true", nil, `zoo.cfg:3: requireKerberosConfig: found "true", expected a default_realm in the section libdefaults of /etc/krb5.conf; there is none`},
		{"SASL is wanted and not registered", "sessionRequireClientSASLAuth=true", with("/jaas.conf"), `zoo.cfg:3: sessionRequireClientSASLAuth: found "true", expected authProvider.1=org.apache.zookeeper.server.auth.SASLAuthenticationProvider beside it`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := refusal(t, basics+tt.text, tt.props, files)
			if !strings.HasPrefix(got, tt.want) {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if strings.Contains(got, "secret") {
				t.Error("a password is in it")
			}
		})
	}
}

func TestSASLThatWillServeNobodyIsWarnedOf(t *testing.T) {
	files := filesOf(map[string]string{"/jaas.conf": jaasText, "/nobody.conf": "Server { org.apache.zookeeper.server.auth.DigestLoginModule required; };"})
	for _, tt := range []struct {
		name, text string
		props      map[string]string
		want       []string
	}{
		{"all is well", saslProvider + "sessionRequireClientSASLAuth=true", jaasAt("/jaas.conf"), nil},
		{"no such section", "sasl.serverconfig=Mine", jaasAt("/jaas.conf"), []string{"-Djava.security.auth.login.config: /jaas.conf has no section Mine, so there is no SASL; its sections are: Server"}},
		{"a section without users", "", jaasAt("/nobody.conf"), []string{`-Djava.security.auth.login.config: /nobody.conf: section Server: no user is named, so nobody can prove anything; expected options such as user_bob="password"`}},
		{"SASL is wanted and not configured", saslProvider + "sessionRequireClientSASLAuth=true", nil, []string{"zoo.cfg:4: sessionRequireClientSASLAuth: no client will be served: SASL is wanted, and none is configured (-Djava.security.auth.login.config=…)"}},
		{"the same in the newer form", saslProvider + "enforce.auth.enabled=true\nenforce.auth.schemes=sasl", nil, []string{"zoo.cfg:5: enforce.auth.schemes: no client will be served: SASL is wanted, and none is configured (-Djava.security.auth.login.config=…)"}},
		{"a way out", saslProvider + "enforce.auth.enabled=true\nenforce.auth.schemes=sasl,digest", nil, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := load("zoo.cfg", basics+tt.text, tt.props, files)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(c.Warnings, tt.want) {
				t.Errorf("got  %q\nwant %q", c.Warnings, tt.want)
			}
		})
	}
}

func TestPasswordsOfSASLAreInNoReport(t *testing.T) {
	files := filesOf(map[string]string{"/jaas.conf": jaasText})
	r := report("zoo.cfg", basics+"SASLAuthenticationProvider.superPassword=verysecret", jaasAt("/jaas.conf"), files)
	for _, s := range r.Settings {
		if strings.Contains(s.Value, "secret") {
			t.Errorf("%s: %q", s.Key, s.Value)
		}
	}
	if text := strings.Join(append(r.Warnings, r.Notes...), "\n"); strings.Contains(text, "secret") {
		t.Error(text)
	}
}
