package sasl

import "strings"

// DefaultRealm finds default_realm in the section libdefaults of a krb5.conf; empty if there is none. As in Kerberos, the first one counts.
func DefaultRealm(text string) string {
	section := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch key, value, isSetting := strings.Cut(line, "="); {
		case line == "" || line[0] == '#' || line[0] == ';':
		case line[0] == '[':
			section, _, _ = strings.Cut(line[1:], "]")
			section = strings.TrimSpace(section)
		case isSetting && section == "libdefaults" && strings.TrimSpace(key) == "default_realm":
			return strings.Trim(strings.TrimSpace(value), `"`)
		}
	}
	return ""
}
