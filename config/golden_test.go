package config

import (
	"errors"
	"flag"
	"fmt"
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
				fmt.Fprintf(&b, "%s: %v\n", name, f)
			}
		}
	}
	return b.String()
}

func TestRealWorldFilesAreReadAsExpected(t *testing.T) {
	rewrite := flag.Lookup("rewrite").Value.String() == "true"
	t.Chdir(filepath.Join("testdata", "zoocfg"))
	files, err := filepath.Glob("*.cfg")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			c, err := Load(file, nil)
			if err != nil {
				t.Fatal(err)
			}
			want := strings.TrimSuffix(file, ".cfg") + ".want"
			got := describe(c)
			if rewrite {
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

func TestMain(m *testing.M) {
	flag.Bool("rewrite", false, "rewrite testdata/zoocfg/*.want")
	flag.Parse()
	os.Exit(m.Run())
}

// loadText loads text as the file "zoo.cfg", below the directory that is needed always.
func loadText(text string, props map[string]string) (*Config, error) {
	return load("zoo.cfg", text, props)
}

// mustLoad is loadText with a port and a directory added.
func mustLoad(t *testing.T, text string, props map[string]string) *Config {
	t.Helper()
	c, err := loadText("clientPort=2181\ndataDir="+t.TempDir()+"\n"+text, props)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// refusal loads text and returns the error it must give.
func refusal(t *testing.T, text string, props map[string]string) *Error {
	t.Helper()
	_, err := loadText(text, props)
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want an *Error", err)
	}
	return e
}
