package config

import (
	_ "embed" // for the default configuration
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
)

//go:embed default.cfg
var defaultText string

// defaultFile is what messages call the configuration that is built in.
const defaultFile = "(built-in default.cfg)"

// Load reads a zoo.cfg. props are system properties, as PropsFromEnv collects them; keys of the file beat them.
func Load(path string, props map[string]string) (*Config, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, &Error{File: path, Msg: "cannot be read: " + cause(err), Err: err}
	}
	return load(path, string(text), props, os.ReadFile)
}

// Default is the configuration that is built in: port 2181 and a data directory under the working directory.
func Default(props map[string]string) (*Config, error) {
	return load(defaultFile, defaultText, props, os.ReadFile)
}

// DefaultText is the built-in configuration as the zoo.cfg that it is.
func DefaultText() string { return defaultText }

// FromArgs reads ZooKeeper's forms of arguments: nothing (the built-in configuration; ZooKeeper would refuse that), one
// file, or "port dataDir [tickTime] [maxClientCnxns]". The last form has no limit of connections by default (ServerConfig.
// parse, 3.9.5).
func FromArgs(args []string, props map[string]string) (*Config, error) {
	switch len(args) {
	case 0:
		return Default(props)
	case 1:
		return Load(args[0], props)
	case 2, 3, 4:
		return fromWords(args, props)
	}
	return nil, &Error{Msg: "found " + strconv.Itoa(len(args)) + " arguments, expected a configuration file or: port dataDir [tickTime] [maxClientCnxns]"}
}

func load(file, text string, props map[string]string, read readFunc) (*Config, error) {
	l := newLoader(file, read)
	l.cfg.File, l.cfg.Text = file, text
	l.takeProps(props)
	if err := l.takeFile(text); err != nil {
		return nil, err
	}
	return l.finish()
}

func fromWords(args []string, props map[string]string) (*Config, error) {
	l := newLoader("", os.ReadFile)
	l.cfg.MaxClientCnxns = 0
	l.takeProps(props)
	for i, name := range []string{"clientPort", "dataDir", "tickTime", "maxClientCnxns"}[:len(args)] {
		l.take(setting{key: l.table.key(name), name: name, value: args[i]})
	}
	return l.finish()
}

// setting is one value that the user has chosen, and where.
type setting struct {
	key   *Key
	name  string // as the user wrote it; a property has its -D in front
	value string
	file  string
	line  int
}

func (s *setting) refuse(found, expected string) *Error {
	return &Error{File: s.file, Line: s.line, Key: s.name, Msg: "found " + found + ", expected " + expected}
}

// loader collects settings, then stores them in cfg and checks the whole.
type loader struct {
	table *table
	cfg   *Config
	file  string
	read  readFunc // for the files that a configuration refers to
	// chosen are the settings that count, in the order in which the user made them: nothing in it is overridden.
	chosen []setting
	// remarks become the warnings, in the order of the lines that they are about.
	remarks []remark
}

// readFunc reads a whole file, as os.ReadFile does.
type readFunc func(path string) ([]byte, error)

func newLoader(file string, read readFunc) *loader {
	t := newTable()
	return &loader{table: t, cfg: defaults(t), file: file, read: read}
}

// take adds a setting and drops those that it overrides: other names of the same key, except under a row of many names.
func (l *loader) take(s setting) {
	many := strings.HasSuffix(s.key.Name, ".")
	l.chosen = slices.DeleteFunc(l.chosen, func(old setting) bool {
		return old.key == s.key && (!many || bare(old.name) == bare(s.name))
	})
	l.chosen = append(l.chosen, s)
}

// bare is a name without what turns a key into a property.
func bare(name string) string {
	return strings.TrimPrefix(strings.TrimPrefix(name, "-D"), "zookeeper.")
}

// setting returns the chosen setting of a key by its name in zoo.cfg, nil if there is none.
func (l *loader) setting(name string) *setting {
	for i := range l.chosen {
		if l.chosen[i].key.Name == name {
			return &l.chosen[i]
		}
	}
	return nil
}

// takeProps takes the properties that mean something here, sorted by name: a map has no order.
func (l *loader) takeProps(props map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(props)) {
		s := setting{key: l.table.property(name), name: "-D" + name, value: trim(props[name])}
		switch {
		case s.key == nil:
			l.warnUnknownProperty(name)
		case s.key.OldProperty == name && hasProp(props, s.key.Property):
			// the newer of the two names counts
		default:
			l.take(s)
		}
	}
}

func hasProp(props map[string]string, name string) bool {
	_, found := props[name]
	return found
}

// takeFile takes every key of a zoo.cfg that the table knows, and warns of the others.
func (l *loader) takeFile(text string) error {
	all, bad := parseProperties([]byte(text))
	if bad != nil {
		bad.File = l.file
		return bad
	}
	last := make(map[string]int)
	for i, p := range all {
		last[p.key] = i
	}
	for i, p := range all {
		if last[p.key] != i {
			l.warn(p.line, p.key, "has no effect: set again in line "+strconv.Itoa(all[last[p.key]].line)+", and the last one counts")
			continue
		}
		if p.beyondASCII {
			l.warn(p.line, p.key, "is read as ISO-8859-1, as Java does; write letters beyond ASCII as \\uXXXX")
		}
		k := l.table.key(p.key)
		if k == nil {
			l.warnUnknown(p)
			continue
		}
		l.take(setting{key: k, name: p.key, value: p.value, file: l.file, line: p.line})
	}
	return nil
}

// finish stores what was taken, and checks what no single key can tell.
func (l *loader) finish() (*Config, error) {
	for i := range l.chosen {
		if err := l.store(&l.chosen[i]); err != nil {
			return nil, err
		}
	}
	for _, check := range []func() *Error{l.checkDirs, l.readMyID, l.checkAddress, l.checkServers, l.checkPort, l.checkTimeouts, l.checkAuth, l.checkOutstanding} {
		if err := check(); err != nil {
			return nil, err
		}
	}
	l.cfg.Warnings = sorted(l.remarks)
	return l.cfg, nil
}

// store puts one setting into its field, or refuses it.
func (l *loader) store(s *setting) *Error {
	p, ok := s.key.parse(s.value)
	if !ok {
		return s.refuse(s.shown(), s.key.expected())
	}
	if p.remark != "" {
		l.warnAt(s, s.shown()+" is "+p.remark)
	}
	s.key.put(l.cfg, p)
	l.tellStatus(s)
	return nil
}

// shown is the value as a message may show it.
func (s *setting) shown() string {
	if s.key.Secret {
		return "a value that is kept secret"
	}
	return strconv.Quote(s.value)
}
