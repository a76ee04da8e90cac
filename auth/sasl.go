package auth

import (
	"slices"
	"strings"

	"paddock/zk"
)

const (
	schemeSASL     = "sasl"
	schemeEnsemble = "ensemble"
)

// SASLConfig holds the settings of the scheme sasl, whose identities are proved by an exchange of tokens and not by an auth
// request. Every identity that was proved counts, but ACLs can name it only where the scheme is registered.
type SASLConfig struct {
	Registered bool     // by zookeeper.authProvider.N
	SuperUsers []string // zookeeper.superUser and zookeeper.superUser.*: they get the scheme super as well
	AnyUserID  string   // zookeeper.letAnySaslUserDoX: an entry with this id stands for everybody who has proved anything; empty: none
}

// AddSASL returns the identities of a connection that has proved a name by SASL (ZooKeeperServer.processSasl, 3.9.5).
func (s *Schemes) AddSASL(ids []zk.ID, name string) []zk.ID {
	ids = addToSet(ids, []zk.ID{{Scheme: schemeSASL, ID: name}})
	if name != "" && slices.Contains(s.cfg.SASL.SuperUsers, name) {
		ids = addToSet(ids, []zk.ID{{Scheme: schemeSuper}})
	}
	return ids
}

// saslMatches tells whether an entry's id stands for a proved one. The name super stands for everybody
// (SASLAuthenticationProvider.matches, 3.9.5).
func (s *Schemes) saslMatches(id, entry string) bool {
	return id == schemeSuper || id == entry || s.cfg.SASL.AnyUserID != "" && entry == s.cfg.SASL.AnyUserID
}

// saslValid tells whether an entry's id is a Kerberos name, service/host@REALM without a third part, or has no realm at all; what
// it is then does not matter (KerberosName, 3.9.5).
func saslValid(id string) bool {
	name, realm, hasRealm := strings.Cut(id, "@")
	return !hasRealm || strings.Count(name, "/") <= 1 && !strings.ContainsAny(realm, "@/")
}

// EnsembleConfig holds the settings of the scheme ensemble: clients name the ensemble that they mean to talk to, and go elsewhere
// if it is not this one. It proves nothing, and no ACL can name it.
type EnsembleConfig struct {
	Registered bool     // by zookeeper.authProvider.N
	Names      []string // zookeeper.ensembleAuthName; nil: any will do
}

// Ensemble is what an auth request of the scheme ensemble leads to.
type Ensemble int

// The outcomes, as the metrics ensemble_auth_success, ensemble_auth_fail and ensemble_auth_skip count them.
const (
	EnsembleUnknown Ensemble = iota // the scheme is not registered
	EnsembleSkipped                 // no name was given, or any will do
	EnsembleRight
	EnsembleWrong // the connection ends without an answer, so that the client looks for another server
)

// Ensemble answers an auth request of the scheme ensemble (EnsembleAuthenticationProvider, 3.9.5).
func (s *Schemes) Ensemble(scheme string, auth []byte) Ensemble {
	cfg := &s.cfg.Ensemble
	switch {
	case scheme != schemeEnsemble || !cfg.Registered:
		return EnsembleUnknown
	case len(auth) == 0 || cfg.Names == nil:
		return EnsembleSkipped
	case slices.Contains(cfg.Names, zk.Text(auth)):
		return EnsembleRight
	}
	return EnsembleWrong
}
