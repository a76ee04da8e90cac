package config

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"unicode/utf16"
)

// WriteText tells a person what would happen.
func (r *Report) WriteText(w io.Writer) error {
	var b strings.Builder
	if len(r.Refusals) > 0 {
		b.WriteString(place(r.File, 0, "") + "a server would not start.\n")
		lines(&b, "Refused", errorTexts(r.Refusals))
	} else {
		b.WriteString(place(r.File, 0, "") + "a server would start, with clients on " + r.cfg.clientAddress() + " and its data in " + r.cfg.DataDir + ".\n")
	}
	lines(&b, "Warnings", r.Warnings)
	lines(&b, "Notes", r.Notes)
	rows(&b, "Set", r.Settings, func(s *Setting) bool { return !s.IsDefault() })
	lines(&b, "Of these, not as in ZooKeeper", r.differences())
	if len(r.Refusals) == 0 {
		rows(&b, "Defaults", r.Settings, (*Setting).IsDefault)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// lines writes a list with its title, and nothing for an empty one.
func lines(b *strings.Builder, title string, texts []string) {
	if len(texts) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s:\n", title)
	for _, text := range texts {
		b.WriteString("  " + text + "\n")
	}
}

func rows(b *strings.Builder, title string, settings []Setting, wanted func(*Setting) bool) {
	fmt.Fprintf(b, "\n%s:\n", title)
	columns := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	for i := range settings {
		s := &settings[i]
		if !wanted(s) {
			continue
		}
		state := s.State
		if state == Honoured.String() {
			state = ""
		}
		_, _ = fmt.Fprintf(columns, "  %s\t%s\t%s\t%s\n", s.Key, s.shown(), s.From, state)
	}
	_ = columns.Flush() // a Builder takes everything, here and above
}

// shown is the value with its unit.
func (s *Setting) shown() string {
	switch {
	case s.Secret && s.IsDefault(), s.Value == "" && !s.Secret:
		return "–"
	case s.Secret:
		return "(secret)"
	}
	return strings.TrimSuffix(s.Value+" "+s.Unit, " ")
}

// differences are the notes of the keys that were set and do not do what they do in ZooKeeper.
func (r *Report) differences() (texts []string) {
	for i := range r.Settings {
		s := &r.Settings[i]
		plain := []string{Honoured.String(), Ensemble.String(), OtherTool.String(), Misnamed.String()}
		if s.IsDefault() || slices.Contains(plain, s.State) {
			continue
		}
		texts = append(texts, strings.TrimSuffix(s.Key+": "+s.State+". "+s.Note, " "))
	}
	return slices.Compact(texts)
}

// clientAddress puts where clients connect into words.
func (c *Config) clientAddress() string {
	var all []string
	if c.ClientPort != unset {
		all = append(all, listening(c.ClientPort, c.ClientPortAddress))
	}
	if c.SecureClientPort != unset {
		all = append(all, listening(c.SecureClientPort, c.SecureClientPortAddress)+" with TLS")
	}
	return strings.Join(all, ", and on ")
}

func listening(port int, address string) string {
	text := "port " + strconv.Itoa(port)
	if port == 0 {
		text = "a port that the system chooses"
	}
	if address == "" {
		return text + " of all addresses"
	}
	return text + " of " + address
}

// WriteJSON tells a program.
func (r *Report) WriteJSON(w io.Writer) error {
	all := func(texts []string) []string { return append([]string{}, texts...) } // an empty list is no null
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(struct {
		File     string    `json:"file"`
		Starts   bool      `json:"starts"`
		Refusals []string  `json:"refusals"`
		Warnings []string  `json:"warnings"`
		Notes    []string  `json:"notes"`
		Settings []Setting `json:"settings"`
	}{r.File, len(r.Refusals) == 0, all(errorTexts(r.Refusals)), all(r.Warnings), all(r.Notes), r.Settings})
}

func errorTexts(errs []*Error) (texts []string) {
	for _, err := range errs {
		texts = append(texts, err.Error())
	}
	return texts
}

// WriteProperties writes every key in effect as a zoo.cfg that means the same. What cannot stand in one is a comment, and so
// are the defaults: for some keys it matters whether they were set.
func (r *Report) WriteProperties(w io.Writer) error {
	var b strings.Builder
	for i := range r.Settings {
		s := &r.Settings[i]
		switch {
		case s.State != Honoured.String() && s.State != Different.String() || strings.HasPrefix(s.Key, "server."):
			continue
		case s.Secret && !s.IsDefault():
			b.WriteString("# " + s.Key + " is set and kept secret\n")
			continue
		case s.IsDefault() && s.Value == "":
			continue
		case s.IsDefault() || strings.HasPrefix(s.Key, "-D"):
			b.WriteString("# ")
		}
		b.WriteString(s.Key + "=" + escape(s.Value) + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// escape writes a value so that parseProperties reads it again.
func escape(value string) string {
	var b strings.Builder
	for _, unit := range utf16.Encode([]rune(value)) {
		switch {
		case unit == '\\':
			b.WriteString(`\\`)
		case unit < ' ' || unit > '~':
			fmt.Fprintf(&b, `\u%04x`, unit)
		default:
			b.WriteByte(byte(unit))
		}
	}
	return b.String()
}
