package tlsstore

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"

	"software.sslmate.com/src/go-pkcs12"
)

// readPKCS12 reads what keytool makes by default since Java 9, and openssl. In a trust store, only certificates with Java's
// mark "trusted" count, which keytool -importcert gives them.
func readPKCS12(data []byte, password string, wantKey bool) (c contents, err error) {
	if !wantKey {
		c.trusted, err = pkcs12.DecodeTrustStore(data, password)
		return c, pkcs12Reason(err)
	}
	key, first, others, err := pkcs12.DecodeChain(data, password)
	if err != nil {
		return c, pkcs12Reason(err)
	}
	made, err := pair(key, append([]*x509.Certificate{first}, others...))
	if err != nil {
		return c, err
	}
	c.keys = []tls.Certificate{made}
	return c, nil
}

// pkcs12Reason says the most frequent fault in plain words.
func pkcs12Reason(err error) error {
	if errors.Is(err, pkcs12.ErrIncorrectPassword) || errors.Is(err, pkcs12.ErrDecryption) {
		return fmt.Errorf("the password is wrong, or the file is damaged: %w", err)
	}
	return err
}
