package tlsstore

import (
	"bytes"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/pavlo-v-chernykh/keystore-go/v4"
)

// jksMagic begins every JKS file (sun.security.provider.JavaKeyStore).
const jksMagic = 0xfeedfeed

func isJKS(data []byte) bool { return len(data) >= 4 && binary.BigEndian.Uint32(data) == jksMagic }

// readJKS reads Java's old format. The password of the keys is that of the file, as ZooKeeper has it.
func readJKS(data []byte, password string) (c contents, err error) {
	ks := keystore.New(keystore.WithOrderedAliases(), keystore.WithCaseExactAliases())
	if err := ks.Load(bytes.NewReader(data), []byte(password)); err != nil {
		return c, fmt.Errorf("the password is wrong, or the file is damaged: %w", err)
	}
	for _, alias := range ks.Aliases() {
		if ks.IsTrustedCertificateEntry(alias) {
			entry, err := ks.GetTrustedCertificateEntry(alias)
			if err != nil {
				return c, fmt.Errorf("entry %q: %w", alias, err)
			}
			cert, err := x509.ParseCertificate(entry.Certificate.Content)
			if err != nil {
				return c, fmt.Errorf("entry %q: %w", alias, err)
			}
			c.trusted = append(c.trusted, cert)
			continue
		}
		if err := c.addJKSKey(&ks, alias, password); err != nil {
			return c, fmt.Errorf("entry %q: %w", alias, err)
		}
	}
	return c, nil
}

func (c *contents) addJKSKey(ks *keystore.KeyStore, alias, password string) error {
	entry, err := ks.GetPrivateKeyEntry(alias, []byte(password))
	if err != nil {
		return errors.New("the private key cannot be opened with the password of the store, which has to be the key's as well")
	}
	key, err := x509.ParsePKCS8PrivateKey(entry.PrivateKey)
	if err != nil {
		return err
	}
	var chain []*x509.Certificate
	for _, link := range entry.CertificateChain {
		cert, err := x509.ParseCertificate(link.Content)
		if err != nil {
			return err
		}
		chain = append(chain, cert)
	}
	made, err := pair(key, chain)
	if err != nil {
		return err
	}
	c.keys = append(c.keys, made)
	return nil
}
