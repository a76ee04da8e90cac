package config

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// parsed is a value as its type has it: number, real, truth or text, whichever the type says.
type parsed struct {
	number int64
	real   float64
	truth  bool
	text   string
	remark string // a reading that may surprise, for the operator; empty mostly
}

// parse reads a value as ZooKeeper reads the key's type. ok is false if the key cannot mean it.
func (k *Key) parse(text string) (p parsed, ok bool) {
	p.text = text
	switch k.Type {
	case Int, Long, Port:
		p.number, ok = k.number(text)
		if ok && k.Floor > 0 && p.number < k.Floor {
			p.number, p.remark = k.Floor, "raised to "+strconv.FormatInt(k.Floor, 10)+", the least possible"
		}
		return p, ok
	case Float:
		p.real, ok = fraction(text)
		return p, ok
	case Bool:
		p.truth = strings.EqualFold(text, "true")
		return p, p.truth || strings.EqualFold(text, "false")
	case LooseBool:
		p.truth = strings.EqualFold(text, "true")
		p.remark = unless(p.truth || strings.EqualFold(text, "false"), "read as false: only true means true")
		return p, true
	case YesUnless:
		p.truth = text != "no"
		p.remark = unless(text == "no" || text == "yes", "read as yes: only no means no")
		return p, true
	case NoUnless:
		p.truth = text == "yes"
		p.remark = unless(text == "no" || text == "yes", "read as no: only yes means yes")
		return p, true
	case Choice:
		return p, slices.Contains(k.Words, strings.ToLower(text))
	case String, Path, ServerLine:
		p.remark = unless(text == "" || len(k.Words) == 0 || slices.Contains(k.Words, strings.ToLower(text)),
			"unknown, which means none of "+strings.Join(k.Words, ", "))
		return p, true
	}
	panic("config: key " + k.Name + " has no type: " + strconv.Itoa(int(k.Type)))
}

func unless(expected bool, remark string) string {
	if expected {
		return ""
	}
	return remark
}

// fraction reads a finite decimal fraction.
func fraction(text string) (float64, bool) {
	f, err := strconv.ParseFloat(text, 64)
	return f, err == nil && !math.IsNaN(f) && !math.IsInf(f, 0)
}

// number reads a whole number inside the key's range.
func (k *Key) number(text string) (int64, bool) {
	lo, hi := k.bounds()
	var n int64
	var err error
	if k.Property == "" {
		n, err = strconv.ParseInt(text, 10, 64)
	} else {
		n, err = decode(text)
	}
	return n, err == nil && n >= lo && n <= hi
}

// decode reads what Java's Integer.decode reads: a sign, then 0x, 0X or # for hexadecimal, 0 for octal.
func decode(text string) (int64, error) {
	digits := strings.TrimLeft(text, "+-")
	sign := text[:len(text)-len(digits)]
	base := 10
	switch {
	case len(sign) > 1:
		return 0, strconv.ErrSyntax
	case strings.HasPrefix(digits, "0x"), strings.HasPrefix(digits, "0X"):
		digits, base = digits[2:], 16
	case strings.HasPrefix(digits, "#"):
		digits, base = digits[1:], 16
	case strings.HasPrefix(digits, "0") && len(digits) > 1:
		digits, base = digits[1:], 8
	}
	if strings.ContainsAny(digits, "+-") {
		return 0, strconv.ErrSyntax
	}
	return strconv.ParseInt(sign+digits, base, 64)
}

// bounds are the least and the greatest number that the key may have.
func (k *Key) bounds() (lo, hi int64) {
	if k.Min != 0 || k.Max != 0 {
		return k.Min, k.Max
	}
	if k.Type == Port {
		return 0, math.MaxUint16
	}
	if k.Type == Long {
		return math.MinInt64, math.MaxInt64
	}
	return math.MinInt32, math.MaxInt32
}

// expected says which values the key accepts, as the end of "found x, expected ".
func (k *Key) expected() string {
	switch k.Type {
	case Int, Long, Port:
		lo, hi := k.bounds()
		what := "a whole number"
		if k.Unit != "" {
			what += " of " + k.Unit
		}
		if lo == hi {
			return strconv.FormatInt(lo, 10)
		}
		return what + " from " + strconv.FormatInt(lo, 10) + " to " + strconv.FormatInt(hi, 10)
	case Float:
		return "a number such as 0.33"
	case Bool:
		return "true or false"
	case Choice:
		return "one of " + strings.Join(k.Words, ", ")
	case ServerLine:
		return serverForm
	case LooseBool, YesUnless, NoUnless, String, Path: // these refuse nothing
	}
	return "any text"
}

// put stores a value in its field of c.
func (k *Key) put(c *Config, p parsed) {
	if k.field == nil {
		return
	}
	switch f := k.field(c).(type) {
	case *int:
		*f = int(p.number)
	case *int64:
		*f = p.number
	case *float64:
		*f = p.real
	case *bool:
		*f = p.truth
	case *string:
		*f = p.text
	case *time.Duration:
		*f = time.Duration(p.number) * time.Millisecond
	default:
		panic("config: the field of " + k.Name + k.Property + " has a type that no value can have")
	}
}

// defaults is a Config in which every key has its default.
func defaults(t *table) *Config {
	c := &Config{ClientPort: unset, SecureClientPort: unset, MyID: unset}
	for i := range t.rows {
		k := &t.rows[i]
		if k.Default == "" {
			continue
		}
		p, ok := k.parse(k.Default)
		if !ok {
			panic("config: the default of " + k.Name + k.Property + " is refused by its own row: " + k.Default)
		}
		k.put(c, p)
	}
	return c
}

// unset is the value of a number that nobody has set and that has no default.
const unset = -1
