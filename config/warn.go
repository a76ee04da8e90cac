package config

import (
	"cmp"
	"maps"
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
	case NoNeed:
		if !k.sameValue(s.value, k.Default) {
			l.warnAt(s, "accepted, has no effect: "+strings.ToLower(k.Note[:1])+strings.TrimSuffix(k.Note[1:], "."))
		}
	case JVM:
		if !k.sameValue(s.value, k.Default) {
			l.warnAt(s, "accepted, has no effect: it is about ZooKeeper's Java runtime")
		}
	case Misnamed:
		l.warnAt(s, "has no effect, as in ZooKeeper, whatever its manual says: the key is called "+k.Meaning)
	case Ensemble:
		l.bystanders = append(l.bystanders, s.name)
	case Honoured, Different, OtherTool:
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
// and of the JVM itself are none of our business, unless they look like a slip.
func (l *loader) warnUnknownProperty(name string, s *setting) {
	key, ours := strings.CutPrefix(name, "zookeeper.")
	near := guess(name, l.table.byProperty)
	switch k := l.table.key(key); {
	case k != nil && k.Property != "":
		l.warnAt(s, "has no effect, as in ZooKeeper: the property is called "+strings.TrimSuffix(k.Property, k.Name)+key)
	case k != nil:
		l.warnAt(s, "has no effect, as in ZooKeeper: set "+key+" in zoo.cfg instead")
	case ours || near != "":
		l.warnAt(s, "unknown property, has no effect"+near)
	default:
		l.idle = append(l.idle, s.name)
	}
}

// guess suggests the known name that somebody may have meant by an unknown one: one that is near in letters, or the only
// one that ends with it.
func guess(name string, known map[string]*Key) string {
	short := essence(name)
	best, least := "", nearMax(name)+1
	var tails []string
	for _, candidate := range slices.Sorted(maps.Keys(known)) {
		if k := known[candidate]; k.Status == Misnamed || k.Status == OtherTool || strings.HasSuffix(candidate, ".") {
			continue
		}
		if d := distance(short, essence(candidate), least); d < least {
			best, least = candidate, d
		}
		if endsWith(candidate, short) {
			tails = append(tails, candidate)
		}
	}
	if best == "" && len(tails) == 1 {
		best = tails[0]
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + best + "?"
}

// endsWith tells whether what follows one of the dots in candidate comes down to short.
func endsWith(candidate, short string) bool {
	_, tail, found := strings.Cut(candidate, ".")
	return found && (essence(tail) == short || endsWith(tail, short))
}

// essence is what a name and its slips have in common: no case, no separators, one spelling of connections.
func essence(name string) string {
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune("._-", r) {
			return -1
		}
		return r
	}, strings.ToLower(name))
	return strings.ReplaceAll(strings.ReplaceAll(name, "connections", "cnxns"), "connection", "cnxn")
}

// nearMax is how many letters may differ between a name and its misspelling: one in four, three at most.
func nearMax(name string) int { return min(max(len(name)/4, 1), 3) }

// distance is the number of single letters to insert, delete, replace or swap with their neighbour to turn a into b (optimal
// string alignment), or some number above most if it is more than that.
func distance(a, b string, most int) int {
	if len(a)-len(b) > most || len(b)-len(a) > most {
		return most + 1
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j // distance from nothing to b[:j]
	}
	for i := range len(a) {
		before, last, row = last, row, before
		row[0] = i + 1
		for j := range len(b) {
			cost := last[j]
			if a[i] != b[j] {
				cost++
			}
			row[j+1] = min(cost, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return row[len(b)]
}
