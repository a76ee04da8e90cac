package config

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// piece is a part of a variable's value and where it was written: in a line of a file, or in a variable of the environment,
// which then stands for the file.
type piece struct {
	text, file string
	line       int
}

// shell knows the variables that a shell would have after reading fragments such as conf/java.env. It reads assignments
// and nothing else: no command is ever executed. What it does not understand is skipped and becomes a remark.
type shell struct {
	vars    map[string][]piece
	remarks []remark
}

func newShell(environ []string) *shell {
	s := &shell{vars: make(map[string][]piece)}
	for _, entry := range environ {
		if name, value, found := strings.Cut(entry, "="); found {
			s.vars[name] = []piece{{text: value, file: name}}
		}
	}
	return s
}

// text is the value of a variable, empty if there is none.
func (s *shell) text(name string) string { return join(s.vars[name]) }

func join(value []piece) string {
	var b strings.Builder
	for _, p := range value {
		b.WriteString(p.text)
	}
	return b.String()
}

// words cuts a variable's value where a shell cuts it when it stands unquoted. A word's place is that of its first letter.
func (s *shell) words(name string) (all []piece) {
	inWord := false
	for _, p := range s.vars[name] {
		for _, letter := range p.text {
			switch {
			case strings.ContainsRune(" \t\n", letter):
				inWord = false
			case inWord:
				all[len(all)-1].text += string(letter)
			default:
				inWord = true
				all = append(all, piece{text: string(letter), file: p.file, line: p.line})
			}
		}
	}
	return all
}

// source reads a fragment.
func (s *shell) source(file, text string) {
	depth, begin := 0, 0 // of if, for, case and the like: nobody knows what they would do
	lex := &shellLexer{rest: text, line: 1}
	for lex.rest != "" {
		c := lex.command()
		before := depth
		depth = max(depth+c.opens(), 0)
		switch {
		case before == 0 && depth > 0:
			begin = c.line
		case before > 0 && depth == 0:
			s.remark(file, begin, "is not executed, nor what follows it up to line "+strconv.Itoa(c.line)+": only plain assignments are read here")
		case before > 0 || len(c.words) == 0 && c.problem == "":
		default:
			s.run(file, &c)
		}
	}
	if depth > 0 {
		s.remark(file, begin, "is not executed, nor what follows it: only plain assignments are read here")
	}
}

func (s *shell) remark(file string, line int, text string) {
	s.remarks = append(s.remarks, remark{file: file, line: line, text: place(file, line, "") + text})
}

// run carries out one command that is nothing but assignments, or else remarks that it does not.
func (s *shell) run(file string, c *shellCommand) {
	if c.problem != "" {
		s.remark(file, c.line, "found "+c.problem+", which only a shell could execute: the line has no effect")
		return
	}
	words, verb := c.words, c.words[0].plain()
	switch verb {
	case ":":
		s.expand(file, slices.Concat(words...)) // ${NAME:=value} sets NAME
		return
	case "export", "readonly", "declare", "typeset":
		words = words[1:]
	case "unset":
		for _, w := range words[1:] {
			delete(s.vars, w.plain())
		}
		return
	default:
		i := slices.IndexFunc(words, func(w shellWord) bool { return assigns(w) == 0 })
		if i >= 0 {
			what := strconv.Quote(cmp.Or(words[i].plain(), "$"+words[i][0].name))
			s.remark(file, c.line, "found the command "+what+", which is not executed: only assignments are read here")
			return
		}
	}
	for _, w := range words {
		s.assign(file, w)
	}
}

// assign sets the variable that w is about; a name alone, as export takes it, sets nothing.
func (s *shell) assign(file string, w shellWord) {
	n := assigns(w)
	if n == 0 {
		return
	}
	name, appends := strings.CutSuffix(w[0].text[:n-1], "+")
	value := s.expand(file, append(shellWord{{text: w[0].text[n:], line: w[0].line}}, w[1:]...))
	if appends {
		value = slices.Concat(s.vars[name], value)
	}
	s.vars[name] = value
}

// assigns is the length of what makes w an assignment, such as NAME= or NAME+=, and 0 if it is none.
func assigns(w shellWord) int {
	text := w.plain()
	n := identifier(text)
	for _, sign := range []string{"=", "+="} {
		if n > 0 && strings.HasPrefix(text[n:], sign) {
			return n + len(sign)
		}
	}
	return 0
}

// expand resolves the variables in a word.
func (s *shell) expand(file string, w shellWord) (value []piece) {
	for _, p := range w {
		if p.name == "" {
			value = append(value, piece{text: p.text, file: file, line: p.line})
			continue
		}
		old, set := s.vars[p.name]
		set = set && (join(old) != "" || !strings.HasPrefix(p.operator, ":"))
		switch strings.TrimPrefix(p.operator, ":") {
		case "+":
			if set {
				value = append(value, s.expand(file, p.other)...)
			}
		case "-", "=":
			if set {
				value = append(value, old...)
				continue
			}
			other := s.expand(file, p.other)
			if strings.HasSuffix(p.operator, "=") {
				s.vars[p.name] = other
			}
			value = append(value, other...)
		default:
			value = append(value, old...)
		}
	}
	return value
}
