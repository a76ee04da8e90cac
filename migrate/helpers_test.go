package migrate

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// installation is a folder with a zoo.cfg, and data if a test puts some there.
type installation struct {
	*testing.T
	dir string
	src Source
}

// install makes one whose data is a copy of what a real ZooKeeper has left, or nothing. Nobody listens on port 1 of the loopback.
func install(t *testing.T, captured string, lines ...string) *installation {
	t.Helper()
	dir := t.TempDir()
	in := &installation{T: t, dir: dir, src: Source{ZooCfg: filepath.Join(dir, "zoo.cfg"), Proc: filepath.Join(dir, "proc"), Now: time.Now}}
	in.src.InitFiles = []string{filepath.Join(dir, "environment"), filepath.Join(dir, "default")}
	in.src.Patience = time.Minute // who is asked answers at once, as soon as the machine lets it
	usual := []string{
		"dataDir=" + filepath.Join(dir, "data"), "clientPort=1", "clientPortAddress=127.0.0.1", "admin.enableServer=false", "extendedTypesEnabled=true",
	}
	usual = slices.DeleteFunc(usual, func(line string) bool {
		key, _, _ := strings.Cut(line, "=")
		return slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(l, key+"=") })
	})
	in.write("zoo.cfg", append(usual, lines...)...)
	if captured != "" {
		in.check(os.CopyFS(in.version2(), os.DirFS(filepath.Join("..", "interop", "testdata", captured, "version-2"))))
	}
	return in
}

func (in *installation) version2() string { return filepath.Join(in.dir, "data", "version-2") }

func (in *installation) check(err error) {
	in.Helper()
	if err != nil {
		in.Fatal(err)
	}
}

func (in *installation) write(name string, lines ...string) {
	in.Helper()
	path := filepath.Join(in.dir, name)
	in.check(os.MkdirAll(filepath.Dir(path), 0o755))
	in.check(os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600))
}

// report makes the check, and proves that it has left everything as it was.
func (in *installation) report() *Report {
	in.Helper()
	before := in.everything()
	r, err := Check(in.Context(), in.src)
	in.check(err)
	if after := in.everything(); !slices.Equal(before, after) {
		in.Errorf("the check has changed something: before %q, after %q", before, after)
	}
	return r
}

// everything is every file with its size, mode and time.
func (in *installation) everything() (all []string) {
	in.check(filepath.WalkDir(in.dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err == nil {
			all = append(all, strings.Join([]string{path, info.Mode().String(), info.ModTime().String(), time.Duration(info.Size()).String()}, " "))
		}
		return err
	}))
	return all
}

// wants looks for a finding of a level that has all these texts in it or its advice.
func (in *installation) wants(r *Report, level Level, texts ...string) {
	in.Helper()
	for _, f := range r.of(level) {
		lacks := func(text string) bool { return !strings.Contains(f.Text+" → "+f.Advice, text) }
		if !slices.ContainsFunc(texts, lacks) {
			return
		}
	}
	in.Errorf("nothing %s says %q among %q", level, texts, r.Findings)
}

// wantsVerdict also shows what was found if it is another one.
func (in *installation) wantsVerdict(r *Report, want Level) {
	in.Helper()
	if r.Verdict != want {
		in.Errorf("the verdict is %s, want %s: %q", r.Verdict, want, r.Findings)
	}
}
