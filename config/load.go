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

// DefaultText is the built-in configuration as the zoo.cfg that it is.
func DefaultText() string { return defaultText }

// readFunc reads a whole file, as os.ReadFile does.
type readFunc func(path string) ([]byte, error)

// FromCommand is the configuration of a server that is started with these arguments and this environment.
func FromCommand(args, environ []string) (*Config, error) { return Examine(args, environ).result() }

// Load reads a zoo.cfg and nothing else. props are system properties by their full names; keys of the file beat them.
func Load(path string, props map[string]string) (*Config, error) {
	g := &given{props: make(map[string]prop), rest: []string{path}}
	for name, value := range props {
		g.props[name] = prop{value: value}
	}
	return examine(g, os.ReadFile).result()
}

// Examine reads what a server would be started with. The arguments are ZooKeeper's: nothing (the built-in configuration;
// ZooKeeper would refuse that), one file, or "port dataDir [tickTime] [maxClientCnxns]". The last form has no limit of
// connections by default (ServerConfig.parse, 3.9.5). System properties come as gather has them.
func Examine(args, environ []string) *Report {
	return examine(gather(args, environ, os.ReadFile), os.ReadFile)
}

func examine(g *given, read readFunc) *Report {
	l := newLoader(read)
	l.takeGiven(g)
	var err *Error
	switch n := len(g.rest); n {
	case 0:
		err = l.takeFile(defaultFile, defaultText)
	case 1:
		err = l.readFile(g.rest[0])
	case 2, 3, 4:
		l.takeWords(g.rest)
	default:
		err = &Error{Msg: "found " + strconv.Itoa(n) + " arguments, expected a configuration file or: port dataDir [tickTime] [maxClientCnxns]"}
	}
	if err != nil {
		return l.report([]*Error{err})
	}
	return l.report(l.finish())
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
	read  readFunc
	// chosen are the settings that count, in the order in which the user made them: nothing in it is overridden.
	chosen []setting
	// remarks become the warnings, in the order of the lines that they are about.
	remarks []remark
	// bystanders are the keys that only an ensemble uses, idle the words that only a JVM understands.
	bystanders, idle []string
	// multiAddress is zookeeper.multiAddress.enabled as a property, which is what server lines heed.
	multiAddress bool
	// props are the system properties, those that no key knows included.
	props map[string]prop
	// clientLine is the server line that the address for clients comes from, nil if it comes from the usual keys.
	clientLine *setting
}

func newLoader(read readFunc) *loader {
	t := newTable()
	return &loader{table: t, cfg: defaults(t), read: read}
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

// takeGiven takes the properties that mean something here, sorted by name: a map has no order.
func (l *loader) takeGiven(g *given) {
	l.remarks, l.idle, l.props = g.remarks, g.idle, g.props
	l.multiAddress = strings.EqualFold(g.props["zookeeper.multiAddress.enabled"].value, "true")
	for _, name := range slices.Sorted(maps.Keys(g.props)) {
		p := g.props[name]
		s := setting{key: l.table.property(name), name: "-D" + name, value: trim(p.value), file: p.file, line: p.line}
		switch _, newer := g.props[newName(s.key)]; {
		case s.key == nil:
			l.warnUnknownProperty(name, &s)
		case newer && s.key.OldProperty == name:
			// the newer of the two names counts
		default:
			l.take(s)
		}
	}
}

// newName is the property of a key that has two of them.
func newName(k *Key) string {
	if k == nil || k.OldProperty == "" {
		return ""
	}
	return k.Property
}

// takeWords takes the arguments of a server without a zoo.cfg.
func (l *loader) takeWords(words []string) {
	l.cfg.MaxClientCnxns = 0
	for i, name := range []string{"clientPort", "dataDir", "tickTime", "maxClientCnxns"}[:len(words)] {
		l.take(setting{key: l.table.key(name), name: name, value: words[i]})
	}
}

func (l *loader) readFile(path string) *Error {
	text, err := l.read(path)
	if err != nil {
		l.file = path
		return &Error{File: path, Msg: "cannot be read: " + cause(err), Err: err}
	}
	return l.takeFile(path, string(text))
}

// takeFile takes every key of a zoo.cfg that the table knows, and warns of the others.
func (l *loader) takeFile(file, text string) *Error {
	l.file, l.cfg.File, l.cfg.Text = file, file, text
	all, bad := parseProperties([]byte(text))
	if bad != nil {
		bad.File = l.file
		return bad
	}
	hint := encodingHint(text)
	if hint != "" {
		l.warn(1, "", hint)
	}
	last := make(map[string]int)
	for i, p := range all {
		last[p.key] = i
	}
	for i, p := range all {
		if hint != "" && p.line == 1 {
			continue // no key, for it begins with the mark
		}
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

// finish stores what was taken, and checks what no single key can tell. It returns every refusal that is certain: a check
// is left out if what it builds on has been refused.
func (l *loader) finish() (refusals []*Error) {
	for i := range l.chosen {
		if err := l.store(&l.chosen[i]); err != nil {
			refusals = append(refusals, err)
		}
	}
	if refusals != nil {
		return refusals
	}
	for _, chain := range [][]func() *Error{
		{l.checkDirs, l.readMyID, l.checkAddress, l.checkServers, l.checkPort, l.checkTLS},
		{l.checkTimeouts},
		{l.checkProviders, l.checkSASL, l.checkAuth},
		{l.checkQuorumAuth},
		{l.checkOperate},
		{l.checkOutstanding},
	} {
		for _, check := range chain {
			if err := check(); err != nil {
				refusals = append(refusals, err)
				break
			}
		}
	}
	return refusals
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
