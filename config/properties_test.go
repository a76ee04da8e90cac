package config

import (
	"errors"
	"strings"
	"testing"
)

func TestJavasPropertiesFormatIsRead(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       []property
	}{
		{"a key and a value", "a=b", []property{{"a", "b", 1, false}}},
		{"a colon separates", "a:b", []property{{"a", "b", 1, false}}},
		{"blanks separate", "a \t b c", []property{{"a", "b c", 1, false}}},
		{"blanks around a separator do not count", "  a = b  ", []property{{"a", "b", 1, false}}},
		{"only the first separator separates", "a==b:c", []property{{"a", "=b:c", 1, false}}},
		{"a key may stand alone", "a", []property{{"a", "", 1, false}}},
		{"a value may stand alone", "=b", []property{{"", "b", 1, false}}},
		{"comments and blank lines are skipped but counted", "#x\n\n  ! y \\\na=b", []property{{"a", "b", 4, false}}},
		{"a comment sign inside a line is text", "a=b # c", []property{{"a", "b # c", 1, false}}},
		{"every end of a line counts once", "a=1\r\nb=2\rc=3\nd=4", []property{
			{"a", "1", 1, false}, {"b", "2", 2, false}, {"c", "3", 3, false}, {"d", "4", 4, false},
		}},
		{"a line is continued after a backslash", "a=b\\\n   c\\\r\n\td\ne=f", []property{{"a", "bcd", 1, false}, {"e", "f", 4, false}}},
		{"two backslashes are one, and continue nothing", "a=b\\\\\nc=d", []property{{"a", `b\`, 1, false}, {"c", "d", 2, false}}},
		{"a continuation may look like a comment", "a=b\\\n#c", []property{{"a", "b#c", 1, false}}},
		{"a continuation may be blank", "a=b\\\n\nc=d", []property{{"a", "b", 1, false}, {"c", "d", 3, false}}},
		{"a backslash at the end of the file is dropped", "a=b\\", []property{{"a", "b", 1, false}}},
		{"a separator can be escaped", `a\ b\=c\:d=e`, []property{{"a b=c:d", "e", 1, false}}},
		{"the usual escapes", `a=1\t2\n3\r4\f5\q6\\7`, []property{{"a", "1\t2\n3\r4\f5q6\\7", 1, false}}},
		{"letters by number", `a=\u00e9\u20AC`, []property{{"a", "é€", 1, false}}},
		{"letters beyond 16 bits are two", `a=\uD83D\uDE00`, []property{{"a", "😀", 1, false}}},
		{"bytes beyond ASCII are ISO-8859-1", "a=\xe9", []property{{"a", "é", 1, true}}},
		{"duplicates are all there", "a=1\na=2", []property{{"a", "1", 1, false}, {"a", "2", 2, false}}},
		{"an empty file", "", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parseProperties([]byte(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != len(tt.want) {
				t.Fatalf("got %+v, want %+v", got, tt.want)
			}
			for i := range got {
				if got[i] != tt.want[i] {
					t.Errorf("got %+v, want %+v", got[i], tt.want[i])
				}
			}
		})
	}
}

func TestALetterWithoutANumberIsRefused(t *testing.T) {
	for text, want := range map[string]string{
		"ok=1\na=\\u12":     `a: found "\\u12", expected \u and four hexadecimal digits`,
		"ok=1\na=\\u12g4":   `a: found "\\u12g4", expected \u and four hexadecimal digits`,
		"ok=1\na=\\u+123":   `a: found "\\u+123", expected \u and four hexadecimal digits`,
		"ok=1\n\\uwxyz=abc": `found "\\uwxyz", expected \u and four hexadecimal digits`,
	} {
		_, err := parseProperties([]byte(text))
		if err == nil || err.Error() != want || err.Line != 2 {
			t.Errorf("%q: got %v, want %s in line 2", text, err, want)
		}
	}
}

func FuzzParseProperties(f *testing.F) {
	f.Add([]byte("a=b\n#c\nd : e\\\n  f\\u0041\r\n"))
	f.Add([]byte("\\"))
	f.Add([]byte("\\\n\\\n=\\u12"))
	f.Add([]byte("\xff\x00= \t\f!"))
	f.Fuzz(func(t *testing.T, data []byte) {
		all, err := parseProperties(data)
		lines := strings.Count(string(data), "\n") + strings.Count(string(data), "\r") + 1
		if err != nil && (err.Line < 1 || err.Line > lines) {
			t.Fatalf("an error in line %d of %d", err.Line, lines)
		}
		line := 0
		for _, p := range all {
			if p.line <= line || p.line > lines {
				t.Fatalf("a key in line %d of %d, after line %d", p.line, lines, line)
			}
			line = p.line
			if p.key != trim(p.key) || p.value != trim(p.value) {
				t.Fatalf("%+v is not trimmed", p)
			}
		}
	})
}

func FuzzLoad(f *testing.F) {
	f.Add(basics, "-Dzookeeper.snapCount=7")
	f.Add("clientPort=0\ndataDir=x\nserver.1=[::1]:2:3:observer;[::]:4\n", "-Djute.maxbuffer=#ff")
	f.Add("dataDir=x\nserver.1=a|b:1:2;3\nstandaloneEnabled=False\ndynamicConfigFile=d", "-Xmx1g -Dzookeeper.x")
	f.Fuzz(func(t *testing.T, text, flags string) {
		disk := files(map[string]string{"zoo.cfg": text})
		c, err := examine(gather([]string{"zoo.cfg"}, []string{"JVMFLAGS=" + flags}, disk), disk).result()
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || c != nil {
				t.Fatalf("error %v of type %T, with %+v", err, err, c)
			}
			return
		}
		if c.ClientPort < 0 || c.ClientPort > 65535 || c.DataDir == "" || c.DataLogDir == "" || c.TickTime <= 0 {
			t.Fatalf("not complete: %+v", c)
		}
		if c.MinSessionTimeout < 0 || c.MinSessionTimeout > c.MaxSessionTimeout || c.SnapCount < 2 || c.JuteMaxBufferBytes < 1 {
			t.Fatalf("not in range: %+v", c)
		}
	})
}
