package sasl

import "strings"

// tokenKind is what a token of a JAAS file is.
type tokenKind int

const (
	tokenEnd    tokenKind = iota
	tokenWord             // a word, or text in double quotes
	tokenNumber           // what Java reads as a number, and has no use for
	tokenMark             // one of { } ; = or any other character
)

type jaasToken struct {
	kind tokenKind
	text string
	line int
}

// jaasLexer cuts a JAAS file into tokens as Java's StreamTokenizer does with the settings of ConfigFile: a single slash
// begins a comment as two do, and a text in quotes ends with its line.
type jaasLexer struct {
	rest []rune
	line int
}

func newJAASLexer(text string) *jaasLexer { return &jaasLexer{rest: []rune(text), line: 1} }

// peek is the next character, or -1 at the end.
func (l *jaasLexer) peek() rune {
	if len(l.rest) == 0 {
		return -1
	}
	return l.rest[0]
}

func (l *jaasLexer) read() rune {
	c := l.peek()
	if c < 0 {
		return c
	}
	l.rest = l.rest[1:]
	if c == '\n' || c == '\r' && l.peek() != '\n' {
		l.line++
	}
	return c
}

func (l *jaasLexer) next() jaasToken {
	l.skipBlanks()
	t := jaasToken{line: l.line}
	switch c := l.peek(); {
	case c < 0:
	case c == '"' || c == '\'':
		t.kind, t.text = tokenWord, l.quoted(l.read())
		if c == '\'' { // Java takes it for a text, and then has no use for it
			t.kind, t.text = tokenMark, "'"
		}
	case c == '.' || c == '-' || isDigit(c):
		t.kind = tokenNumber
		l.word()
	case isWordRune(c):
		t.kind, t.text = tokenWord, l.word()
	default:
		t.kind, t.text = tokenMark, string(l.read())
	}
	return t
}

// skipBlanks skips what separates tokens: everything up to the blank, and comments.
func (l *jaasLexer) skipBlanks() {
	for {
		switch c := l.peek(); {
		case c >= 0 && c <= ' ':
			l.read()
		case c == '/':
			l.read()
			if l.peek() == '*' {
				l.read()
				l.skipTo("*/")
			} else {
				for c := l.peek(); c >= 0 && c != '\n' && c != '\r'; c = l.peek() {
					l.read()
				}
			}
		default:
			return
		}
	}
}

// skipTo skips everything up to and with an end of two characters.
func (l *jaasLexer) skipTo(end string) {
	for last := rune(-1); ; {
		c := l.read()
		if c < 0 || last == rune(end[0]) && c == rune(end[1]) {
			return
		}
		last = c
	}
}

func (l *jaasLexer) word() string {
	var b strings.Builder
	for c := l.peek(); isWordRune(c) || isDigit(c) || c == '.'; c = l.peek() {
		b.WriteRune(l.read())
	}
	return b.String()
}

// quoted reads a text behind its opening quote, up to the closing one or the end of the line.
func (l *jaasLexer) quoted(quote rune) string {
	var b strings.Builder
	for {
		switch c := l.peek(); {
		case c < 0 || c == '\n' || c == '\r':
			return b.String()
		case c == quote:
			l.read()
			return b.String()
		case c == '\\':
			l.read()
			b.WriteRune(l.escaped())
		default:
			b.WriteRune(l.read())
		}
	}
}

// escaped reads what stands behind a backslash: up to three octal digits, at most \377, or a letter as in Java and C.
func (l *jaasLexer) escaped() rune {
	c := l.read()
	if !isOctal(c) {
		if i := strings.IndexRune("abfnrtv", c); i >= 0 {
			return rune("\a\b\f\n\r\t\v"[i])
		}
		return max(c, 0) // a file that ends here
	}
	value, digitsMax := c-'0', 3
	if c > '3' {
		digitsMax = 2
	}
	for n := 1; n < digitsMax && isOctal(l.peek()); n++ {
		value = value<<3 + l.read() - '0'
	}
	return value
}

func isOctal(c rune) bool { return c >= '0' && c <= '7' }

func isDigit(c rune) bool { return c >= '0' && c <= '9' }

// isWordRune tells whether a character stands in words. Digits and dots do too, but do not begin one.
func isWordRune(c rune) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 128+32 || strings.ContainsRune("$_-*", c)
}
