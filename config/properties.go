package config

import (
	"strconv"
	"strings"
	"unicode/utf16"
)

// property is one key of a properties file, with the line on which it begins, counted from 1.
type property struct {
	key, value string
	line       int
	// beyondASCII is set if a raw byte above 0x7f was read, which Java and the author of the file may see differently.
	beyondASCII bool
}

// parseProperties reads Java's properties format (java.util.Properties.load, Java 17), keys and values trimmed as
// ZooKeeper trims them. Every occurrence of a key is returned, in the order of the file. The only thing that can be wrong
// in this format is a \u without four hexadecimal digits.
func parseProperties(data []byte) ([]property, *Error) {
	r := lineReader{rest: string(data), next: 1}
	var all []property
	for {
		text, line, ok := r.logicalLine()
		if !ok {
			return all, nil
		}
		rawKey, rawValue := splitLine(text)
		key, badKey := unescape(rawKey)
		value, badValue := unescape(rawValue)
		if bad := badKey + badValue; bad != "" {
			return nil, &Error{Line: line, Key: trim(key), Msg: "found " + strconv.Quote(bad) + ", expected \\u and four hexadecimal digits"}
		}
		all = append(all, property{key: trim(key), value: trim(value), line: line, beyondASCII: !isASCII(text)})
	}
}

// lineReader cuts a file into logical lines: comments and blank lines left out, continuation lines joined.
type lineReader struct {
	rest string
	next int // number of the natural line that rest begins with
}

// naturalLine returns the next line of the file without its end, which is \n, \r or \r\n.
func (r *lineReader) naturalLine() (string, bool) {
	if r.rest == "" {
		return "", false
	}
	r.next++
	end := strings.IndexAny(r.rest, "\r\n")
	if end < 0 {
		line := r.rest
		r.rest = ""
		return line, true
	}
	line, after := r.rest[:end], end+1
	if r.rest[end] == '\r' && after < len(r.rest) && r.rest[after] == '\n' {
		after++
	}
	r.rest = r.rest[after:]
	return line, true
}

// logicalLine returns the next logical line and the number of its first natural line. A comment is one only where a
// logical line begins: it is never continued, and a continuation that begins with # is text.
func (r *lineReader) logicalLine() (text string, line int, ok bool) {
	var joined strings.Builder
	for {
		start := r.next
		part, ok := r.naturalLine()
		if !ok {
			return joined.String(), line, joined.Len() > 0
		}
		part = strings.TrimLeft(part, blanks)
		if joined.Len() == 0 {
			if part == "" || part[0] == '#' || part[0] == '!' {
				continue
			}
			line = start
		}
		if !continues(part) {
			joined.WriteString(part)
			return joined.String(), line, true
		}
		joined.WriteString(part[:len(part)-1])
	}
}

// blanks are the characters that separate words in a properties file.
const blanks = " \t\f"

// continues tells whether a line ends with a backslash that is not itself escaped.
func continues(line string) bool {
	slashes := len(line) - len(strings.TrimRight(line, `\`))
	return slashes%2 == 1
}

// splitLine cuts a logical line at the first separator that is not escaped: blanks, with at most one = or : among them.
func splitLine(line string) (key, value string) {
	end := 0
	for ; end < len(line); end++ {
		if line[end] == '\\' {
			end++
			continue
		}
		if strings.IndexByte(blanks+"=:", line[end]) >= 0 {
			break
		}
	}
	end = min(end, len(line))
	value = strings.TrimLeft(line[end:], blanks)
	if value != "" && (value[0] == '=' || value[0] == ':') {
		value = strings.TrimLeft(value[1:], blanks)
	}
	return line[:end], value
}

// unescape resolves backslash escapes and turns ISO-8859-1 into UTF-8. bad is the first \u escape that has no number.
func unescape(raw string) (text, bad string) {
	units := make([]uint16, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		if c != '\\' || i+1 == len(raw) {
			units = append(units, uint16(c))
			continue
		}
		i++
		if raw[i] != 'u' {
			units = append(units, uint16(escaped(raw[i])))
			continue
		}
		digits := raw[i+1 : min(i+5, len(raw))]
		n, err := strconv.ParseUint(digits, 16, 16)
		if err != nil || len(digits) != 4 {
			return string(utf16.Decode(units)), `\u` + digits
		}
		units = append(units, uint16(n))
		i += 4
	}
	return string(utf16.Decode(units)), ""
}

// escaped is the character that a backslash before c stands for.
func escaped(c byte) byte {
	switch c {
	case 't':
		return '\t'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 'f':
		return '\f'
	}
	return c
}

// trim is Java's String.trim: everything up to the space character goes, at both ends.
func trim(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return r <= ' ' })
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] > 0x7f {
			return false
		}
	}
	return true
}
