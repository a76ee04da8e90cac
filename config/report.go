package config

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Report is what a configuration comes to.
type Report struct {
	// File is the zoo.cfg, empty if there is none.
	File string
	// Refusals are the reasons why a server would not start, in the order in which it would name them; it names the first.
	Refusals []*Error
	// Warnings and Notes are lines for the operator, as in Config.
	Warnings, Notes []string
	// Settings are the keys in effect, and those that were set and are not, in the order of Keys.
	Settings []Setting

	cfg *Config
}

// Setting is one key as it is.
type Setting struct {
	// Key is the name in zoo.cfg, or -D and the property of what cannot be set there.
	Key string `json:"key"`
	// Value is the one in effect, in the key's unit; of a key without an effect, the one that was set. A secret has none.
	Value  string `json:"value"`
	Secret bool   `json:"secret,omitempty"`
	Unit   string `json:"unit,omitempty"`
	// From is the place where it was set, "command line", or "default".
	From string `json:"from"`
	// State and Note compare it with ZooKeeper, as COMPATIBILITY.md does.
	State string `json:"state"`
	Note  string `json:"note,omitempty"`
}

// fromDefault is the origin of a value that nobody has set.
const fromDefault = "default"

// IsDefault tells whether nobody has set the key.
func (s *Setting) IsDefault() bool { return s.From == fromDefault }

func (r *Report) result() (*Config, error) {
	if len(r.Refusals) > 0 {
		return nil, r.Refusals[0]
	}
	return r.cfg, nil
}

// report closes the books.
func (l *loader) report(refusals []*Error) *Report {
	l.cfg.Warnings, l.cfg.Notes = sorted(l.remarks), l.notes()
	return &Report{
		File: l.file, Refusals: refusals, Warnings: l.cfg.Warnings, Notes: l.cfg.Notes, Settings: l.settings(), cfg: l.cfg,
	}
}

// notes are single lines about all keys of a kind, since every stock file has some.
func (l *loader) notes() (lines []string) {
	if len(l.bystanders) > 0 {
		lines = append(lines, place(l.file, 0, "")+"accepted, no effect on a standalone server: "+strings.Join(l.bystanders, ", "))
	}
	if len(l.idle) > 0 {
		lines = append(lines, "accepted, no effect without a Java machine: "+strings.Join(slices.Compact(slices.Sorted(slices.Values(l.idle))), " "))
	}
	return lines
}

func (l *loader) settings() (all []Setting) {
	for i := range l.table.rows {
		k := &l.table.rows[i]
		set := false
		for j := range l.chosen {
			if l.chosen[j].key == k {
				set = true
				all = append(all, l.describe(k, &l.chosen[j]))
			}
		}
		if !set && k.field != nil {
			all = append(all, l.describe(k, nil))
		}
	}
	return all
}

// describe is a row of the report; s is nil for a key that nobody has set.
func (l *loader) describe(k *Key, s *setting) Setting {
	d := Setting{Key: k.Name, Secret: k.Secret, Unit: k.Unit, From: fromDefault, State: k.Status.String(), Note: k.Note}
	if k.Name == "" {
		d.Key = "-D" + k.Property
	}
	if s != nil {
		d.From = strings.TrimSuffix(place(s.file, s.line, ""), ": ")
		if s.file == "" {
			d.From = "command line"
		}
		d.Value = s.value
		if strings.HasSuffix(k.Name, ".") {
			d.Key = s.name
		}
	}
	if l.clientLine != nil && (k.Name == "clientPortAddress" || k.Name == "clientPort" && s == nil) {
		d.From = strings.TrimSuffix(place(l.clientLine.file, l.clientLine.line, ""), ": ")
	}
	if readable := s == nil || k.reads(s.value); readable && k.field != nil {
		d.Value = k.effective(l.cfg)
	}
	if k.Name == "clientPortAddress" && d.Value == "" && !d.IsDefault() {
		d.Value = "0.0.0.0" // every address; empty would be the loopback
	}
	if s == nil && !k.reads(d.Value) {
		d.Value = "" // no value can say what its absence means
	}
	if k.Secret {
		d.Value = ""
	}
	return d
}

// reads tells whether the key can have a value.
func (k *Key) reads(value string) bool {
	_, ok := k.parse(value)
	return ok
}

// effective is the value that c has for a key, as zoo.cfg would say it.
func (k *Key) effective(c *Config) string {
	switch f := k.field(c).(type) {
	case *int:
		if *f == unset && k.Default == "" {
			return ""
		}
		return strconv.Itoa(*f)
	case *int64:
		return strconv.FormatInt(*f, 10)
	case *float64:
		return strconv.FormatFloat(*f, 'g', -1, 64)
	case *bool:
		if k.Type == YesUnless || k.Type == NoUnless {
			return map[bool]string{true: "yes", false: "no"}[*f]
		}
		return strconv.FormatBool(*f)
	case *string:
		return *f
	case *time.Duration:
		return strconv.FormatInt(f.Milliseconds(), 10)
	}
	panic("config: the field of " + k.id() + " has a type that no value can have")
}
