package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The files were captured from the official image's entrypoint, 3.9.5; the comments in front are the variables that it was
// given besides those of its Dockerfile.
func TestDockersVariablesGiveItsZooCfg(t *testing.T) {
	files, err := filepath.Glob("testdata/docker/*.cfg")
	if err != nil || len(files) < 5 {
		t.Fatalf("found %q, %v", files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			env, want := map[string]string{}, ""
			for line := range strings.Lines(string(text)) {
				if variable, is := strings.CutPrefix(line, "#"); is {
					name, value, _ := strings.Cut(strings.TrimSuffix(variable, "\n"), "=")
					env[name] = strings.ReplaceAll(value, `\n`, "\n")
					continue
				}
				want += line
			}
			if got := DockerText(func(name string) string { return env[name] }); got != want {
				t.Errorf("got\n%swant\n%s", got, want)
			}
		})
	}
}

func TestDockersDefaultConfigurationIsServed(t *testing.T) {
	text := DockerText(func(string) string { return "" })
	l := newLoader(func(string) ([]byte, error) { return nil, os.ErrNotExist })
	if err := l.takeFile("zoo.cfg", text); err != nil {
		t.Fatal(err)
	}
	if refusals := l.finish(); refusals != nil || l.cfg.ClientPort != 2181 || l.cfg.DataLogDir != "/datalog" {
		t.Errorf("refused: %v; port %d, log in %s", refusals, l.cfg.ClientPort, l.cfg.DataLogDir)
	}
}
