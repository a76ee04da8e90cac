package config

import (
	"cmp"
	"slices"
	"strings"
)

// remark is a warning before it is sorted.
type remark struct {
	file string
	line int
	text string
}

// warn adds a warning about a line of the file that is being loaded.
func (l *loader) warn(line int, key, text string) {
	l.warnAt(&setting{name: key, file: l.file, line: line}, text)
}

func (l *loader) warnAt(s *setting, text string) {
	l.remarks = append(l.remarks, remark{file: s.file, line: s.line, text: place(s.file, s.line, s.name) + text})
}

// sorted are the texts of the remarks by file and line; properties, which have neither, come first.
func sorted(remarks []remark) []string {
	slices.SortStableFunc(remarks, func(a, b remark) int {
		return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.line, b.line))
	})
	var texts []string
	for _, r := range remarks {
		texts = append(texts, r.text)
	}
	return texts
}

// tellStatus says what becomes of a setting, if that is not what ZooKeeper makes of it.
func (l *loader) tellStatus(s *setting) {
	k := s.key
	switch k.Status {
	case NotYet:
		quiet := k.Quiet
		if quiet == "" {
			quiet = k.Default
		}
		if !k.sameValue(s.value, quiet) {
			l.warnAt(s, "accepted, has no effect yet")
		}
	case JVM:
		if !k.sameValue(s.value, k.Default) {
			l.warnAt(s, "accepted, has no effect: it is about ZooKeeper's Java runtime")
		}
	case Misnamed:
		l.warnAt(s, "has no effect, as in ZooKeeper, whatever its manual says: the key is called "+k.Meaning)
	case Ensemble:
		l.cfg.Notes = append(l.cfg.Notes, place(s.file, s.line, s.name)+"accepted, has no effect on a standalone server")
	case Honoured, OtherTool:
	}
}

// sameValue tells whether two values of a key mean the same.
func (k *Key) sameValue(a, b string) bool {
	if a == b {
		return true
	}
	pa, okA := k.parse(a)
	pb, okB := k.parse(b)
	if !okA || !okB || b == "" {
		return false
	}
	switch k.Type {
	case Int, Long, Port:
		return pa.number == pb.number
	case Bool, LooseBool, YesUnless, NoUnless:
		return pa.truth == pb.truth
	case Float, String, Path, Choice, ServerLine:
	}
	return strings.EqualFold(a, b)
}

// warnUnknown warns of a key of zoo.cfg that means nothing there. Its value is not shown: it may be anything.
func (l *loader) warnUnknown(p property) {
	if k := l.table.property(p.key); k != nil && k.Name == "" {
		l.warn(p.line, p.key, "has no effect in zoo.cfg, as in ZooKeeper: start the server with -D"+p.key+"=… instead")
		return
	}
	if name, found := strings.CutPrefix(p.key, "zookeeper."); found && l.table.key(name) != nil {
		l.warn(p.line, p.key, "has no effect in zoo.cfg, as in ZooKeeper: it is called "+name+" there")
		return
	}
	l.warn(p.line, p.key, "unknown key, has no effect"+guess(p.key, l.table.byName))
}

// warnUnknownProperty warns of a property that ZooKeeper's servers do not know either. Properties of other programs
// are none of our business.
func (l *loader) warnUnknownProperty(name string) {
	key, ours := strings.CutPrefix(name, "zookeeper.")
	if !ours {
		return
	}
	if l.table.key(key) != nil {
		l.warnAt(&setting{name: "-D" + name}, "has no effect, as in ZooKeeper: set "+key+" in zoo.cfg instead")
		return
	}
	l.warnAt(&setting{name: "-D" + name}, "unknown property, has no effect"+guess(name, l.table.byProperty))
}

// guess suggests the known name that is nearest to an unknown one, if there is one near.
func guess(name string, known map[string]*Key) string {
	best, least := "", nearMax(name)+1
	for candidate, k := range known {
		if k.Status == Misnamed || k.Status == OtherTool || strings.HasSuffix(candidate, ".") {
			continue
		}
		d := distance(strings.ToLower(name), strings.ToLower(candidate), least)
		if d < least || d == least && best != "" && candidate < best {
			best, least = candidate, d
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + best + "?"
}

// nearMax is how many letters may differ between a name and its misspelling: one in four, three at most.
func nearMax(name string) int { return min(max(len(name)/4, 1), 3) }

// distance is the number of single letters to insert, delete or replace to turn a into b (Levenshtein), or some number
// above most if it is more than that.
func distance(a, b string, most int) int {
	if len(a)-len(b) > most || len(b)-len(a) > most {
		return most + 1
	}
	row := make([]int, len(b)+1) // distances from a[:i] to every b[:j]
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, diagonal+1, row[j]+1)
		}
	}
	return row[len(b)]
}
