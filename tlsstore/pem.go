package tlsstore

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"github.com/youmark/pkcs8"
)

// readPEM reads a file of certificates, and for a key store with a private key among them (PemReader, 3.9.5). The key may be
// PKCS8, plain or encrypted, and, which ZooKeeper does not take, in the older forms of RSA and EC keys.
func readPEM(data []byte, password string, wantKey bool) (c contents, err error) {
	var certs []*x509.Certificate
	var key any
	for number := 1; ; number++ {
		var block *pem.Block
		if block, data = pem.Decode(data); block == nil {
			break
		}
		switch {
		case strings.HasSuffix(block.Type, "CERTIFICATE"):
			cert, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return c, fmt.Errorf("block %d (%s): %w", number, block.Type, err)
			}
			certs = append(certs, cert)
		case wantKey && key == nil && strings.HasSuffix(block.Type, "PRIVATE KEY"):
			if key, err = pemKey(block, password); err != nil {
				return c, fmt.Errorf("block %d (%s): %w", number, block.Type, err)
			}
		}
	}
	if !wantKey || key == nil {
		c.trusted = certs
		return c, nil
	}
	made, err := pair(key, certs)
	if err != nil {
		return c, err
	}
	c.keys = []tls.Certificate{made}
	return c, nil
}

func pemKey(block *pem.Block, password string) (any, error) {
	switch block.Type {
	case "ENCRYPTED PRIVATE KEY":
		if password == "" {
			return nil, errors.New("the key is encrypted, expected a password")
		}
		key, err := pkcs8.ParsePKCS8PrivateKey(block.Bytes, []byte(password))
		if err != nil {
			return nil, fmt.Errorf("the password is wrong, or the encryption is none of PBES2: %w", err)
		}
		return key, nil
	case "PRIVATE KEY":
		return x509.ParsePKCS8PrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		return x509.ParsePKCS1PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		return x509.ParseECPrivateKey(block.Bytes)
	}
	return nil, errors.New("found a key of this kind, expected PRIVATE KEY or ENCRYPTED PRIVATE KEY (openssl pkcs8 -topk8 makes one)")
}
