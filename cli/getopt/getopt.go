package getopt

import (
	"strconv"
	"strings"
)

// Option is a letter or word that stands behind a dash.
type Option struct {
	Name  string
	Value bool   // takes one
	Help  string // what Apache's own help says; may be empty
}

// Spec lists the options of a command.
type Spec struct {
	Options   []Option
	Exclusive bool // at most one of them
	Required  bool // at least one of them
}

// Error is a refusal in the words of commons-cli.
type Error struct {
	Kind string // UnrecognizedOption, MissingArgument, AlreadySelected, MissingOption
	Text string
}

// Error is what Apache's shell prints.
func (e *Error) Error() string { return "org.apache.commons.cli." + e.Kind + "Exception: " + e.Text }

// Parsed is a command taken apart.
type Parsed struct {
	Args   []string // the words that are no options, the command's name first
	values map[string][]string
}

// Has tells whether an option was given.
func (p *Parsed) Has(name string) bool {
	_, given := p.values[name]
	return given
}

// Value gives the first value of an option, "" if it was not given.
func (p *Parsed) Value(name string) string {
	if values := p.values[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// parser is the state of one Parse.
type parser struct {
	spec    *Spec
	out     *Parsed
	waiting *Option // has been given and still wants its value
	chosen  string  // the one of an exclusive Spec
	literal bool    // behind "--"
}

// Parse takes a command's words apart.
func Parse(spec *Spec, words []string) (*Parsed, error) {
	p := parser{spec: spec, out: &Parsed{values: map[string][]string{}}}
	for _, word := range words {
		if err := p.word(word); err != nil {
			return nil, err
		}
	}
	if err := p.settled(); err != nil {
		return nil, err
	}
	if spec.Required && len(p.out.values) == 0 {
		return nil, &Error{"MissingOption", "Missing required option: " + spec.list()}
	}
	return p.out, nil
}

// list names the options as an OptionGroup of commons-cli prints itself.
func (s *Spec) list() string {
	each := make([]string, len(s.Options))
	for i, o := range s.Options {
		each[i] = "-" + o.Name + " " + o.Help
	}
	return "[" + strings.Join(each, ", ") + "]"
}

// find gives the option of a name, nil if there is none.
func (s *Spec) find(name string) *Option {
	for i := range s.Options {
		if s.Options[i].Name == name {
			return &s.Options[i]
		}
	}
	return nil
}

func (p *parser) word(word string) error {
	switch {
	case p.literal:
		p.out.Args = append(p.out.Args, word)
	case word == "--":
		p.literal = true
	case p.waiting != nil && p.isValue(word):
		p.value(unquote(word))
	case len(word) > 1 && word[0] == '-':
		return p.dashed(word)
	default:
		p.out.Args = append(p.out.Args, word)
	}
	return nil
}

// isValue tells whether a word can be the value of the option before it: everything but an option, and any number.
func (p *parser) isValue(word string) bool {
	if len(word) < 2 || word[0] != '-' {
		return true
	}
	if _, err := strconv.ParseFloat(word, 64); err == nil {
		return true
	}
	name, _, _ := strings.Cut(word[1:], "=")
	name = strings.TrimLeft(name, "-")
	return name == "" || p.spec.find(name) == nil && p.spec.find(firstLetter(name)) == nil
}

func firstLetter(s string) string {
	for _, r := range s {
		return string(r)
	}
	return ""
}

// unquote cuts off a pair of double quotes around a value that has none inside.
func unquote(s string) string {
	if len(s) > 1 && s[0] == '"' && s[len(s)-1] == '"' && !strings.Contains(s[1:len(s)-1], `"`) {
		return s[1 : len(s)-1]
	}
	return s
}

// dashed takes a word that begins with a dash and is neither "-" nor "--" nor a value.
func (p *parser) dashed(word string) error {
	if strings.HasPrefix(word, "--") {
		return unrecognized(word)
	}
	name, value, hasValue := strings.Cut(word[1:], "=")
	switch {
	case hasValue:
		o := p.spec.find(name)
		if o == nil || !o.Value || len(name) != 1 {
			return unrecognized(word)
		}
		if err := p.option(o); err != nil {
			return err
		}
		p.value(value)
		return nil
	case p.spec.find(name) != nil:
		return p.option(p.spec.find(name))
	}
	return p.bundle(word)
}

// bundle takes letters put together: -sw, and -v3 for -v 3.
func (p *parser) bundle(word string) error {
	for i := 1; i < len(word); i++ {
		o := p.spec.find(word[i : i+1])
		if o == nil {
			return unrecognized(word)
		}
		if err := p.option(o); err != nil {
			return err
		}
		if p.waiting != nil && i+1 < len(word) {
			p.value(word[i+1:])
			return nil
		}
	}
	return nil
}

func unrecognized(word string) error {
	return &Error{"UnrecognizedOption", "Unrecognized option: " + word}
}

func (p *parser) option(o *Option) error {
	if err := p.settled(); err != nil {
		return err
	}
	if p.spec.Exclusive {
		if p.chosen != "" && p.chosen != o.Name {
			return &Error{
				"AlreadySelected", "The option '" + o.Name +
					"' was specified but an option from this group has already been selected: '" + p.chosen + "'",
			}
		}
		p.chosen = o.Name
	}
	p.out.values[o.Name] = append(p.out.values[o.Name], []string(nil)...)
	if o.Value {
		p.waiting = o
	}
	return nil
}

func (p *parser) value(v string) {
	p.out.values[p.waiting.Name] = append(p.out.values[p.waiting.Name], v)
	p.waiting = nil
}

// settled refuses an option that still wants its value.
func (p *parser) settled() error {
	if p.waiting != nil {
		return &Error{"MissingArgument", "Missing argument for option: " + p.waiting.Name}
	}
	return nil
}
