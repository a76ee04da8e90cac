package auth

import (
	"encoding/hex"
	"slices"
	"strings"
)

// Which texts Java's X500Principal(String) takes for a distinguished name: RFC 1779 and RFC 2253 and more, with its own idea of
// where a part ends (sun.security.x509.X500Name, RDN and AVA, Java 17). Only whether, not what it means: ACL entries keep
// their text as it is.

// dnValid tells whether a text is a distinguished name to Java. The empty one is.
func dnValid(text string) bool {
	if text == "" {
		return true
	}
	parts := dnSplit(text, ",;", func(from, at int) bool { return dnEscaped(text, from, at) })
	return !slices.ContainsFunc(parts, func(part string) bool { return !dnPartValid(part) })
}

// dnPartValid is for one part, of attributes with + between.
func dnPartValid(part string) bool {
	attributes := dnSplit(part, "+", func(_, at int) bool { return at == 0 || part[at-1] == '\\' })
	return !slices.ContainsFunc(attributes, func(text string) bool { return !dnAttributeValid(text) })
}

// dnSplit cuts a text at separators that are not escaped and not inside quotes. As in Java, a text is inside if exactly one
// quote has been seen since the last cut. escaped gets the place behind the last separator and that of the one in question.
func dnSplit(text, separators string, escaped func(from, at int) bool) (parts []string) {
	begin, from, quotes := 0, 0, 0
	for at := range len(text) {
		if strings.IndexByte(separators, text[at]) < 0 {
			continue
		}
		quotes += dnQuotes(text[from:at])
		if quotes != 1 && !escaped(from, at) {
			parts = append(parts, text[begin:at])
			begin, quotes = at+1, 0
		}
		from = at + 1
	}
	return append(parts, text[begin:])
}

// dnQuotes counts the quotes that have no backslash in front.
func dnQuotes(text string) (n int) {
	for i := range len(text) {
		if text[i] == '"' && (i == 0 || text[i-1] != '\\') {
			n++
		}
	}
	return n
}

// dnEscaped tells whether the separator at a place is escaped. Behind two backslashes Java counts all of them since the last
// separator, wherever they stand.
func dnEscaped(text string, from, at int) bool {
	switch {
	case at == 0 || text[at-1] != '\\':
		return false
	case at == 1 || text[at-2] != '\\':
		return true
	}
	return strings.Count(text[from:at], `\`)%2 == 1
}

// dnAttributeValid is for one attribute: a type, =, and a value in one of three forms.
func dnAttributeValid(text string) bool {
	keyword, value, found := strings.Cut(text, "=")
	if !found || !dnTypeValid(keyword) {
		return false
	}
	value = strings.TrimLeft(value, " \n")
	switch {
	case value == "":
		return true
	case value[0] == '#':
		return dnHexValid(value[1:])
	case value[0] == '"':
		return dnQuotedValid(value[1:])
	}
	return dnPlainValid(value)
}

// dnTypeValid takes the keywords that Java knows, and object identifiers.
func dnTypeValid(keyword string) bool {
	keyword = strings.TrimFunc(strings.ToUpper(keyword), func(r rune) bool { return r <= ' ' })
	switch keyword {
	case "CN", "C", "L", "S", "ST", "O", "OU", "T", "IP", "STREET", "DC", "DNQUALIFIER", "DNQ", "SURNAME", "GIVENNAME",
		"INITIALS", "GENERATION", "EMAIL", "EMAILADDRESS", "UID", "SERIALNUMBER":
		return true
	}
	keyword = strings.TrimPrefix(keyword, "OID.")
	if keyword == "" || keyword[0] < '0' || keyword[0] > '9' {
		return false
	}
	return oidValid(keyword)
}

// oidValid takes numbers with dots between: two or more, the first up to 2, the second below 40 unless the first is 2.
func oidValid(text string) bool {
	arcs := strings.Split(text, ".")
	if len(arcs) < 2 {
		return false
	}
	for _, arc := range arcs {
		if arc == "" || strings.Trim(arc, "0123456789") != "" {
			return false
		}
	}
	first, second := strings.TrimLeft(arcs[0], "0"), strings.TrimLeft(arcs[1], "0")
	if first == "2" {
		return true
	}
	return (first == "" || first == "1") && (len(second) < 2 || len(second) == 2 && second < "40")
}

// dnHexValid takes the hexadecimal digits of exactly one DER value. A separator that was taken for an escaped one ends them.
func dnHexValid(digits string) bool {
	if end := strings.IndexAny(digits, ",;+"); end >= 0 {
		digits = digits[:end]
	}
	der, err := hex.DecodeString(digits)
	return err == nil && derValid(der)
}

// derValid tells whether the bytes are one value with a tag, a definite length in its shortest form, and that many bytes.
func derValid(der []byte) bool {
	if len(der) < 2 {
		return false
	}
	length, rest := int(der[1]), der[2:]
	if length >= 0x80 {
		n := length - 0x80
		if n == 0 || n > 4 || n > len(rest) || rest[0] == 0 {
			return false
		}
		length = 0
		for _, b := range rest[:n] {
			length = length<<8 | int(b)
		}
		rest = rest[n:]
		if length < 0x80 {
			return false
		}
	}
	return length == len(rest)
}

// dnSpecial may stand behind a backslash.
const dnSpecial = ",=\n+<>#;\\\""

// dnQuotedValid is for what follows an opening quote.
func dnQuotedValid(text string) bool {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			return strings.Trim(text[i+1:], " \n") == ""
		case '\\':
			n := dnEscapeLength(text[i+1:], dnSpecial)
			if n == 0 {
				return false
			}
			i += n
		}
	}
	return false
}

// dnPlainValid is for a value without quotes. A separator that was taken for an escaped one ends it, but cannot begin it.
func dnPlainValid(text string) bool {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			n := dnEscapeLength(text[i+1:], dnSpecial+" ")
			if n == 0 {
				return false
			}
			i += n
		case ',', '+', ';':
			return i > 0
		case '<', '>', '"':
			return false
		}
	}
	return true
}

// dnEscapeLength is how many bytes behind a backslash belong to it: two hexadecimal digits, or one special character. 0 means
// that it is no escape.
func dnEscapeLength(text, special string) int {
	switch {
	case text == "":
		return 0
	case strings.IndexByte("0123456789abcdefABCDEF", text[0]) >= 0:
		if len(text) < 2 || strings.IndexByte("0123456789abcdefABCDEF", text[1]) < 0 {
			return 0
		}
		return 2
	case strings.IndexByte(special, text[0]) >= 0:
		return 1
	}
	return 0
}
