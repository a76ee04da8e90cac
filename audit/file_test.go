package audit

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// smallFile is a file that is full after two of the lines "number\n".
func smallFile(t *testing.T) *File {
	t.Helper()
	f, err := OpenFile(filepath.Join(t.TempDir(), "logs", FileName))
	check(t, err)
	f.max = 4
	t.Cleanup(func() { check(t, f.Close()) })
	return f
}

func content(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	check(t, err)
	return string(text)
}

func TestAFullFileIsPutAsideAndTenAreKept(t *testing.T) {
	f := smallFile(t)
	for i := range 30 {
		_, err := f.Write([]byte{byte('A' + i), '\n'})
		check(t, err)
	}
	entries, err := os.ReadDir(filepath.Dir(f.path))
	check(t, err)
	if len(entries) != 1+filesKept {
		t.Fatalf("%d files", len(entries))
	}
	var all []string
	for i := filesKept; i >= 1; i-- {
		all = append(all, content(t, f.old(i)))
	}
	all = append(all, content(t, f.path))
	want := "I\nJ\n" // of fifteen pairs, the last eleven are left
	if got := strings.Join(all, ""); !strings.HasPrefix(got, want) || len(got) != 44 || !slices.IsSorted(all) {
		t.Errorf("got %q", all)
	}
}

func TestAFileGoesOnWhereItWas(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	for _, text := range []string{"a\n", "b\n"} {
		f, err := OpenFile(path)
		check(t, err)
		_, err = f.Write([]byte(text))
		check(t, err)
		check(t, f.Close())
	}
	if got := content(t, path); got != "a\nb\n" {
		t.Errorf("got %q", got)
	}
}

func TestALineIsNeverDividedAndALongOneHasAFile(t *testing.T) {
	f := smallFile(t)
	for _, text := range []string{"a\n", "123456789\n", "b\n"} {
		n, err := f.Write([]byte(text))
		check(t, err)
		if n != len(text) {
			t.Errorf("%d of %d bytes", n, len(text))
		}
	}
	if a, b, c := content(t, f.old(2)), content(t, f.old(1)), content(t, f.path); a != "a\n" || b != "123456789\n" || c != "b\n" {
		t.Errorf("%q, %q, %q", a, b, c)
	}
}

func TestAFileThatCannotBePutAsideGoesOnAndSaysSo(t *testing.T) {
	f := smallFile(t)
	check(t, os.WriteFile(f.old(filesKept-1), nil, 0o644))
	check(t, os.MkdirAll(filepath.Join(f.old(filesKept), "in the way"), 0o755))
	_, err := f.Write([]byte("abc\n"))
	check(t, err)
	n, err := f.Write([]byte("d\n"))
	if n != 2 || err == nil || !strings.Contains(err.Error(), f.old(filesKept)) {
		t.Errorf("%d bytes, %v", n, err)
	}
	if got := content(t, f.path); got != "abc\nd\n" {
		t.Errorf("got %q", got)
	}
}

func TestAFileThatCannotBeOpenedIsNamed(t *testing.T) {
	dir := t.TempDir()
	check(t, os.WriteFile(filepath.Join(dir, "file"), nil, 0o644))
	path := filepath.Join(dir, "file", FileName)
	if _, err := OpenFile(path); err == nil || !strings.Contains(err.Error(), filepath.Dir(path)) {
		t.Errorf("got %v", err)
	}
	check(t, os.Mkdir(filepath.Join(dir, FileName), 0o755))
	if _, err := OpenFile(filepath.Join(dir, FileName)); err == nil || !strings.Contains(err.Error(), FileName) {
		t.Errorf("got %v", err)
	}
}
