package cli

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// safe gives text that a terminal shows and does not obey: control characters, except newline and tab, marks that turn the
// direction of text, other invisible ones and bytes that are not UTF-8 are written as escapes.
func safe(text string) string {
	if !dangerous(text) {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, text[i])
		case !harmless(r):
			b.WriteString(escaped(r))
		default:
			b.WriteString(text[i : i+size])
		}
		i += size
	}
	return b.String()
}

// safeName is safe for a name within a line: newlines and tabs are escaped as well.
func safeName(name string) string {
	return strings.NewReplacer("\n", `\n`, "\t", `\t`).Replace(safe(name))
}

func dangerous(text string) bool {
	for i := 0; i < len(text); i++ {
		if c := text[i]; c >= utf8.RuneSelf || !harmless(rune(c)) {
			return true
		}
	}
	return false
}

func harmless(r rune) bool {
	if r == '\n' || r == '\t' {
		return true
	}
	return unicode.IsPrint(r) || unicode.Is(unicode.Zs, r)
}

func escaped(r rune) string {
	switch {
	case r < 0x100:
		return fmt.Sprintf(`\x%02x`, r)
	case r < 0x10000:
		return fmt.Sprintf(`\u%04x`, r)
	}
	return fmt.Sprintf(`\U%08x`, r)
}

// safeWriter passes text on to a terminal through safe. A character may come in pieces.
type safeWriter struct {
	to   io.Writer
	rest []byte // the begin of a character, less than utf8.UTFMax bytes
}

// Write reports all of p as written, or the error of the terminal.
func (w *safeWriter) Write(p []byte) (int, error) {
	text := append(w.rest, p...)
	whole := len(text)
	for back := 1; back < utf8.UTFMax && back <= len(text); back++ {
		if start := len(text) - back; utf8.RuneStart(text[start]) {
			if !utf8.FullRune(text[start:]) {
				whole = start
			}
			break
		}
	}
	w.rest = append([]byte(nil), text[whole:]...)
	if _, err := io.WriteString(w.to, safe(string(text[:whole]))); err != nil {
		return 0, err
	}
	return len(p), nil
}
