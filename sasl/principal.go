package sasl

import "strings"

// principal is a Kerberos name: service/host@REALM. Host and realm may be missing.
type principal struct {
	service, host, realm string
	hasHost, hasRealm    bool
}

// parsePrincipal reads a name of at most two parts. Without a realm it is taken as a whole, slashes included (KerberosName, 3.9.5).
func parsePrincipal(text string) (principal, bool) {
	name, realm, hasRealm := strings.Cut(text, "@")
	if !hasRealm {
		return principal{service: text}, true
	}
	service, host, hasHost := strings.Cut(name, "/")
	if strings.ContainsAny(realm, "@/") || strings.Contains(host, "/") {
		return principal{}, false
	}
	return principal{service: service, host: host, realm: realm, hasHost: hasHost, hasRealm: true}, true
}
