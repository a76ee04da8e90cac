package tlsstore

import (
	"bytes"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// The types of stores, as ZooKeeper calls them.
const (
	typeJKS    = "JKS"
	typePKCS12 = "PKCS12"
	typePEM    = "PEM"
	typeBCFKS  = "BCFKS"
)

// expectedTypes ends a message about a type.
const expectedTypes = "JKS (.jks), PKCS12 (.p12) or PEM (.pem)"

// kind is the type of a store: the one that was set, else the one of the suffix (KeyStoreFileType, 3.9.5). name is keyStore
// or trustStore.
func (s *Settings) kind(name string, store *Store) (string, error) {
	kind, found := strings.ToUpper(store.Type), strconv.Quote(store.Type)
	if kind == "" {
		suffix := filepath.Ext(store.Path)
		kind = map[string]string{".jks": typeJKS, ".p12": typePKCS12, ".pem": typePEM, ".bcfks": typeBCFKS}[suffix]
		found = "none, and the file name " + strconv.Quote(filepath.Base(store.Path)) + " does not tell"
		if kind == typeBCFKS {
			found = "a file with the suffix .bcfks"
		}
	}
	switch kind {
	case typeJKS, typePKCS12, typePEM:
		return kind, nil
	}
	return "", s.refuse(name+".type", found, expectedTypes)
}

// contents is what was read from a store.
type contents struct {
	keys    []tls.Certificate // with their chains
	trusted []*x509.Certificate
}

// open reads a store. wantKey says what it is for: a key store, or a trust store.
func (s *Settings) open(name string, store *Store, wantKey bool) (contents, error) {
	kind, err := s.kind(name, store)
	if err != nil {
		return contents{}, err
	}
	fail := func(err error) (contents, error) {
		return contents{}, fmt.Errorf("tlsstore: %s: %s as %s: %w", s.key(name+".location"), store.Path, kind, err)
	}
	data, err := os.ReadFile(store.Path)
	if err != nil {
		return fail(reason(err))
	}
	password, err := s.password(name, store)
	if err != nil {
		return contents{}, err
	}
	var c contents
	switch {
	case kind == typePEM:
		c, err = readPEM(data, password, wantKey)
	case isJKS(data):
		c, err = readJKS(data, password)
	case bytes.HasPrefix(data, []byte{0x30}): // a DER sequence
		c, err = readPKCS12(data, password, wantKey)
	default:
		err = errors.New("it begins like neither a JKS nor a PKCS12 store")
	}
	switch {
	case err != nil:
		return fail(err)
	case wantKey && len(c.keys) == 0:
		return fail(errors.New("found no private key, expected one with its certificate"))
	case !wantKey && len(c.trusted) == 0:
		return fail(errors.New("found no trusted certificate, expected one or more"))
	}
	return c, nil
}

// password reads the file that holds the password, if there is one, and takes one line end off (SecretUtils, 3.9.5).
func (s *Settings) password(name string, store *Store) (string, error) {
	if store.PasswordPath == "" {
		return store.Password, nil
	}
	text, err := os.ReadFile(store.PasswordPath)
	if err != nil {
		return "", fmt.Errorf("tlsstore: %s: %s: %w", s.key(name+".passwordPath"), store.PasswordPath, reason(err))
	}
	return strings.TrimSuffix(string(text), "\n"), nil
}

// reason is what the system says about a file, without the file's name.
func reason(err error) error {
	if p, ok := errors.AsType[*os.PathError](err); ok {
		return p.Err
	}
	return err
}

// pair makes a key and its chain of what a store holds. certs may be in any order and may hold strangers: the chain begins
// with the certificate of the key and goes from issuer to issuer.
func pair(key any, certs []*x509.Certificate) (tls.Certificate, error) {
	signer, ok := key.(crypto.Signer)
	if !ok {
		return tls.Certificate{}, fmt.Errorf("found a private key of type %T, expected RSA, EC or Ed25519", key)
	}
	public, ok := signer.Public().(interface{ Equal(crypto.PublicKey) bool })
	if !ok {
		return tls.Certificate{}, fmt.Errorf("found a private key of type %T, expected RSA, EC or Ed25519", key)
	}
	made := tls.Certificate{PrivateKey: key}
	for _, cert := range certs {
		if public.Equal(cert.PublicKey) {
			made.Leaf = cert
			break
		}
	}
	if made.Leaf == nil {
		return made, errors.New("found no certificate that belongs to the private key")
	}
	for at := made.Leaf; at != nil; at = issuer(at, certs) {
		made.Certificate = append(made.Certificate, at.Raw)
		if len(made.Certificate) > len(certs) {
			return made, errors.New("found certificates that issue each other in a circle")
		}
	}
	return made, nil
}

// issuer finds who has issued cert, nil if it is not there or cert has issued itself.
func issuer(cert *x509.Certificate, certs []*x509.Certificate) *x509.Certificate {
	if bytes.Equal(cert.RawIssuer, cert.RawSubject) {
		return nil
	}
	for _, other := range certs {
		if bytes.Equal(other.RawSubject, cert.RawIssuer) {
			return other
		}
	}
	return nil
}
