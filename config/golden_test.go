package config

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// describe prints a Config field by field, in the units of zoo.cfg.
func describe(c *Config) string {
	var b strings.Builder
	v := reflect.ValueOf(*c)
	for i := range v.NumField() {
		name, field := v.Type().Field(i).Name, v.Field(i).Interface()
		switch f := field.(type) {
		case time.Duration:
			fmt.Fprintf(&b, "%s: %d ms\n", name, f.Milliseconds())
		case []string:
			fmt.Fprintf(&b, "%s:\n", name)
			for _, line := range f {
				fmt.Fprintf(&b, "  %s\n", line)
			}
		default:
			if name != "Text" {
				fmt.Fprintf(&b, "%s: %+v\n", name, f)
			}
		}
	}
	return b.String()
}

func TestRealWorldFilesAreReadAsExpected(t *testing.T) {
	t.Chdir(filepath.Join("testdata", "zoocfg"))
	files, err := filepath.Glob("*.cfg")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			c, err := load(file, string(text), nil, noFiles)
			if err != nil {
				t.Fatal(err)
			}
			want := strings.TrimSuffix(file, ".cfg") + ".want"
			got := describe(c)
			if rewriting() {
				if err := os.WriteFile(want, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			expected, err := os.ReadFile(want)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(expected) {
				t.Errorf("got\n%s\nwant\n%s", got, expected)
			}
		})
	}
}

// rewriting tells whether the files that the tests expect are to be written anew.
func rewriting() bool { return flag.Lookup("rewrite").Value.String() == "true" }

func TestMain(m *testing.M) {
	flag.Bool("rewrite", false, "rewrite testdata/zoocfg/*.want and the pages for users")
	flag.Parse()
	os.Exit(m.Run())
}

// noFiles is a machine without any file: what lies in /var/lib/zookeeper is no part of a test.
func noFiles(path string) ([]byte, error) {
	return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
}

// files is a machine with these files only.
func files(texts map[string]string) readFunc {
	return func(path string) ([]byte, error) {
		if text, found := texts[path]; found {
			return []byte(text), nil
		}
		return noFiles(path)
	}
}

// basics is what every configuration needs; with it, the first line of a test's own text is line 3.
const basics = "clientPort=2181\ndataDir=/data\n"

// mustLoad loads basics and text.
func mustLoad(t *testing.T, text string, props map[string]string) *Config {
	t.Helper()
	c, err := load("zoo.cfg", basics+text, props, noFiles)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// load loads a text as a file of this name, on a machine whose other files read gives.
func load(file, text string, props map[string]string, read readFunc) (*Config, error) {
	return report(file, text, props, read).result()
}

func report(file, text string, props map[string]string, read readFunc) *Report {
	g := &given{props: make(map[string]prop), rest: []string{file}}
	for name, value := range props {
		g.props[name] = prop{value: value}
	}
	return examine(g, func(path string) ([]byte, error) {
		if path == file {
			return []byte(text), nil
		}
		return read(path)
	})
}

// refusal loads text, which must be refused, and returns the line that the user sees.
func refusal(t *testing.T, text string, props map[string]string, read readFunc) string {
	t.Helper()
	c, err := load("zoo.cfg", text, props, read)
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("got %+v and error %v, want an *Error", c, err)
	}
	if strings.ContainsAny(e.Error(), "\r\n") {
		t.Errorf("%q is more than one line", e.Error())
	}
	return e.Error()
}
