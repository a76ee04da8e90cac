package auth

import (
	"crypto/subtle"
	"hash"
	"net/netip"
	"slices"
	"strings"

	"paddock/zk"
)

// The names of the schemes.
const (
	schemeWorld  = "world"
	schemeAuth   = "auth"
	schemeDigest = "digest"
	schemeIP     = "ip"
	schemeSuper  = "super"

	idAnyone = "anyone"
)

// Config holds the settings that the schemes need, each with the system property that it comes from.
type Config struct {
	SuperDigest   string // zookeeper.DigestAuthenticationProvider.superDigest, "super:<base64>" or empty
	DigestEnabled bool   // zookeeper.DigestAuthenticationProvider.enabled, true by default
	DigestAlg     string // zookeeper.DigestAuthenticationProvider.digestAlg, empty for SHA1
	SkipACL       bool   // zookeeper.skipACL is "yes": every check passes
	SASL          SASLConfig
	X509          X509Config
	Ensemble      EnsembleConfig
}

// Schemes is the set of schemes that a server offers.
type Schemes struct {
	cfg     Config
	newHash func() hash.Hash
	open    []zk.ACL // shared by all who ask for the open list
}

// New returns the schemes, or an error for a digest algorithm that does not exist, even where the scheme digest is
// switched off: Apache does not start then either.
func New(cfg Config) (*Schemes, error) {
	newHash, err := hashByName(cfg.DigestAlg)
	if err != nil {
		return nil, err
	}
	return &Schemes{cfg: cfg, newHash: newHash, open: zk.OpenACL()}, nil
}

// ConnIDs returns the identity that every connection starts with: its address.
func (s *Schemes) ConnIDs(addr netip.Addr) []zk.ID {
	return []zk.ID{{Scheme: schemeIP, ID: hostAddress(addr)}}
}

// Add answers an auth request: it returns the identities that the connection has from now on, or false if the scheme
// is unknown or refuses, which ends the connection with ErrAuthFailed. ids stays as it is, for those who hold it.
func (s *Schemes) Add(ids []zk.ID, scheme string, auth []byte) (newIDs []zk.ID, ok bool) {
	switch {
	case scheme == schemeIP:
		return ids, true // the address is among the identities since the connection's first day
	case scheme == schemeDigest && s.cfg.DigestEnabled && auth != nil: // null is refused, empty is not
		return addToSet(ids, s.digestIDs(auth)), true
	case scheme == schemeX509 && s.cfg.X509.Registered:
		return ids, x509Again(ids)
	}
	return ids, false
}

// digestIDs returns the identities that auth data of the digest scheme proves. There is no wrong password: it gives
// an identity that no ACL names.
func (s *Schemes) digestIDs(auth []byte) []zk.ID {
	digest := digestOf(s.newHash(), zk.Text(auth))
	var ids []zk.ID
	if subtle.ConstantTimeCompare([]byte(digest), []byte(s.cfg.SuperDigest)) == 1 {
		ids = append(ids, zk.ID{Scheme: schemeSuper}) // in front, as in Apache: the set's order may depend on it
	}
	ids = append(ids, zk.ID{Scheme: schemeDigest, ID: digest})
	return ids
}

// known tells whether the scheme has a provider. world, auth and super have none: they are rules, not providers.
func (s *Schemes) known(scheme string) bool {
	return scheme == schemeIP || scheme == schemeDigest && s.cfg.DigestEnabled ||
		scheme == schemeSASL && s.cfg.SASL.Registered || scheme == schemeX509 && s.cfg.X509.Registered
}

// addToSet returns the identities with those added that are new, in the order in which Apache's set lists them.
func addToSet(ids, added []zk.ID) []zk.ID {
	result := slices.Clone(ids)
	for _, id := range added {
		if !slices.Contains(result, id) {
			result = javaSetAdd(result, id)
		}
	}
	if len(result) == len(ids) {
		return ids
	}
	return result
}

// UserOf is the part of an identity that may be shown. A scheme without a provider, such as super, shows nothing.
func (s *Schemes) UserOf(id zk.ID) string {
	if !s.known(id.Scheme) {
		return ""
	}
	if id.Scheme == schemeDigest {
		user, _, _ := strings.Cut(id.ID, ":")
		return user
	}
	return id.ID
}
