package interop

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"
)

// authority issues the certificates of a test, and its folder holds them as files.
type authority struct {
	t    *testing.T
	dir  string
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
	pool *x509.CertPool

	elsewhere bool // certificates name another host than this one
}

// storePassword is that of every store.
const storePassword = "secret"

// attribute is a part of a distinguished name: Java and we must write it alike, so tests choose type and encoding.
type attribute struct {
	Type  asn1.ObjectIdentifier
	Value asn1.RawValue
}

// relativeSET is a part of a name; encoding/asn1 makes a set of types whose names end so.
type relativeSET []attribute

func commonName(text string) relativeSET {
	return relativeSET{{asn1.ObjectIdentifier{2, 5, 4, 3}, asn1.RawValue{Tag: asn1.TagUTF8String, Bytes: []byte(text)}}}
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t, dir: t.TempDir(), pool: x509.NewCertPool()}
	var err error
	a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	template := a.template(commonName("authority"))
	template.IsCA, template.BasicConstraintsValid, template.KeyUsage = true, true, x509.KeyUsageCertSign
	a.cert = a.sign(template, template, &a.key.PublicKey)
	a.pool.AddCert(a.cert)
	a.write("ca.pem", a.pemOf("CERTIFICATE", a.cert.Raw))
	a.keytool("-importcert", "-noprompt", "-alias", "ca", "-file", a.file("ca.pem"), "-keystore", a.file("trust.jks"), "-storetype", "JKS")
	a.keytool("-importcert", "-noprompt", "-alias", "ca", "-file", a.file("ca.pem"), "-keystore", a.file("trust.p12"), "-storetype", "PKCS12")
	return a
}

func (a *authority) file(name string) string { return filepath.Join(a.dir, name) }

func (a *authority) write(name string, data []byte) {
	check(a.t, os.WriteFile(a.file(name), data, 0o600))
}

func (a *authority) pemOf(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// keytool is Java's own tool for stores.
func (a *authority) keytool(args ...string) {
	a.t.Helper()
	out, err := exec.Command("keytool", append(args, "-storepass", storePassword)...).CombinedOutput()
	if err != nil {
		a.t.Fatalf("keytool %v: %v\n%s", args, err, out)
	}
}

func (a *authority) template(parts ...relativeSET) *x509.Certificate {
	a.t.Helper()
	subject, err := asn1.Marshal(parts)
	check(a.t, err)
	cert := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), RawSubject: subject, KeyUsage: x509.KeyUsageDigitalSignature,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	if a.elsewhere {
		cert.DNSNames, cert.IPAddresses = []string{"elsewhere.example.org"}, []net.IP{net.IPv4(10, 0, 0, 1)}
	}
	return cert
}

func (a *authority) sign(template, parent *x509.Certificate, key crypto.PublicKey) *x509.Certificate {
	a.t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key, a.key)
	check(a.t, err)
	cert, err := x509.ParseCertificate(der)
	check(a.t, err)
	return cert
}

// issue makes a key with a certificate, and the files name.p12, name.pem and name.jks, the last by keytool.
func (a *authority) issue(name string, subject ...relativeSET) tls.Certificate {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(a.t, err)
	cert := a.sign(a.template(subject...), a.cert, &key.PublicKey)
	store, err := pkcs12.Modern.Encode(key, cert, []*x509.Certificate{a.cert}, storePassword)
	check(a.t, err)
	a.write(name+".p12", store)
	plain, err := x509.MarshalPKCS8PrivateKey(key)
	check(a.t, err)
	a.write(name+".key", a.pemOf("PRIVATE KEY", plain))
	a.write(name+".crt", append(a.pemOf("CERTIFICATE", cert.Raw), a.pemOf("CERTIFICATE", a.cert.Raw)...))
	return tls.Certificate{Certificate: [][]byte{cert.Raw, a.cert.Raw}, PrivateKey: key, Leaf: cert}
}

// toJKS converts name.p12 to Java's old format.
func (a *authority) toJKS(name string) {
	a.t.Helper()
	a.keytool("-importkeystore", "-srckeystore", a.file(name+".p12"), "-srcstorepass", storePassword, "-srcstoretype", "PKCS12",
		"-destkeystore", a.file(name+".jks"), "-deststoretype", "JKS")
}
