package getopt

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func spec() *Spec {
	return &Spec{Options: []Option{
		{Name: "s"}, {Name: "w"}, {Name: "v", Value: true}, {Name: "file", Value: true}, {Name: "f"},
	}}
}

// show prints what Parse made of a line: the arguments, then the options.
func show(p *Parsed, err error) string {
	if err != nil {
		return err.Error()
	}
	options := []string{}
	for name, values := range p.values {
		options = append(options, "-"+name+strings.Join(append([]string{""}, values...), ":"))
	}
	slices.Sort(options)
	return fmt.Sprint(p.Args, options)
}

// The expected results were seen at commons-cli 1.5.0, as far as Apache's shell can show them.
func TestWordsArePartedAsCommonsCliPartsThem(t *testing.T) {
	for line, want := range map[string]string{
		"get /a":           "[get /a] []",
		"get -s /a -w":     "[get /a] [-s -w]",
		"get -sw /a":       "[get /a] [-s -w]",
		"get -sv3 /a":      "[get /a] [-s -v:3]",
		"get -v 3 /a":      "[get /a] [-v:3]",
		"get -v=3 /a":      "[get /a] [-v:3]",
		"get -v -1 /a":     "[get /a] [-v:-1]",
		"get -v -z /a":     "[get /a] [-v:-z]",
		"get -v -s /a":     "org.apache.commons.cli.MissingArgumentException: Missing argument for option: v",
		"get -v":           "org.apache.commons.cli.MissingArgumentException: Missing argument for option: v",
		"get -z /a":        "org.apache.commons.cli.UnrecognizedOptionException: Unrecognized option: -z",
		"get -sz /a":       "org.apache.commons.cli.UnrecognizedOptionException: Unrecognized option: -sz",
		"get --s /a":       "org.apache.commons.cli.UnrecognizedOptionException: Unrecognized option: --s",
		"get -s=1 /a":      "org.apache.commons.cli.UnrecognizedOptionException: Unrecognized option: -s=1",
		"get -file x":      "[get] [-file:x]",
		"get -file=x":      "org.apache.commons.cli.UnrecognizedOptionException: Unrecognized option: -file=x",
		"get -- -s /a":     "[get -s /a] []",
		"get - /a":         "[get - /a] []",
		"set /a -1":        "org.apache.commons.cli.UnrecognizedOptionException: Unrecognized option: -1",
		`get -v "3" /a`:    "[get /a] [-v:3]",
		"get -v 1 -v 2 /a": "[get /a] [-v:1:2]",
		"get -f -file":     "org.apache.commons.cli.MissingArgumentException: Missing argument for option: file",
		"get -s -v -- /a":  "org.apache.commons.cli.MissingArgumentException: Missing argument for option: v",
		"":                 "[] []",
		"get -v - /a":      "[get /a] [-v:-]",
	} {
		if got := show(Parse(spec(), strings.Fields(line))); got != want {
			t.Errorf("%q: got %s, want %s", line, got, want)
		}
	}
}

func TestAGroupTakesExactlyOneOfItsOptions(t *testing.T) {
	group := &Spec{Exclusive: true, Required: true, Options: []Option{{"n", true, "num"}, {"b", true, "bytes"}}}
	for line, want := range map[string]string{
		"q -n 1 /a":      "[q /a] [-n:1]",
		"q -n 1 -n 2 /a": "[q /a] [-n:1:2]",
		"q /a":           "org.apache.commons.cli.MissingOptionException: Missing required option: [-n num, -b bytes]",
		"q -n 1 -b 2": "org.apache.commons.cli.AlreadySelectedException: The option 'b' was specified but an option from this group " +
			"has already been selected: 'n'",
	} {
		if got := show(Parse(group, strings.Fields(line))); got != want {
			t.Errorf("%q: got %s, want %s", line, got, want)
		}
	}
}

func FuzzParseDropsNothing(f *testing.F) {
	f.Add("get -s -v 3 /a -- -x -file y")
	f.Fuzz(func(t *testing.T, line string) {
		words := strings.Fields(line)
		p, err := Parse(spec(), words)
		if err != nil {
			return
		}
		if len(p.Args) > len(words) {
			t.Errorf("%q: %d arguments of %d words", line, len(p.Args), len(words))
		}
		for name, values := range p.values {
			o := spec().find(name)
			if o == nil || o.Value != (len(values) > 0) {
				t.Errorf("%q: option %s has the values %q", line, name, values)
			}
		}
	})
}
