package sasl

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jcmturner/gokrb5/v8/iana/etypeID"
	"github.com/jcmturner/gokrb5/v8/keytab"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"
)

// clockSkew is how far the clocks of a client and of the server may be apart, as is usual with Kerberos.
const clockSkew = 5 * time.Minute

// acceptor accepts Kerberos tickets for one principal, whose keys are in a keytab.
type acceptor struct {
	principal types.PrincipalName
	realm     string
	path      string // of the keytab
	read      func(path string) ([]byte, error)
	keys      atomic.Pointer[keytab.Keytab] // replaced by reload
	replays   replays
}

// newAcceptor makes one of a Krb5LoginModule. Java also takes a password or a ticket of its own; a server has no use for them.
func newAcceptor(cfg *Config, m *Module) (*acceptor, error) {
	isTrue := func(option string) bool { return strings.EqualFold(m.Options[option], "true") }
	name := m.Options["principal"]
	p, ok := parsePrincipal(name)
	if ok && !p.hasRealm && cfg.Names.DefaultRealm != "" {
		p, ok = parsePrincipal(name + "@" + cfg.Names.DefaultRealm)
	}
	a := &acceptor{realm: p.realm, path: strings.TrimPrefix(strings.TrimPrefix(m.Options["keyTab"], "FILE:"), "file:"), read: cfg.ReadFile}
	switch {
	case !isTrue("useKeyTab") || !isTrue("storeKey"):
		return nil, m.fail(cfg.File, `found a Krb5LoginModule without keys, expected useKeyTab=true and storeKey=true`)
	case !ok || !p.hasHost || p.service == "" || p.host == "" || p.realm == "":
		return nil, m.fail(cfg.File, fmt.Sprintf("found the principal %q, expected service/host@REALM, or service/host and a default_realm in krb5.conf", name))
	case a.path == "":
		return nil, m.fail(cfg.File, `found no option keyTab, expected the path of a keytab`)
	}
	a.principal = types.PrincipalName{NameType: 2, NameString: []string{p.service, p.host}} // 2: a service and its instance
	if err := a.reload(); err != nil {
		return nil, &ConfigError{File: cfg.File, Line: m.Line, Msg: err.Error(), Err: err}
	}
	return a, nil
}

// reload reads the keytab. If that fails the keys stay as they are.
func (a *acceptor) reload() error {
	text, err := a.read(a.path)
	if err != nil {
		return fmt.Errorf("keytab %s: %w", a.path, err)
	}
	keys, err := parseKeytab(text)
	if err != nil {
		return fmt.Errorf("keytab %s: %w", a.path, err)
	}
	found := false
	for _, e := range keys.Entries {
		found = found || e.Principal.Realm == a.realm && slices.Equal(e.Principal.Components, a.principal.NameString) && isStrong(e.Key.KeyType)
	}
	if !found {
		return fmt.Errorf("keytab %s: no key with AES of %s@%s", a.path, strings.Join(a.principal.NameString, "/"), a.realm)
	}
	a.keys.Store(keys)
	return nil
}

// parseKeytab guards against files that the library stumbles over.
func parseKeytab(text []byte) (keys *keytab.Keytab, err error) {
	defer func() {
		if r := recover(); r != nil {
			keys, err = nil, errors.New("malformed")
		}
	}()
	keys = keytab.New()
	return keys, keys.Unmarshal(text)
}

// isStrong tells whether an encryption type is one of those with AES; Java has switched off the others.
func isStrong(etype int32) bool {
	switch etype {
	case etypeID.AES128_CTS_HMAC_SHA1_96, etypeID.AES256_CTS_HMAC_SHA1_96, etypeID.AES128_CTS_HMAC_SHA256_128, etypeID.AES256_CTS_HMAC_SHA384_192:
		return true
	}
	return false
}

// verify checks an AP-REQ: a ticket for our principal, an authenticator that was just made, and both for the same client. It fills
// in what was decrypted.
func (a *acceptor) verify(r *messages.APReq) error {
	if !isStrong(r.Ticket.EncPart.EType) || !isStrong(r.EncryptedAuthenticator.EType) {
		return fmt.Errorf("encryption types %d and %d, expected those with AES", r.Ticket.EncPart.EType, r.EncryptedAuthenticator.EType)
	}
	if r.Ticket.Realm != a.realm {
		return fmt.Errorf("a ticket of the realm %q, expected %s", r.Ticket.Realm, a.realm)
	}
	if _, err := r.Verify(a.keys.Load(), clockSkew, types.HostAddress{}, &a.principal); err != nil {
		return err
	}
	// The library compares the names, and leaves the realms to us.
	if r.Authenticator.CRealm != r.Ticket.DecryptedEncPart.CRealm {
		return errors.New("the realm in the authenticator is not that of the ticket")
	}
	if !isStrong(r.Ticket.DecryptedEncPart.Key.KeyType) {
		return fmt.Errorf("a session key of encryption type %d, expected one with AES", r.Ticket.DecryptedEncPart.Key.KeyType)
	}
	if !a.replays.isNew(r.EncryptedAuthenticator.Cipher, time.Now()) {
		return errors.New("the same authenticator again")
	}
	return nil
}
