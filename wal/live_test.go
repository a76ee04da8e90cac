package wal

import (
	"errors"
	"io"
	"path/filepath"
	"testing"

	"paddock/disk"
)

// shortFS has files that were longer when they were measured: their server has cut its zeros off since.
type shortFS struct {
	disk.FS
	by int64
}

func (c shortFS) Open(name string) (disk.File, error) {
	f, err := c.FS.Open(name)
	return shortFile{f, c.by}, err
}

type shortFile struct {
	disk.File
	by int64
}

func (c shortFile) Size() (int64, error) {
	size, err := c.File.Size()
	return size + c.by, err
}

func TestInspectReadsAFileThatIsCutMeanwhile(t *testing.T) {
	everywhere(t, func(t *testing.T, cfg Config) {
		put(t, cfg.FS, filepath.Join(cfg.Dir, "log.5"), logFile(recs(5, 7)))
		put(t, cfg.FS, filepath.Join(cfg.Dir, "log.8"), logFile(recs(8, 9)))
		for _, by := range []int64{0, 1, 500, 3 * windowBytes} {
			cfg := cfg
			cfg.FS = shortFS{cfg.FS, by}
			rep := inspect(t, cfg, Anywhere)
			if rep.Damage != nil || rep.LastZxid != 9 || rep.Records != 5 || rep.Files[0].Used != rep.Files[0].End {
				t.Errorf("cut by %d: %+v, damage %v", by, rep, rep.Damage)
			}
		}
	})
}

func TestALiveFileIsAsLongAsWhenItWasOpened(t *testing.T) {
	everywhere(t, func(t *testing.T, cfg Config) {
		name := filepath.Join(cfg.Dir, "log.5")
		put(t, cfg.FS, name, []byte("abc"))
		f, err := liveFS{shortFS{cfg.FS, 2}}.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = f.Close() }()
		for _, c := range []struct {
			off  int64
			n    int
			want string
			err  error
		}{
			{0, 3, "abc", nil},
			{1, 3, "bc\x00", nil},
			{0, 5, "abc\x00\x00", nil},
			{2, 9, "c\x00\x00", io.EOF},
			{4, 1, "\x00", nil},
			{5, 1, "", io.EOF},
			{9, 1, "", io.EOF},
		} {
			p := []byte("xxxxxxxxx")[:c.n]
			n, err := f.ReadAt(p, c.off)
			if string(p[:n]) != c.want || !errors.Is(err, c.err) {
				t.Errorf("%d bytes at %d: %q and %v, want %q and %v", c.n, c.off, p[:n], err, c.want, c.err)
			}
		}
	})
}
