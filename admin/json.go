package admin

import (
	"strconv"
	"unicode/utf8"
)

// JSON as Jackson lays it out, "key" : value, because shell scripts look for its very text; and in the order of the fields.

// object is a JSON object in the order of its fields.
type object []field

type field struct {
	name  string
	value any // nil, bool, string, int, int32, int64, float64, object, or a list of these
}

func (o *object) add(name string, value any) { *o = append(*o, field{name, value}) }

// appendJSON appends a value; indent is how deep the line stands on which it begins.
func appendJSON(b []byte, value any, indent int) []byte {
	switch v := value.(type) {
	case object:
		return appendObject(b, v, indent)
	case []object:
		return appendList(b, v, indent)
	case []string:
		return appendList(b, v, indent)
	case []int64:
		return appendList(b, v, indent)
	case string:
		return appendText(b, v)
	default:
		return append(b, scalar(v)...)
	}
}

// scalar prints a value as Java does.
func scalar(value any) string {
	switch v := value.(type) {
	case nil:
		return "null"
	case bool:
		return strconv.FormatBool(v)
	case int:
		return strconv.Itoa(v)
	case int32:
		return strconv.Itoa(int(v))
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return javaDouble(v)
	case string:
		return v
	default:
		panic("admin: a value of a type that JSON output does not know")
	}
}

func appendObject(b []byte, o object, indent int) []byte {
	if len(o) == 0 {
		return append(b, "{ }"...)
	}
	b = append(b, '{')
	for i, f := range o {
		if i > 0 {
			b = append(b, ',')
		}
		b = newLine(b, indent+1)
		b = append(appendText(b, f.name), " : "...)
		b = appendJSON(b, f.value, indent+1)
	}
	return append(newLine(b, indent), '}')
}

func appendList[T any](b []byte, list []T, indent int) []byte {
	if len(list) == 0 {
		return append(b, "[ ]"...)
	}
	b = append(b, "[ "...)
	for i := range list {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = appendJSON(b, any(list[i]), indent)
	}
	return append(b, " ]"...)
}

func newLine(b []byte, indent int) []byte {
	b = append(b, '\n')
	for range indent {
		b = append(b, "  "...)
	}
	return b
}

// appendText quotes a text. Bytes that are no UTF-8, which paths may hold, become U+FFFD.
func appendText(b []byte, s string) []byte {
	b = append(b, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\r':
			b = append(b, `\r`...)
		case r == '\t':
			b = append(b, `\t`...)
		case r < ' ':
			b = append(b, `\u00`...)
			b = append(b, "0123456789ABCDEF"[r>>4], "0123456789ABCDEF"[r&15])
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return append(b, '"')
}
