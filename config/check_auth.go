package config

import (
	"slices"
	"strconv"
	"strings"
)

// EnforcedSchemes are the schemes of which every connection needs an identity; none unless EnforceAuth is set.
func (c *Config) EnforcedSchemes() []string {
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

// schemes are the ones that a client can prove an identity in.
func (c *Config) schemes() []string {
	if c.DigestAuthEnabled {
		return []string{"digest", "ip"}
	}
	return []string{"ip"}
}

// checkProviders tells which authentication schemes there will not be. As in ZooKeeper, where a class that cannot be loaded
// is a warning as well, nothing is refused.
func (l *loader) checkProviders() *Error {
	for _, s := range l.settingsOf("authProvider.") {
		class, ofZooKeeper := strings.CutPrefix(s.value, "org.apache.zookeeper.server.auth.")
		switch {
		case ofZooKeeper && class == "IPAuthenticationProvider":
		case ofZooKeeper && class == "DigestAuthenticationProvider":
			l.cfg.DigestAuthEnabled = true // whatever DigestAuthenticationProvider.enabled says (ProviderRegistry, 3.9.5)
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
		return s.refuse(s.shown(), "false: there is no SASL yet, and no client could connect")
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
	return nil
}
