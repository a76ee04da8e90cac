package config

import (
	"slices"
	"strings"
)

// shellPart is a part of a word: text as it is, or a variable, with what follows its name in ${name:-other}.
type shellPart struct {
	text     string
	name     string
	operator string // one of - = + with or without a colon in front; empty for a variable alone
	other    shellWord
	line     int
}

type shellWord []shellPart

// plain is the text with which a word begins, before any variable.
func (w shellWord) plain() string {
	if len(w) == 0 || w[0].name != "" {
		return ""
	}
	return w[0].text
}

// shellCommand is what stands up to the end of a line or a semicolon. problem is the first thing in it that only a
// real shell understands, as a message may show it.
type shellCommand struct {
	line    int
	words   []shellWord
	problem string
}

// opens counts the compound commands that begin here, less those that end. Where an operator joins several commands, the
// words that begin and end them may stand anywhere.
func (c *shellCommand) opens() (n int) {
	for _, w := range c.words {
		switch w.plain() {
		case "if", "for", "while", "until", "case", "select", "{":
			n++
		case "fi", "done", "esac", "}":
			n--
		case "then", "do", "else", "elif", "!":
			continue // a command follows
		}
		if c.problem == "" {
			return n
		}
	}
	return n
}

// shellLexer cuts a fragment into commands.
type shellLexer struct {
	rest string
	line int // that rest begins in
	cmd  *shellCommand
}

// advance drops n bytes of rest and returns them.
func (x *shellLexer) advance(n int) string {
	taken := x.rest[:n]
	x.line += strings.Count(taken, "\n")
	x.rest = x.rest[n:]
	return taken
}

func (x *shellLexer) problem(what string) {
	if x.cmd.problem == "" {
		x.cmd.problem = what
	}
}

// command reads one command and what ends it.
func (x *shellLexer) command() shellCommand {
	c := shellCommand{line: x.line}
	x.cmd = &c
	for x.rest != "" {
		if len(c.words) == 0 {
			c.line = x.line
		}
		switch first := x.rest[0]; {
		case strings.HasPrefix(x.rest, "\\\n"):
			x.advance(2)
		case first == ' ' || first == '\t':
			x.advance(1)
		case first == '#':
			x.advance(lineEnd(x.rest))
		case first == '\n' || first == ';':
			x.advance(1)
			if c.problem == "" || first == '\n' {
				return c
			}
		case strings.IndexByte("&|<>()", first) >= 0:
			x.problem(x.advance(1))
		default:
			c.words = append(c.words, x.word(" \t\n;&|<>()"))
		}
	}
	return c
}

func lineEnd(s string) int {
	if end := strings.IndexByte(s, '\n'); end >= 0 {
		return end
	}
	return len(s)
}

// word reads up to one of the bytes in ends that is neither quoted nor escaped.
func (x *shellLexer) word(ends string) (w shellWord) {
	for x.rest != "" && strings.IndexByte(ends, x.rest[0]) < 0 {
		switch first := x.rest[0]; {
		case strings.HasPrefix(x.rest, "\\\n"):
			x.advance(2)
		case first == '\\' && len(x.rest) > 1:
			w = x.add(w, x.advance(2)[1:])
		case first == '\'':
			w = x.singleQuoted(w)
		case first == '"':
			w = x.doubleQuoted(w)
		case first == '$':
			w = x.dollar(w)
		case first == '`':
			x.skip("`", "`")
		default:
			w = x.add(w, x.advance(1))
		}
	}
	return w
}

// add appends text to a word. The empty text makes sure that there is a word, as "" does.
func (x *shellLexer) add(w shellWord, text string) shellWord {
	if n := len(w); n > 0 && w[n-1].name == "" && w[n-1].line == x.line {
		w[n-1].text += text
		return w
	}
	return append(w, shellPart{text: text, line: x.line})
}

func (x *shellLexer) singleQuoted(w shellWord) shellWord {
	text, _, closed := strings.Cut(x.rest[1:], "'")
	if !closed {
		x.problem("a quote that is not closed")
		x.advance(len(x.rest))
		return w
	}
	w = x.add(w, text)
	x.advance(len(text) + 2)
	return w
}

func (x *shellLexer) doubleQuoted(w shellWord) shellWord {
	x.advance(1)
	w = x.add(w, "")
	for x.rest != "" {
		switch first := x.rest[0]; {
		case first == '"':
			x.advance(1)
			return w
		case strings.HasPrefix(x.rest, "\\\n"):
			x.advance(2)
		case first == '\\' && len(x.rest) > 1 && strings.IndexByte("$`\"\\", x.rest[1]) >= 0:
			w = x.add(w, x.advance(2)[1:])
		case first == '$':
			w = x.dollar(w)
		case first == '`':
			x.skip("`", "`")
		default:
			w = x.add(w, x.advance(1))
		}
	}
	x.problem("a quote that is not closed")
	return w
}

// dollar reads what begins with $.
func (x *shellLexer) dollar(w shellWord) shellWord {
	line, after := x.line, x.rest[1:]
	if n := identifier(after); n > 0 {
		return append(w, shellPart{name: x.advance(n + 1)[1:], line: line})
	}
	switch {
	case strings.HasPrefix(after, "{"):
		return x.braced(w)
	case strings.HasPrefix(after, "("):
		x.skip("$(", ")")
	case after != "" && strings.IndexByte("0123456789@*#?$!'-", after[0]) >= 0:
		x.problem(x.advance(2))
	default:
		return x.add(w, x.advance(1))
	}
	return w
}

// braced reads ${name} and ${name:-other}.
func (x *shellLexer) braced(w shellWord) shellWord {
	operators := []string{":-", ":=", ":+", "-", "=", "+"}
	inside := x.rest[len("${"):]
	p := shellPart{name: inside[:identifier(inside)], line: x.line}
	after := inside[len(p.name):]
	i := slices.IndexFunc(operators, func(o string) bool { return strings.HasPrefix(after, o) })
	if p.name == "" || i < 0 && !strings.HasPrefix(after, "}") {
		x.skip("${", "}")
		return w
	}
	if i >= 0 {
		p.operator = operators[i]
	}
	x.advance(len("${" + p.name + p.operator))
	if p.operator != "" {
		p.other = x.word("}")
	}
	if x.rest == "" {
		x.problem("a ${ that is not closed")
		return w
	}
	x.advance(len("}"))
	return append(w, p)
}

// identifier is the length of the variable's name that text begins with.
func identifier(text string) int {
	for i, c := range []byte(text) {
		letter := c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return i
		}
	}
	return len(text)
}

// skip passes over something that only a shell can execute, as far as it is on one line.
func (x *shellLexer) skip(begin, end string) {
	x.problem(begin + "…" + end)
	x.advance(len(begin))
	depth := 1
	for x.rest != "" && x.rest[0] != '\n' {
		taken := x.advance(1)
		switch {
		case taken == end:
			depth--
		case strings.HasSuffix(begin, taken) && begin != end:
			depth++
		}
		if depth == 0 {
			return
		}
	}
}
