package cli

import (
	"bytes"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestWhatATerminalWouldObeyIsShown(t *testing.T) {
	for text, want := range map[string]string{
		"plain text\n\twith ümläuts 漢字 ✓": "plain text\n\twith ümläuts 漢字 ✓",
		"\x1b[31mred":                `\x1b[31mred`,
		"bell\a back\b cr\r del\x7f": `bell\x07 back\x08 cr\x0d del\x7f`,
		"c1 \u009b31m":               `c1 \x9b31m`,
		"bytes \xff\xfe \xe6\xbc":    `bytes \xff\xfe \xe6\xbc`,
		"turned \u202egnp.exe\u202c": `turned \u202egnp.exe\u202c`,
		"hidden \u200b\ufeff":        `hidden \u200b\ufeff`,
		"tag \U000e0041":             `tag \U000e0041`,
		"real \ufffd":                "real \ufffd",
	} {
		if got := safe(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	if got := safeName("a\nb\tc"); got != `a\nb\tc` {
		t.Errorf("a name with a newline: %q", got)
	}
}

func TestACharacterInPiecesReachesTheTerminalWhole(t *testing.T) {
	var out bytes.Buffer
	w := safeWriter{to: &out}
	for i := range len("a✓b漢") {
		if n, err := w.Write([]byte{"a✓b漢"[i]}); n != 1 || err != nil {
			t.Fatal(n, err)
		}
	}
	if out.String() != "a✓b漢" {
		t.Errorf("got %q", out.String())
	}
}

func FuzzNothingDangerousReachesATerminal(f *testing.F) {
	f.Add([]byte("x\x1b]0;title\a\xe2\x80\xaey"), 3)
	f.Fuzz(func(t *testing.T, data []byte, cut int) {
		var out bytes.Buffer
		w := safeWriter{to: &out}
		at := min(max(cut, 0), len(data))
		for _, part := range [][]byte{data[:at], data[at:], []byte("\n")} {
			if _, err := w.Write(part); err != nil {
				t.Fatal(err)
			}
		}
		shown := out.String()
		if !utf8.ValidString(shown) || strings.ContainsFunc(shown, func(r rune) bool {
			return r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r))
		}) {
			t.Errorf("%q was shown as %q", data, shown)
		}
	})
}

func FuzzJSONOutputHoldsNoControls(f *testing.F) {
	f.Add("a\u009b\u202e\U000e0041\x7f")
	f.Fuzz(func(t *testing.T, text string) {
		if line := encode(map[string]string{"x": text}); safeName(line) != line {
			t.Errorf("%q gave %q", text, line)
		}
	})
}
