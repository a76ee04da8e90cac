package sasl

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Module is one login module of a section.
type Module struct {
	Class   string
	Flag    string // required, requisite, sufficient or optional, in small letters; all mean the same here
	Options map[string]string
	Line    int
}

// JAAS holds the sections of a JAAS configuration file by their names.
type JAAS map[string][]Module

// ConfigError says what is wrong with a configuration, and where. Its text holds no option's value.
type ConfigError struct {
	File string
	Line int // 0 if it is about the whole file
	Msg  string
	Err  error // the cause; may be nil
}

// Error puts the place in front, as far as it is known.
func (e *ConfigError) Error() string {
	if e.Line > 0 {
		return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Msg)
	}
	return e.File + ": " + e.Msg
}

// Unwrap gives the cause.
func (e *ConfigError) Unwrap() error { return e.Err }

// Path is the file that the property java.security.auth.login.config names. Java takes an = in front for "this file alone", and a URL
// too.
func Path(value string) string {
	path := strings.TrimPrefix(value, "=")
	if rest, isURL := strings.CutPrefix(path, "file:"); isURL {
		path = "/" + strings.TrimLeft(rest, "/")
	}
	return path
}

// ParseJAAS reads a JAAS configuration file: sections of the form
//
//	Name { module.class required option="value" … ; … };
//
// ${name} in a value stands for the system property of that name, which property looks up. Errors: *ConfigError.
func ParseJAAS(file string, text []byte, property func(name string) (string, bool)) (JAAS, error) {
	p := &jaasParser{file: file, lex: newJAASLexer(string(text)), property: property}
	p.advance()
	sections := JAAS{}
	for p.ahead.kind != tokenEnd {
		line := p.ahead.line
		name, err := p.word("the name of a section")
		if err != nil {
			return nil, err
		}
		modules, err := p.section()
		if err != nil {
			return nil, err
		}
		if _, twice := sections[name]; twice {
			return nil, p.fail(line, "a second section "+name)
		}
		sections[name] = modules
	}
	return sections, nil
}

type jaasParser struct {
	file     string
	lex      *jaasLexer
	ahead    jaasToken
	property func(string) (string, bool)
}

func (p *jaasParser) advance() { p.ahead = p.lex.next() }

func (p *jaasParser) fail(line int, msg string) *ConfigError {
	return &ConfigError{File: p.file, Line: line, Msg: msg}
}

// expected is the error about the token ahead. Words are not shown: one may be half a password.
func (p *jaasParser) expected(what string) *ConfigError {
	found := "the end of the file"
	switch p.ahead.kind {
	case tokenWord:
		found = "a word"
	case tokenNumber:
		found = "a number, or what begins like one (put it in double quotes)"
	case tokenMark:
		found = fmt.Sprintf("%q", p.ahead.text)
	case tokenEnd:
	}
	return p.fail(p.ahead.line, "found "+found+", expected "+what)
}

func (p *jaasParser) word(what string) (string, error) {
	if p.ahead.kind != tokenWord {
		return "", p.expected(what)
	}
	text := p.ahead.text
	p.advance()
	return text, nil
}

func (p *jaasParser) isMark(mark string) bool {
	return p.ahead.kind == tokenMark && p.ahead.text == mark
}

func (p *jaasParser) mark(mark string) error {
	if !p.isMark(mark) {
		return p.expected(fmt.Sprintf("%q", mark))
	}
	p.advance()
	return nil
}

// section reads what stands behind a section's name.
func (p *jaasParser) section() ([]Module, error) {
	if err := p.mark("{"); err != nil {
		return nil, err
	}
	var modules []Module
	for !p.isMark("}") {
		m, err := p.module()
		if err != nil {
			return nil, err
		}
		modules = append(modules, m)
	}
	p.advance()
	return modules, p.mark(";")
}

func (p *jaasParser) module() (Module, error) {
	m := Module{Line: p.ahead.line, Options: map[string]string{}}
	var err error
	if m.Class, err = p.word(`the class of a login module, or "}"`); err != nil {
		return m, err
	}
	line := p.ahead.line
	if m.Flag, err = p.word("required, requisite, sufficient or optional"); err != nil {
		return m, err
	}
	m.Flag = strings.ToLower(m.Flag)
	if !slices.Contains([]string{"required", "requisite", "sufficient", "optional"}, m.Flag) {
		return m, p.fail(line, "found a word, expected required, requisite, sufficient or optional")
	}
	for !p.isMark(";") {
		key, value, err := p.option()
		if err != nil {
			return m, err
		}
		m.Options[key] = value // as in Java, the last one of a name counts
	}
	p.advance()
	return m, nil
}

func (p *jaasParser) option() (key, value string, err error) {
	if key, err = p.word(`an option, or ";" behind the last one`); err != nil {
		return "", "", err
	}
	if err = p.mark("="); err != nil {
		return "", "", err
	}
	line := p.ahead.line
	if value, err = p.word("the option's value, in double quotes"); err != nil {
		return "", "", err
	}
	value, err = p.expand(line, value)
	return key, value, err
}

// expand replaces ${name} by system properties (sun.security.util.PropertyExpander): ${/} is a slash, ${{…}} stays as it is, and
// so does what has no end.
func (p *jaasParser) expand(line int, value string) (string, error) {
	var b strings.Builder
	for rest := value; ; {
		before, behind, found := strings.Cut(rest, "${")
		b.WriteString(before)
		if !found {
			break
		}
		end, skip := strings.IndexByte(behind, '}'), 1
		if doubled := strings.HasPrefix(behind, "{"); doubled {
			end, skip = strings.Index(behind, "}}"), 2
		}
		if end < 0 {
			b.WriteString("${" + behind)
			break
		}
		name := behind[:end]
		rest = behind[end+skip:]
		if skip == 2 {
			b.WriteString("${" + name + "}}")
			continue
		}
		text, known := p.lookup(name)
		if !known {
			return "", p.fail(line, "the option's value names a system property that is not set; ${name} stands for the property of that name")
		}
		b.WriteString(text)
	}
	if b.Len() == 0 && value != "" {
		return "", p.fail(line, "the option's value is empty after its system properties are put in")
	}
	return b.String(), nil
}

func (p *jaasParser) lookup(name string) (string, bool) {
	if name == "/" {
		return "/", true
	}
	return p.property(name)
}

// Names lists the sections, for messages.
func (j JAAS) Names() string {
	if len(j) == 0 {
		return "none"
	}
	return strings.Join(slices.Sorted(maps.Keys(j)), ", ")
}
