package disk

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
)

// A folder whose name is lost takes everything with it, however well its files were synced.
func TestAFolderIsDurableBeforeAnotherIsBegunInIt(t *testing.T) {
	top := t.TempDir()
	steps := []struct {
		what, dir string
		synced    []string // relative to top
	}{
		{"three new ones", "a/b/c", []string{"..", ".", ".", "a", "a", "a/b"}},
		{"one that exists: its maker may have been killed", "a/b/c", []string{"a/b"}},
		{"one in those that exist", "a/b/d", []string{"a", "a/b"}},
	}
	for _, s := range steps {
		var synced []string
		err := makeDurable(filepath.Join(top, s.dir), func(dir string) error {
			rel, err := filepath.Rel(top, dir)
			synced = append(synced, rel)
			return err
		})
		if err != nil || !slices.Equal(synced, s.synced) {
			t.Errorf("%s: synced %q, want %q: %v", s.what, synced, s.synced, err)
		}
	}
	for _, fault := range []error{fs.ErrPermission, syscall.EINVAL} { // a folder above that is not ours
		if err := makeDurable(filepath.Join(top, "e"), func(string) error { return fault }); err != nil {
			t.Errorf("with %v: %v", fault, err)
		}
	}
	err := makeDurable(filepath.Join(top, "f"), func(string) error { return syscall.EIO })
	if !errors.Is(err, syscall.EIO) {
		t.Errorf("a failed sync: %v", err)
	}
	f, err := OS{}.Create(filepath.Join(top, "file"))
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"file", "file/below"} {
		if err := (OS{}).MkdirAll(filepath.Join(top, dir)); !errors.Is(err, fs.ErrExist) && !errors.Is(err, syscall.ENOTDIR) {
			t.Errorf("%s: %v", dir, err)
		}
	}
}
