package disk_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"syscall"
	"testing"

	"paddock/disk"
)

// forEach runs one story on every implementation, each with an empty folder.
func forEach(t *testing.T, story func(t *testing.T, d disk.FS, dir string)) {
	t.Run("os", func(t *testing.T) { story(t, disk.OS{}, t.TempDir()) })
	t.Run("sim", func(t *testing.T) {
		sim := disk.NewSim()
		must(t, sim.MkdirAll("/data"))
		story(t, sim, "/data")
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, d disk.FS, name, data string) {
	t.Helper()
	f, err := d.Create(name)
	must(t, err)
	_, err = f.WriteAt([]byte(data), 0)
	must(t, err)
	must(t, f.Sync())
	must(t, f.Close())
}

func read(t *testing.T, d disk.FS, name string) string {
	t.Helper()
	f, err := d.Open(name)
	must(t, err)
	size, err := f.Size()
	must(t, err)
	b, err := io.ReadAll(io.NewSectionReader(f, 0, size))
	must(t, err)
	must(t, f.Close())
	return string(b)
}

func list(t *testing.T, d disk.FS, dir string) (names []string) {
	t.Helper()
	entries, err := d.ReadDir(dir)
	must(t, err)
	for _, e := range entries {
		names = append(names, e.Name)
	}
	return names
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	forEach(t, func(t *testing.T, d disk.FS, dir string) {
		name := filepath.Join(dir, "a")
		write(t, d, name, "hello")
		if got := read(t, d, name); got != "hello" {
			t.Fatalf("read %q", got)
		}
		write(t, d, name, "x")
		if got := read(t, d, name); got != "x" {
			t.Fatalf("create did not empty the file: %q", got)
		}
	})
}

func TestWritingBehindTheEndLeavesZeros(t *testing.T) {
	forEach(t, func(t *testing.T, d disk.FS, dir string) {
		f, err := d.Create(filepath.Join(dir, "a"))
		must(t, err)
		_, err = f.WriteAt([]byte("x"), 5000)
		must(t, err)
		must(t, f.SyncData())
		must(t, f.Close())
		if got, want := read(t, d, filepath.Join(dir, "a")), string(make([]byte, 5000))+"x"; got != want {
			t.Fatalf("%d bytes, not the %d expected", len(got), len(want))
		}
	})
}

func TestTruncateCutsAndGrowsWithZeros(t *testing.T) {
	forEach(t, func(t *testing.T, d disk.FS, dir string) {
		name := filepath.Join(dir, "a")
		write(t, d, name, "hello")
		f, err := d.OpenWrite(name)
		must(t, err)
		must(t, f.Truncate(2))
		must(t, f.Truncate(4))
		size, err := f.Size()
		must(t, err)
		must(t, f.Close())
		if got := read(t, d, name); size != 4 || got != "he\x00\x00" {
			t.Fatalf("size %d, content %q", size, got)
		}
	})
}

func TestReadingAtTheEndSaysEOFWithWhatThereWas(t *testing.T) {
	forEach(t, func(t *testing.T, d disk.FS, dir string) {
		name := filepath.Join(dir, "a")
		write(t, d, name, "hello")
		f, err := d.Open(name)
		must(t, err)
		defer func() { must(t, f.Close()) }()
		for _, c := range []struct {
			off  int64
			len  int
			want string
			err  error
		}{{0, 5, "hello", nil}, {3, 5, "lo", io.EOF}, {5, 1, "", io.EOF}, {9, 1, "", io.EOF}} {
			b := make([]byte, c.len)
			n, err := f.ReadAt(b, c.off)
			if !bytes.Equal(b[:n], []byte(c.want)) || !errors.Is(err, c.err) {
				t.Errorf("%d bytes at %d: %q, %v", c.len, c.off, b[:n], err)
			}
		}
	})
}

func TestAFileOpenedForReadingRefusesToBeChanged(t *testing.T) {
	forEach(t, func(t *testing.T, d disk.FS, dir string) {
		name := filepath.Join(dir, "a")
		write(t, d, name, "hello")
		f, err := d.Open(name)
		must(t, err)
		defer func() { must(t, f.Close()) }()
		if _, err := f.WriteAt([]byte("x"), 0); err == nil {
			t.Error("a write went through")
		}
		if err := f.Truncate(0); err == nil {
			t.Error("a truncate went through")
		}
	})
}

func TestWhatDoesNotExistIsErrNotExist(t *testing.T) {
	forEach(t, func(t *testing.T, d disk.FS, dir string) {
		none := filepath.Join(dir, "none")
		_, openErr := d.Open(none)
		_, openWriteErr := d.OpenWrite(none)
		_, createErr := d.Create(filepath.Join(none, "a"))
		_, listErr := d.ReadDir(none)
		_, freeErr := d.FreeBytes(none)
		for what, err := range map[string]error{
			"open": openErr, "open for writing": openWriteErr, "create in no folder": createErr, "list": listErr,
			"free bytes": freeErr, "remove": d.Remove(none), "rename": d.Rename(none, filepath.Join(dir, "b")),
			"sync of a folder": d.SyncDir(none),
		} {
			if !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s: %v", what, err)
			}
		}
	})
}

func TestRenameReplacesAndOpenHandlesStay(t *testing.T) {
	forEach(t, func(t *testing.T, d disk.FS, dir string) {
		a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
		write(t, d, a, "new")
		write(t, d, b, "old")
		f, err := d.OpenWrite(a)
		must(t, err)
		must(t, d.Rename(a, b))
		must(t, d.SyncDir(dir))
		_, err = f.WriteAt([]byte("N"), 0)
		must(t, err)
		must(t, f.Close())
		if got := read(t, d, b); got != "New" {
			t.Fatalf("read %q", got)
		}
		if got := list(t, d, dir); len(got) != 1 || got[0] != "b" {
			t.Fatalf("folder holds %v", got)
		}
	})
}

func TestReadDirIsSortedAndLeavesOutFolders(t *testing.T) {
	forEach(t, func(t *testing.T, d disk.FS, dir string) {
		must(t, d.MkdirAll(filepath.Join(dir, "sub", "deep")))
		must(t, d.MkdirAll(filepath.Join(dir, "sub")))
		for _, n := range []string{"c", "a", "b"} {
			write(t, d, filepath.Join(dir, n), n+n)
		}
		write(t, d, filepath.Join(dir, "sub", "inner"), "")
		must(t, d.Remove(filepath.Join(dir, "b")))
		entries, err := d.ReadDir(dir)
		must(t, err)
		if len(entries) != 2 || entries[0] != (disk.Entry{Name: "a", Size: 2}) || entries[1] != (disk.Entry{Name: "c", Size: 2}) {
			t.Fatalf("listed %v", entries)
		}
	})
}

func TestThereIsSpaceAndAClosedFileIsClosed(t *testing.T) {
	forEach(t, func(t *testing.T, d disk.FS, dir string) {
		if free, err := d.FreeBytes(dir); err != nil || free <= 0 {
			t.Fatalf("free: %d, %v", free, err)
		}
		f, err := d.Create(filepath.Join(dir, "a"))
		must(t, err)
		must(t, f.Close())
		if err := f.Close(); !errors.Is(err, fs.ErrClosed) {
			t.Errorf("second close: %v", err)
		}
		if _, err := f.WriteAt([]byte("x"), 0); !errors.Is(err, fs.ErrClosed) {
			t.Errorf("write after close: %v", err)
		}
	})
}

func TestAFileWithoutANameLivesAsLongAsItsHandle(t *testing.T) {
	forEach(t, func(t *testing.T, d disk.FS, dir string) {
		name := filepath.Join(dir, "a")
		write(t, d, name, "hello")
		f, err := d.OpenWrite(name)
		must(t, err)
		must(t, d.Remove(name))
		write(t, d, name, "another")
		_, err = f.WriteAt([]byte("J"), 0)
		must(t, err)
		b := make([]byte, 5)
		_, err = f.ReadAt(b, 0)
		must(t, err)
		must(t, f.Sync())
		must(t, f.Close())
		if got := read(t, d, name); string(b) != "Jello" || got != "another" {
			t.Fatalf("the handle holds %q, the name %q", b, got)
		}
	})
}

func TestCreateEmptiesWhatOthersHaveOpen(t *testing.T) {
	forEach(t, func(t *testing.T, d disk.FS, dir string) {
		name := filepath.Join(dir, "a")
		write(t, d, name, "hello")
		f, err := d.Open(name)
		must(t, err)
		write(t, d, name, "x")
		size, err := f.Size()
		must(t, err)
		must(t, f.Close())
		if size != 1 {
			t.Fatalf("the older handle sees %d bytes", size)
		}
	})
}

func TestOffsetsBelowZeroAndLengthsBelowZeroAreRefused(t *testing.T) {
	forEach(t, func(t *testing.T, d disk.FS, dir string) {
		f, err := d.Create(filepath.Join(dir, "a"))
		must(t, err)
		defer func() { must(t, f.Close()) }()
		if _, err := f.WriteAt([]byte("x"), -1); err == nil {
			t.Error("a write went through")
		}
		if _, err := f.ReadAt(make([]byte, 1), -1); err == nil || errors.Is(err, io.EOF) {
			t.Errorf("a read gave %v", err)
		}
		if err := f.Truncate(-1); err == nil {
			t.Error("a truncate went through")
		}
		if size, err := f.Size(); err != nil || size != 0 {
			t.Errorf("the file has %d bytes, %v", size, err)
		}
	})
}

func TestNothingWrittenChangesNothing(t *testing.T) {
	forEach(t, func(t *testing.T, d disk.FS, dir string) {
		name := filepath.Join(dir, "a")
		write(t, d, name, "hello")
		f, err := d.OpenWrite(name)
		must(t, err)
		n, err := f.WriteAt(nil, 3)
		must(t, err)
		must(t, f.Close())
		if got := read(t, d, name); n != 0 || got != "hello" {
			t.Fatalf("%d bytes written, the file holds %q", n, got)
		}
	})
}

// A file made past the cache is read like any other, and refuses what is not whole blocks.
func TestADirectFileTakesWholeBlocks(t *testing.T) {
	forEach(t, func(t *testing.T, d disk.FS, dir string) {
		name := filepath.Join(dir, "a")
		write(t, d, name, "old")
		f, block, err := d.CreateDirect(name)
		must(t, err)
		if size, err := f.Size(); err != nil || size != 0 || block < 1 {
			t.Fatalf("it begins with %d bytes and blocks of %d: %v", size, block, err)
		}
		whole := disk.Aligned(int(2 * block))
		for i := range whole {
			whole[i] = byte(i)
		}
		_, err = f.WriteAt(whole, block)
		must(t, err)
		for _, wrong := range []struct{ off, bytes int64 }{{1, block}, {0, block + 1}} {
			if _, err := f.WriteAt(whole[:wrong.bytes], wrong.off); block > 1 && !errors.Is(err, syscall.EINVAL) {
				t.Errorf("%d bytes at %d: %v", wrong.bytes, wrong.off, err)
			}
		}
		must(t, f.SyncData())
		must(t, f.Truncate(block+1))
		must(t, f.Close())
		if got := read(t, d, name); block > 1 && got != string(make([]byte, block))+"\x00" {
			t.Errorf("it holds %d bytes", len(got))
		}
		if _, _, err := d.CreateDirect(filepath.Join(dir, "none", "a")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("in no folder: %v", err)
		}
	})
}
