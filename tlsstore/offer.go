package tlsstore

import (
	"crypto/tls"
	"slices"
	"strconv"
	"strings"
)

// offer is which versions and suites are spoken. No suites means Go's choice.
type offer struct {
	min, max uint16
	suites   []uint16
}

// offer translates Java's names. Without enabledProtocols, a listener of ZooKeeper speaks ssl.protocol and nothing else
// (ClientX509Util.getEnabledProtocols, 3.9.5).
func (s *Settings) offer() (o offer, warnings []Warning, err error) {
	if o, warnings, err = s.versions(); err != nil || s.CipherSuites == "" {
		return o, warnings, err
	}
	suites, more, err := s.suites()
	if err != nil {
		return o, nil, err
	}
	warnings = append(warnings, more...)
	isNew := func(id uint16) bool { return id>>8 == 0x13 } // the registry's block for TLS 1.3, RFC 8446, B.4
	listed := 0
	for _, id := range suites {
		if isNew(id) {
			listed++
		}
	}
	switch {
	case listed == 0 && o.max == tls.VersionTLS13 && o.min == tls.VersionTLS13:
		return o, nil, s.refuse("ciphersuites", strconv.Quote(s.CipherSuites), "a suite of TLSv1.3, which is the only protocol that is enabled")
	case listed == 0 && o.max == tls.VersionTLS13:
		o.max = tls.VersionTLS12
		warnings = append(warnings, Warning{s.key("ciphersuites"), "names no suite of TLSv1.3: TLSv1.3 is not spoken"})
	case listed > 0 && listed < 3 && o.max == tls.VersionTLS13:
		warnings = append(warnings, Warning{s.key("ciphersuites"), "leaves out suites of TLSv1.3: all three are offered, Go has no choice of them"})
	}
	o.suites = slices.DeleteFunc(suites, isNew)
	if len(o.suites) == 0 && o.min <= tls.VersionTLS12 {
		if o.max <= tls.VersionTLS12 {
			return o, nil, s.refuse("ciphersuites", strconv.Quote(s.CipherSuites), "a suite that Go's TLS has")
		}
		o.min = tls.VersionTLS13 // none of the older suites may be used
	}
	return o, warnings, nil
}

// versions reads the names of protocols. What Java 17 knows and does not speak, nobody is offered here either.
func (s *Settings) versions() (o offer, warnings []Warning, err error) {
	name, list := "enabledProtocols", s.EnabledProtocols
	if list == "" {
		name, list = "protocol", s.Protocol
	}
	if list == "" {
		return offer{min: tls.VersionTLS13, max: tls.VersionTLS13}, nil, nil
	}
	known := map[string]uint16{"TLSv1.3": tls.VersionTLS13, "TLSv1.2": tls.VersionTLS12}
	for protocol := range strings.SplitSeq(list, ",") {
		version := known[protocol]
		switch {
		case version != 0:
			o.max = max(o.max, version)
			if o.min == 0 || version < o.min {
				o.min = version
			}
		case slices.Contains([]string{"TLSv1.1", "TLSv1", "SSLv3", "SSLv2Hello"}, protocol):
			warnings = append(warnings, Warning{s.key(name), protocol + " is not spoken: it is not safe, and Java has it switched off as well"})
		default:
			return o, nil, s.refuse(name, strconv.Quote(protocol), "TLSv1.3 or TLSv1.2, with commas between and no blanks")
		}
	}
	if o.max == 0 {
		return o, nil, s.refuse(name, strconv.Quote(list), "TLSv1.3 or TLSv1.2 among them")
	}
	return o, warnings, nil
}

// suites finds the numbers of the listed suites. Java calls suites as IANA does, and so does Go.
func (s *Settings) suites() (ids []uint16, warnings []Warning, err error) {
	known := make(map[string]uint16)
	for _, suite := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
		if !strings.Contains(suite.Name, "_RC4_") && !strings.Contains(suite.Name, "_3DES_") { // Java has them switched off
			known[suite.Name] = suite.ID
		}
	}
	for name := range strings.SplitSeq(s.CipherSuites, ",") {
		id, ok := known[name]
		switch {
		case ok:
			ids = append(ids, id)
		case strings.HasPrefix(name, "TLS_"), strings.HasPrefix(name, "SSL_"):
			warnings = append(warnings, Warning{s.key("ciphersuites"), name + " is not offered: Go's TLS does not have it, or it is not safe"})
		default:
			return nil, nil, s.refuse("ciphersuites", strconv.Quote(name), "names such as TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, with commas between and no blanks")
		}
	}
	if len(ids) == 0 {
		return nil, nil, s.refuse("ciphersuites", strconv.Quote(s.CipherSuites), "a suite that Go's TLS has")
	}
	return ids, warnings, nil
}
