package config

import "strings"

// Type is what the value of a key may be.
type Type int

// The types. Int and Long are Java's, so 32 and 64 bits wide. A key that has a property is read as Java decodes
// properties (0x10, #10 and 010 are accepted as well), the others are decimal.
const (
	Int Type = iota
	Long
	Port       // 0 to 65535; 0 lets the system choose
	Float      // a decimal fraction
	Bool       // true or false in any case; anything else is refused
	LooseBool  // true in any case, and everything else means false
	YesUnless  // "no" means no and everything else yes
	NoUnless   // "yes" means yes and everything else no
	String     // any text
	Path       // a file or directory
	Choice     // one of Key.Words, in any case
	ServerLine // host:port:port[:role][;[host:]port]
)

// String names the type as the documentation does.
func (t Type) String() string {
	names := [...]string{
		"int", "long", "port", "float", "boolean", "boolean", "yes/no", "yes/no", "text", "path", "word", "server",
	}
	if t < 0 || int(t) >= len(names) {
		return "unknown"
	}
	return names[t]
}

// Status is what Paddock does with a key.
type Status int

// The statuses.
const (
	Honoured  Status = iota // works as in ZooKeeper
	Different               // works, but not quite as in ZooKeeper: the row's Note says how
	NotYet                  // accepted with a warning, unless it asks for what Paddock does anyway
	NoNeed                  // tunes what Paddock has no use for: accepted with a warning unless it is the default
	Ensemble                // concerns ensembles only: accepted, told in one line with all others of its kind
	JVM                     // concerns ZooKeeper's Java runtime only: accepted with a warning unless it is the default
	Misnamed                // a name of ZooKeeper's manual that ZooKeeper's code does not read: warned, no effect
	OtherTool               // a property of ZooKeeper's scripts, logging or clients: no effect here, not mentioned
)

// String names the status as COMPATIBILITY.md does.
func (s Status) String() string {
	names := [...]string{
		"same", "different", "not yet", "no effect", "ensembles only", "Java only", "misnamed", "other programs",
	}
	if s < 0 || int(s) >= len(names) {
		return "unknown"
	}
	return names[s]
}

// Key is one row of the table: one thing that can be configured.
type Key struct {
	// Name is the key in zoo.cfg, empty if it cannot be set there. A name that ends with a dot stands for all keys that
	// begin so (server.1, server.2, …); so does a property.
	Name string
	// Property is the system property of the same meaning, empty if there is none. OldProperty is a second name of it.
	Property, OldProperty string
	Type                  Type
	Unit                  string // of the number, as the documentation says it
	Default               string
	Min, Max              int64    // inclusive; both 0 means what the type allows
	Floor                 int64    // a smaller number is taken as this one, with a warning
	Words                 []string // of a Choice
	Meaning               string   // one line; of a Misnamed key, the name that works
	Status                Status
	Note                  string // what a user of ZooKeeper should know besides, in sentences; of a NoNeed key, the reason
	Source                string // the class of ZooKeeper 3.9.5 that reads it
	Quiet                 string // for NotYet: the value that describes what Paddock does already; empty means Default
	Secret                bool   // the value appears in no message
	// field is where the value goes: *int, *int64, *float64, *bool, *string or *time.Duration; nil if Paddock has no use for it.
	field func(*Config) any
}

// Section is a part of the table, as the documentation shows it.
type Section struct {
	Title string
	Keys  []Key
}

// Sections returns the whole table, in the order of ZooKeeper's manual. The caller owns the result.
func Sections() []Section {
	sections := []Section{
		{"Ports, folders, ticks", minimumKeys()},
		{"Log and snapshots", storageKeys()},
		{"Connections", connectionKeys()},
		{"Throttling", throttleKeys()},
		{"Sessions, quotas, audit", sessionKeys()},
		{"Authentication", append(authKeys(), saslKeys()...)},
		{"Unsafe and rare", unsafeKeys()},
		{"Members of an ensemble", memberKeys()},
		{"Between members", quorumKeys()},
		{"SASL between members", quorumAuthKeys()},
		{"TLS for clients", tlsKeys()},
		{"TLS between members", quorumTLSKeys()},
		{"Admin server", adminKeys()},
		{"Metrics", append(metricsKeys(), pathStatsKeys()...)},
		{"Logs", loggingKeys()},
		{"Apache's Java runtime", jvmKeys()},
		{"Names from the manual that no code reads", misnamedKeys()},
		{"Properties of other programs", otherToolKeys()},
	}
	classes := sources()
	for _, section := range sections {
		for i := range section.Keys {
			k := &section.Keys[i]
			if k.Property == same {
				k.Property = "zookeeper." + k.Name
			}
			k.Source = classes[k.id()]
		}
	}
	return sections
}

// Keys returns the rows of all sections. The caller owns the result.
func Keys() []Key {
	var all []Key
	for _, section := range Sections() {
		all = append(all, section.Keys...)
	}
	return all
}

// id is the name under which everybody speaks of the key: that in zoo.cfg, or else the property.
func (k *Key) id() string {
	if k.Name == "" {
		return k.Property
	}
	return k.Name
}

// but is a row with a note.
func but(k Key, note string) Key {
	k.Note = note
	return k
}

// same in a row means that the property is "zookeeper." and the key's name, as ZooKeeper makes it of most keys.
const same = "="

// notYet is a row that Paddock accepts and does not honour.
func notYet(name, property string, t Type, def, meaning string) Key {
	return Key{Name: name, Property: property, Type: t, Default: def, Meaning: meaning, Status: NotYet}
}

// noNeed is a row that tunes what Paddock has no use for; reason is a sentence.
func noNeed(name, property string, t Type, def, meaning, reason string) Key {
	return Key{Name: name, Property: property, Type: t, Default: def, Meaning: meaning, Note: reason, Status: NoNeed}
}

// ensemble is a row that means nothing to a server that stands alone.
func ensemble(name, property string, t Type, def, meaning string) Key {
	return Key{Name: name, Property: property, Type: t, Default: def, Meaning: meaning, Status: Ensemble}
}

// jvm is a row about threads and buffers that exist in Java only.
func jvm(name, property string, t Type, def, meaning string) Key {
	return Key{Name: name, Property: property, Type: t, Default: def, Meaning: meaning, Status: JVM}
}

// table finds rows by the names that users write.
type table struct {
	rows       []Key
	byName     map[string]*Key
	byProperty map[string]*Key
}

func newTable() *table {
	t := &table{rows: Keys(), byName: make(map[string]*Key), byProperty: make(map[string]*Key)}
	for i := range t.rows {
		k := &t.rows[i]
		if k.Name != "" {
			t.byName[k.Name] = k
		}
		for _, p := range []string{k.Property, k.OldProperty} {
			if p != "" {
				t.byProperty[p] = k
			}
		}
	}
	return t
}

// key returns the row of a zoo.cfg key, nil if there is none.
func (t *table) key(name string) *Key { return find(t.byName, name) }

// property returns the row of a system property, nil if there is none.
func (t *table) property(name string) *Key { return find(t.byProperty, name) }

// find looks up the whole name, then the longest row that stands for names beginning so.
func find(rows map[string]*Key, name string) *Key {
	if k := rows[name]; k != nil && !strings.HasSuffix(name, ".") {
		return k
	}
	for end := strings.LastIndexByte(name, '.'); end >= 0; end = strings.LastIndexByte(name[:end], '.') {
		if k := rows[name[:end+1]]; k != nil && end+1 < len(name) {
			return k
		}
	}
	return nil
}
