package config

import (
	"slices"
	"strconv"
	"strings"
)

// EnforcedSchemes are the schemes of which every connection needs an identity; none unless EnforceAuth is set.
func (c *Config) EnforcedSchemes() []string {
	if c.RequireSASL {
		return []string{schemeSASL}
	}
	if !c.EnforceAuth || c.EnforceAuthSchemes == "" {
		return nil
	}
	// As Java splits: what is empty at the end is left out, what is empty elsewhere is a scheme without a name.
	schemes := strings.Split(strings.TrimRight(c.EnforceAuthSchemes, ","), ",")
	if len(schemes) == 1 && schemes[0] == "" {
		return nil
	}
	for i := range schemes {
		schemes[i] = strings.TrimSpace(schemes[i])
	}
	return schemes
}

const schemeSASL = "sasl"

// schemes are the ones that are registered. Nobody has an identity of the scheme ensemble, but ZooKeeper lets it be enforced.
func (c *Config) schemes() []string {
	var schemes []string
	for _, scheme := range []struct {
		registered bool
		name       string
	}{{c.DigestAuthEnabled, "digest"}, {true, "ip"}, {c.TLS.X509, schemeX509}, {c.SASL.Registered, schemeSASL}, {c.EnsembleAuth.Registered, "ensemble"}} {
		if scheme.registered {
			schemes = append(schemes, scheme.name)
		}
	}
	return schemes
}

// zooKeeperAuth begins the names of ZooKeeper's own classes of authentication.
const zooKeeperAuth = "org.apache.zookeeper.server.auth."

// checkProviders tells which authentication schemes there will not be. As in ZooKeeper, where a class that cannot be loaded
// is a warning as well, nothing is refused.
func (l *loader) checkProviders() *Error {
	for _, s := range l.settingsOf("authProvider.") {
		class, ofZooKeeper := strings.CutPrefix(s.value, zooKeeperAuth)
		switch {
		case ofZooKeeper && class == "IPAuthenticationProvider":
		case ofZooKeeper && class == "DigestAuthenticationProvider":
			l.cfg.DigestAuthEnabled = true // whatever DigestAuthenticationProvider.enabled says (ProviderRegistry, 3.9.5)
		case ofZooKeeper && class == "SASLAuthenticationProvider":
			l.cfg.SASL.Registered = true
		case ofZooKeeper && class == "X509AuthenticationProvider":
			l.cfg.TLS.X509 = true
		case ofZooKeeper && class == "EnsembleAuthenticationProvider":
			l.cfg.EnsembleAuth.Registered = true
		case ofZooKeeper:
			l.warnAt(s, "accepted, has no effect yet")
		default:
			l.warnAt(s, "accepted, has no effect: Java classes cannot be loaded, so there will be no such authentication scheme")
		}
	}
	return nil
}

// checkAuth refuses to want what no client could give (AuthenticationHelper, 3.9.5).
func (l *loader) checkAuth() *Error {
	if s := l.setting("sessionRequireClientSASLAuth"); l.cfg.RequireSASL {
		if !l.cfg.SASL.Registered {
			return s.refuse(s.shown(), "authProvider.1="+zooKeeperAuth+"SASLAuthenticationProvider beside it")
		}
		l.warnNoSASL(s)
		return nil
	}
	if !l.cfg.EnforceAuth {
		return nil
	}
	known := l.cfg.schemes()
	expected := "a list of these schemes, with commas between: " + strings.Join(known, ", ")
	s, schemes := l.setting("enforce.auth.schemes"), l.cfg.EnforcedSchemes()
	if s == nil {
		return l.missing("enforce.auth.schemes", "not set, but enforce.auth.enabled is true, expected "+expected)
	}
	if len(schemes) == 0 {
		return s.refuse(s.shown(), expected)
	}
	for _, scheme := range schemes {
		if !slices.Contains(known, scheme) {
			return s.refuse("the scheme "+strconv.Quote(scheme), expected)
		}
	}
	if len(schemes) == 1 && schemes[0] == schemeSASL {
		l.warnNoSASL(s)
	}
	return nil
}

// warnNoSASL warns of a server that wants SASL of everybody and has none. ZooKeeper starts then, too.
func (l *loader) warnNoSASL(s *setting) {
	if l.cfg.SASL.Service == nil {
		l.warnAt(s, "no client will be served: SASL is wanted, and none is configured (-Djava.security.auth.login.config=…)")
	}
}
