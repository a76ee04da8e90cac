package sasl

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// rule is one rule of security.auth_to_local: DEFAULT, or RULE:[n:format](match)s/from/to/g, of which all behind the
// brackets may be missing. It is about principals of n parts, the realm not counted; format makes a text of them ($0 is the
// realm), which match has to match as a whole.
type rule struct {
	isDefault bool
	parts     int
	format    []templatePart
	match     *regexp.Regexp // nil: everything
	from      *regexp.Regexp // nil: nothing is replaced
	to        []templatePart
	all       bool // replace all matches, not the first one only
}

// templatePart is a text and the number of what follows it; -1 for nothing.
type templatePart struct {
	text string
	ref  int
}

// parseRules reads rules one behind another, with or without blanks between (KerberosName.parseRules, 3.9.5).
func parseRules(text string) ([]rule, error) {
	form := regexp.MustCompile(`^\s*(?:(DEFAULT)|RULE:\[(\d*):([^\]]*)\](?:\(([^)]*)\))?(s/([^/]*)/([^/]*)/(g)?)?)`)
	var rules []rule
	for rest := strings.TrimSpace(text); rest != ""; {
		m := form.FindStringSubmatchIndex(rest)
		if m == nil {
			return nil, fmt.Errorf("found %q, expected DEFAULT or RULE:[n:format](match)s/from/to/g", rest)
		}
		group := func(i int) string {
			if m[2*i] < 0 {
				return ""
			}
			return rest[m[2*i]:m[2*i+1]]
		}
		r, err := newRule(group, m[2*4] >= 0, m[2*5] >= 0)
		if err != nil {
			return nil, fmt.Errorf("rule %q: %w", strings.TrimSpace(rest[:m[1]]), err)
		}
		rules = append(rules, r)
		rest = rest[m[1]:]
	}
	return rules, nil
}

// newRule makes a rule of the groups of its form.
func newRule(group func(int) string, hasMatch, hasFrom bool) (r rule, err error) {
	if group(1) != "" {
		return rule{isDefault: true}, nil
	}
	if r.parts, err = strconv.Atoi(group(2)); err != nil {
		return r, fmt.Errorf("found %q, expected the number of parts that the rule is about", group(2))
	}
	if r.format, err = parseFormat(group(3), r.parts); err != nil {
		return r, err
	}
	if hasMatch {
		if r.match, err = regexp.Compile(`\A(?:` + group(4) + `)\z`); err != nil {
			return r, err
		}
	}
	if hasFrom {
		if r.from, err = regexp.Compile(group(6)); err != nil {
			return r, err
		}
		if r.to, err = parseReplacement(group(7), r.from); err != nil {
			return r, err
		}
	}
	r.all = group(8) != ""
	if r.all && r.from.MatchString("") {
		return r, fmt.Errorf("s/%s/…/g also replaces nothing by something, which Java does more often; leave out the g", group(6))
	}
	return r, nil
}

// parseFormat reads the format of a rule: $0 is the realm, $1 and $2 are the parts.
func parseFormat(text string, parts int) ([]templatePart, error) {
	var format []templatePart
	for text != "" {
		before, behind, found := strings.Cut(text, "$")
		if !found {
			return append(format, templatePart{before, -1}), nil
		}
		digits := len(behind) - len(strings.TrimLeft(behind, "0123456789"))
		n, err := strconv.Atoi(behind[:digits])
		if err != nil || n > parts {
			return nil, fmt.Errorf("found $%s, expected $0 to $%d", behind[:digits], parts)
		}
		format, text = append(format, templatePart{before, n}), behind[digits:]
	}
	return format, nil
}

// parseReplacement reads what replaces a match, as Java's Matcher does: $ and as many digits as make a group's number, ${name}, and
// a backslash in front of what stands for itself.
func parseReplacement(text string, from *regexp.Regexp) ([]templatePart, error) {
	var to []templatePart
	var plain strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+1 < len(text) {
			i++
			plain.WriteByte(text[i])
			continue
		}
		if text[i] != '$' && text[i] != '\\' {
			plain.WriteByte(text[i])
			continue
		}
		ref, length := reference(text[i+1:], from)
		if text[i] == '\\' || ref < 0 || ref > from.NumSubexp() {
			return nil, fmt.Errorf("found %q as the replacement, expected $0 to $%d or \\$", text, from.NumSubexp())
		}
		to = append(to, templatePart{plain.String(), ref})
		plain.Reset()
		i += length
	}
	return append(to, templatePart{plain.String(), -1}), nil
}

// reference reads the group behind a $, and how long that is. The first digit counts always, further ones as long as there is such
// a group.
func reference(text string, from *regexp.Regexp) (ref, length int) {
	if name, _, closed := strings.Cut(text, "}"); closed && strings.HasPrefix(text, "{") {
		return from.SubexpIndex(name[1:]), len(name) + 1
	}
	ref = -1
	for length < len(text) && text[length] >= '0' && text[length] <= '9' {
		longer := max(ref, 0)*10 + int(text[length]-'0')
		if length > 0 && longer > from.NumSubexp() {
			break
		}
		ref = longer
		length++
	}
	return ref, length
}

// apply gives the name that the rule makes of a realm and the parts behind it. fits is false if the rule is about others.
func (r *rule) apply(parts []string, defaultRealm string) (name string, fits bool) {
	if r.isDefault {
		return parts[1], parts[0] == defaultRealm
	}
	if len(parts)-1 != r.parts {
		return "", false
	}
	base := fill(r.format, func(n int) string { return parts[n] })
	if r.match != nil && !r.match.MatchString(base) {
		return "", false
	}
	if r.from == nil {
		return base, true
	}
	return r.replace(base), true
}

func (r *rule) replace(base string) string {
	limit := 1
	if r.all {
		limit = -1
	}
	var b strings.Builder
	behind := 0
	for _, m := range r.from.FindAllStringSubmatchIndex(base, limit) {
		b.WriteString(base[behind:m[0]])
		b.WriteString(fill(r.to, func(n int) string {
			if m[2*n] < 0 {
				return ""
			}
			return base[m[2*n]:m[2*n+1]]
		}))
		behind = m[1]
	}
	return b.String() + base[behind:]
}

func fill(template []templatePart, value func(int) string) string {
	var b strings.Builder
	for _, part := range template {
		b.WriteString(part.text)
		if part.ref >= 0 {
			b.WriteString(value(part.ref))
		}
	}
	return b.String()
}
