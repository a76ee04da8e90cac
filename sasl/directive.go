package sasl

import (
	"bytes"
	"fmt"
	"strings"
)

// directives are the name="value" pairs of a DIGEST-MD5 token, by their names in small letters.
type directives map[string][]byte

// parseDirectives reads them as Java's DigestMD5Base does. A directive that single names may come once, others are read and
// dropped. Blanks and commas separate; a backslash in quotes takes the next byte as it is.
func parseDirectives(token []byte, single ...string) (directives, error) {
	found := directives{}
	for rest := token; ; {
		rest = bytes.TrimLeft(rest, " \t\r\n,")
		if len(rest) == 0 {
			return found, nil
		}
		key, behind, ok := bytes.Cut(rest, []byte("="))
		key = bytes.TrimRight(key, " \t\r\n")
		if !ok || len(key) == 0 || bytes.ContainsAny(key, " \t\r\n,") {
			return nil, fmt.Errorf("malformed directive at byte %d: expected name=value", len(token)-len(rest))
		}
		name := strings.ToLower(string(key))
		value, after, err := directiveValue(bytes.TrimLeft(behind, " \t\r\n"))
		if err != nil {
			return nil, fmt.Errorf("directive %q: %w", name, err)
		}
		rest = after
		for _, known := range single {
			if known != name {
				continue
			}
			if _, twice := found[name]; twice {
				return nil, fmt.Errorf("directive %q comes twice", name)
			}
			found[name] = value
		}
	}
}

// directiveValue reads a value, and returns what follows it.
func directiveValue(text []byte) (value, rest []byte, err error) {
	if len(text) == 0 {
		return nil, nil, fmt.Errorf("has no value")
	}
	if text[0] != '"' {
		end := bytes.IndexAny(text, " \t\r\n,")
		if end < 0 {
			end = len(text)
		}
		return text[:end:end], text[end:], nil
	}
	value = []byte{}
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '"':
			if rest = text[i+1:]; len(rest) > 0 && bytes.IndexByte([]byte(" \t\r\n,"), rest[0]) < 0 {
				return nil, nil, fmt.Errorf("expected a comma behind the closing quote")
			}
			return value, rest, nil
		case '\\':
			if i++; i == len(text) {
				return nil, nil, fmt.Errorf("has no closing quote")
			}
			value = append(value, text[i])
		default:
			value = append(value, text[i])
		}
	}
	return nil, nil, fmt.Errorf("has no closing quote")
}

// quote writes a value as it stands between quotes.
func quote(value string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(value) {
		if c := value[i]; c == '"' || c == '\\' || c == 127 || c < ' ' && c != '\r' && c != '\n' && c != '\t' {
			b.WriteByte('\\')
		}
		b.WriteByte(value[i])
	}
	b.WriteByte('"')
	return b.String()
}
