// Package paddock holds no code: its test holds the order of the house.
package paddock

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// levels gives each folder its floor: it may import folders of lower levels only, and of its own level none.
// Tests may look further.
func levels() map[string]int {
	return map[string]int{
		"zk":    0,
		"codec": 1, "loop": 1, "disk": 1, "auth": 1, "watch": 1, "session": 1, "quota": 1, "metric": 1, "audit": 1, "logging": 1, "sasl": 1, "tlsstore": 1,
		"wal": 2, "tree": 2,
		"snap": 3, "apply": 3,
		"config": 4, "admin": 4, "console": 4, "purge": 4,
		"server": 5, "client": 5,
		"bench/floor": 5, "bench": 6, "powercut": 6, "bench/suites": 7, "bench/report": 7,
		"cli/getopt": 5, "cli/link": 6, "cli": 7,
		"inspect": 6, "backup": 4, "migrate": 6,
		"cmd/paddock": 8,
		"interop":     7, "interop/capture": 8, "interop/clients/golang": 8, "crosscheck": 8, "crash": 8,
	}
}

// only lists what a folder may import, where its level alone would allow too much.
func only() map[string][]string {
	return map[string][]string{
		"codec":    {"zk"},
		"loop":     {},
		"disk":     {},
		"auth":     {"zk"},
		"sasl":     {"zk"},
		"tlsstore": {},
		"watch":    {"zk"},
		"session":  {"zk"},
		"quota":    {"zk"},
		"metric":   {},
		"audit":    {"zk"},
		"logging":  {},
		"wal":      {"codec", "disk", "zk"},
		"tree":     {"zk"},
		"snap":     {"zk", "codec", "disk", "tree"},
		"purge":    {"disk", "wal", "snap"},
		"apply":    {"zk", "codec", "tree", "watch", "session", "auth", "quota", "metric", "audit", "sasl"},
		"config":   {"zk", "sasl", "tlsstore"},
		"admin":    {"zk", "metric"},
		"console":  {"zk", "metric"},
		"client":   {"zk", "codec", "sasl"},

		"cli/getopt": {},
		"cli/link":   {"zk", "codec", "client", "sasl"},
		"cli":        {"zk", "quota", "client", "sasl", "tlsstore", "cli/getopt", "cli/link"},
	}
}

func TestFoldersImportDownwardsOnly(t *testing.T) {
	level, allowed, files := levels(), only(), 0
	err := filepath.WalkDir(".", func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() && path != "." && (strings.HasPrefix(e.Name(), ".") || e.Name() == "testdata") {
			return filepath.SkipDir
		}
		if e.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		files++
		folder := filepath.ToSlash(filepath.Dir(path))
		from, known := level[folder]
		if !known {
			t.Errorf("%s: folder %s has no level: add it to levels and to the README's map", path, folder)
			return nil
		}
		for _, imported := range importsOf(t, path) {
			to, known := level[imported]
			list, restricted := allowed[folder]
			switch {
			case !known || to >= from:
				t.Errorf("%s (level %d) imports %s (level %d)", path, from, imported, to)
			case restricted && !slices.Contains(list, imported):
				t.Errorf("%s imports %s, but %s knows only %v", path, imported, folder, list)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 50 {
		t.Errorf("only %d files were looked at", files)
	}
}

// importsOf lists the folders of this module that a file imports.
func importsOf(t *testing.T, path string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	var folders []string
	for _, spec := range file.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		if folder, ours := strings.CutPrefix(name, "paddock/"); ours {
			folders = append(folders, folder)
		}
	}
	return folders
}
