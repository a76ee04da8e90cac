package main

import (
	"fmt"
	"slices"
	"strings"
)

// variant is one way to configure both servers, with what a stream has to know about it.
type variant struct {
	name     string
	settings []string // lines of zoo.cfg, and properties of Java's kind (-Dname=value)

	needsProof    bool // a connection has to prove an identity of the scheme digest before it may ask anything
	frameBytesMax int  // of a request; 0 where the stream has none that is too long
	noDigest      bool // auth with the scheme digest fails, so nobody is super either
	usualPings    bool // see pingXid
	noQuotas      bool // so that the approximate data size can be compared
}

// smallFrameBytesMax is more than any request of a stream without big data needs.
const smallFrameBytesMax = 20_000

// variants are what seeds run with in turn: seed n has the n-th of them, modulo their number. Each setting that changes an
// answer on both sides is in one of them at least.
func variants() []variant {
	full := func(more ...string) []string {
		return append([]string{"extendedTypesEnabled=true", "enforceQuota=true"}, more...)
	}
	return []variant{
		{name: "default", noQuotas: true},
		{name: "full", settings: full()},
		{name: "auth-digest", settings: full("enforce.auth.enabled=true", "enforce.auth.schemes=digest"), needsProof: true},
		{name: "auth-ip", settings: full("enforce.auth.enabled=true", "enforce.auth.schemes=digest,ip", "reconfigEnabled=true")},
		{name: "skip-acl", settings: full("skipACL=yes")},
		{
			name: "small-buffer", settings: []string{"extendedTypesEnabled=true", fmt.Sprintf("-Djute.maxbuffer=%d", smallFrameBytesMax)},
			frameBytesMax: smallFrameBytesMax,
		},
		{name: "plain-log", settings: []string{"enforceQuota=true", "closeSessionTxn.enabled=false", "digest.enabled=false"}},
		{name: "no-digest", settings: full("DigestAuthenticationProvider.enabled=false"), noDigest: true},
		{name: "sha-256", settings: full("DigestAuthenticationProvider.digestAlg=SHA-256")}, // nobody is super
		{
			name: "throttled", settings: full("globalOutstandingLimit=2", "request_throttle_max_requests=2", "request_throttle_stall_time=1"),
			usualPings: true,
		},
		{name: "emulated-ttl", settings: full("emulate353TTLNodes=true", "maxResponseCacheSize=0", "maxGetChildrenResponseCacheSize=0")},
	}
}

// variantOf gives a seed's variant, or the one that is named.
func variantOf(seed uint64, name string) (variant, error) {
	all := variants()
	if name == "" {
		return all[seed%uint64(len(all))], nil
	}
	i := slices.IndexFunc(all, func(v variant) bool { return v.name == name })
	if i < 0 {
		return variant{}, fmt.Errorf("crosscheck: no configuration %q; there are %s", name, strings.Join(variantNames(), ", "))
	}
	return all[i], nil
}

func variantNames() []string {
	var names []string
	for _, v := range variants() {
		names = append(names, v.name)
	}
	return names
}

// lines takes settings apart into those of zoo.cfg and the properties.
func lines(settings []string) (cfg, properties []string) {
	for _, s := range settings {
		if strings.HasPrefix(s, "-D") {
			properties = append(properties, s)
		} else {
			cfg = append(cfg, s)
		}
	}
	return cfg, properties
}
