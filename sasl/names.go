package sasl

import (
	"fmt"
	"strings"
)

// NameConfig says how the name of a principal becomes that of a user.
type NameConfig struct {
	Rules        string // zookeeper.security.auth_to_local; empty means DEFAULT
	DefaultRealm string // of krb5.conf: names in it match the rule DEFAULT; may be empty
	RemoveHost   bool   // zookeeper.kerberos.removeHostFromPrincipal
	RemoveRealm  bool   // zookeeper.kerberos.removeRealmFromPrincipal
}

// Names turns the names that were proved into those that ACLs speak of (SaslServerCallbackHandler, 3.9.5).
type Names struct {
	cfg   NameConfig
	rules []rule
}

// NewNames reads the rules.
func NewNames(cfg NameConfig) (*Names, error) {
	text := cfg.Rules
	if text == "" {
		text = "DEFAULT"
	}
	rules, err := parseRules(text)
	if err != nil {
		return nil, err
	}
	return &Names{cfg: cfg, rules: rules}, nil
}

// of is the name of a user or principal: what the first rule that fits makes of it, then the host and the realm unless they are
// to be removed. A principal that no rule fits keeps its whole name. (ZooKeeper gives it the name that the client asks for,
// which need not be its own.)
func (n *Names) of(proved string) (string, error) {
	p, ok := parsePrincipal(proved)
	if !ok {
		return "", fmt.Errorf("%q is not a Kerberos name", proved)
	}
	name, ok := n.short(&p)
	if !ok {
		return proved, nil
	}
	if p.hasHost && !n.cfg.RemoveHost {
		name += "/" + p.host
	}
	if p.hasRealm && !n.cfg.RemoveRealm {
		name += "@" + p.realm
	}
	return name, nil
}

// short applies the rules (KerberosName.getShortName). The first one that fits decides, even if what it makes is no name.
func (n *Names) short(p *principal) (string, bool) {
	if !p.hasRealm {
		return p.service, true
	}
	parts := []string{p.realm, p.service}
	if p.hasHost {
		parts = append(parts, p.host)
	}
	for i := range n.rules {
		if name, fits := n.rules[i].apply(parts, n.cfg.DefaultRealm); fits {
			return name, !strings.ContainsAny(name, "/@")
		}
	}
	return "", false
}
