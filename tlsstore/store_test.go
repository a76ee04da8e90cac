package tlsstore

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// secret is the password of every captured store.
const secret = "secret"

func stored(name string) Store { return Store{Path: filepath.Join("testdata", name), Password: secret} }

func TestStoresOfJavaAndOpenSSLAreRead(t *testing.T) {
	for _, tt := range []struct {
		file, typ, subject string
		chain              int
	}{
		{"server.jks", "", "CN=server,O=Paddock", 2},
		{"client.p12", "", "CN=client,O=Paddock", 2},
		{"modern.jks", "", "CN=client,O=Paddock", 2}, // what keytool has written into .jks files since Java 9
		{"client.p12", "jks", "CN=client,O=Paddock", 2},
		{"server.jks", "PKCS12", "CN=server,O=Paddock", 2},
		{"openssl.p12", "", "CN=client,O=Paddock", 2},
		{"plain.pem", "", "CN=client,O=Paddock", 2},
		{"encrypted.pem", "", "CN=client,O=Paddock", 2}, // its issuer stands before it
		{"old.pem", "Pem", "CN=client,O=Paddock", 1},
	} {
		t.Run(tt.file+tt.typ, func(t *testing.T) {
			store := stored(tt.file)
			store.Type = tt.typ
			got, err := new(Settings).open("keyStore", &store, true)
			if err != nil {
				t.Fatal(err)
			}
			if len(got.keys) != 1 || got.keys[0].Leaf.Subject.String() != tt.subject || len(got.keys[0].Certificate) != tt.chain {
				t.Errorf("got %d keys: %+v", len(got.keys), got.keys)
			}
		})
	}
	for _, file := range []string{"trust.jks", "trust.p12", "ca.pem", "server.jks"} {
		store := stored(file)
		got, err := new(Settings).open("trustStore", &store, false)
		if err != nil || len(got.trusted) != 1 || got.trusted[0].Subject.String() != "CN=ca,O=Paddock" {
			t.Errorf("%s: got %d certificates, %v", file, len(got.trusted), err)
		}
	}
}

func TestWhatIsWrongWithAStoreIsNamed(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	ca, err := os.ReadFile("testdata/ca.pem")
	if err != nil {
		t.Fatal(err)
	}
	old, err := os.ReadFile("testdata/old.pem")
	if err != nil {
		t.Fatal(err)
	}
	key, _, _ := strings.Cut(string(old), "-----BEGIN CERTIFICATE")
	for _, tt := range []struct {
		name    string
		store   Store
		wantKey bool
		want    string
	}{
		{"no file", Store{Path: "testdata/none.jks"}, true, "ssl.keyStore.location: testdata/none.jks as JKS: no such file"},
		{"no type", Store{Path: "testdata/make.sh"}, true, `ssl.keyStore.type: found none, and the file name "make.sh" does not tell, expected JKS (.jks), PKCS12 (.p12) or PEM (.pem)`},
		{"BCFKS", Store{Path: "x.bcfks"}, true, "ssl.keyStore.type: found a file with the suffix .bcfks, expected JKS"},
		{"another type", Store{Path: "x.jks", Type: "JCEKS"}, true, `ssl.keyStore.type: found "JCEKS", expected JKS`},
		{"not a store", Store{Path: write("text.jks", "hello")}, true, "text.jks as JKS: it begins like neither a JKS nor a PKCS12 store"},
		{"a wrong password of a JKS", Store{Path: "testdata/server.jks", Password: "x"}, true, "the password is wrong, or the file is damaged"},
		{"a wrong password of a PKCS12", Store{Path: "testdata/client.p12", Password: "x"}, true, "the password is wrong, or the file is damaged"},
		{"a wrong password of a key", Store{Path: "testdata/encrypted.pem", Password: "x"}, true, "encrypted.pem as PEM: block 1 (ENCRYPTED PRIVATE KEY): the password is wrong"},
		{"no password of a key", Store{Path: "testdata/encrypted.pem"}, true, "block 1 (ENCRYPTED PRIVATE KEY): the key is encrypted, expected a password"},
		{"no password file", Store{Path: "testdata/server.jks", PasswordPath: filepath.Join(dir, "none")}, true, "ssl.keyStore.passwordPath: " + dir + "/none: no such file"},
		{"no key", stored("trust.jks"), true, "found no private key"},
		{"no key in PEM", stored("ca.pem"), true, "found no private key"},
		{"no certificate", stored("openssl.p12"), false, "openssl.p12 as PKCS12: "},
		{"not trusted by Java either", stored("untrusted.p12"), false, "untrusted.p12 as PKCS12: "},
		{"nothing", Store{Path: write("empty.pem", "")}, false, "found no trusted certificate"},
		{"a key without its certificate", Store{Path: write("lone.pem", key+string(ca))}, true, "found no certificate that belongs to the private key"},
		{"a broken certificate", Store{Path: write("bad.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")}, false, "block 1 (CERTIFICATE): "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			name := "trustStore"
			if tt.wantKey {
				name = "keyStore"
			}
			_, err := new(Settings).open(name, &tt.store, tt.wantKey)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %v, want %q in it", err, tt.want)
			}
			if tt.store.Password != "" && tt.store.Password != "x" && strings.Contains(err.Error(), tt.store.Password) {
				t.Errorf("the password is in %v", err)
			}
		})
	}
}

func TestAPasswordInAFileCountsBeforeTheOther(t *testing.T) {
	path := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(path, []byte(secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	store := Store{Path: "testdata/server.jks", Password: "wrong", PasswordPath: path}
	if _, err := new(Settings).open("keyStore", &store, true); err != nil {
		t.Error(err)
	}
}

// No bytes make a reader panic, and what is read is complete.
func fuzzStore(f *testing.F, read func(data []byte, password string, wantKey bool) (contents, error), files ...string) {
	for _, file := range files {
		data, err := os.ReadFile(filepath.Join("testdata", file))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, true)
		f.Add(data[:len(data)/2], false)
	}
	f.Fuzz(func(t *testing.T, data []byte, wantKey bool) {
		got, err := read(data, secret, wantKey)
		if err != nil {
			return
		}
		for _, key := range got.keys {
			if key.PrivateKey == nil || key.Leaf == nil || len(key.Certificate) == 0 {
				t.Errorf("half a key: %+v", key)
			}
		}
	})
}

func FuzzPEM(f *testing.F) { fuzzStore(f, readPEM, "plain.pem", "encrypted.pem", "old.pem", "ca.pem") }

func FuzzJKS(f *testing.F) {
	fuzzStore(f, func(data []byte, password string, _ bool) (contents, error) { return readJKS(data, password) }, "server.jks", "trust.jks")
}

func FuzzPKCS12(f *testing.F) { fuzzStore(f, readPKCS12, "client.p12", "trust.p12", "openssl.p12") }
