package inspect

import (
	"bytes"
	"encoding/binary"
	"log/slog"
	"os"
	"strings"
	"testing"

	"paddock/disk"
	"paddock/snap"
)

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// same compares two texts and shows the first lines that differ.
func same(t *testing.T, want, got string) {
	t.Helper()
	if got == want {
		return
	}
	wants, gots := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(wants), len(gots)) {
		if wants[i] != gots[i] {
			t.Fatalf("line %d is\n%q, want\n%q", i+1, gots[i], wants[i])
		}
	}
	t.Fatalf("%d lines, want %d", len(gots), len(wants))
}

func printed(t *testing.T, tool func(*bytes.Buffer) error) string {
	t.Helper()
	var b bytes.Buffer
	check(t, tool(&b))
	return b.String()
}

func load(t *testing.T, path string) snap.Loaded {
	t.Helper()
	l, err := snap.LoadFile(disk.OS{}, path, slog.New(slog.DiscardHandler))
	check(t, err)
	return l
}

func withFile(path string, use func(f *os.File, size int64) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	return use(f, info.Size())
}

// recordAt finds where the n-th record of a log starts, the first being 1.
func recordAt(t *testing.T, text []byte, n int) int {
	t.Helper()
	off := 16
	for ; n > 1; n-- {
		off += 13 + int(binary.BigEndian.Uint32(text[off+8:]))
	}
	if binary.BigEndian.Uint32(text[off+8:]) == 0 {
		t.Fatal("there are not so many records")
	}
	return off
}

// zxidAt gives the zxid of the n-th record, and where the record starts.
func zxidAt(text []byte, n int) (zxid int64, off int) {
	off = 16
	for ; n > 1; n-- {
		off += 13 + int(binary.BigEndian.Uint32(text[off+8:]))
	}
	return int64(binary.BigEndian.Uint64(text[off+24:])), off
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }
