package config

import "strings"

// encodingHint says what an editor has made of a file that is no plain text, empty if it has not. Java reads such a file all the
// same, letter by letter; so the first key of one with a byte order mark is none that anybody knows, and one in UTF-16 has no keys.
func encodingHint(text string) string {
	switch {
	case strings.HasPrefix(text, "\xef\xbb\xbf"):
		return "the file begins with a byte order mark, which is read as part of line 1, as Java does: save it without"
	case strings.HasPrefix(text, "\xff\xfe"), strings.HasPrefix(text, "\xfe\xff"):
		return "the file is written in UTF-16 and is read as ISO-8859-1, as Java does: save it as plain text"
	}
	return ""
}
